/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/macros.h"

#define CREDENTIAL_SIZE_MAX 4096

/* A credential is opened while the mailer may still do so, and read once it may do nothing else.
 *
 * Opens the credential NAME in the folder DIR. The descriptor, or a negative errno (-ENOENT: there is none;
 * -EINVAL: not a regular file). */
int credential_open(const char *dir, const char *name);

/* Reads the secret and closes FD, whatever comes out of it. One trailing newline (LF or CRLF) is cut off.
 * 0; -ENODATA where it is empty; -EFBIG where it is longer than CREDENTIAL_SIZE_MAX octets; -EBADMSG where a
 * NUL, CR or LF is left inside, which no login could carry; -ENOMEM; what read(2) said. */
int credential_read(int fd, char **ret);

/* Overwrites and frees what credential_read() gave. */
char *secret_free(char *secret);
DEFINE_CLEANUP(char, secret_free)
