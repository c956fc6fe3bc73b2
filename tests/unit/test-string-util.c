/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/string-util.h"

static void copies_are_cut_at_a_character(void **state)
{
        char small[4];

        string_copy(small, sizeof(small), "abc");
        assert_string_equal(small, "abc");
        string_copy(small, sizeof(small), "abcd");
        assert_string_equal(small, "abc");
        string_copy(small, sizeof(small), "ab\xc3\xa9");
        assert_string_equal(small, "ab");
        string_copy(small, 1, "x");
        assert_string_equal(small, "");
}

static void replace_takes_null(void **state)
{
        _cleanup_free_ char *s = NULL;

        assert_int_equal(string_replace(&s, "one"), 0);
        assert_int_equal(string_replace(&s, s), 0);
        assert_string_equal(s, "one");
        assert_int_equal(string_replace(&s, NULL), 0);
        assert_null(s);
}

static void makes_a_strangers_octets_harmless(void **state)
{
        static const struct {
                const char *in, *out;
        } vectors[] = {
                {"plain", "plain"},
                {"two\r\nlines\tand a tab\r\n", "two lines and a tab"},
                {"\r\n  x", "  x"},
                {"\033[31mred\007", "?[31mred?"},
                {"del\177", "del?"},
                {"caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac", "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac"},
                {"\xff\xfe", "??"},
                {"\xc0\xaf", "??"},           /* "/" in too long a form */
                {"\xed\xa0\x80", "???"},      /* a surrogate */
                {"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
                {"\xc2\x9b"
                 "31m",
                 "?31m"}, /* C1: CSI in one character */
                {"cut\xe6\x97", "cut??"},
                {"\xe2\x80\xaegnp.exe\xe2\x80\xac \xe2\x81\xa6x\xe2\x81\xa9",
                 "?gnp.exe? ?x?"},                  /* RLO, PDF, LRI, PDI */
                {"\xe2\x80\xa8\xe2\x80\xa9", "??"}, /* line, paragraph */
                {"\xe2\x80\x93\xe2\x80\xa6\xe2\x81\xa5\xe2\x81\xaa",
                 "\xe2\x80\x93\xe2\x80\xa6\xe2\x81\xa5\xe2\x81\xaa"}, /* neighbours */
        };
        char out[64];

        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                string_make_harmless(vectors[i].in, strlen(vectors[i].in), out, sizeof(out));
                assert_string_equal(out, vectors[i].out);
        }
        string_make_harmless("a\0b", 3, out, sizeof(out));
        assert_string_equal(out, "a?b");
        string_make_harmless("abc\xc3\xa9", 5, out, 5);
        assert_string_equal(out, "abc");
        string_make_harmless("", 0, out, 1);
        assert_string_equal(out, "");
}

static void any_octets_come_out_clean(void **state)
{
        uint8_t octets[3];
        char out[8];

        for (unsigned a = 0; a < 256; a++)
                for (unsigned b = 0; b < 256; b += 5)
                        for (unsigned c = 0; c < 256; c += 7) {
                                octets[0] = (uint8_t)a;
                                octets[1] = (uint8_t)b;
                                octets[2] = (uint8_t)c;
                                string_make_harmless(octets, sizeof(octets), out, sizeof(out));
                                assert_true(string_is_clean(out));
                        }
}

static void judges_clean_and_token(void **state)
{
        assert_true(string_is_clean(""));
        assert_true(string_is_clean("h\xc3\xa9 !"));
        assert_false(string_is_clean("a\nb"));
        assert_false(string_is_clean("a\177"));
        assert_false(string_is_clean("\xc2\x85"));
        assert_false(string_is_clean("\xe6\x97"));
        assert_true(string_is_token("a!~"));
        assert_false(string_is_token(""));
        assert_false(string_is_token("a b"));
        assert_false(string_is_token("h\xc3\xa9"));
}

static void case_is_that_of_ascii_alone(void **state)
{
        char s[] = "MiX \xc3\x89@";

        string_lower(s);
        assert_string_equal(s, "mix \xc3\x89@");
        assert_true(string_equal_nocase("StartTLS", "STARTTLS"));
        assert_false(string_equal_nocase("start", "starttls"));
        assert_false(string_equal_nocase("starttls", "start"));
        assert_false(string_equal_nocase("[", "{"));
}

static void knows_mail_addresses(void **state)
{
        static const char *const good[] = {
                "a@b",
                "me@example.com",
                "first.last+tag@sub.example.com",
                "x@[192.0.2.1]",
                "x@[IPv6:2001:db8::1]",
                "nobody@invalid",
                "o'brien@example.com",
                "\xe6\x97\xa5@example.com",
                "a@m\xc3\xbcnster.example",
        };
        static const char *const bad[] = {
                "",
                "@",
                "me",
                "@example.com",
                "me@",
                "a@b@c",
                "a b@c",
                "a@b c",
                "a@b\r\nBcc: x@y",
                "a\n@b",
                ".a@b",
                "a.@b",
                "a..b@c",
                "<a@b>",
                "\"a\"@b",
                "a@.b",
                "a@b..c",
                "a@[192.0.2.1",
                "a@[]",
                "a@[1\r\n]",
                "a,b@c",
                "a;b@c",
                "a:b@c",
                "a@b,c@d",
                "a@b>",
                "a\177@b",
                "a@b\xff",
                "a(c)@b",
                "a@[192.0.2.1] x",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                if (!mail_address_is_valid(good[i]))
                        fail_msg("refused: %s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (mail_address_is_valid(bad[i]))
                        fail_msg("accepted: %s", bad[i]);
}

static void mail_addresses_have_limits(void **state)
{
        char s[300];

        memset(s, 'a', sizeof(s));
        memcpy(s + 64, "@b", 3);
        assert_true(mail_address_is_valid(s));
        memset(s, 'a', sizeof(s));
        memcpy(s + 65, "@b", 3);
        assert_false(mail_address_is_valid(s));
        memset(s, 'a', sizeof(s));
        s[1] = '@';
        for (size_t i = 50; i < sizeof(s); i += 50)
                s[i] = '.';
        s[254] = '\0';
        assert_true(mail_address_is_valid(s));
        s[254] = 'a';
        s[255] = '\0';
        assert_false(mail_address_is_valid(s));
}

static void identity_lowers_the_domain_alone(void **state)
{
        _cleanup_free_ char *identity = mail_address_identity("Me.Here@Example.COM");

        assert_string_equal(identity, "Me.Here@example.com");
}

static void knows_ascii(void **state)
{
        assert_true(octets_are_ascii("a\r\n\x7f", 4));
        assert_true(octets_are_ascii("", 0));
        assert_false(octets_are_ascii("a\xc3\xb6", 3));
}

static void finds_a_name_in_a_table(void **state)
{
        static const char *const names[] = {"", "one", "two"};

        assert_int_equal(string_index(names, ELEMENTSOF(names), "two"), 2);
        assert_int_equal(string_index(names, ELEMENTSOF(names), ""), 0);
        assert_int_equal(string_index(names, ELEMENTSOF(names), "on"), -EINVAL);
        assert_int_equal(string_index(names, 2, "two"), -EINVAL);
}

static void lists_hold_copies(void **state)
{
        char text[] = "a", **list = NULL;
        size_t n = 0;

        string_list_free(list, n);
        assert_int_equal(string_list_add(&list, &n, text), 0);
        text[0] = 'b';
        assert_int_equal(string_list_add(&list, &n, text), 0);
        assert_int_equal(n, 2);
        assert_string_equal(list[0], "a");
        assert_string_equal(list[1], "b");
        string_list_free(list, n);
}

static void knows_host_names(void **state)
{
        static const char *const good[] = {"a", "smtp.example.com", "smtp.example.com.", "a-b_c.1",
                                           "192.0.2.1"};
        static const char *const bad[] = {"",      ".",   ".a",    "a..b", "a b",
                                          "a\r\n", "a/b", "[::1]", "a:25", "\xff"};
        char label[66];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(host_name_is_valid(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (host_name_is_valid(bad[i]))
                        fail_msg("accepted: %s", bad[i]);
        memset(label, 'a', sizeof(label));
        label[63] = '\0';
        assert_true(host_name_is_valid(label));
        label[63] = 'a';
        label[64] = '\0';
        assert_false(host_name_is_valid(label));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(copies_are_cut_at_a_character),
                cmocka_unit_test(replace_takes_null),
                cmocka_unit_test(makes_a_strangers_octets_harmless),
                cmocka_unit_test(any_octets_come_out_clean),
                cmocka_unit_test(judges_clean_and_token),
                cmocka_unit_test(case_is_that_of_ascii_alone),
                cmocka_unit_test(knows_mail_addresses),
                cmocka_unit_test(mail_addresses_have_limits),
                cmocka_unit_test(identity_lowers_the_domain_alone),
                cmocka_unit_test(knows_host_names),
                cmocka_unit_test(knows_ascii),
                cmocka_unit_test(finds_a_name_in_a_table),
                cmocka_unit_test(lists_hold_copies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
