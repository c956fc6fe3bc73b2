/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What an order's login is made with: password or OAuth token, and the key of our own certificate. */

#include "mail/order.h"

typedef struct Secrets {
        char *login;             /* the password, or the token where there is a token file; NULL: none */
        char *key;               /* of mail.tls.certificate, PEM; NULL: none */
        int password_fd, key_fd; /* what secrets_open() left for secrets_read() */
} Secrets;

/* Opens the credentials that ORDER needs, which root alone may be able to. What can't be opened is told by
 * secrets_read(). */
void secrets_open(const Order *order, Secrets *ret);

/* Reads them, and the token file, once the mailer can do nothing else. 1; 0 where one that is needed can't
 * be had, with the reason in RET_FAILURE: only the administrator can mend it. Where the certificate can log
 * in, a password that is missing is no failure. */
int secrets_read(Secrets *s, const Order *order, Result *ret_failure);

/* The digest of all of them together (mail/digest), with a new salt: "" where there are none. 0, -ENOMEM,
 * -EIO. */
int secrets_digest(const Secrets *s, char ret[static CREDENTIAL_DIGEST_MAX]);

/* As credential_digest_matches(). */
int secrets_match(const Secrets *s, const char *digest);

/* Overwrites them. */
void secrets_done(Secrets *s);
