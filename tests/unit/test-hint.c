/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "mail/hint.h"
#include "settings/keys.h"

static const char *const picked[] = {
        HINT_ACCOUNT_FORM, HINT_APP_PASSWORD,  HINT_BASIC_LOGIN_OFF, HINT_PASSWORD,
        HINT_LOGIN_NEEDED, HINT_LOGIN_MISSING, HINT_LOGIN_STRONGER,  HINT_HELO,
        HINT_SENDER,       HINT_RECIPIENT,     HINT_MAILBOX_FULL,    HINT_RELAY,
        HINT_GREYLISTED,   HINT_CONTENT,       HINT_MAIL_SIZE,       HINT_SERVER_NAME,
        HINT_SERVER_PORT,  HINT_PORT_BLOCKED,  HINT_PORT_SPEAKS_TLS, HINT_GREETING_REFUSED,
        HINT_RATE_LIMITED, HINT_MECHANISMS,    HINT_TOKEN,           HINT_POP_PASSWORD,
        HINT_POP_SERVER,   HINT_POP_RELAY,
};

/* Where the fault is seen; transcripts and the tests of the mailer see these come. */
static const char *const given[] = {
        HINT_CREDENTIAL_MISSING,
        HINT_POP_CREDENTIAL,
        HINT_NO_WAY,
        HINT_LOGIN_NEEDS_TLS,
        HINT_STARTTLS_MISSING,
        HINT_STARTTLS_PORT,
        HINT_TLS_OLD,
        HINT_CERTIFICATE_NAME,
        HINT_CERTIFICATE_EXPIRED,
        HINT_CERTIFICATE_TOO_NEW,
        HINT_CERTIFICATE_UNKNOWN,
        HINT_CERTIFICATE_REVOKED,
        HINT_CERTIFICATE_UNFIT,
        HINT_CA_FILE,
        HINT_INTERNATIONAL,
        HINT_LOGIN_EXTERNAL,
        HINT_TOKEN_FILE,
        HINT_CLIENT_CERTIFICATE,
};

#define N_IDS (ELEMENTSOF(picked) + ELEMENTSOF(given))

static const char *id(size_t i)
{
        return i < ELEMENTSOF(picked) ? picked[i] : given[i - ELEMENTSOF(picked)];
}

static void test_ids(void **state)
{
        for (size_t i = 0; i < N_IDS; i++) {
                assert_true(strlen(id(i)) < RESULT_HINT_MAX);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(id(i), id(k));
        }
        assert_null(hint_text("", LANGUAGE_EN));
        assert_null(hint_text("nonsense", LANGUAGE_JA));
}

static void test_english(void **state)
{
        for (size_t i = 0; i < N_IDS; i++) {
                const char *text = hint_text(id(i), LANGUAGE_EN);

                assert_non_null(text);
                assert_true(*text && octets_are_ascii(text, strlen(text)));
                assert_true(text[strlen(text) - 1] != '.' && !strchr(text, '\n'));
        }
}

/* Hiragana are U+3041 to U+309f. */
static bool has_hiragana(const char *text)
{
        return strstr(text, "\xe3\x81") || strstr(text, "\xe3\x82");
}

static void test_japanese(void **state)
{
        static const char stop[] = "。";

        for (size_t i = 0; i < N_IDS; i++) {
                const char *text = hint_text(id(i), LANGUAGE_JA);

                assert_non_null(text);
                assert_true(string_is_clean(text) && has_hiragana(text));
                assert_string_not_equal(text + strlen(text) - strlen(stop), stop);
        }
}

static bool is_setting(const char *word, size_t n)
{
        size_t n_keys;
        const SettingsKey *keys = settings_keys(&n_keys);

        for (size_t i = 0; i < n_keys; i++)
                if (strncmp(keys[i].path, word, n) == 0 && (!keys[i].path[n] || keys[i].path[n] == '.'))
                        return true;
        return false;
}

/* The settings that a text names, in order and with a blank behind each. */
static void settings_named(const char *text, char *ret, size_t size)
{
        size_t used = 0;

        *ret = '\0';
        for (const char *p = text; (p = strstr(p, "mail.")); p++) {
                size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_.");

                assert_true(is_setting(p, n));
                used += (size_t)snprintf(ret + used, size - used, "%.*s ", (int)n, p);
                assert_true(used < size);
        }
}

/* A setting that is named is there, and both languages name the same ones. */
static void test_settings_named(void **state)
{
        char english[256], japanese[256];

        for (size_t i = 0; i < N_IDS; i++) {
                settings_named(hint_text(id(i), LANGUAGE_EN), english, sizeof(english));
                settings_named(hint_text(id(i), LANGUAGE_JA), japanese, sizeof(japanese));
                assert_string_equal(english, japanese);
        }
}

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
        {{OUTCOME_TEMPORARY, STEP_GREETING, 421, ""}, &full, ""},
        {{OUTCOME_DESTINATION_TEMPORARY, STEP_DOT, 421, "4.7.28"}, &full, HINT_RATE_LIMITED},
        {{OUTCOME_TEMPORARY, STEP_MAIL, 550, "5.4.5"}, &full, HINT_RATE_LIMITED},
        {{OUTCOME_TEMPORARY, STEP_MAIL, 451, "4.3.0"}, &full, ""},
};

static void test_picked(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(hint_for_result(&cases[i].result, cases[i].mail), cases[i].hint);
}

/* No rule is without its case. */
static void test_each_is_picked(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(picked); i++) {
                bool found = false;

                for (size_t k = 0; k < ELEMENTSOF(cases); k++)
                        found = found || streq(cases[k].hint, picked[i]);
                assert_true(found);
        }
}

/* Who saw the fault knows best. */
static void test_given(void **state)
{
        const Result r = {
                .outcome = OUTCOME_LOGIN_REFUSED, .step = STEP_AUTH, .hint = HINT_CERTIFICATE_NAME};

        assert_string_equal(hint_for_result(&r, &full), HINT_CERTIFICATE_NAME);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),      cmocka_unit_test(test_english),
                cmocka_unit_test(test_japanese), cmocka_unit_test(test_settings_named),
                cmocka_unit_test(test_picked),   cmocka_unit_test(test_each_is_picked),
                cmocka_unit_test(test_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
