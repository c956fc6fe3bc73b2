/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What brings each hint about: the results that a rule picks one for, and those that carry one. */

#include "mail/hint.h"

static const char *const picked[] = {
        HINT_ACCOUNT_FORM, HINT_APP_PASSWORD,  HINT_BASIC_LOGIN_OFF, HINT_PASSWORD,
        HINT_LOGIN_NEEDED, HINT_LOGIN_MISSING, HINT_LOGIN_STRONGER,  HINT_HELO,
        HINT_SENDER,       HINT_RECIPIENT,     HINT_MAILBOX_FULL,    HINT_RELAY,
        HINT_GREYLISTED,   HINT_CONTENT,       HINT_MAIL_SIZE,       HINT_SERVER_NAME,
        HINT_SERVER_PORT,  HINT_PORT_BLOCKED,  HINT_PORT_SPEAKS_TLS, HINT_GREETING_REFUSED,
        HINT_RATE_LIMITED, HINT_MECHANISMS,    HINT_TOKEN,           HINT_POP_PASSWORD,
        HINT_POP_SERVER,   HINT_POP_RELAY,
};

static const MailSettings full = {
        .account = (char *)"me@example.com", .port = 587, .method = AUTH_METHOD_SMTP};
static const MailSettings with_token = {
        .account = (char *)"me", .port = 587, .method = AUTH_METHOD_SMTP, .token_file = (char *)"/token"};
static const MailSettings bare = {.account = (char *)"me", .port = 25, .method = AUTH_METHOD_SMTP};
static const MailSettings pop = {
        .account = (char *)"me@example.com", .port = 25, .method = AUTH_METHOD_POP_BEFORE_SMTP};
static const MailSettings none = {.port = 465, .security = SECURITY_STARTTLS};
static const MailSettings tls = {.port = 465, .security = SECURITY_TLS};

static const struct {
        Result result;
        const MailSettings *mail;
        const char *hint;
} cases[] = {
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &bare, HINT_ACCOUNT_FORM},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &full, HINT_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &with_token, HINT_TOKEN},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &none, HINT_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, "5.7.9"}, &full, HINT_APP_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, "5.7.9"}, &bare, HINT_APP_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, ""}, &full, HINT_LOGIN_STRONGER},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 550, "5.7.30"}, &full, HINT_BASIC_LOGIN_OFF},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_DOT, 550, "5.7.30"}, &full, HINT_BASIC_LOGIN_OFF},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.139"}, &full, HINT_BASIC_LOGIN_OFF},
        {{OUTCOME_LOGIN_REFUSED, STEP_POP3, 0, ""}, &bare, HINT_ACCOUNT_FORM},
        {{OUTCOME_LOGIN_REFUSED, STEP_POP3, 0, ""}, &pop, HINT_POP_PASSWORD},
        {{OUTCOME_NOT_REACHED, STEP_POP3, 0, ""}, &pop, HINT_POP_SERVER},
        {{OUTCOME_TEMPORARY, STEP_POP3, 0, ""}, &pop, ""},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 554, "5.7.1"}, &pop, HINT_POP_RELAY},
        {{OUTCOME_SETTINGS, STEP_AUTH, 504, ""}, &full, HINT_MECHANISMS},
        {{OUTCOME_SETTINGS, STEP_MAIL, 530, "5.7.0"}, &none, HINT_LOGIN_NEEDED},
        {{OUTCOME_SETTINGS, STEP_AUTH, 538, ""}, &full, HINT_LOGIN_NEEDED},
        {{OUTCOME_SETTINGS, STEP_EHLO, 501, ""}, &full, HINT_HELO},
        {{OUTCOME_SETTINGS, STEP_MAIL, 553, ""}, &full, HINT_SENDER},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 550, "5.1.1"}, &full, HINT_RECIPIENT},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 554, "5.7.1"}, &none, HINT_RELAY},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 554, "5.7.1"}, &full, ""},
        {{OUTCOME_NOT_REACHED, STEP_RESOLVE, 0, ""}, &full, HINT_SERVER_NAME},
        {{OUTCOME_NOT_REACHED, STEP_CONNECT, 0, ""}, &full, HINT_SERVER_PORT},
        {{OUTCOME_NOT_REACHED, STEP_CONNECT, 0, ""}, &bare, HINT_PORT_BLOCKED},
        {{OUTCOME_NOT_REACHED, STEP_GREETING, 0, ""}, &none, HINT_PORT_SPEAKS_TLS},
        {{OUTCOME_NOT_REACHED, STEP_GREETING, 0, ""}, &tls, ""},
        {{OUTCOME_NOT_REACHED, STEP_GREETING, 0, ""}, &full, ""},
        {{OUTCOME_SETTINGS, STEP_AUTH, 500, "5.5.1"}, &full, HINT_LOGIN_MISSING},
        {{OUTCOME_SETTINGS, STEP_AUTH, 502, "5.5.1"}, &full, HINT_LOGIN_MISSING},
        {{OUTCOME_SETTINGS, STEP_AUTH, 503, "5.5.1"}, &full, HINT_LOGIN_MISSING},
        {{OUTCOME_SETTINGS, STEP_AUTH, 501, "5.5.2"}, &full, ""},
        {{OUTCOME_SETTINGS, STEP_EHLO, 550, ""}, &full, HINT_HELO},
        {{OUTCOME_SETTINGS, STEP_MAIL, 552, "5.3.4"}, &full, HINT_MAIL_SIZE},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_DOT, 552, ""}, &full, HINT_MAIL_SIZE},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_DOT, 554, "5.7.1"}, &full, HINT_CONTENT},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 550, ""}, &full, HINT_RECIPIENT},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_RCPT, 550, "5.4.1"}, &full, ""},
        {{OUTCOME_DESTINATION_TEMPORARY, STEP_RCPT, 452, "4.2.2"}, &full, HINT_MAILBOX_FULL},
        {{OUTCOME_DESTINATION_TEMPORARY, STEP_RCPT, 552, "5.2.2"}, &full, HINT_MAILBOX_FULL},
        {{OUTCOME_DESTINATION_TEMPORARY, STEP_RCPT, 450, "4.7.1"}, &full, HINT_GREYLISTED},
        {{OUTCOME_TEMPORARY, STEP_GREETING, 554, "5.7.1"}, &full, HINT_GREETING_REFUSED},
        {{OUTCOME_TEMPORARY, STEP_GREETING, 550, ""}, &full, HINT_GREETING_REFUSED},
        {{OUTCOME_TEMPORARY, STEP_GREETING, 421, ""}, &full, ""},
        {{OUTCOME_DESTINATION_TEMPORARY, STEP_DOT, 421, "4.7.28"}, &full, HINT_RATE_LIMITED},
        {{OUTCOME_TEMPORARY, STEP_MAIL, 550, "5.4.5"}, &full, HINT_RATE_LIMITED},
        {{OUTCOME_TEMPORARY, STEP_MAIL, 451, "4.3.0"}, &full, ""},
};

/* Set where the fault is seen, with the cause that is said there; transcripts and the tests of the mailer
 * see each of them come. */
static const struct {
        Result result;
        const MailSettings *mail;
} given[] = {
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_AUTH,
          .cause = "no password",
          .hint = HINT_CREDENTIAL_MISSING},
         &full},
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_POP3,
          .cause = "no password",
          .hint = HINT_POP_CREDENTIAL},
         &pop},
        {{.outcome = OUTCOME_NOT_REACHED,
          .step = STEP_CONNECT,
          .cause = "203.0.113.25: Network is unreachable",
          .hint = HINT_NO_WAY},
         &full},
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_AUTH,
          .cause = "a login without TLS",
          .hint = HINT_LOGIN_NEEDS_TLS},
         &full},
        {{.outcome = OUTCOME_INSECURE, .step = STEP_STARTTLS, .hint = HINT_STARTTLS_MISSING}, &full},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the server speaks no TLS here",
          .hint = HINT_STARTTLS_PORT},
         &tls},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the server speaks TLS 1.1",
          .hint = HINT_TLS_OLD},
         &full},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the certificate is for mail.example.net",
          .hint = HINT_CERTIFICATE_NAME},
         &full},
        {{.outcome = OUTCOME_OUT_OF_DATE,
          .step = STEP_TLS,
          .cause = "the certificate ended",
          .hint = HINT_CERTIFICATE_EXPIRED},
         &full},
        {{.outcome = OUTCOME_OUT_OF_DATE,
          .step = STEP_TLS,
          .cause = "the certificate is not valid yet",
          .hint = HINT_CERTIFICATE_TOO_NEW},
         &full},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the certificate is signed by CN=Nobody",
          .hint = HINT_CERTIFICATE_UNKNOWN},
         &full},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the certificate was revoked",
          .hint = HINT_CERTIFICATE_REVOKED},
         &full},
        {{.outcome = OUTCOME_INSECURE,
          .step = STEP_TLS,
          .cause = "the certificate is for another purpose",
          .hint = HINT_CERTIFICATE_UNFIT},
         &full},
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_TLS,
          .cause = "/etc/ca.pem: no such file",
          .hint = HINT_CA_FILE},
         &full},
        {{.outcome = OUTCOME_DESTINATION_PERMANENT,
          .step = STEP_MAIL,
          .cause = "the address needs SMTPUTF8, which the server does not offer",
          .hint = HINT_INTERNATIONAL},
         &full},
        {{.outcome = OUTCOME_LOGIN_REFUSED, .step = STEP_AUTH, .hint = HINT_LOGIN_EXTERNAL}, &full},
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_AUTH,
          .cause = "/run/token: no such file",
          .hint = HINT_TOKEN_FILE},
         &with_token},
        {{.outcome = OUTCOME_SETTINGS,
          .step = STEP_TLS,
          .cause = "credential ipherald.tls-key: it is no text",
          .hint = HINT_CLIENT_CERTIFICATE},
         &full},
};
