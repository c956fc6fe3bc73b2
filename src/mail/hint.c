/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/hint.h"

/* Hints are data: the texts are one table, the rules that pick one are another, whose first fitting row
 * counts. A rule looks at codes and settings, never at a server's words. */

static const struct {
        const char *id, *text;
} texts[] = {
        {HINT_ACCOUNT_FORM,
         "many providers want the whole mail address as the account name (mail.auth.account)"},
        {HINT_APP_PASSWORD, "the provider wants an app password, which is made in the account's web pages, "
                            "instead of the account's own"},
        {HINT_BASIC_LOGIN_OFF,
         "the provider has switched off login by password for this account; it wants OAuth"},
        {HINT_PASSWORD, "is the password right? It is the credential ipherald.smtp-password; after a change "
                        "restart the service"},
        {HINT_LOGIN_NEEDED, "the server wants a login, or TLS before it: see mail.auth and mail.security"},
        {HINT_LOGIN_STRONGER,
         "the server wants another way to log in than those that mail.auth.mechanisms leaves"},
        {HINT_HELO, "the server refuses the name that this machine gives of itself: set mail.helo to a full "
                    "host name"},
        {HINT_SENDER, "the server refuses the sender: many want mail.from to be the account's own address"},
        {HINT_RECIPIENT, "does this mailbox exist? See destinations"},
        {HINT_RELAY, "the server takes no mail for others from here: does it want a login (mail.auth)?"},
        {HINT_SERVER_NAME,
         "is the name of the server right (mail.server), and does this machine reach a name "
         "server?"},
        {HINT_SERVER_PORT, "are mail.server and mail.port right? 587 is usual with starttls, 465 with tls"},
        {HINT_PORT_BLOCKED,
         "many lines block port 25: ask the provider for its submission port, 587 or 465"},
        {HINT_PORT_SPEAKS_TLS,
         "does this port speak TLS from the first octet? Then set mail.security to \"tls\""},
        {HINT_RATE_LIMITED, "the server limits how many mails it takes in a time"},
        {HINT_CREDENTIAL_MISSING,
         "put the password into /etc/credstore/ipherald.smtp-password (root, 0600) and "
         "restart the service"},
        {HINT_MECHANISMS, "the server and this program know no login method in common: see "
                          "mail.auth.mechanisms"},
        {HINT_LOGIN_NEEDS_TLS,
         "a password is never sent without TLS: set mail.security to \"starttls\" or \"tls\""},
        {HINT_STARTTLS_MISSING,
         "the server offers no STARTTLS on this port, or somebody between removes it: try "
         "mail.security = \"tls\" with port 465"},
        {HINT_STARTTLS_PORT, "is this the STARTTLS port? Then set mail.security to \"starttls\""},
        {HINT_TLS_OLD, "the server speaks TLS below 1.2 alone, which is not safe any more"},
        {HINT_CERTIFICATE_NAME,
         "the certificate is for other names: set mail.server, or mail.tls.name, to one "
         "of them"},
        {HINT_CERTIFICATE_EXPIRED, "the certificate has expired; is this machine's clock right?"},
        {HINT_CERTIFICATE_TOO_NEW, "the certificate is not valid yet; is this machine's clock right?"},
        {HINT_CERTIFICATE_UNKNOWN,
         "the certificate is signed by nobody this machine trusts; for a server of "
         "your own name its certificate in mail.tls.ca_file"},
        {HINT_CERTIFICATE_REVOKED,
         "the certificate was revoked, or it demands a proof of the contrary that the "
         "server did not send"},
        {HINT_CA_FILE, "mail.tls.ca_file has to be a readable file of PEM certificates"},
        {HINT_MAIL_SIZE, "the server takes no mail as large as this one"},
        {HINT_INTERNATIONAL, "the server takes no address with letters outside of ASCII (SMTPUTF8)"},
};

#define ANY_STEP 0 /* STEP_NONE never fails */

static bool account_has_no_at(const MailSettings *mail)
{
        return mail->account && !strchr(mail->account, '@');
}

static bool port_is_smtp(const MailSettings *mail)
{
        return mail->port == 25;
}

static bool port_is_tls(const MailSettings *mail)
{
        return mail->port == 465 && mail->security != SECURITY_TLS;
}

static bool has_no_login(const MailSettings *mail)
{
        return mail->method == AUTH_METHOD_NONE;
}

static const struct {
        Step step;
        Outcome outcome; /* OUTCOME_NONE: any */
        unsigned code;   /* 0: any */
        const char *enhanced;
        bool (*when)(const MailSettings *mail);
        const char *hint;
} rules[] = {
        {ANY_STEP, .code = 550, .enhanced = "5.7.30", .hint = HINT_BASIC_LOGIN_OFF},
        {STEP_AUTH, .code = 535, .enhanced = "5.7.139", .hint = HINT_BASIC_LOGIN_OFF},
        {STEP_AUTH, .code = 534, .enhanced = "5.7.9", .hint = HINT_APP_PASSWORD},
        {ANY_STEP, .code = 530, .hint = HINT_LOGIN_NEEDED},
        {ANY_STEP, .code = 538, .hint = HINT_LOGIN_NEEDED},
        {STEP_AUTH, OUTCOME_LOGIN_REFUSED, .when = account_has_no_at, .hint = HINT_ACCOUNT_FORM},
        {STEP_AUTH, .code = 534, .hint = HINT_LOGIN_STRONGER},
        {STEP_AUTH, OUTCOME_LOGIN_REFUSED, .hint = HINT_PASSWORD},
        {STEP_AUTH, .code = 504, .hint = HINT_MECHANISMS},
        {STEP_EHLO, .code = 501, .hint = HINT_HELO},
        {STEP_EHLO, .code = 550, .hint = HINT_HELO},
        {STEP_MAIL, OUTCOME_SETTINGS, .hint = HINT_SENDER},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, .enhanced = "5.1.1", .hint = HINT_RECIPIENT},
        {STEP_RCPT, OUTCOME_DESTINATION_PERMANENT, .enhanced = "5.7.1", .when = has_no_login,
         .hint = HINT_RELAY},
        {ANY_STEP, .enhanced = "4.7.28", .hint = HINT_RATE_LIMITED},
        {ANY_STEP, .enhanced = "5.4.5", .hint = HINT_RATE_LIMITED},
        {STEP_RESOLVE, .hint = HINT_SERVER_NAME},
        {STEP_CONNECT, .when = port_is_smtp, .hint = HINT_PORT_BLOCKED},
        {STEP_CONNECT, .hint = HINT_SERVER_PORT},
        {STEP_GREETING, OUTCOME_NOT_REACHED, .when = port_is_tls, .hint = HINT_PORT_SPEAKS_TLS},
};

const char *hint_for_result(const Result *r, const MailSettings *mail)
{
        if (r->hint[0])
                return r->hint;
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                if ((rules[i].step == ANY_STEP || rules[i].step == r->step) &&
                    (rules[i].outcome == OUTCOME_NONE || rules[i].outcome == r->outcome) &&
                    (rules[i].code == 0 || rules[i].code == r->code) &&
                    (!rules[i].enhanced || streq(rules[i].enhanced, r->enhanced)) &&
                    (!rules[i].when || rules[i].when(mail)))
                        return rules[i].hint;
        }
        return "";
}

const char *hint_text(const char *id)
{
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (streq(texts[i].id, id))
                        return texts[i].text;
        return NULL;
}
