/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "mail/smtp-capabilities.h"
#include "settings/settings.h"

static SmtpCapabilities parse(const char *text)
{
        SmtpCapabilities c;

        smtp_capabilities_parse(text, &c);
        return c;
}

static void test_all(void **state)
{
        SmtpCapabilities c = parse("smtp.example.com hello\nSTARTTLS\nPIPELINING\n8BITMIME\nSMTPUTF8\n"
                                   "SIZE 1000\nAUTH PLAIN LOGIN SCRAM-SHA-256-PLUS NTLM CRAM-MD5");

        assert_true(c.starttls && c.pipelining && c.eightbit_mime && c.smtp_utf8 && c.size);
        assert_int_equal(c.size_max, 1000);
        assert_int_equal(c.mechanisms, SASL_PLAIN | SASL_LOGIN | SASL_CRAM_MD5);
        assert_string_equal(c.auth_list, "PLAIN LOGIN SCRAM-SHA-256-PLUS NTLM CRAM-MD5");
}

static void test_first_line_is_no_keyword(void **state)
{
        assert_false(parse("STARTTLS").starttls);
        assert_false(parse("PIPELINING\nSTARTTLS").pipelining);
        assert_false(parse("").starttls);
        assert_true(parse("x\n\nSTARTTLS\n").starttls); /* nor an empty line, or the end, one's begin */
}

static void test_17_case_and_repetition(void **state)
{
        SmtpCapabilities c = parse("x\nstarttls\nStartTLS\nauth plain\nAuth login");

        assert_true(c.starttls);
        assert_int_equal(c.mechanisms, SASL_PLAIN | SASL_LOGIN);
}

static void test_18_whole_words(void **state)
{
        SmtpCapabilities c = parse("x\nSTARTTLSX\nXSTARTTLS\nAUTHX PLAIN\nPIPELINING2\nSIZES 5");

        assert_false(c.starttls || c.pipelining || c.size);
        assert_int_equal(c.mechanisms, 0);
}

static void test_19_size(void **state)
{
        assert_false(parse("x\nSIZE 12x4").size);
        assert_false(parse("x\nSIZE 123456789012345678901234567890").size);
        assert_false(parse("x\nSIZE -1").size);
        assert_true(parse("x\nSIZE").size);
        assert_true(parse("x\nSIZE 0").size);
        assert_int_equal(parse("x\nSIZE 0").size_max, 0);
        assert_int_equal(parse("x\nSIZE").size_max, 0);
        assert_true(parse("x\nSIZE 18446744073709551615").size_max == UINT64_MAX);
}

static void test_21_old_form(void **state)
{
        assert_int_equal(parse("x\nAUTH=PLAIN").mechanisms, SASL_PLAIN);
        assert_int_equal(parse("x\nAUTH= LOGIN").mechanisms, SASL_LOGIN);
        assert_string_equal(parse("x\nAUTH X Y\nAUTH= LOGIN\nAUTH=Z").auth_list, "X Y LOGIN z");
}

/* What a reply with an AUTH line of N words of SIZE octets, and of LAST, is understood as. */
static SmtpCapabilities parse_words(size_t n, size_t size, const char *last)
{
        _cleanup_text_ Text text = {0};

        text_append_string(&text, "x\nAUTH");
        for (size_t i = 0; i < n; i++) {
                text_append_string(&text, " ");
                for (size_t k = 0; k < size; k++)
                        text_append_string(&text, "A");
        }
        text_appendf(&text, " %s", last);
        assert_int_equal(text_error(&text), 0);
        return parse(text.data);
}

/* RFC 4422, 3.1 has 20 octets at most for a name: what is far longer is none, and what is no word of ours
 * ends none. */
static void test_longest_word(void **state)
{
        assert_string_equal(parse_words(1, 63, "B").auth_list + 63, " B");
        assert_string_equal(parse_words(1, 64, "B").auth_list, "B");
}

/* What does not fit whole is left out. */
static void test_full_list(void **state)
{
        const size_t used = 4 * 51 - 1, fits = SMTP_AUTH_LIST_MAX - 1 - used - 1;

        for (size_t n = 50; n < 54; n++) {
                char last[64] = "";

                memset(last, 'B', n);
                assert_int_equal(strlen(parse_words(4, 50, last).auth_list), used + (n <= fits ? 1 + n : 0));
        }
}

/* A list that is too long, or not made of words, is cut and made harmless. */
static void test_hostile_list(void **state)
{
        char text[4096] = "x\nAUTH \x1b[31m ";
        SmtpCapabilities c;

        assert_string_equal(parse(text).auth_list, "?[31m");
        memset(text + strlen(text), 'A', 200);
        for (size_t i = 214; i + 3 < sizeof(text); i += 2)
                memcpy(text + i, " B", 2);
        c = parse(text);
        assert_true(strlen(c.auth_list) < SMTP_AUTH_LIST_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all),
                cmocka_unit_test(test_first_line_is_no_keyword),
                cmocka_unit_test(test_17_case_and_repetition),
                cmocka_unit_test(test_18_whole_words),
                cmocka_unit_test(test_19_size),
                cmocka_unit_test(test_21_old_form),
                cmocka_unit_test(test_longest_word),
                cmocka_unit_test(test_full_list),
                cmocka_unit_test(test_hostile_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
