/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "settings/keys.h"
#include "settings/settings.h"

#define BOOL(x)    (&(SettingsValue){.type = SETTINGS_VALUE_BOOL, .boolean = (x)})
#define INTEGER(x) (&(SettingsValue){.type = SETTINGS_VALUE_INTEGER, .integer = (x)})
#define REAL(x)    (&(SettingsValue){.type = SETTINGS_VALUE_REAL, .real = (x)})
#define TEXT(x)    (&(SettingsValue){.type = SETTINGS_VALUE_TEXT, .text = (x)})
#define LIST(...)                                                     \
        (&(SettingsValue){.type = SETTINGS_VALUE_LIST,                \
                          .elements = (SettingsValue[]){__VA_ARGS__}, \
                          .n_elements = sizeof((SettingsValue[]){__VA_ARGS__}) / sizeof(SettingsValue)})
#define ELEMENT(x)                                       \
        {                                                \
                .type = SETTINGS_VALUE_TEXT, .text = (x) \
        }

static char reason[SETTINGS_REASON_MAX];

static int setup(void **state)
{
        return settings_new((Settings **)state);
}

static int teardown(void **state)
{
        settings_free(*state);
        return 0;
}

static int set(Settings *s, const char *path, const SettingsValue *value)
{
        const SettingsKey *key = settings_key_find(path);

        assert_non_null(key);
        return settings_key_set(key, s, value, reason);
}

static void each_key_is_there_once_and_complete(void **state)
{
        size_t n;
        const SettingsKey *keys = settings_keys(&n);

        assert_int_equal(n, 38);
        for (size_t i = 0; i < n; i++) {
                assert_ptr_equal(settings_key_find(keys[i].path), keys + i);
                assert_true(strlen(keys[i].path) < SETTINGS_PATH_MAX);
                assert_non_null(keys[i].values);
                assert_true(keys[i].min <= keys[i].max);
                assert_true(keys[i].max == 0 || keys[i].unit);
        }
        assert_null(settings_key_find("mail"));
        assert_null(settings_key_find(""));
}

static void groups_are_what_holds_keys(void **state)
{
        assert_true(settings_path_is_group("mail"));
        assert_true(settings_path_is_group("mail.auth"));
        assert_true(settings_path_is_group("destinations[]"));
        assert_false(settings_path_is_group("destinations"));
        assert_false(settings_path_is_group("mai"));
        assert_false(settings_path_is_group("mail.port"));
}

static void the_nearest_key_is_what_was_meant(void **state)
{
        static const struct {
                const char *typed, *meant;
        } vectors[] = {
                {"mail.prot", "mail.port"},
                {"mail.sever", "mail.server"},
                {"port", "mail.port"},
                {"mail.account", "mail.auth.account"},
                {"mial", "mail"},
                {"destination", "destinations"},
                {"destinations[].too", "destinations[].to"},
                {"watch.interface", "watch.interfaces"},
                {"settle.quite", "settle.quiet"},
                {"mail.auth.methods", "mail.auth.method"},
        };
        char nearest[SETTINGS_PATH_MAX], longest[1000];

        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                settings_nearest(vectors[i].typed, nearest);
                assert_string_equal(nearest, vectors[i].meant);
        }
        memset(longest, 'x', sizeof(longest));
        longest[sizeof(longest) - 1] = '\0';
        settings_nearest(longest, nearest);
        assert_true(*nearest);
        settings_nearest("", nearest);
        assert_true(*nearest);
}

static void booleans_are_no_numbers(void **state)
{
        Settings *s = *state;

        assert_int_equal(set(s, "mail.enabled", BOOL(true)), 0);
        assert_true(s->mail.enabled);
        assert_int_equal(set(s, "mail.enabled", INTEGER(0)), 1);
        assert_true(s->mail.enabled);
        assert_int_equal(set(s, "mail.enabled", TEXT("no")), 1);
        assert_string_equal(reason, "is a text, and must be true or false");
}

static void ports_have_a_range(void **state)
{
        static const int64_t bad[] = {0, -1, 65536, 70000, INT64_MAX, INT64_MIN};
        Settings *s = *state;

        assert_int_equal(set(s, "mail.port", INTEGER(1)), 0);
        assert_int_equal(s->mail.port, 1);
        assert_int_equal(set(s, "mail.port", INTEGER(65535)), 0);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(set(s, "mail.port", INTEGER(bad[i])), 1);
        assert_int_equal(s->mail.port, 65535);
        assert_int_equal(set(s, "mail.port", INTEGER(70000)), 1);
        assert_string_equal(reason, "70000 is out of range: 1 to 65535");
        assert_int_equal(set(s, "mail.port", REAL(587.0)), 1);
        assert_int_equal(set(s, "mail.port", TEXT("587")), 1);
}

static void mails_are_counted_whole(void **state)
{
        Settings *s = *state;

        assert_int_equal(set(s, "limits.mails_per_hour", INTEGER(1)), 0);
        assert_int_equal(set(s, "limits.mails_per_hour", INTEGER(1000)), 0);
        assert_int_equal(set(s, "limits.mails_per_hour", INTEGER(0)), 1);
        assert_string_equal(reason, "0 is out of range: 1 to 1000");
        assert_int_equal(set(s, "limits.mails_per_hour", INTEGER(1001)), 1);
        assert_int_equal(set(s, "limits.mails_per_hour", REAL(2.0)), 1);
        assert_int_equal(s->mails_per_hour, 1000);
}

static void seconds_may_be_broken(void **state)
{
        Settings *s = *state;

        assert_int_equal(set(s, "settle.quiet", INTEGER(3600)), 0);
        assert_true(s->settle_quiet == USEC_PER_HOUR);
        assert_int_equal(set(s, "settle.quiet", REAL(0.2)), 0);
        assert_true(s->settle_quiet == 200 * USEC_PER_MSEC);
        assert_int_equal(set(s, "settle.quiet", REAL(NAN)), 1);
        assert_int_equal(set(s, "settle.quiet", REAL(INFINITY)), 1);
        assert_int_equal(set(s, "settle.quiet", REAL(-0.1)), 1);
        assert_int_equal(set(s, "settle.quiet", BOOL(true)), 1);
        assert_int_equal(set(s, "limits.unknown_wait", INTEGER(0)), 1);
        assert_string_equal(reason, "0 is out of range: 1 to 86400 s");
        assert_true(s->settle_quiet == 200 * USEC_PER_MSEC);
}

static void texts_hold_no_control(void **state)
{
        static const char *const paths[] = {"mail.server",       "mail.from",        "mail.helo",
                                            "mail.auth.account", "mail.tls.ca_file", "mail.tls.name"};
        static const char *const hostile[] = {
                "", "a@b.example\r\nX: y", "/a\n", "h.example\x7f", "\xff@b", "h\x1b[31m"};
        Settings *s = *state;

        for (size_t i = 0; i < ELEMENTSOF(paths); i++)
                for (size_t k = 0; k < ELEMENTSOF(hostile); k++) {
                        assert_int_equal(set(s, paths[i], TEXT(hostile[k])), 1);
                        assert_null(strpbrk(reason, "\r\n\x7f\x1b"));
                }
        assert_null(s->mail.server);
        assert_null(s->mail.account);
}

static void texts_are_what_their_key_says(void **state)
{
        static const struct {
                const char *path, *text;
                int r;
        } vectors[] = {
                {"mail.server", "smtp.example.com", 0},
                {"mail.server", "2001:db8::1", 0},
                {"mail.server", "192.0.2.1", 0},
                {"mail.server", "smtp.example.com:587", 1},
                {"mail.server", "[2001:db8::1]", 1},
                {"mail.helo", "[192.0.2.1]", 0},
                {"mail.helo", "[IPv6:2001:db8::1]", 0},
                {"mail.helo", "[2001:db8::1]", 1},
                {"mail.helo", "[IPv6:192.0.2.1]", 1},
                {"mail.helo", "[]", 1},
                {"mail.helo", "host.example.com.", 1},
                {"mail.helo", "caf\xc3\xa9.example", 1},
                {"mail.helo", "a b", 1},
                {"mail.from", "me", 1},
                {"mail.tls.ca_file", "ca.pem", 1},
                {"mail.tls.ca_file", "/etc/ca.pem", 0},
                {"mail.security", "tls", 0},
                {"mail.security", "ssl", 1},
                {"mail.auth.method", "none", 0},
                {"mail.auth.method", "pop", 1},
                {"mail.auth.method", "pop-before-smtp", 0},
                {"mail.auth.pop.server", "pop.example.com", 0},
                {"mail.auth.pop.server", "pop.example.com:995", 1},
                {"mail.auth.pop.security", "starttls", 0},
                {"mail.auth.pop.security", "none", 1},
                {"mail.auth.pop.security", "stls", 1},
                {"mail.auth.account", "with space", 0},
                {"mail.auth.token_file", "token", 1},
                {"mail.auth.token_file", "/run/token", 0},
                {"mail.tls.certificate", "client.pem", 1},
                {"mail.tls.certificate", "/client.pem", 0},
        };
        Settings *s = *state;

        for (size_t i = 0; i < ELEMENTSOF(vectors); i++)
                if (set(s, vectors[i].path, TEXT(vectors[i].text)) != vectors[i].r)
                        fail_msg("%s: %s", vectors[i].path, vectors[i].text);
        assert_int_equal(set(s, "mail.from", TEXT("Me@Example.COM")), 0);
        assert_string_equal(s->mail.from, "Me@example.com");
}

static void lists_and_lone_texts_do(void **state)
{
        Settings *s = *state;
        const SettingsValue none = {.type = SETTINGS_VALUE_LIST};

        assert_int_equal(set(s, "mail.auth.mechanisms", TEXT("login")), 0);
        assert_int_equal(s->mail.mechanisms, SASL_LOGIN);
        assert_int_equal(set(s, "mail.auth.mechanisms", LIST(ELEMENT("PLAIN"), ELEMENT("LOGIN"))), 0);
        assert_int_equal(s->mail.mechanisms, SASL_PLAIN | SASL_LOGIN);
        assert_int_equal(set(s, "mail.auth.mechanisms", TEXT("NTLM")), 1);
        assert_int_equal(set(s, "mail.auth.mechanisms", &none), 1);

        assert_int_equal(set(s, "watch.families", TEXT("ipv6")), 0);
        assert_false(s->watch.family[FAMILY_IPV4]);
        assert_true(s->watch.family[FAMILY_IPV6]);
        assert_int_equal(set(s, "watch.families", &none), 1);
        assert_int_equal(set(s, "watch.families", TEXT("IPv4")), 1);

        assert_int_equal(set(s, "watch.interfaces", LIST(ELEMENT("eth0"), ELEMENT("wl*"))), 0);
        assert_int_equal(s->watch.n_interfaces, 2);
        assert_string_equal(s->watch.interfaces[1], "wl*");
        assert_int_equal(set(s, "watch.interfaces", LIST(ELEMENT("eth0"), {.type = SETTINGS_VALUE_INTEGER})),
                         1);
        assert_int_equal(set(s, "watch.interfaces", TEXT("a/b")), 1);
        assert_int_equal(s->watch.n_interfaces, 2);
        assert_int_equal(set(s, "watch.interfaces", &none), 0);
        assert_int_equal(s->watch.n_interfaces, 0);
}

static void destinations_have_their_own(void **state)
{
        DestinationSettings d = {0};
        const SettingsKey *key = settings_key_find("destinations[].mac");

        assert_int_equal(destination_settings_init(&d, NULL), 0);
        assert_true(d.enabled && d.family[FAMILY_IPV4] && d.family[FAMILY_IPV6]);
        assert_int_equal(d.language, LANGUAGE_EN);
        assert_string_equal(d.mac, "");

        assert_int_equal(settings_key_set(key, &d, TEXT("02-00-5E-10-00-01"), reason), 0);
        assert_string_equal(d.mac, "02:00:5e:10:00:01");
        assert_int_equal(settings_key_set(key, &d, TEXT("02-00-5E-10-00"), reason), 1);
        assert_string_equal(reason, "\"02-00-5E-10-00\" is not six octets in hexadecimal "
                                    "(\"02:00:5e:10:00:01\")");
        assert_int_equal(settings_key_set(key, &d, INTEGER(2), reason), 1);
        assert_string_equal(d.mac, "02:00:5e:10:00:01");

        key = settings_key_find("destinations[].language");
        assert_int_equal(settings_key_set(key, &d, TEXT("ja"), reason), 0);
        assert_int_equal(settings_key_set(key, &d, TEXT("jp"), reason), 1);
        assert_string_equal(reason, "\"jp\" is not \"en\" or \"ja\"");
        assert_int_equal(settings_key_set(key, &d, BOOL(true), reason), 1);
        assert_int_equal(d.language, LANGUAGE_JA);

        key = settings_key_find("destinations[].families");
        assert_int_equal(settings_key_set(key, &d, TEXT("ipv6"), reason), 0);
        assert_true(!d.family[FAMILY_IPV4] && d.family[FAMILY_IPV6]);
}

static void sources_begin_with_the_interface(void **state)
{
        Settings *s = *state;

        assert_int_equal(s->sources.n, 1);
        assert_int_equal(set(s, "watch.sources", LIST(ELEMENT("interface"), ELEMENT("file"))), 0);
        assert_int_equal(s->sources.n, 2);
        assert_int_equal(s->sources.source[1], SOURCE_FILE);
        assert_int_equal(set(s, "watch.sources", LIST(ELEMENT("file"), ELEMENT("interface"))), 1);
        assert_string_equal(reason, "must begin with \"interface\": where the interface itself has a public "
                                    "address, nobody else is asked");
        assert_int_equal(
                set(s, "watch.sources", LIST(ELEMENT("interface"), ELEMENT("file"), ELEMENT("file"))), 1);
        assert_string_equal(reason, "names \"file\" twice");
        assert_int_equal(set(s, "watch.sources", LIST(ELEMENT("interface"), ELEMENT("upnp"))), 1);
        assert_int_equal(s->sources.n, 2);
        assert_int_equal(set(s, "watch.sources", TEXT("interface")), 0);
        assert_int_equal(s->sources.n, 1);
        assert_int_equal(set(s, "watch.file", TEXT("run/outside")), 1);
}

static void stun_servers_are_numeric(void **state)
{
        static const struct {
                const char *text, *address; /* NULL: refused */
                unsigned port;
        } rows[] = {
                {"192.0.2.1", "192.0.2.1", 3478},
                {"192.0.2.1:19302", "192.0.2.1", 19302},
                {"2001:db8::1", "2001:db8::1", 3478},
                {"[2001:db8::1]", "2001:db8::1", 3478},
                {"[2001:db8::1]:3479", "2001:db8::1", 3479},
                {"10.0.0.1", "10.0.0.1", 3478},
                {"stun.example.com", NULL, 0},
                {"0.0.0.0", NULL, 0},
                {"127.0.0.1", NULL, 0},
                {"224.0.0.1", NULL, 0},
                {"255.255.255.255", NULL, 0},
                {"::", NULL, 0},
                {"fe80::1", NULL, 0},
                {"[ff02::1]:3478", NULL, 0},
                {"::ffff:192.0.2.1", NULL, 0},
                {"192.0.2.1:", NULL, 0},
                {"192.0.2.1:0", NULL, 0},
                {"192.0.2.1:65536", NULL, 0},
                {"[192.0.2.1]:3478", NULL, 0},
                {"[2001:db8::1]3478", NULL, 0},
                {"[2001:db8::1", NULL, 0},
                {"[]", NULL, 0},
                {"[", NULL, 0},
                {":", NULL, 0},
                {"", NULL, 0},
        };
        Settings *s = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[IP_ADDRESS_TEXT_MAX];

                s->n_stun = 0;
                assert_int_equal(set(s, "watch.stun", TEXT(rows[i].text)), rows[i].address ? 0 : 1);
                assert_int_equal(s->n_stun, rows[i].address ? 1 : 0);
                if (!rows[i].address)
                        continue;
                ip_address_format(&s->stun[0].address, text);
                assert_string_equal(text, rows[i].address);
                assert_int_equal(s->stun[0].port, rows[i].port);
        }
        assert_int_equal(set(s, "watch.stun",
                             LIST(ELEMENT("192.0.2.1"), ELEMENT("192.0.2.2"), ELEMENT("192.0.2.3"),
                                  ELEMENT("192.0.2.4"), ELEMENT("192.0.2.5"))),
                         1);
        assert_string_equal(reason, "a list of 5 servers is out of range: 1 to 4");
        s->n_stun = 0;
        assert_int_equal(set(s, "watch.stun",
                             LIST(ELEMENT("192.0.2.1"), ELEMENT("192.0.2.2"), ELEMENT("192.0.2.1:3479"))),
                         1);
        assert_string_equal(reason, "names the address of \"192.0.2.1:3479\" twice");
        assert_int_equal(s->n_stun, 0);
}

#define NAME_OF_127                                                        \
        "/234567890123456789012345678901234567890123456789012345678901234" \
        "567890123456789012345678901234567890123456789012345678901234567"

static void templates_are_files_by_name(void **state)
{
        static const char *const good[] = {"short",
                                           "/etc/ipherald/mail.txt",
                                           "/a b",
                                           "ipherald.phone-1.conf_x",
                                           "ipherald.smtp-password2",
                                           NAME_OF_127};
        static const char *const bad[] = {
                "",
                "long",
                "mail.txt",
                "/",
                "/etc/",
                "ipherald.",
                "ipherald.a/b",
                "ipherald.a b",
                "/a\nb",
                NAME_OF_127 "x",
                "ipherald.smtp-password",
                "ipherald.pop-password",
                "ipherald.tls-key",
                "/etc/credstore/ipherald.smtp-password",
        };
        DestinationSettings d = {0};
        const SettingsKey *key = settings_key_find("destinations[].template");

        assert_int_equal(destination_settings_init(&d, NULL), 0);
        assert_string_equal(d.content.template, "");
        assert_int_equal(strlen(NAME_OF_127), CONTENT_NAME_MAX - 1);
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                assert_int_equal(settings_key_set(key, &d, TEXT(good[i]), reason), 0);
                assert_string_equal(d.content.template, good[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(settings_key_set(key, &d, TEXT(bad[i]), reason), 1);
        assert_string_equal(d.content.template, NAME_OF_127);

        assert_int_equal(settings_key_set(key, &d, TEXT("long"), reason), 1);
        assert_string_equal(reason, "\"long\" is not \"short\", an absolute path or a credential's name "
                                    "(\"ipherald.NAME\")");
        assert_int_equal(settings_key_set(key, &d, TEXT(NAME_OF_127 "x"), reason), 1);
        assert_string_equal(reason, "a name of 128 octets is out of range: 1 to 127 octets");
        assert_int_equal(settings_key_set(key, &d, BOOL(true), reason), 1);
}

static void attachments_are_one_to_four(void **state)
{
        static const SettingsValue none = {.type = SETTINGS_VALUE_LIST};
        DestinationSettings d = {0};
        const SettingsKey *key = settings_key_find("destinations[].attach");

        assert_int_equal(destination_settings_init(&d, NULL), 0);
        assert_int_equal(d.content.n_attachments, 0);
        assert_int_equal(
                settings_key_set(key, &d,
                                 LIST(ELEMENT("/1"), ELEMENT("/2"), ELEMENT("/3"), ELEMENT("ipherald.4")),
                                 reason),
                0);
        assert_int_equal(d.content.n_attachments, 4);
        assert_string_equal(d.content.attachments[3], "ipherald.4");
        assert_int_equal(settings_key_set(key, &d, TEXT("/lone"), reason), 0);
        assert_int_equal(d.content.n_attachments, 1);

        assert_int_equal(settings_key_set(key, &d,
                                          LIST(ELEMENT("/1"), ELEMENT("/2"), ELEMENT("/3"), ELEMENT("/4"),
                                               ELEMENT("/5")),
                                          reason),
                         1);
        assert_string_equal(reason, "a list of 5 files is out of range: 1 to 4");
        assert_int_equal(settings_key_set(key, &d, &none, reason), 1);
        assert_int_equal(settings_key_set(key, &d, TEXT("short"), reason), 1);
        assert_int_equal(settings_key_set(key, &d, LIST(ELEMENT("/1"), ELEMENT("ipherald.tls-key")), reason),
                         1);
        assert_int_equal(d.content.n_attachments, 1);
        assert_string_equal(d.content.attachments[0], "/lone");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_key_is_there_once_and_complete),
                cmocka_unit_test(groups_are_what_holds_keys),
                cmocka_unit_test(the_nearest_key_is_what_was_meant),
                cmocka_unit_test_setup_teardown(booleans_are_no_numbers, setup, teardown),
                cmocka_unit_test_setup_teardown(ports_have_a_range, setup, teardown),
                cmocka_unit_test_setup_teardown(mails_are_counted_whole, setup, teardown),
                cmocka_unit_test_setup_teardown(seconds_may_be_broken, setup, teardown),
                cmocka_unit_test_setup_teardown(texts_hold_no_control, setup, teardown),
                cmocka_unit_test_setup_teardown(texts_are_what_their_key_says, setup, teardown),
                cmocka_unit_test_setup_teardown(lists_and_lone_texts_do, setup, teardown),
                cmocka_unit_test(destinations_have_their_own),
                cmocka_unit_test_setup_teardown(sources_begin_with_the_interface, setup, teardown),
                cmocka_unit_test_setup_teardown(stun_servers_are_numeric, setup, teardown),
                cmocka_unit_test(templates_are_files_by_name),
                cmocka_unit_test(attachments_are_one_to_four),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
