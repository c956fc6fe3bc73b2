/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/hint.h"

static const char *const ids[] = {
        HINT_ACCOUNT_FORM,
        HINT_APP_PASSWORD,
        HINT_BASIC_LOGIN_OFF,
        HINT_PASSWORD,
        HINT_LOGIN_NEEDED,
        HINT_LOGIN_STRONGER,
        HINT_HELO,
        HINT_SENDER,
        HINT_RECIPIENT,
        HINT_RELAY,
        HINT_SERVER_NAME,
        HINT_SERVER_PORT,
        HINT_PORT_BLOCKED,
        HINT_PORT_SPEAKS_TLS,
        HINT_RATE_LIMITED,
        HINT_CREDENTIAL_MISSING,
        HINT_MECHANISMS,
        HINT_LOGIN_NEEDS_TLS,
        HINT_STARTTLS_MISSING,
        HINT_STARTTLS_PORT,
        HINT_TLS_OLD,
        HINT_CERTIFICATE_NAME,
        HINT_CERTIFICATE_EXPIRED,
        HINT_CERTIFICATE_TOO_NEW,
        HINT_CERTIFICATE_UNKNOWN,
        HINT_CERTIFICATE_REVOKED,
        HINT_CA_FILE,
        HINT_MAIL_SIZE,
        HINT_INTERNATIONAL,
};

static void test_texts(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                const char *text = hint_text(ids[i]);

                assert_non_null(text);
                assert_true(strlen(ids[i]) < RESULT_HINT_MAX);
                assert_true(*text && text[strlen(text) - 1] != '.' && !strchr(text, '\n'));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(ids[i], ids[k]);
        }
        assert_null(hint_text(""));
        assert_null(hint_text("nonsense"));
}

static const MailSettings full = {
        .account = (char *)"me@example.com", .port = 587, .method = AUTH_METHOD_SMTP};
static const MailSettings bare = {.account = (char *)"me", .port = 25, .method = AUTH_METHOD_SMTP};
static const MailSettings none = {.port = 465, .security = SECURITY_STARTTLS};
static const MailSettings tls = {.port = 465, .security = SECURITY_TLS};

static const struct {
        Result result;
        const MailSettings *mail;
        const char *hint;
} cases[] = {
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &bare, HINT_ACCOUNT_FORM},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.8"}, &full, HINT_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, "5.7.9"}, &full, HINT_APP_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, "5.7.9"}, &bare, HINT_APP_PASSWORD},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 534, ""}, &full, HINT_LOGIN_STRONGER},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 550, "5.7.30"}, &full, HINT_BASIC_LOGIN_OFF},
        {{OUTCOME_DESTINATION_PERMANENT, STEP_DOT, 550, "5.7.30"}, &full, HINT_BASIC_LOGIN_OFF},
        {{OUTCOME_LOGIN_REFUSED, STEP_AUTH, 535, "5.7.139"}, &full, HINT_BASIC_LOGIN_OFF},
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
        {{OUTCOME_TEMPORARY, STEP_MAIL, 451, "4.3.0"}, &full, ""},
};

static void test_picked(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(hint_for_result(&cases[i].result, cases[i].mail), cases[i].hint);
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
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_picked),
                cmocka_unit_test(test_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
