/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "ip.h"
#include "mail/placeholder.h"

static Facts facts(const char *new4, const char *old4, const char *new6, const char *old6)
{
        Facts f = {
                .new = {ip(new4), ip(new6)},
                .old = {ip(old4), ip(old6)},
                .interface = {"ppp0", "wan0"},
                .host = "router",
                .changed = {.seconds = 1795511887, .utc_offset = 9 * 3600},
                .mac = "02:00:5e:10:00:01",
        };
        return f;
}

/* SIZE octets of TEXT, behind which nothing may be read. */
static char *octets(const char *text, size_t size)
{
        char *copy = malloc(MAX(size, (size_t)1));

        assert_non_null(copy);
        memcpy(copy, text, size);
        return copy;
}

static void assert_filled(const Facts *f, const char *text, const char *expected)
{
        _cleanup_free_ char *exact = octets(text, strlen(text));
        _cleanup_text_ Text t = {0};

        assert_int_equal(placeholders_fill(exact, strlen(text), f, false, &t), 0);
        text_append_string(&t, "");
        assert_string_equal(t.data ? t.data : "", expected);
}

static void each_is_filled(void **state)
{
        Facts f = facts("203.0.113.9", "203.0.113.7", "2001:db8::2", "2001:db8::1");

        assert_filled(&f, "%{address} %{endpoint} %{interface}", "203.0.113.9 203.0.113.9 ppp0");
        assert_filled(&f, "%{ipv4} %{ipv4_old}\r\n%{ipv6} %{ipv6_old}\n",
                      "203.0.113.9 203.0.113.7\r\n2001:db8::2 2001:db8::1\n");
        assert_filled(&f, "%{host}%{changed}|%{mac}", "router2026-11-24 18:18:07 +09:00|02:00:5e:10:00:01");
        assert_filled(&f, "", "");
}

static void the_address_is_the_one_that_is_news(void **state)
{
        Facts f = facts("203.0.113.9", "203.0.113.9", "2001:db8::2", NULL);

        assert_filled(&f, "%{address} [%{interface}] %{endpoint}:51820",
                      "2001:db8::2 [wan0] [2001:db8::2]:51820");
        f = facts("203.0.113.9", "203.0.113.9", "2001:db8::2", "2001:db8::2");
        assert_filled(&f, "%{address} %{interface}", "203.0.113.9 ppp0");
        f = facts(NULL, "203.0.113.9", "2001:db8::2", "2001:db8::2");
        assert_filled(&f, "%{address} %{ipv4}", "2001:db8::2 none");
}

static void what_there_is_none_of_is_none(void **state)
{
        Facts f = facts(NULL, "203.0.113.9", NULL, NULL);
        static const char *const addresses[] = {"%{address}", "%{endpoint}", "%{interface}", "%{ipv4}",
                                                "%{ipv6}"};
        static const char others[] = "%{ipv4_old} %{ipv6_old} %{mac}";

        f.mac[0] = '\0';
        assert_filled(&f, "%{address} %{endpoint} %{interface} %{ipv4} %{ipv6} %{ipv6_old} %{mac}",
                      "none none none none none none none");
        for (size_t i = 0; i < ELEMENTSOF(addresses); i++) {
                _cleanup_text_ Text t = {0};

                assert_int_equal(placeholders_fill(addresses[i], strlen(addresses[i]), &f, true, &t),
                                 -ENODATA);
                assert_int_equal(t.size, 0);
        }
        _cleanup_text_ Text t = {0};
        assert_int_equal(placeholders_fill(others, strlen(others), &f, true, &t), 0);
        assert_string_equal(t.data, "203.0.113.9 none none");
        f = facts("203.0.113.9", NULL, "2001:db8::2", NULL);
        for (size_t i = 0; i < ELEMENTSOF(addresses); i++)
                assert_int_equal(placeholders_fill(addresses[i], strlen(addresses[i]), &f, true, &t), 0);
        assert_string_equal(t.data, "203.0.113.9 none none203.0.113.9203.0.113.9ppp0203.0.113.92001:db8::2");
}

/* Files that have braces and signs of their own come out octet by octet. */
static void foreign_syntax_is_left_alone(void **state)
{
        static const char *const texts[] = {
                "{\"uuid\": \"a\", \"remote\": {\"addr\": \"{address}\", \"n\": {}}}",
                "<?xml version=\"1.0\"?><!-- {{ipv4}} --><a b='&amp;%20'>100%</a>",
                "x=${a%.*} ${b%%x} $(c) `d` {e,f} @IPV4@ #{g} \\{h} {% i %}",
                "[Interface]\nAddress = 10.0.0.2/32\nPostUp = echo %i %%i\n",
                "% { %",
                "%",
                "{}",
                "%%",
                "a",
                "a\n",
                "a%",
                "a%%",
        };
        Facts f = facts("203.0.113.9", NULL, NULL, NULL);

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_filled(&f, texts[i], texts[i]);
        assert_filled(&f, "%%{ipv4} %%%{ipv4} %%{", "%{ipv4} %%{ipv4} %{");
}

static void a_name_breaks_out_of_nothing(void **state)
{
        Facts f = facts("203.0.113.9", NULL, NULL, NULL);

        string_copy(f.host, sizeof(f.host), "a\"b'c<d>&e\nf\\g$h`i %{ipv4}.\xe5\xae\xb6-_1:");
        assert_filled(&f, "%{host}", "a_b_c_d__e_f_g_h_i___ipv4_.\xe5\xae\xb6-_1:");
        string_copy(f.host, sizeof(f.host), "/09:;@AZ[`az{|}~\x7f!#*+,?]^");
        assert_filled(&f, "%{host}", "_09:__AZ__az_____________");
}

typedef struct Seen {
        size_t n;
        unsigned line[8];
        char reason[8][PLACEHOLDER_REASON_MAX];
} Seen;

static void note(void *userdata, unsigned line, const char *reason)
{
        Seen *seen = userdata;

        assert_true(seen->n < ELEMENTSOF(seen->line) && string_is_clean(reason));
        seen->line[seen->n] = line;
        string_copy(seen->reason[seen->n++], PLACEHOLDER_REASON_MAX, reason);
}

static void faults_have_their_line(void **state)
{
        static const char text[] = "fine %{ipv4}\n%{ipv5} %{IPV4}\r\n\n%{host\n%{} %{ipv4\r\n%{ho%{host}\n";
        Facts f = facts("203.0.113.9", NULL, NULL, NULL);
        _cleanup_text_ Text t = {0};
        Seen seen = {0};

        assert_int_equal(placeholders_check(text, strlen(text), note, &seen), 6);
        assert_int_equal(seen.n, 6);
        assert_int_equal(seen.line[0], 2);
        assert_string_equal(seen.reason[0], "no such placeholder: %{ipv5}; did you mean %{ipv4}?");
        assert_int_equal(seen.line[1], 2);
        assert_int_equal(seen.line[2], 4);
        assert_string_equal(seen.reason[2],
                            "a placeholder without its end: %{host; write %%{ for the characters %{");
        assert_int_equal(seen.line[3], 5);
        assert_int_equal(seen.line[4], 5);
        assert_int_equal(seen.line[5], 6);
        assert_string_equal(seen.reason[5], "no such placeholder: %{ho%{host}; did you mean %{host}?");
        assert_int_equal(placeholders_fill(text, strlen(text), &f, false, &t), -EINVAL);
        assert_null(t.data);
}

static void what_is_no_text_is_a_fault(void **state)
{
        static const struct {
                const char *text;
                size_t size;
                unsigned line;
                const char *reason;
        } cases[] = {
                {"a\nb\0c", 5, 2, "a NUL, which is no text"},
                {"\xff", 1, 1, "not UTF-8"},
                {"\n\n\xc0\x80", 4, 3, "not UTF-8"},
                {"\n\xed\xa0\x80", 4, 2, "not UTF-8"},
                {"a\xe3\x81", 3, 1, "not UTF-8"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Seen seen = {0};

                assert_int_equal(placeholders_check(cases[i].text, cases[i].size, note, &seen), 1);
                assert_int_equal(seen.line[0], cases[i].line);
                assert_string_equal(seen.reason[0], cases[i].reason);
        }
}

static void the_nearest_name_is_proposed(void **state)
{
        static const char *const cases[][2] = {
                {"%{adress}", "no such placeholder: %{adress}; did you mean %{address}?"},
                {"%{endpont}", "no such placeholder: %{endpont}; did you mean %{endpoint}?"},
                {"%{interfaces}", "no such placeholder: %{interfaces}; did you mean %{interface}?"},
                {"%{ipv4-old}", "no such placeholder: %{ipv4-old}; did you mean %{ipv4_old}?"},
                {"%{ipv6old}", "no such placeholder: %{ipv6old}; did you mean %{ipv6_old}?"},
                {"%{mca}", "no such placeholder: %{mca}; did you mean %{mac}?"},
                {"%{}}", "no such placeholder: %{}; did you mean %{mac}?"},
                {"%{ho\x7fst}", "no such placeholder: %{ho?st}; did you mean %{host}?"},
                {"x%{host", "a placeholder without its end: %{host; write %%{ for the characters %{"},
                {"%{", "a placeholder without its end: %{; write %%{ for the characters %{"},
                {"%{a\r}", "a placeholder without its end: %{a; write %%{ for the characters %{"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                size_t size = strlen(cases[i][0]);
                _cleanup_free_ char *exact = octets(cases[i][0], size);
                Seen seen = {0};

                assert_int_equal(placeholders_check(exact, size, note, &seen), 1);
                assert_string_equal(seen.reason[0], cases[i][1]);
                assert_int_equal(seen.line[0], 1);
        }
}

/* The longest of all names, as often as a text may hold it, leaves a mail in the size of its files. */
static void a_text_does_not_grow_without_limit(void **state)
{
        static const char one[] = "%{host}\n";
        Facts f = facts("203.0.113.9", NULL, NULL, NULL);
        _cleanup_text_ Text text = {0}, filled = {0};
        Seen seen = {0};

        memset(f.host, 'h', sizeof(f.host) - 1);
        for (size_t i = 0; i < PLACEHOLDERS_MAX; i++)
                text_append_string(&text, one);
        assert_int_equal(placeholders_fill(text.data, text.size, &f, true, &filled), 0);
        assert_int_equal(filled.size, PLACEHOLDERS_MAX * sizeof(f.host));
        for (size_t i = 0; i < 1000; i++)
                text_append_string(&text, one);
        assert_int_equal(placeholders_check(text.data, text.size, note, &seen), 1);
        assert_int_equal(seen.line[0], PLACEHOLDERS_MAX + 1);
        assert_string_equal(seen.reason[0],
                            "more than 2000 placeholders, which is all that a file may have");
        assert_int_equal(placeholders_fill(text.data, text.size, &f, true, &filled), -EINVAL);
        assert_int_equal(filled.size, PLACEHOLDERS_MAX * sizeof(f.host));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_is_filled),
                cmocka_unit_test(the_address_is_the_one_that_is_news),
                cmocka_unit_test(what_there_is_none_of_is_none),
                cmocka_unit_test(foreign_syntax_is_left_alone),
                cmocka_unit_test(a_name_breaks_out_of_nothing),
                cmocka_unit_test(faults_have_their_line),
                cmocka_unit_test(what_is_no_text_is_a_fault),
                cmocka_unit_test(the_nearest_name_is_proposed),
                cmocka_unit_test(a_text_does_not_grow_without_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
