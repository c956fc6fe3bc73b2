/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/base64.h"
#include "mail/sasl.h"

static void test_choice(void **state)
{
        assert_int_equal(sasl_method_bit(sasl_choose(SASL_PLAIN | SASL_LOGIN)), SASL_PLAIN);
        assert_int_equal(sasl_method_bit(sasl_choose(SASL_LOGIN)), SASL_LOGIN);
        assert_null(sasl_choose(0));
        assert_true(sasl_method_is_one_round_trip(sasl_choose(SASL_PLAIN)));
        assert_false(sasl_method_is_one_round_trip(sasl_choose(SASL_LOGIN)));
}

/* RFC 4616, 4: the first example. */
static void test_plain(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = {
                .method = sasl_choose(SASL_PLAIN), .account = "tim", .password = "tanstaaftanstaaf"};

        assert_int_equal(sasl_initial_response(&x, &message), 1);
        assert_int_equal(message.size, 21);
        assert_memory_equal(message.data, "\0tim\0tanstaaftanstaaf", 21);
        assert_int_equal(sasl_answer(&x, "", 0, &message), -EPROTO);
}

static void test_plain_to_a_challenge(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = {.method = sasl_choose(SASL_PLAIN),
                          .account = "tim",
                          .password = "tanstaaftanstaaf",
                          .initial_due = true};

        assert_int_equal(sasl_answer(&x, "what", 4, &message), -EPROTO);
        assert_int_equal(message.size, 0);
        assert_int_equal(sasl_answer(&x, "", 0, &message), 0);
        assert_int_equal(message.size, 21);
        assert_int_equal(sasl_answer(&x, "", 0, &message), -EPROTO);
}

static void test_login(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = {.method = sasl_choose(SASL_LOGIN), .account = "tim", .password = "secret"};

        assert_int_equal(sasl_initial_response(&x, &message), 0);
        assert_int_equal(sasl_answer(&x, "Username:", 9, &message), 0);
        assert_string_equal(message.data, "tim");
        text_wipe(&message);
        assert_int_equal(sasl_answer(&x, "Password:", 9, &message), 0);
        assert_string_equal(message.data, "secret");
        assert_int_equal(sasl_answer(&x, "Password:", 9, &message), -EPROTO);
}

static void test_reveals(void **state)
{
        _cleanup_text_ Text plain = {0}, text = {0};

        assert_int_equal(sasl_text_reveals("tim", "tanstaaf", "authentication failed for tim"), 0);
        assert_int_equal(sasl_text_reveals("tim", "tanstaaf", "no such password: tanstaaf"), 1);
        base64_append(&plain, "\0tim\0tanstaaf", 13);
        text_appendf(&text, "unrecognized: AUTH PLAIN %s", plain.data);
        assert_int_equal(sasl_text_reveals("tim", "tanstaaf", text.data), 1);
        /* Cut by the server. */
        text.data[strlen("unrecognized: AUTH PLAIN ") + 10] = '\0';
        assert_int_equal(sasl_text_reveals("tim", "tanstaaf", text.data), 1);
        text_wipe(&plain);
        base64_append(&plain, "tanstaaf", 8);
        assert_int_equal(sasl_text_reveals("tim", "tanstaaf", plain.data), 1);
        assert_int_equal(sasl_text_reveals("tim", "", "anything"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_plain_to_a_challenge),
                cmocka_unit_test(test_login),
                cmocka_unit_test(test_reveals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
