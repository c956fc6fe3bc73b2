/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../proof/valid.h"
#include "mail/smtp-reply.h"

/* The status of DATA as one piece, with what was taken of it. The state behind it is one from which
 * tests/proof proves the next call. */
static int feed(SmtpReplyParser *p, const char *data, size_t size, size_t *ret_taken)
{
        int r = smtp_reply_feed(p, data, size, SMTP_REPLY_LINE_MAX, ret_taken);

        if (r != SMTP_REPLY_MALFORMED)
                assert_true(smtp_reply_parser_is_valid(p, SMTP_REPLY_LINE_MAX));
        return r;
}

static void assert_reply(const char *data, unsigned code, const char *enhanced, const char *text)
{
        for (size_t piece = 1; piece <= strlen(data); piece += strlen(data) - 1) {
                SmtpReplyParser p = {0};
                size_t taken;

                for (size_t i = 0; i < strlen(data); i += piece) {
                        int r = feed(&p, data + i, piece, &taken);

                        assert_int_equal(taken, piece);
                        assert_int_equal(r,
                                         i + piece < strlen(data) ? SMTP_REPLY_MORE : SMTP_REPLY_COMPLETE);
                        assert_int_equal(smtp_reply_has_begun(&p), i + piece < strlen(data));
                }
                assert_int_equal(p.reply.code, code);
                assert_string_equal(p.reply.enhanced, enhanced);
                assert_string_equal(p.reply.text.size > 0 ? p.reply.text.data : "", text);
                smtp_reply_done(&p);
        }
}

static void assert_malformed(const char *data, size_t size)
{
        SmtpReplyParser p = {0};
        size_t taken;

        assert_int_equal(feed(&p, data, size, &taken), SMTP_REPLY_MALFORMED);
        smtp_reply_done(&p);
}
#define ASSERT_MALFORMED(s) assert_malformed(s, sizeof(s) - 1)

static void test_well_formed(void **state)
{
        assert_reply("250 ok\r\n", 250, "", "ok");
        assert_reply("250\r\n", 250, "", "");
        assert_reply("250 \r\n", 250, "", "");
        assert_reply("250-a\r\n250-\r\n250 b\r\n", 250, "", "a\n\nb");
        assert_reply("250-a\r\n250\r\n", 250, "", "a\n");
        assert_reply("559 \x1b\xff\r\n", 559, "", "\x1b\xff");
}

static void test_enhanced(void **state)
{
        assert_reply("550 5.1.1 no\r\n", 550, "5.1.1", "no");
        assert_reply("550 5.1.1\r\n", 550, "5.1.1", "");
        assert_reply("550-5.7.30 a\r\n550 5.7.30 b\r\n", 550, "5.7.30", "a\nb");
        assert_reply("535 5.7.139 no\r\n", 535, "5.7.139", "no");
        assert_reply("550 4.1.1 class\r\n", 550, "", "4.1.1 class");
        assert_reply("550 5.1.1x\r\n", 550, "", "5.1.1x");
        assert_reply("550 5.1\r\n", 550, "", "5.1");
        assert_reply("550 5.1234.1 a\r\n", 550, "", "5.1234.1 a");
        assert_reply("550 5.123\r\n", 550, "", "5.123");
        assert_reply("550 5..11 a\r\n", 550, "", "5..11 a");
        assert_reply("250 2 mails\r\n", 250, "", "2 mails");
        assert_reply("354 3.0.0 a\r\n", 354, "", "3.0.0 a");
}

static void test_malformed(void **state)
{
        ASSERT_MALFORMED("199 no\r\n");
        ASSERT_MALFORMED("600 no\r\n");
        ASSERT_MALFORMED("260 no\r\n");
        ASSERT_MALFORMED("2/0 no\r\n");
        ASSERT_MALFORMED("25x no\r\n");
        ASSERT_MALFORMED("25/ no\r\n");
        ASSERT_MALFORMED("25: no\r\n");
        ASSERT_MALFORMED("25\r\n");
        ASSERT_MALFORMED("\r\n");
        ASSERT_MALFORMED("2500\r\n");
        ASSERT_MALFORMED("250\tno\r\n");
        ASSERT_MALFORMED("250-a\r\n251 b\r\n");
        ASSERT_MALFORMED("250 a\n");
        ASSERT_MALFORMED("\n");
        ASSERT_MALFORMED("250 a\rb\r\n");
        ASSERT_MALFORMED("250 a\r\r\n");
        ASSERT_MALFORMED("250 a\0b\r\n");
}

static void test_what_stands_behind(void **state)
{
        const char *data = "220 2.7.139 go\r\n250 2.0.0 x\r\n2";
        SmtpReplyParser p = {0};
        size_t taken;

        assert_int_equal(feed(&p, data, strlen(data), &taken), SMTP_REPLY_COMPLETE);
        assert_int_equal(taken, 16);
        assert_int_equal(p.reply.code, 220);
        assert_string_equal(p.reply.enhanced, "2.7.139");
        assert_false(smtp_reply_has_begun(&p));
        assert_int_equal(feed(&p, data + 16, strlen(data) - 16, &taken), SMTP_REPLY_COMPLETE);
        assert_int_equal(taken, 13);
        assert_int_equal(p.reply.code, 250);
        assert_string_equal(p.reply.enhanced, "2.0.0");
        assert_int_equal(feed(&p, data + 29, 1, &taken), SMTP_REPLY_MORE);
        assert_true(smtp_reply_has_begun(&p));
        assert_int_equal(p.reply.code, 0);
        assert_string_equal(p.reply.enhanced, "");
        smtp_reply_reset(&p);
        assert_true(smtp_reply_parser_is_valid(&p, 0));
        assert_false(smtp_reply_has_begun(&p));
        smtp_reply_done(&p);
}

/* The end of the piece is the end of its memory, which a sanitizer sees. */
static void test_a_piece_ends_within_a_line(void **state)
{
        static const char data[] = "250-a\r\n25";
        size_t size = sizeof(data) - 1, taken;
        SmtpReplyParser p = {0};
        char *piece = malloc(size);

        assert_non_null(piece);
        memcpy(piece, data, size);
        assert_int_equal(feed(&p, piece, size, &taken), SMTP_REPLY_MORE);
        assert_int_equal(taken, size);
        assert_int_equal(feed(&p, "0 b\r\n", 5, &taken), SMTP_REPLY_COMPLETE);
        assert_string_equal(p.reply.text.data, "a\nb");
        smtp_reply_done(&p);
        free(piece);
}

/* SIZE octets of a line, the CRLF among them. */
static int feed_line(size_t size, size_t line_max)
{
        SmtpReplyParser p = {0};
        char *line = malloc(size);
        size_t taken;
        int r;

        assert_non_null(line);
        memset(line, 'a', size);
        memcpy(line, "250 ", 4);
        memcpy(line + size - 2, "\r\n", 2);
        r = smtp_reply_feed(&p, line, size, line_max, &taken);
        smtp_reply_done(&p);
        free(line);
        return r;
}

static void test_line_limit(void **state)
{
        assert_int_equal(feed_line(512, SMTP_REPLY_LINE_MAX), SMTP_REPLY_COMPLETE);
        assert_int_equal(feed_line(513, SMTP_REPLY_LINE_MAX), SMTP_REPLY_MALFORMED);
        assert_int_equal(feed_line(12288, SMTP_REPLY_AUTH_LINE_MAX), SMTP_REPLY_COMPLETE);
        assert_int_equal(feed_line(12289, SMTP_REPLY_AUTH_LINE_MAX), SMTP_REPLY_MALFORMED);
}

/* N lines of SIZE octets, the last of which ends the reply where ENDS; the status of the last that was
 * taken. */
static int feed_lines(size_t n, size_t size, bool ends, size_t *ret_lines)
{
        SmtpReplyParser p = {0};
        char line[512];
        size_t taken;
        int r = SMTP_REPLY_MORE;

        memset(line, 'a', sizeof(line));
        memcpy(line, "250-", 4);
        memcpy(line + size - 2, "\r\n", 2);
        for (*ret_lines = 0; *ret_lines < n && r == SMTP_REPLY_MORE; ++*ret_lines) {
                line[3] = ends && *ret_lines == n - 1 ? ' ' : '-';
                r = feed(&p, line, size, &taken);
        }
        assert_true(p.reply.text.size <= SMTP_REPLY_SIZE_MAX);
        smtp_reply_done(&p);
        return r;
}

static void test_reply_limits(void **state)
{
        size_t n;

        assert_int_equal(feed_lines(SMTP_REPLY_LINES_MAX - 1, 8, false, &n), SMTP_REPLY_MORE);
        assert_int_equal(feed_lines(SMTP_REPLY_LINES_MAX, 8, true, &n), SMTP_REPLY_COMPLETE);
        assert_int_equal(feed_lines(SMTP_REPLY_LINES_MAX, 8, false, &n), SMTP_REPLY_MALFORMED);
        assert_int_equal(n, SMTP_REPLY_LINES_MAX);
        assert_int_equal(feed_lines(100, 512, false, &n), SMTP_REPLY_MALFORMED);
        assert_int_equal(n, SMTP_REPLY_SIZE_MAX / 512 + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_well_formed),
                cmocka_unit_test(test_enhanced),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_what_stands_behind),
                cmocka_unit_test(test_a_piece_ends_within_a_line),
                cmocka_unit_test(test_line_limit),
                cmocka_unit_test(test_reply_limits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
