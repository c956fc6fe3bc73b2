/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "settings/settings.h"

static void defaults_are_mail_off_and_nobody_told(void **state)
{
        _cleanup_(settings_freep) Settings *s = NULL;

        assert_int_equal(settings_new(&s), 0);
        assert_false(s->mail.enabled);
        assert_null(s->mail.server);
        assert_int_equal(s->mail.port, 587);
        assert_int_equal(s->mail.security, SECURITY_STARTTLS);
        assert_null(s->mail.from);
        assert_int_equal(s->mail.method, AUTH_METHOD_NONE);
        assert_int_equal(s->mail.mechanisms, SASL_ALL);
        assert_int_equal(s->n_destinations, 0);
        assert_int_equal(s->watch.n_interfaces, 0);
        assert_true(s->watch.family[FAMILY_IPV4] && s->watch.family[FAMILY_IPV6]);
        assert_false(s->watch.temporary || s->watch.deprecated);
        assert_true(s->watch.private_addresses);
        assert_true(s->settle_quiet == 3 * USEC_PER_SEC);
        assert_true(s->watch.settle_limit == 30 * USEC_PER_SEC);
        assert_int_equal(s->mails_per_hour, 12);
        assert_true(s->unknown_wait == 30 * USEC_PER_MIN);
        assert_null(settings_free(NULL));
}

static void names_go_both_ways(void **state)
{
        for (Security i = SECURITY_STARTTLS; i <= SECURITY_NONE; i++) {
                Security back;

                assert_int_equal(security_from_name(security_name(i), &back), 0);
                assert_int_equal(back, i);
        }
        for (AuthMethod i = AUTH_METHOD_NONE; i <= AUTH_METHOD_POP_BEFORE_SMTP; i++) {
                AuthMethod back;

                assert_int_equal(auth_method_from_name(auth_method_name(i), &back), 0);
                assert_int_equal(back, i);
        }

        Security security = SECURITY_TLS;
        AuthMethod method;
        SaslMechanism mechanism;
        assert_int_equal(security_from_name("TLS", &security), -EINVAL);
        assert_int_equal(security, SECURITY_TLS);
        assert_int_equal(auth_method_from_name("", &method), -EINVAL);
        for (unsigned bit = SASL_EXTERNAL; bit <= SASL_CRAM_MD5; bit <<= 1) {
                assert_int_equal(sasl_mechanism_from_name(sasl_mechanism_name(bit), &mechanism), 0);
                assert_int_equal(mechanism, bit);
        }
        assert_int_equal(sasl_mechanism_from_name("scram-sha-256", &mechanism), 0);
        assert_int_equal(mechanism, SASL_SCRAM_SHA_256);
        assert_int_equal(sasl_mechanism_from_name("SCRAM-SHA-256-PLUS", &mechanism), -EINVAL);
}

static MailSettings account(void)
{
        return (MailSettings){.enabled = true,
                              .server = (char *)"smtp.example.com",
                              .port = 587,
                              .from = (char *)"me@example.com",
                              .method = AUTH_METHOD_SMTP,
                              .account = (char *)"me",
                              .mechanisms = SASL_ALL,
                              .ca_file = NULL,
                              .tls_name = (char *)"x"};
}

static void the_server_is_told_with_its_port(void **state)
{
        MailSettings m = account();
        char text[32];

        mail_settings_format_server(&m, text, sizeof(text));
        assert_string_equal(text, "smtp.example.com:587");
        m.server = (char *)"2001:db8::25";
        mail_settings_format_server(&m, text, sizeof(text));
        assert_string_equal(text, "[2001:db8::25]:587");
        m.server = NULL;
        mail_settings_format_server(&m, text, sizeof(text));
        assert_string_equal(text, "");
}

static void the_pop_server_may_be_the_mail_server(void **state)
{
        MailSettings m = account();
        char text[32];

        m.pop_port = 995;
        assert_string_equal(mail_settings_pop_server(&m), "smtp.example.com");
        assert_string_equal(mail_settings_pop_tls_name(&m), "x");
        m.pop_server = (char *)"SMTP.example.com";
        assert_string_equal(mail_settings_pop_tls_name(&m), "x");
        m.pop_server = (char *)"pop.example.com";
        assert_string_equal(mail_settings_pop_tls_name(&m), "pop.example.com");
        mail_settings_format_pop_server(&m, text, sizeof(text));
        assert_string_equal(text, "pop.example.com:995");

        m.security = SECURITY_NONE;
        assert_false(mail_settings_use_tls(&m));
        m.method = AUTH_METHOD_POP_BEFORE_SMTP;
        assert_true(mail_settings_use_tls(&m));
}

static void the_digest_knows_the_pop_server_where_it_is_used(void **state)
{
        MailSettings m = account();
        uint64_t whole = mail_settings_digest(&m);

        m.pop_port = 110;
        assert_true(mail_settings_digest(&m) == whole);
        m.method = AUTH_METHOD_POP_BEFORE_SMTP;
        whole = mail_settings_digest(&m);
        m.pop_port = 995;
        assert_true(mail_settings_digest(&m) != whole);
        m.pop_port = 110;
        m.pop_security = SECURITY_TLS;
        assert_true(mail_settings_digest(&m) != whole);
        m.pop_security = SECURITY_STARTTLS;
        m.pop_server = (char *)"pop.example.com";
        assert_true(mail_settings_digest(&m) != whole);
}

static void the_digest_tells_accounts_apart(void **state)
{
        MailSettings m = account();
        uint64_t whole = mail_settings_digest(&m);

        m.port = 588;
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.server = (char *)"smtp.example.net";
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.security = SECURITY_TLS;
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.method = AUTH_METHOD_NONE;
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.account = (char *)"you";
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.mechanisms = SASL_LOGIN;
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.ca_file = (char *)"/ca.pem";
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.ca_file = m.tls_name;
        m.tls_name = NULL;
        assert_true(mail_settings_digest(&m) != whole);
        m = account();
        m.token_file = (char *)"/token";
        uint64_t with_token = mail_settings_digest(&m);
        assert_true(with_token != whole);
        m = account();
        m.certificate = (char *)"/token";
        assert_true(mail_settings_digest(&m) != whole && mail_settings_digest(&m) != with_token);
}

static void only_what_there_are_means_for_can_be_used(void **state)
{
        MailSettings m = account();

        assert_int_equal(mail_settings_usable_mechanisms(&m), SASL_WITH_PASSWORD);
        m.certificate = (char *)"/certificate";
        assert_int_equal(mail_settings_usable_mechanisms(&m), SASL_EXTERNAL | SASL_WITH_PASSWORD);
        m.token_file = (char *)"/token";
        assert_int_equal(mail_settings_usable_mechanisms(&m), SASL_EXTERNAL | SASL_WITH_TOKEN);
        m.mechanisms = SASL_XOAUTH2 | SASL_PLAIN;
        assert_int_equal(mail_settings_usable_mechanisms(&m), SASL_XOAUTH2);
        m.account = NULL;
        assert_int_equal(mail_settings_usable_mechanisms(&m), 0);
        m.mechanisms = SASL_ALL;
        assert_int_equal(mail_settings_usable_mechanisms(&m), SASL_EXTERNAL);
}

static void the_digest_is_not_about_who_writes(void **state)
{
        MailSettings m = account();
        uint64_t whole = mail_settings_digest(&m);

        m.enabled = false;
        m.from = (char *)"you@example.com";
        m.helo = (char *)"host.example.com";
        assert_true(mail_settings_digest(&m) == whole);
}

static void destinations_are_found_by_identity(void **state)
{
        DestinationSettings list[] = {{(char *)"a@b", true}, {(char *)"c@d", false}};
        Settings s = {.destinations = list, .n_destinations = 2};

        assert_ptr_equal(settings_destination(&s, "c@d"), list + 1);
        assert_null(settings_destination(&s, "C@d"));
}

static void one_can_be_told_alone(void **state)
{
        _cleanup_(settings_freep) Settings *s = NULL;

        assert_int_equal(settings_new(&s), 0);
        assert_int_equal(settings_count_enabled(s), 0);
        assert_int_equal(settings_tell_only(s, "a@example.com"), 0);
        assert_int_equal(settings_tell_only(s, "b@example.com"), 0);
        assert_int_equal(s->n_destinations, 2);
        assert_int_equal(settings_count_enabled(s), 1);
        assert_true(settings_destination(s, "b@example.com")->enabled);
        assert_int_equal(settings_tell_only(s, "a@Example.COM"), 0);
        assert_int_equal(s->n_destinations, 2);
        assert_int_equal(settings_count_enabled(s), 1);
        assert_true(settings_destination(s, "a@example.com")->enabled);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(defaults_are_mail_off_and_nobody_told),
                cmocka_unit_test(names_go_both_ways),
                cmocka_unit_test(the_server_is_told_with_its_port),
                cmocka_unit_test(the_digest_tells_accounts_apart),
                cmocka_unit_test(the_pop_server_may_be_the_mail_server),
                cmocka_unit_test(the_digest_knows_the_pop_server_where_it_is_used),
                cmocka_unit_test(only_what_there_are_means_for_can_be_used),
                cmocka_unit_test(the_digest_is_not_about_who_writes),
                cmocka_unit_test(destinations_are_found_by_identity),
                cmocka_unit_test(one_can_be_told_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
