/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An order: what the service asks one mailer to do, as one packet. */

#include "address/selection.h"
#include "base/text.h"
#include "decide/notice.h"
#include "decide/outcome.h"
#include "settings/settings.h"

#define ORDER_SIZE_MAX 65536

/* A file that a notice's content names, as the mailer read it. */
typedef struct OrderFile {
        char *name;
        char *data; /* a NUL follows; NULL where it could not be read */
        size_t size;
        int error; /* 0, or the negative errno of reading it */
} OrderFile;

typedef struct Order {
        MailSettings mail;
        char *credentials_dir; /* folder of the secrets; NULL: none, so a login fails as settings */
        bool print;            /* --dry-run: the mails go to stdout, nothing is looked up or sent */
        bool careful;          /* one command at a time, whatever the server offers */
        bool test; /* `ipherald test`: what the session comes to know is reported too, and the mails
                      say what they are */
        char held_digest[CREDENTIAL_DIGEST_MAX]; /* of the credential that was refused, or "": see
                                                    mail/digest */
        char host_name[HOST_NAME_TEXT_MAX];      /* gethostname(), for EHLO where it has a dot */
        size_t n_others;
        SelectedAddress others[SELECTION_OTHERS_MAX];
        size_t n_notices; /* 1 to SESSION_NOTICES_MAX; of a test also 0: log in, and leave */
        Notice *notices;
        size_t n_files; /* no part of the packet */
        OrderFile *files;
} Order;

/* Where ORDER logs in, as a session's steps have it: auth, or pop3. */
Step order_login_step(const Order *o);

Order *order_free(Order *o);
DEFINE_CLEANUP(Order, order_free)

/* 0, -ENOMEM, -EMSGSIZE where it is larger than ORDER_SIZE_MAX. The text is appended to T. */
int order_format(const Order *o, Text *t);

/* Reads SIZE octets of DATA (followed by a NUL, changed on the way) as a stranger's. 0, -ENOMEM,
 * -EBADMSG. */
int order_parse(char *data, size_t size, Order **ret);
