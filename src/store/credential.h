/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/macros.h"

#define CREDENTIAL_SIZE_MAX 8192

typedef enum CredentialForm {
        CREDENTIAL_LINE, /* a password or a token: one line, whose end is cut off */
        CREDENTIAL_TEXT, /* a key: lines as they are */
} CredentialForm;

/* A credential is opened while the mailer may still do so, and read once it may do nothing else.
 *
 * Opens the credential NAME in the folder DIR; DIR NULL: NAME is a path. The descriptor, or a negative errno
 * (-ENOENT: there is none; -EINVAL: not a regular file). */
int credential_open(const char *dir, const char *name);

/* Reads the secret and closes FD, whatever comes out of it. One trailing newline (LF or CRLF) of a line is
 * cut off. 0; -ENODATA where it is empty; -EFBIG where it is longer than CREDENTIAL_SIZE_MAX octets;
 * -EBADMSG where a NUL is left inside, or a CR or LF of a line, which no login could carry; -ENOMEM; what
 * read(2) said. */
int credential_read(int fd, CredentialForm form, char **ret);

/* Overwrites and frees what credential_read() gave. */
char *secret_free(char *secret);
DEFINE_CLEANUP(char, secret_free)
