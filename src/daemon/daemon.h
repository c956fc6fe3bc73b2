/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The service: the only place where the stages meet. */

#include "base/macros.h"

typedef struct DaemonOptions {
        const char *config;          /* the settings file */
        const char *state_dir;       /* of the ledger; NULL only in a dry run */
        const char *runtime_dir;     /* of the files for others; NULL: none is written */
        const char *credentials_dir; /* NULL: no secrets */
        bool dry_run;                /* print the mails, keep the ledger in memory */
        bool once; /* end after the first mail, or once it is said that there is no address */
} DaemonOptions;

/* Runs until SIGTERM or SIGINT. Returns the exit code of the program; what went wrong was logged. */
int daemon_run(const DaemonOptions *options);
