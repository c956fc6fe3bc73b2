/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/verbs.h"
#include "daemon/daemon.h"

static int refuse(const char *why)
{
        fprintf(stderr, "ipherald run: %s\n", why);
        return EXIT_USAGE;
}

int verb_run(const Options *options)
{
        const DaemonOptions daemon = {
                .config = options->config,
                .state_dir = options->dry_run ? NULL : options->state_dir,
                .runtime_dir = options->dry_run ? NULL : options->runtime_dir,
                .credentials_dir = options->credentials_dir,
                .dry_run = options->dry_run,
                .once = options->once,
        };

        if (options->once && !options->dry_run)
                return refuse("--once goes with --dry-run alone");
        if (!options->dry_run && !options->state_dir)
                return refuse("no folder for the ledger: name one by --state-dir, or $STATE_DIRECTORY");
        if (options->config_given && access(options->config, F_OK) < 0) {
                fprintf(stderr, "ipherald run: %s: %s\n", options->config, strerror(errno));
                return EXIT_FAILURE;
        }
        return daemon_run(&daemon);
}
