/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One session: a delivery and its mailer. It answers the commit questions, takes each result into the ledger
 * and into the log, and ends when the mailer has. */

#include <systemd/sd-event.h>

#include "address/address-set.h"
#include "decide/failures.h"
#include "decide/plan.h"

typedef struct MailSession MailSession;

typedef struct MailSessionContext {
        sd_event *event;
        Ledger *ledger;
        const Selection *settled;     /* a mail names its other addresses */
        Failures *failures;           /* takes what fails */
        const char *credentials_dir;  /* NULL: no secrets */
        bool print;                   /* a dry run */
        void (*save)(void *userdata); /* the ledger was changed, and is to be written before anything else */
        void (*told)(void *userdata); /* the mailer said how something went, and it is taken in */
        /* The last call: ACCOUNT is what the account's clock was given. The handler may free the session. */
        void (*ended)(Outcome account, void *userdata);
        void *userdata;
} MailSessionContext;

/* Starts what is owed and due now. 1 where a session is under way; 0 where nothing is due; negative errno. A
 * mailer that can't be had is a failed try like any other: it is put off and told, and 0 is returned. What
 * CONTEXT points to, and SETTINGS, outlive the session. */
int mail_session_start(const MailSessionContext *context, const Settings *settings, MailSession **ret);
/* Kills its mailer where one still runs; what was committed and not answered stays so in the ledger. */
MailSession *mail_session_free(MailSession *s);
DEFINE_CLEANUP(MailSession, mail_session_free)

/* What it carries, until it is freed. */
const Delivery *mail_session_delivery(const MailSession *s);

/* ADDRESSES are those of this machine now. A session whose own address is not among them waits for answers
 * that can't come: it is ended where others are settled than it tells. */
void mail_session_look_after(MailSession *s, const AddressSet *addresses);

/* Other settings are in use from now on. The session goes on with the account that it began with. */
void mail_session_set_settings(MailSession *s, const Settings *settings);
