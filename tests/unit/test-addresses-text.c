/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants those first */
#include <cmocka.h>

#include "decide/addresses-text.h"

static const char good[] = "IPHERALD_IPV4=203.0.113.7\n"
                           "IPHERALD_IPV6=2001:db8::7\n"
                           "IPHERALD_IPV4_OLD=203.0.113.5\n"
                           "IPHERALD_IPV6_OLD=\n"
                           "IPHERALD_INTERFACE=ppp0\n"
                           "IPHERALD_CHANGED=2026-11-24T09:18:07+09:00\n";
static const char none[] = "IPHERALD_IPV4=\nIPHERALD_IPV6=\nIPHERALD_IPV4_OLD=\nIPHERALD_IPV6_OLD=\n"
                           "IPHERALD_INTERFACE=\nIPHERALD_CHANGED=\n";

static IpAddress ip(const char *s)
{
        IpAddress a;

        assert_int_equal(ip_address_parse(s, &a), 0);
        return a;
}

static void fill(AddressRecord a[static FAMILY_COUNT])
{
        a[FAMILY_IPV4] = (AddressRecord){.address = ip("203.0.113.7"), .interface = "ppp0", .n_last = 1};
        a[FAMILY_IPV4].last[0] = ip("203.0.113.5");
        a[FAMILY_IPV6] = (AddressRecord){.address = ip("2001:db8::7"), .interface = "eth0"};
        assert_int_equal(wall_time_parse_iso("2026-11-24T09:18:07+09:00", &a[FAMILY_IPV4].since), 0);
        assert_int_equal(wall_time_parse_iso("2026-11-23T09:18:07+00:00", &a[FAMILY_IPV6].since), 0);
}

static void assert_text(const AddressRecord a[static FAMILY_COUNT], const char *expected)
{
        _cleanup_text_ Text t = {0};
        const char *key = NULL;

        addresses_format(a, &t);
        assert_int_equal(text_error(&t), 0);
        assert_string_equal(t.data, expected);
        assert_int_equal(addresses_check(t.data, t.size, &key), 0);
}

static void test_format(void **state)
{
        AddressRecord a[FAMILY_COUNT] = {0};

        assert_text(a, none);
        fill(a);
        assert_text(a, good);
        a[FAMILY_IPV4].n_last = 0; /* what stands there is none of the last ones then */
        a[FAMILY_IPV6].n_last = 1;
        a[FAMILY_IPV6].last[0] = ip("2001:db8::5");
        memcpy(a[FAMILY_IPV4].interface, "fifteen-octets_", 16);
        assert_int_equal(wall_time_parse_iso("2026-11-25T00:00:00-01:00", &a[FAMILY_IPV6].since), 0);
        assert_text(a, "IPHERALD_IPV4=203.0.113.7\nIPHERALD_IPV6=2001:db8::7\nIPHERALD_IPV4_OLD=\n"
                       "IPHERALD_IPV6_OLD=2001:db8::5\nIPHERALD_INTERFACE=fifteen-octets_\n"
                       "IPHERALD_CHANGED=2026-11-25T00:00:00-01:00\n");
        /* The same second, said by another clock. */
        assert_int_equal(wall_time_parse_iso("2026-11-25T02:00:00+01:00", &a[FAMILY_IPV4].since), 0);
        assert_text(a, "IPHERALD_IPV4=203.0.113.7\nIPHERALD_IPV6=2001:db8::7\nIPHERALD_IPV4_OLD=\n"
                       "IPHERALD_IPV6_OLD=2001:db8::5\nIPHERALD_INTERFACE=fifteen-octets_\n"
                       "IPHERALD_CHANGED=2026-11-25T02:00:00+01:00\n");
}

/* A machine without a clock chip begins in 1970. */
static void test_the_first_second(void **state)
{
        AddressRecord a[FAMILY_COUNT] = {{.since.seconds = 1}};
        _cleanup_text_ Text t = {0};

        a[FAMILY_IPV6].n_last = 0;
        a[FAMILY_IPV6].last[0] = ip("2001:db8::5");
        addresses_format(a, &t);
        assert_non_null(strstr(t.data, "IPHERALD_IPV6_OLD=\n"));
        assert_non_null(strstr(t.data, "IPHERALD_CHANGED=1970-01-01T00:00:01+00:00\n"));
}

static void test_interface(void **state)
{
        AddressRecord a[FAMILY_COUNT];
        _cleanup_text_ Text t = {0};

        fill(a);
        a[FAMILY_IPV4].address = (IpAddress){0};
        addresses_format(a, &t);
        assert_non_null(strstr(t.data, "IPHERALD_INTERFACE=eth0\n"));
        text_done(&t);
        memcpy(a[FAMILY_IPV6].interface, "a\\", 3); /* systemd would read the next line as its end */
        addresses_format(a, &t);
        assert_non_null(strstr(t.data, "IPHERALD_INTERFACE=\n"));
}

static void assert_refused(const char *data, size_t size, int error, const char *expected)
{
        const char *key = NULL;

        assert_int_equal(addresses_check(data, size, &key), error);
        if (expected)
                assert_string_equal(key, expected);
}

/* GOOD with the value of KEY replaced. */
static void assert_value_refused(const char *key, const char *value)
{
        char text[1024], start[64];
        const char *at, *end;

        (void)snprintf(start, sizeof(start), "%s=", key);
        at = strstr(good, start);
        end = strchr(at, '\n');
        (void)snprintf(text, sizeof(text), "%.*s%s%s%s", (int)(at - good), good, start, value, end);
        assert_refused(text, strlen(text), -EBADMSG, key);
}

static void test_values(void **state)
{
        assert_value_refused("IPHERALD_IPV4", "203.0.113.007");
        assert_value_refused("IPHERALD_IPV4", "2001:db8::7");
        assert_value_refused("IPHERALD_IPV4", " 203.0.113.7");
        assert_value_refused("IPHERALD_IPV4", "203.0.113.7\r");
        assert_value_refused("IPHERALD_IPV6", "203.0.113.7");
        assert_value_refused("IPHERALD_IPV6", "2001:DB8::7");
        assert_value_refused("IPHERALD_IPV6", "2001:db8:0::7");
        assert_value_refused("IPHERALD_IPV4_OLD", "none");
        assert_value_refused("IPHERALD_IPV6_OLD", "fe80::1%eth0");
        assert_value_refused("IPHERALD_INTERFACE", "ppp0\\");
        assert_value_refused("IPHERALD_INTERFACE", "\"ppp0");
        assert_value_refused("IPHERALD_INTERFACE", "$(id)");
        assert_value_refused("IPHERALD_INTERFACE", "sixteen-octets-x");
        assert_value_refused("IPHERALD_CHANGED", "2026-11-31T09:18:07+09:00");
        assert_value_refused("IPHERALD_CHANGED", "yesterday");
        assert_value_refused(
                "IPHERALD_CHANGED",
                "2026-11-24T09:18:07+09:00 and so on, longer than any value that there could be");
}

static void test_lines(void **state)
{
        char text[ADDRESSES_TEXT_MAX + 1];
        size_t size = strlen(good);

        for (size_t n = 0; n < size; n++)
                assert_refused(good, n, -EBADMSG, NULL);
        (void)snprintf(text, sizeof(text), "%sLD_PRELOAD=/tmp/x.so\n", good);
        assert_refused(text, strlen(text), -EBADMSG, "IPHERALD_CHANGED");
        (void)snprintf(text, sizeof(text), "LD_PRELOAD=/tmp/x.so\n%s", good);
        assert_refused(text, strlen(text), -EBADMSG, "IPHERALD_IPV4");
        (void)snprintf(text, sizeof(text), "%s%s", good, good);
        assert_refused(text, strlen(text), -EBADMSG, "IPHERALD_CHANGED");
        memcpy(text, good, size);
        for (size_t i = 0; i < size; i++) { /* a NUL in place of any octet */
                text[i] = '\0';
                assert_refused(text, size, -EBADMSG, NULL);
                text[i] = good[i];
        }
        for (size_t i = 0; i < size; i++) { /* a key that does not end where it should */
                text[i] = good[i] == '=' ? '-' : good[i];
                if (good[i] == '=')
                        assert_refused(text, size, -EBADMSG, NULL);
                text[i] = good[i];
        }
        memset(text, '\n', sizeof(text));
        assert_refused(text, sizeof(text), -EFBIG, NULL);
        assert_refused(text, sizeof(text) - 1, -EBADMSG, "IPHERALD_IPV4");
        assert_refused(NULL, 0, -EBADMSG, "IPHERALD_IPV4");
}

/* Nothing is read behind the end, wherever the last line ends. */
static void test_cut_lines(void **state)
{
        size_t size = (size_t)(strstr(good, "_CHANGED=") - good);

        for (size_t n = 0; n < size; n++) {
                _cleanup_text_ Text t = {0};

                text_append(&t, good, n);
                text_append(&t, "\n", 1);
                _cleanup_free_ char *exact = malloc(t.size);
                assert_non_null(exact);
                memcpy(exact, t.data, t.size);
                assert_refused(exact, t.size, -EBADMSG, NULL);
        }
}

/* A value of any length is none that overflows anything. */
static void test_long_values(void **state)
{
        char value[1024] = "";

        for (size_t n = 16; n < 300; n++) {
                memset(value, 'x', n);
                assert_value_refused("IPHERALD_INTERFACE", value);
        }
}

static void test_parse(void **state)
{
        static const char cut[] = "IPHERALD_IPV4=203.0.113.7\n";
        IpAddress a[FAMILY_COUNT];
        const char *key = NULL;

        assert_int_equal(addresses_parse(good, sizeof(good) - 1, a, &key), 0);
        IpAddress four = ip("203.0.113.7"), six = ip("2001:db8::7");
        assert_true(ip_address_equal(&a[FAMILY_IPV4], &four));
        assert_true(ip_address_equal(&a[FAMILY_IPV6], &six));
        assert_int_equal(addresses_parse(cut, sizeof(cut) - 1, a, &key), -EBADMSG);
        assert_string_equal(key, "IPHERALD_IPV6");
        assert_true(ip_address_equal(&a[FAMILY_IPV4], &four)); /* left alone */
        assert_int_equal(addresses_parse(none, sizeof(none) - 1, a, &key), 0);
        assert_false(ip_address_is_set(&a[FAMILY_IPV4]));
        assert_false(ip_address_is_set(&a[FAMILY_IPV6]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_format),    cmocka_unit_test(test_interface),
                cmocka_unit_test(test_values),    cmocka_unit_test(test_lines),
                cmocka_unit_test(test_parse),     cmocka_unit_test(test_the_first_second),
                cmocka_unit_test(test_cut_lines), cmocka_unit_test(test_long_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
