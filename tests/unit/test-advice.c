/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "settings/advice.h"
#include "settings/builder.h"

/* What is said of an account and its destinations; a key's line is its number, and the first warning tells
 * the file too. */
typedef struct Case {
        const char *key, *value; /* a text, or a number */
        const char *account, *to;
        const char *said; /* how the one warning begins; NULL: none */
} Case;

static void add(SettingsBuilder *b, const char *key, const SettingsValue *value, const char *file,
                unsigned line)
{
        assert_int_equal(settings_builder_add(b, key, value, file, line), 0);
}

static void add_text(SettingsBuilder *b, const char *key, const char *text, unsigned line)
{
        add(b, key, &(SettingsValue){.type = SETTINGS_VALUE_TEXT, .text = text}, "f", line);
}

static void add_case(SettingsBuilder *b, const Case *c)
{
        SettingsValue value = {.type = SETTINGS_VALUE_TEXT, .text = c->value};

        if (!c->key)
                return;
        if (c->value[strspn(c->value, "0123456789")] == '\0')
                value = (SettingsValue){.type = SETTINGS_VALUE_INTEGER,
                                        .integer = strtoll(c->value, NULL, 10)};
        add(b, c->key, &value, "included", 4);
}

static void check(const Case *c, bool enabled, const char *security, const char *said)
{
        _cleanup_(settings_builder_freep) SettingsBuilder *b = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL, *warnings = NULL;
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;
        _cleanup_(settings_freep) Settings *s = NULL;
        _cleanup_text_ Text t = {0};
        const SettingsFault *entries;
        size_t n;

        assert_int_equal(settings_builder_new("f", &b), 0);
        add(b, "mail.enabled", &(SettingsValue){.type = SETTINGS_VALUE_BOOL, .boolean = enabled}, "f", 1);
        add_text(b, "mail.server", "mail.example.com", 2);
        add_text(b, "mail.auth.account", c->account, 3);
        if (security)
                add_text(b, "mail.security", security, 5);
        add_case(b, c);
        assert_int_equal(settings_builder_enter_destination(b, SETTINGS_VALUE_GROUP, "f", 6), 1);
        add_text(b, "destinations[].to", "you@example.org", 7);
        assert_int_equal(settings_builder_enter_destination(b, SETTINGS_VALUE_GROUP, "f", 8), 1);
        add_text(b, "destinations[].to", c->to, 9);
        assert_int_equal(settings_builder_places(b, &places), 0);
        assert_int_equal(settings_builder_finish(b, &s, &faults), 0);
        assert_non_null(s);

        assert_int_equal(settings_faults_new(&warnings), 0);
        assert_int_equal(settings_advise(s, places, warnings), 0);
        entries = settings_faults_entries(warnings, &n);
        assert_int_equal(n, said ? 1 : 0);
        if (!said)
                return;
        settings_fault_format(entries, &t);
        assert_memory_equal(t.data, said, strlen(said));
}

static void what_is_rarely_meant_is_said_with_its_line(void **state)
{
        static const struct {
                Case c;
                const char *security, *said;
        } cases[] = {
                {{NULL, NULL, "me@example.com", "b@example.org"}, NULL, NULL},
                {{"mail.from", "x@Example.COM", "me@example.com", "b@example.org"}, NULL, NULL},
                {{"mail.from", "x@example.net", "me", "b@example.org"}, NULL, NULL},
                {{"mail.from", "x@example.net", "me@example.com", "b@example.org"},
                 NULL,
                 "included:4: mail.from: x@example.net is of another domain than the account "
                 "me@example.com: "},
                {{"mail.port", "465", "me@example.com", "b@example.org"},
                 NULL,
                 "included:4: mail.port: at 465 servers begin with TLS, and with mail.security "
                 "\"starttls\" "},
                {{"mail.port", "465", "me@example.com", "b@example.org"}, "tls", NULL},
                {{"mail.port", "587", "me@example.com", "b@example.org"},
                 "tls",
                 "included:4: mail.port: at 587 servers begin without TLS, and with mail.security \"tls\" "},
                {{"mail.port", "2525", "me@example.com", "b@example.org"}, "tls", NULL},
                {{"mail.auth.pop.port", "110", "me@example.com", "b@example.org"}, NULL, NULL},
                {{NULL, NULL, "me@example.com", "me@Example.com"},
                 NULL,
                 "f:9: destinations[].to: me@example.com is the account that sends: "},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                check(&cases[i].c, true, cases[i].security, cases[i].said);
                check(&cases[i].c, false, cases[i].security, NULL);
        }
}

static void the_ports_of_pop3_count_where_it_is_used(void **state)
{
        static const SettingsValue method = {.type = SETTINGS_VALUE_TEXT, .text = "pop-before-smtp"},
                                   tls = {.type = SETTINGS_VALUE_TEXT, .text = "tls"},
                                   port = {.type = SETTINGS_VALUE_INTEGER, .integer = 110};
        _cleanup_(settings_builder_freep) SettingsBuilder *b = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL, *warnings = NULL;
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;
        _cleanup_(settings_freep) Settings *s = NULL;
        const SettingsFault *entries;
        size_t n;

        assert_int_equal(settings_builder_new("f", &b), 0);
        add(b, "mail.enabled", &(SettingsValue){.type = SETTINGS_VALUE_BOOL, .boolean = true}, "f", 1);
        add_text(b, "mail.server", "mail.example.com", 2);
        add_text(b, "mail.auth.account", "me@example.com", 3);
        add(b, "mail.auth.method", &method, "f", 4);
        add(b, "mail.auth.pop.security", &tls, "f", 5);
        add(b, "mail.auth.pop.port", &port, "f", 6);
        assert_int_equal(settings_builder_enter_destination(b, SETTINGS_VALUE_GROUP, "f", 7), 1);
        add_text(b, "destinations[].to", "you@example.org", 7);
        assert_int_equal(settings_builder_places(b, &places), 0);
        assert_int_equal(settings_builder_finish(b, &s, &faults), 0);
        assert_int_equal(settings_faults_new(&warnings), 0);
        assert_int_equal(settings_advise(s, places, warnings), 0);
        entries = settings_faults_entries(warnings, &n);
        assert_int_equal(n, 1);
        assert_int_equal(entries[0].line, 6);
        assert_non_null(strstr(entries[0].text, "mail.auth.pop.port: at 110 servers begin without TLS"));
}

static void a_key_that_was_not_written_is_the_files(void **state)
{
        _cleanup_(settings_places_freep) SettingsPlaces *p = NULL;
        SettingsPlace place;

        assert_int_equal(settings_places_new("main", &p), 0);
        assert_int_equal(settings_places_add(p, "a", 0, "other", 7), 0);
        assert_int_equal(settings_places_add(p, "a", 1, "main", 8), 0);
        place = settings_places_find(p, "a", 1);
        assert_string_equal(place.file, "main");
        assert_int_equal(place.line, 8);
        place = settings_places_find(p, "a", 0);
        assert_string_equal(place.file, "other");
        place = settings_places_find(p, "b", 0);
        assert_string_equal(place.file, "main");
        assert_int_equal(place.line, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_rarely_meant_is_said_with_its_line),
                cmocka_unit_test(the_ports_of_pop3_count_where_it_is_used),
                cmocka_unit_test(a_key_that_was_not_written_is_the_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
