/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What to try: one table of ids and texts. The mailer picks the id; the journal's lines show the English
 * text, `ipherald test` that of its reader. An id is kept in the ledger, so it never changes its meaning. */

#include "decide/outcome.h"
#include "settings/settings.h"

/* Picked by hint_for_result(). */
#define HINT_ACCOUNT_FORM     "account-form"
#define HINT_APP_PASSWORD     "app-password"
#define HINT_BASIC_LOGIN_OFF  "basic-login-off"
#define HINT_PASSWORD         "password"
#define HINT_LOGIN_NEEDED     "login-needed"
#define HINT_LOGIN_STRONGER   "login-stronger"
#define HINT_LOGIN_MISSING    "login-missing"
#define HINT_HELO             "helo"
#define HINT_SENDER           "sender"
#define HINT_RECIPIENT        "recipient"
#define HINT_MAILBOX_FULL     "mailbox-full"
#define HINT_RELAY            "relay"
#define HINT_GREYLISTED       "greylisted"
#define HINT_CONTENT          "content"
#define HINT_MAIL_SIZE        "mail-size"
#define HINT_SERVER_NAME      "server-name"
#define HINT_SERVER_PORT      "server-port"
#define HINT_PORT_BLOCKED     "port-blocked"
#define HINT_PORT_SPEAKS_TLS  "port-speaks-tls"
#define HINT_GREETING_REFUSED "greeting-refused"
#define HINT_RATE_LIMITED     "rate-limited"
#define HINT_TOKEN            "token"
#define HINT_POP_PASSWORD     "pop-password"
#define HINT_POP_SERVER       "pop-server"
#define HINT_POP_RELAY        "pop-relay"

/* Set where the fault is seen, since no code tells it. */
#define HINT_CREDENTIAL_MISSING  "credential-missing"
#define HINT_POP_CREDENTIAL      "pop-credential-missing"
#define HINT_LOGIN_EXTERNAL      "login-external"
#define HINT_TOKEN_FILE          "token-file"
#define HINT_CLIENT_CERTIFICATE  "client-certificate"
#define HINT_NO_WAY              "no-way"
#define HINT_MECHANISMS          "mechanisms"
#define HINT_LOGIN_NEEDS_TLS     "login-needs-tls"
#define HINT_STARTTLS_MISSING    "starttls-missing"
#define HINT_STARTTLS_PORT       "starttls-port"
#define HINT_TLS_OLD             "tls-old"
#define HINT_CERTIFICATE_NAME    "certificate-name"
#define HINT_CERTIFICATE_EXPIRED "certificate-expired"
#define HINT_CERTIFICATE_TOO_NEW "certificate-too-new"
#define HINT_CERTIFICATE_UNKNOWN "certificate-unknown"
#define HINT_CERTIFICATE_REVOKED "certificate-revoked"
#define HINT_CERTIFICATE_UNFIT   "certificate-unfit"
#define HINT_CA_FILE             "ca-file"
#define HINT_INTERNATIONAL       "international-address"

/* The id that fits a failed result: the one that it carries, else by its step, code, enhanced code and the
 * account; "" where nothing is known to help. */
const char *hint_for_result(const Result *r, const MailSettings *mail);

/* Sentences without a last full stop, NULL where there is no such id. */
const char *hint_text(const char *id, Language language);
