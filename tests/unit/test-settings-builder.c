/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "settings/builder.h"

/* A file of keys and values, one a line; a value is a text but for true, false and numbers. "*" as a path
 * begins a destination. What comes out is compared as "LINE: text" lines. */
typedef struct Line {
        const char *path, *value;
} Line;

static SettingsValue value_of(const char *s)
{
        if (streq(s, "true") || streq(s, "false"))
                return (SettingsValue){.type = SETTINGS_VALUE_BOOL, .boolean = *s == 't'};
        if (*s >= '0' && *s <= '9')
                return (SettingsValue){.type = SETTINGS_VALUE_INTEGER, .integer = strtoll(s, NULL, 10)};
        return (SettingsValue){.type = SETTINGS_VALUE_TEXT, .text = s};
}

static Settings *build(const Line *lines, const char *expected)
{
        _cleanup_(settings_builder_freep) SettingsBuilder *b = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_text_ Text t = {0};
        Settings *s = NULL;
        size_t n;

        assert_int_equal(settings_builder_new("f", &b), 0);
        for (unsigned i = 0; lines[i].path; i++) {
                SettingsValue v = value_of(lines[i].value);

                if (streq(lines[i].path, "*"))
                        assert_int_equal(
                                settings_builder_enter_destination(b, SETTINGS_VALUE_GROUP, "f", i + 1), 1);
                else
                        assert_int_equal(settings_builder_add(b, lines[i].path, &v, "f", i + 1), 0);
        }
        assert_int_equal(settings_builder_finish(b, &s, &faults), 0);

        const SettingsFault *entries = settings_faults_entries(faults, &n);
        for (size_t i = 0; i < n; i++) {
                settings_fault_format(entries + i, &t);
                text_append_string(&t, "\n");
        }
        assert_string_equal(t.data ? t.data : "", expected);
        assert_true(!s == (n > 0));
        return s;
}

static void refused(const Line *lines, const char *expected)
{
        assert_null(build(lines, expected));
}

static const Line five[] = {
        {"mail.enabled", "true"},
        {"mail.server", "smtp.example.com"},
        {"mail.auth.account", "Me@Example.com"},
        {"*", ""},
        {"destinations[].to", "you@example.org"},
        {NULL},
};

static void an_empty_file_is_good(void **state)
{
        settings_free(build((Line[]){{NULL}}, ""));
}

static void five_lines_make_an_account(void **state)
{
        _cleanup_(settings_freep) Settings *s = build(five, "");

        assert_int_equal(s->mail.port, 587);
        assert_int_equal(s->mail.method, AUTH_METHOD_SMTP);
        assert_string_equal(s->mail.account, "Me@Example.com");
        assert_string_equal(s->mail.from, "Me@example.com");
        assert_int_equal(s->n_destinations, 1);
        assert_true(s->destinations[0].enabled);
}

static void the_port_follows_from_security(void **state)
{
        _cleanup_(settings_freep) Settings *tls = build((Line[]){{"mail.security", "tls"}, {NULL}}, "");
        _cleanup_(settings_freep) Settings *none = build((Line[]){{"mail.security", "none"}, {NULL}}, "");
        _cleanup_(settings_freep)
                Settings *own = build((Line[]){{"mail.port", "2525"}, {"mail.security", "tls"}, {NULL}}, "");

        assert_int_equal(tls->mail.port, 465);
        assert_int_equal(none->mail.port, 25);
        assert_int_equal(own->mail.port, 2525);
}

static void enabled_mail_needs_its_keys(void **state)
{
        refused((Line[]){{"watch.private", "true"}, {"mail.enabled", "true"}, {NULL}},
                "f:2: mail.from: missing, and needed when mail is enabled\n"
                "f:2: mail.server: missing, and needed when mail is enabled\n"
                "f:2: destinations: none is listed, and mail is enabled: nobody would be told\n");
}

static void a_sender_must_come_from_somewhere(void **state)
{
        Line lines[ELEMENTSOF(five)];

        memcpy(lines, five, sizeof(five));
        lines[2].value = "me";
        refused(lines,
                "f:3: mail.from: missing, and mail.auth.account is no address that could stand for it\n");
}

static void no_login_goes_out_in_clear(void **state)
{
        static const char fault[] =
                "f:1: mail.security: \"none\" is refused together with a login, whose password would go out "
                "in clear\n";

        refused((Line[]){{"mail.security", "none"}, {"mail.auth.account", "me"}, {NULL}}, fault);
        settings_free(build((Line[]){{"mail.security", "none"},
                                     {"mail.auth.account", "me"},
                                     {"mail.auth.method", "none"},
                                     {NULL}},
                            ""));
}

static void a_login_needs_an_account(void **state)
{
        refused((Line[]){{"mail.auth.method", "smtp"}, {NULL}},
                "f:1: mail.auth.account: missing, and needed by mail.auth.method \"smtp\"\n");
        settings_free(build(
                (Line[]){{"mail.auth.method", "smtp"}, {"mail.tls.certificate", "/client.pem"}, {NULL}},
                ""));
        refused((Line[]){{"mail.auth.method", "smtp"},
                         {"mail.tls.certificate", "/client.pem"},
                         {"mail.auth.token_file", "/token"},
                         {NULL}},
                "f:3: mail.auth.account: missing, and needed by mail.auth.token_file\n");
}

static void pop_before_smtp_has_defaults(void **state)
{
        _cleanup_(settings_freep) Settings *tls = NULL, *stls = NULL;

        refused((Line[]){{"mail.auth.method", "pop-before-smtp"}, {NULL}},
                "f:1: mail.auth.account: missing, and needed by mail.auth.method \"pop-before-smtp\"\n");
        /* No password goes to the mail server. */
        tls = build((Line[]){{"mail.auth.method", "pop-before-smtp"},
                             {"mail.auth.account", "me"},
                             {"mail.security", "none"},
                             {NULL}},
                    "");
        assert_int_equal(tls->mail.method, AUTH_METHOD_POP_BEFORE_SMTP);
        assert_int_equal(tls->mail.pop_security, SECURITY_TLS);
        assert_int_equal(tls->mail.pop_port, 995);
        assert_null(tls->mail.pop_server);
        stls = build((Line[]){{"mail.auth.method", "pop-before-smtp"},
                              {"mail.auth.account", "me"},
                              {"mail.auth.pop.security", "starttls"},
                              {NULL}},
                     "");
        assert_int_equal(stls->mail.pop_port, 110);
}

static void a_mechanism_needs_its_means(void **state)
{
        static const char *const without[][3] = {
                {"EXTERNAL", NULL},
                {"XOAUTH2", NULL},
                {"EXTERNAL", "mail.auth.token_file"},
                {"PLAIN", "mail.auth.token_file"},
                {"OAUTHBEARER", "mail.tls.certificate"},
        };
        static const char *const with[][2] = {
                {"EXTERNAL", "mail.tls.certificate"},
                {"XOAUTH2", "mail.auth.token_file"},
                {"PLAIN", "mail.tls.certificate"},
        };

        for (size_t i = 0; i < ELEMENTSOF(without); i++)
                refused((Line[]){{"mail.auth.account", "me"},
                                 {"mail.auth.mechanisms", without[i][0]},
                                 {without[i][1], "/file"},
                                 {NULL}},
                        "f:2: mail.auth.mechanisms: none of them can be used: \"EXTERNAL\" needs "
                        "mail.tls.certificate, \"OAUTHBEARER\" and \"XOAUTH2\" need mail.auth.token_file, "
                        "and "
                        "the others are for a password, which is not used beside a token\n");
        for (size_t i = 0; i < ELEMENTSOF(with); i++)
                settings_free(build((Line[]){{"mail.auth.account", "me"},
                                             {"mail.auth.mechanisms", with[i][0]},
                                             {with[i][1], "/file"},
                                             {NULL}},
                                    ""));
}

static void limit_is_not_below_quiet(void **state)
{
        refused((Line[]){{"settle.quiet", "31"}, {NULL}}, "f:1: settle.quiet: is more than settle.limit\n");
        refused((Line[]){{"settle.quiet", "5"}, {"settle.limit", "4"}, {NULL}},
                "f:2: settle.limit: is less than settle.quiet\n");
        refused((Line[]){{"watch.sources", "interface"}, {"watch.sources", "file"}, {NULL}},
                "f:2: watch.sources: must begin with \"interface\": where the interface itself has a public "
                "address, nobody else is asked\n");
        settings_free(build((Line[]){{"settle.quiet", "30"}, {NULL}}, ""));
}

static void the_selection_knows_the_limit(void **state)
{
        _cleanup_(settings_freep) Settings *s = build((Line[]){{"settle.limit", "60"}, {NULL}}, "");

        assert_true(s->watch.settle_limit == USEC_PER_MIN);
}

static void a_destination_is_listed_once(void **state)
{
        refused((Line[]){{"*", ""},
                         {"destinations[].to", "a@example.com"},
                         {"*", ""},
                         {"*", ""},
                         {"destinations[].to", "A@example.com"},
                         {"*", ""},
                         {"destinations[].to", "a@EXAMPLE.com"},
                         {NULL}},
                "f:3: destinations[].to: missing\n"
                "f:7: destinations[].to: a@example.com is listed twice, first in line 2 of f\n");
}

static void no_mail_holds_the_token(void **state)
{
        static const char *const keys[] = {"destinations[].attach", "destinations[].template"};
        Line lines[] = {{"mail.auth.account", "me"},
                        {"mail.auth.token_file", "/run/token"},
                        {"*", ""},
                        {"destinations[].to", "a@example.com"},
                        {NULL, "/run/token"},
                        {NULL}};

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                lines[4] = (Line){keys[i], "/run/token"};
                refused(lines,
                        "f:3: destinations[]: its mail holds the file of mail.auth.token_file, and with "
                        "it whoever reads the mail could log in\n");
                lines[4].value = "/run/token.txt";
                settings_free(build(lines, ""));
        }
}

static void a_refused_key_is_blamed_once(void **state)
{
        refused((Line[]){{"mail.enabled", "true"},
                         {"mail.server", "a b"},
                         {"mail.auth.account", "\n"},
                         {"settle.limit", "90000"},
                         {"settle.quiet", "60"},
                         {"*", ""},
                         {"destinations[].to", "me"},
                         {NULL}},
                "f:2: mail.server: \"a b\" is not a host name or an IP address\n"
                "f:3: mail.auth.account: \"\" holds a control character (a line break?) or is not UTF-8\n"
                "f:4: settle.limit: 90000 is out of range: 0 to 86400 s\n"
                "f:7: destinations[].to: \"me\" is not a mail address\n");
}

static void groups_are_groups(void **state)
{
        _cleanup_(settings_builder_freep) SettingsBuilder *b = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        Settings *s;
        size_t n;

        assert_int_equal(settings_builder_new("f", &b), 0);
        assert_int_equal(settings_builder_enter(b, "mail", SETTINGS_VALUE_GROUP, "f", 1), 1);
        assert_int_equal(settings_builder_enter(b, "mail.auth", SETTINGS_VALUE_INTEGER, "f", 2), 0);
        assert_int_equal(settings_builder_enter(b, "mial", SETTINGS_VALUE_GROUP, "f", 3), 0);
        assert_int_equal(settings_builder_enter_destination(b, SETTINGS_VALUE_TEXT, "f", 4), 0);
        assert_int_equal(settings_builder_finish(b, &s, &faults), 0);
        assert_null(s);

        const SettingsFault *entries = settings_faults_entries(faults, &n);
        assert_int_equal(n, 3);
        assert_string_equal(entries[0].text, "mail.auth: must be a group: { ... }");
        assert_string_equal(entries[1].text, "unknown key mial; the nearest known one is mail");
        assert_int_equal(entries[2].line, 4);
}

static void faults_come_in_file_order(void **state)
{
        _cleanup_(settings_faults_freep) SettingsFaults *f = NULL;
        _cleanup_text_ Text t = {0};
        size_t n;

        assert_int_equal(settings_faults_new(&f), 0);
        settings_faults_sort(f);
        assert_int_equal(settings_faults_add(f, "b", 9, "first"), 0);
        assert_int_equal(settings_faults_add(f, "a", 2, "third"), 0);
        assert_int_equal(settings_faults_add(f, "b", 3, "zeroth"), 0);
        assert_int_equal(settings_faults_add(f, "a", 2, "fourth\nand %s", "\033[31m"), 0);
        assert_int_equal(settings_faults_add(f, "b", 9, "second"), 0);
        settings_faults_sort(f);

        const SettingsFault *entries = settings_faults_entries(f, &n);
        for (size_t i = 0; i < n; i++)
                settings_fault_format(entries + i, &t);
        assert_string_equal(t.data, "b:3: zerothb:9: firstb:9: seconda:2: thirda:2: fourth and ?[31m");
        assert_null(settings_faults_free(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_file_is_good),
                cmocka_unit_test(five_lines_make_an_account),
                cmocka_unit_test(the_port_follows_from_security),
                cmocka_unit_test(enabled_mail_needs_its_keys),
                cmocka_unit_test(a_sender_must_come_from_somewhere),
                cmocka_unit_test(no_login_goes_out_in_clear),
                cmocka_unit_test(a_login_needs_an_account),
                cmocka_unit_test(pop_before_smtp_has_defaults),
                cmocka_unit_test(a_mechanism_needs_its_means),
                cmocka_unit_test(limit_is_not_below_quiet),
                cmocka_unit_test(the_selection_knows_the_limit),
                cmocka_unit_test(a_destination_is_listed_once),
                cmocka_unit_test(no_mail_holds_the_token),
                cmocka_unit_test(a_refused_key_is_blamed_once),
                cmocka_unit_test(groups_are_groups),
                cmocka_unit_test(faults_come_in_file_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
