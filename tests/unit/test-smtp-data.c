/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/smtp-data.h"

static void assert_stuffed(const char *mail, const char *expected)
{
        _cleanup_text_ Text text = {0};
        size_t size = strlen(mail);
        char *octets = malloc(size); /* with no end that a sanitizer does not see */

        assert_non_null(octets);
        memcpy(octets, mail, size);
        smtp_data_append_stuffed(&text, octets, size);
        free(octets);
        assert_int_equal(text_error(&text), 0);
        assert_int_equal(text.size, strlen(expected));
        assert_string_equal(text.data, expected);
}

/* 67 of the catalogue of hostile servers: exact bytes arrive. */
static void test_67_dots(void **state)
{
        assert_stuffed("a\r\nb\r\n", "a\r\nb\r\n");
        assert_stuffed(".\r\n", "..\r\n");
        assert_stuffed("..\r\n", "...\r\n");
        assert_stuffed("a.\r\n.b\r\nc.d\r\n", "a.\r\n..b\r\nc.d\r\n");
        assert_stuffed("a\r\n.\r\n.\r\n", "a\r\n..\r\n..\r\n");
        assert_stuffed("a\r\n.", "a\r\n..\r\n");
        assert_stuffed("a", "a\r\n");
        assert_stuffed("", "\r\n");
        assert_stuffed("\r\n", "\r\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_67_dots),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
