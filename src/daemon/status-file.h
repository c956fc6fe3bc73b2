/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The state of the service for others: the text of decide/status-text in the file `status` of the runtime
 * folder, which everybody may read and which is there while the service runs. */

#include "decide/status.h"

/* Where the unit has its file; an instance's is beside it, with @NAME. */
#define STATUS_FOLDER    "/run/ipherald"
#define STATUS_FILE_NAME "status"

typedef struct StatusFile StatusFile;

/* The service begins, as RET_SERVICE says. The file will stand in the existing folder PATH. Where that is
 * NULL, or can't be had, which is logged, the service does without. NULL: no memory. */
StatusFile *status_begin(const char *path, const char *config, StatusService *ret_service);
/* Removes the file, where it is F's. */
StatusFile *status_file_free(StatusFile *f);

/* Tells the state to systemd, as the line of `systemctl status`, and writes it into F's file, each where it
 * is another than before. Where telling takes long the next time waits, until status_file_deadline(); where
 * what has changed is MINOR, for a tenth of a second at least. F may be NULL: then nobody is told. A failure
 * is logged, once until it works again: nothing depends on the file, but what stands in it is no longer
 * true. */
void status_tell(const StatusInput *input, bool minor, StatusFile *f);
/* When status_tell() is due although nothing has changed, because it was too early or failed; USEC_INFINITY:
 * not at all. F may be NULL. */
usec_t status_file_deadline(const StatusFile *f);

/* What the service at work on PATH has written. 0 and RET; -ENOENT where there is none; -ESRCH where who
 * wrote it runs no more; -EBADMSG, -EPROTONOSUPPORT (another version's), or what open(2) said. */
int status_file_read(const char *path, Status **ret);
