/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../proof/valid-sasl.h"
#include "base/base64.h"
#include "base/string-util.h"
#include "mail/sasl.h"

/* What the documents of the mechanisms have as examples, octet by octet. */

static const SaslIdentity tim = {.account = "tim", .secret = "tanstaaftanstaaf", .host = "mail.example.com"};

static SaslExchange exchange(SaslMechanism mechanism, const SaslIdentity *who)
{
        return (SaslExchange){.method = sasl_choose(mechanism), .who = who};
}

static void assert_start(const SaslExchange *x, const char *base64)
{
        _cleanup_secret_ Text message = {0}, encoded = {0};

        assert_int_equal(sasl_initial_response(x, &message), 1);
        base64_append(&encoded, message.data, message.size);
        assert_string_equal(encoded.data, base64);
}

/* The answer to CHALLENGE is ANSWER, and the exchange goes on. */
static void assert_answer(SaslExchange *x, const char *challenge, const char *answer)
{
        _cleanup_secret_ Text message = {0};

        assert_true(sasl_exchange_is_valid(x));
        assert_int_equal(sasl_answer(x, challenge, strlen(challenge), &message), SASL_ANSWERED);
        assert_true(sasl_exchange_is_valid(x));
        assert_int_equal(message.size, strlen(answer));
        if (*answer)
                assert_string_equal(message.data, answer);
}

static void assert_refused(SaslExchange *x, const char *challenge, SaslStatus status)
{
        _cleanup_secret_ Text message = {0};

        assert_int_equal(sasl_answer(x, challenge, strlen(challenge), &message), status);
        assert_true(sasl_exchange_is_valid(x));
}

static void test_choice(void **state)
{
        static const SaslMechanism order[] = {SASL_EXTERNAL,      SASL_OAUTHBEARER, SASL_XOAUTH2,
                                              SASL_SCRAM_SHA_256, SASL_PLAIN,       SASL_LOGIN,
                                              SASL_CRAM_MD5};
        unsigned left = SASL_ALL;

        for (size_t i = 0; i < ELEMENTSOF(order); i++) {
                const SaslMethod *m = sasl_choose(left);

                assert_int_equal(sasl_method_bit(m), order[i]);
                assert_int_equal(sasl_method_is_one_round_trip(m),
                                 order[i] == SASL_PLAIN || order[i] == SASL_EXTERNAL);
                left &= ~(unsigned)order[i];
        }
        assert_null(sasl_choose(left));
}

/* RFC 4616, 4: the first example. */
static void test_plain(void **state)
{
        SaslExchange x = exchange(SASL_PLAIN, &tim);

        assert_start(&x, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
        assert_true(sasl_may_succeed(&x));
        assert_refused(&x, "", SASL_UNEXPECTED);
}

static void test_initial_response_to_a_challenge(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = exchange(SASL_PLAIN, &tim);

        x.initial_due = true;
        assert_int_equal(sasl_answer(&x, "what", 4, &message), SASL_UNEXPECTED);
        assert_int_equal(sasl_answer(&x, "w", 1, &message), SASL_UNEXPECTED);
        assert_int_equal(message.size, 0);
        assert_int_equal(sasl_answer(&x, "", 0, &message), SASL_ANSWERED);
        assert_int_equal(message.size, 21);
        assert_refused(&x, "", SASL_UNEXPECTED);
}

static void test_login(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = exchange(SASL_LOGIN, &tim);

        assert_int_equal(sasl_initial_response(&x, &message), 0);
        assert_answer(&x, "Username:", "tim");
        assert_answer(&x, "Password:", "tanstaaftanstaaf");
        assert_refused(&x, "Password:", SASL_UNEXPECTED);
}

/* RFC 2195, 2 */
static void test_cram_md5(void **state)
{
        _cleanup_secret_ Text message = {0};
        SaslExchange x = exchange(SASL_CRAM_MD5, &tim);

        assert_int_equal(sasl_initial_response(&x, &message), 0);
        assert_answer(&x, "<1896.697170952@postoffice.reston.mci.net>",
                      "tim b913a602c7eda7a495b4e6e7334d3890");
        assert_refused(&x, "<1896.697170952@postoffice.reston.mci.net>", SASL_UNEXPECTED);
}

/* RFC 4422, A: with the certificate's own identity, and with another. */
static void test_external(void **state)
{
        static const SaslIdentity nobody = {.host = "mail.example.com"};
        _cleanup_secret_ Text message = {0};
        SaslExchange x = exchange(SASL_EXTERNAL, &nobody), y = exchange(SASL_EXTERNAL, &tim);

        assert_int_equal(sasl_initial_response(&x, &message), 1);
        assert_int_equal(message.size, 0);
        assert_start(&y, "dGlt");
        assert_refused(&y, "", SASL_UNEXPECTED);
}

/* RFC 7628, 4.1 and 4.3 */
static void test_oauthbearer(void **state)
{
        static const SaslIdentity user = {.account = "user@example.com",
                                          .secret = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
                                          .host = "server.example.com",
                                          .port = 143};
        SaslExchange x = exchange(SASL_OAUTHBEARER, &user);

        assert_start(&x,
                     "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhc"
                     "mVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
        assert_answer(&x, "{\"status\":\"invalid_token\",\n\"scope\":\"example_scope\"}", "\001");
        assert_string_equal(x.reason, "{\"status\":\"invalid_token\", \"scope\":\"example_scope\"}");
        assert_refused(&x, "{}", SASL_UNEXPECTED);
}

static void test_oauthbearer_escapes_the_account(void **state)
{
        static const SaslIdentity who = {.account = "a,b=c", .secret = "t", .host = "h", .port = 1};
        _cleanup_secret_ Text message = {0};
        SaslExchange x = exchange(SASL_OAUTHBEARER, &who);

        assert_int_equal(sasl_initial_response(&x, &message), 1);
        assert_string_equal(message.data, "n,a=a=2Cb=3Dc,\001host=h\001port=1\001auth=Bearer t\001\001");
}

/* https://developers.google.com/gmail/imap/xoauth2-protocol */
static void test_xoauth2(void **state)
{
        static const SaslIdentity user = {.account = "someuser@example.com",
                                          .secret = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg",
                                          .host = "smtp.example.com"};
        SaslExchange x = exchange(SASL_XOAUTH2, &user);

        assert_start(&x,
                     "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQm"
                     "hkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
        assert_answer(&x, "{\"status\":\"401\"}", "");
        assert_string_equal(x.reason, "{\"status\":\"401\"}");
        assert_refused(&x, "", SASL_UNEXPECTED);
}

static void test_reveals(void **state)
{
        static const SaslIdentity who = {.account = "tim", .secret = "tanstaaf", .host = "h", .port = 25};
        static const SaslMechanism first[] = {SASL_PLAIN, SASL_OAUTHBEARER, SASL_XOAUTH2};
        _cleanup_text_ Text password = {0};

        assert_int_equal(sasl_text_reveals(&who, "authentication failed for tim"), 0);
        assert_int_equal(sasl_text_reveals(&who, "no such password: tanstaaf"), 1);
        assert_int_equal(sasl_text_reveals(&who, "no such password: tanstaa"), 0);
        for (size_t i = 0; i < ELEMENTSOF(first); i++) {
                _cleanup_text_ Text message = {0}, text = {0};
                SaslExchange x = exchange(first[i], &who);

                assert_int_equal(sasl_initial_response(&x, &message), 1);
                text_append_string(&text, "unrecognized: AUTH ");
                base64_append(&text, message.data, message.size);
                assert_int_equal(sasl_text_reveals(&who, text.data), 1);
                /* Cut by the server, at either end. */
                assert_int_equal(sasl_text_reveals(&who, text.data + strlen("unrecognized: AUTH ") + 1), 1);
                text.data[strlen("unrecognized: AUTH ") + 10] = '\0';
                assert_int_equal(sasl_text_reveals(&who, text.data), 1);
        }
        base64_append(&password, "tanstaaf", 8);
        assert_int_equal(sasl_text_reveals(&who, password.data), 1);
        assert_int_equal(sasl_text_reveals(&who, ""), 0);
        /* Without an account there is no message, with a secret of one octet not much to be looked for, and
         * without a secret nothing. */
        assert_int_equal(sasl_text_reveals(&(SaslIdentity){.secret = "tanstaaf"}, "anything"), 0);
        assert_int_equal(sasl_text_reveals(&(SaslIdentity){.secret = "tanstaaf"}, password.data), 1);
        assert_int_equal(sasl_text_reveals(&(SaslIdentity){.secret = "x"}, "tim"), 0);
        assert_int_equal(
                sasl_text_reveals(&(SaslIdentity){.account = "tim", .secret = "", .host = "h"}, "AHRpbQA=="),
                0);
        assert_int_equal(sasl_text_reveals(&(SaslIdentity){0}, "anything"), 0);
}

/* What the server quotes may begin and end anywhere: the first and the last eight characters are enough that
 * the secret alone has made, wherever in a message it stands, and seven are not. */
static void test_reveals_a_part_of_base64(void **state)
{
        static const SaslIdentity who = {.secret = "tanstaaf"};

        for (size_t before = 0; before < 6; before++) {
                _cleanup_text_ Text message = {0}, encoded = {0};
                size_t begin = (before * 8 + 5) / 6, end = (before + 8) * 8 / 6;
                char part[9] = "";

                text_append(&message, "\xff\xff\xff\xff\xff", before);
                text_append_string(&message, "tanstaaf\xff\xff");
                base64_append(&encoded, message.data, message.size);
                memcpy(part, encoded.data + begin, 8);
                assert_int_equal(sasl_text_reveals(&who, part), 1);
                part[7] = '\0';
                assert_int_equal(sasl_text_reveals(&who, part), 0);
                memcpy(part, encoded.data + end - 8, 8);
                assert_int_equal(sasl_text_reveals(&who, part), 1);
                assert_int_equal(sasl_text_reveals(&who, part + 1), 0);
        }
}

/* A token is long, and servers cut what they quote. */
static void test_reveals_a_part_of_a_token(void **state)
{
        static const SaslIdentity who = {
                .account = "tim", .secret = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl", .host = "h"};

        assert_int_equal(sasl_text_reveals(&who, "bad token eyJhbGciOiJSUzI1..."), 1);
        assert_int_equal(sasl_text_reveals(&who, "bad token eyJhbGciOi..."), 0);
        assert_int_equal(sasl_text_reveals(&who, "bad token ...zI1NiJ9.e30.c2lnbmF0dXJ..."), 1);
        assert_int_equal(sasl_text_reveals(&who, "bad token ...e30.c2lnbmF0dXJl"), 1);
        assert_int_equal(sasl_text_reveals(&who, "bad token ...30.c2lnbmF0dXJl"), 0);
}

static void test_reveals_what_goes_over_the_wire(void **state)
{
        static const SaslIdentity who = {.account = "tim", .secret = "tanstaaftanstaaf", .host = "h"};
        _cleanup_text_ Text message = {0}, text = {0};
        SaslExchange x = exchange(SASL_PLAIN, &who);

        assert_int_equal(sasl_initial_response(&x, &message), 1);
        text_append_string(&text, "unrecognized: auth plain ");
        base64_append(&text, message.data, message.size);
        text.data[strlen("unrecognized: auth plain ") + 8] = '\0';
        assert_int_equal(sasl_text_reveals(&who, text.data), 1);
        text.data[strlen("unrecognized: auth plain ") + 7] = '\0';
        assert_int_equal(sasl_text_reveals(&who, text.data), 0);
        text_wipe(&text);
        text_append_string(&text, "unrecognized: auth plain ");
        base64_append(&text, message.data, message.size);
        assert_int_equal(sasl_text_reveals(&who, text.data + text.size - 12), 1);
        assert_int_equal(sasl_text_reveals(&who, text.data + text.size - 6), 0);
        string_lower(text.data);
        assert_int_equal(sasl_text_reveals(&who, text.data), 1);
}

static void test_quotes_the_digest(void **state)
{
        _cleanup_text_ Text message = {0}, text = {0};
        SaslExchange x = exchange(SASL_CRAM_MD5, &tim);

        assert_int_equal(sasl_exchange_is_quoted(&x, "tim b913a602c7eda7a495b4e6e7334d3890"), 0);
        assert_int_equal(sasl_exchange_is_quoted(&x, "dGltIA=="), 0); /* "tim " */
        assert_int_equal(sasl_answer(&x, "<1896.697170952@postoffice.reston.mci.net>", 42, &message),
                         SASL_ANSWERED);
        assert_int_equal(sasl_exchange_is_quoted(&x, "no such user: tim"), 0);
        assert_int_equal(sasl_exchange_is_quoted(&x, "not understood: b913a602c7ed..."), 1);
        assert_int_equal(sasl_exchange_is_quoted(&x, "B913A602"), 1);
        assert_int_equal(sasl_exchange_is_quoted(&x, "b913a60"), 0);
        assert_int_equal(sasl_exchange_is_quoted(&x, ""), 0);
        base64_append(&text, message.data, message.size);
        assert_int_equal(sasl_exchange_is_quoted(&x, text.data), 1);
        text.data[8] = '\0';
        assert_int_equal(sasl_exchange_is_quoted(&x, text.data), 1);
        text.data[7] = '\0';
        assert_int_equal(sasl_exchange_is_quoted(&x, text.data), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_initial_response_to_a_challenge),
                cmocka_unit_test(test_login),
                cmocka_unit_test(test_cram_md5),
                cmocka_unit_test(test_external),
                cmocka_unit_test(test_oauthbearer),
                cmocka_unit_test(test_oauthbearer_escapes_the_account),
                cmocka_unit_test(test_xoauth2),
                cmocka_unit_test(test_reveals),
                cmocka_unit_test(test_reveals_a_part_of_base64),
                cmocka_unit_test(test_reveals_a_part_of_a_token),
                cmocka_unit_test(test_reveals_what_goes_over_the_wire),
                cmocka_unit_test(test_quotes_the_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
