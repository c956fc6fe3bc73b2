/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../proof/valid-sasl.h"
#include "base/base64.h"
#include "mail/sasl.h"

/* The example of RFC 7677, 3. */
#define NONCE        "rOprNGfwEbeRWgbNEkqO"
#define MORE         "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SERVER_FIRST "r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define CLIENT_FINAL "c=biws,r=" NONCE MORE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static SaslIdentity user = {.account = "user", .secret = "pencil", .host = "mail.example.com"};

static int setup(void **state)
{
        size_t n;

        return base64_decode(NONCE, strlen(NONCE), user.nonce, &n);
}

static SaslExchange exchange(void)
{
        return (SaslExchange){.method = sasl_choose(SASL_SCRAM_SHA_256), .who = &user};
}

static int answer(SaslExchange *x, const char *challenge, char *ret, size_t size)
{
        _cleanup_secret_ Text message = {0};
        int r = sasl_answer(x, challenge, strlen(challenge), &message);

        /* What tests/proof assumes before the next call. */
        assert_true(sasl_exchange_is_valid(x));

        (void)snprintf(ret, size, "%s", message.data ? message.data : "");
        return r;
}

static void test_whole(void **state)
{
        _cleanup_secret_ Text first = {0};
        SaslExchange x = exchange();
        char said[256];

        assert_int_equal(sasl_initial_response(&x, &first), 1);
        assert_string_equal(first.data, "n,,n=user,r=" NONCE);
        assert_int_equal(answer(&x, SERVER_FIRST, said, sizeof(said)), SASL_ANSWERED);
        assert_string_equal(said, CLIENT_FINAL);
        assert_false(sasl_may_succeed(&x));
        assert_int_equal(answer(&x, SERVER_FINAL, said, sizeof(said)), SASL_ANSWERED);
        assert_string_equal(said, "");
        assert_true(sasl_may_succeed(&x));
        assert_int_equal(answer(&x, SERVER_FINAL, said, sizeof(said)), SASL_UNEXPECTED);
}

static void test_account_is_escaped(void **state)
{
        static const SaslIdentity who = {.account = "a=b,c", .secret = "pencil"};
        _cleanup_secret_ Text first = {0};
        SaslExchange x = {.method = sasl_choose(SASL_SCRAM_SHA_256), .who = &who};

        assert_int_equal(sasl_initial_response(&x, &first), 1);
        assert_string_equal(first.data, "n,,n=a=3Db=2Cc,r=AAAAAAAAAAAAAAAAAAAA");
}

static void test_first_message_refused(void **state)
{
        static const struct {
                const char *message;
                SaslStatus status;
        } rows[] = {
                {"", SASL_UNEXPECTED},
                {"e=other-error", SASL_UNEXPECTED},
                /* The nonce: another, ours alone, a part of ours. */
                {"r=s" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                {"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                {"r=rOprNGfw,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                {"r=,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                /* A mandatory extension, attributes out of order or missing. */
                {"m=x,r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                {"s=W22ZaJ0SNY7soEsUEjb6gQ==,r=" NONCE MORE ",i=4096", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",i=4096", SASL_UNEXPECTED},
                {"r:" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i:4096", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==", SASL_UNEXPECTED},
                {"r=" NONCE MORE, SASL_UNEXPECTED},
                /* The salt: none, no base64. */
                {"r=" NONCE MORE ",s=,i=4096", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=====,i=4096", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22,i=4096", SASL_UNEXPECTED},
                /* The rounds. */
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600001", SASL_TOO_COSTLY},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4294967296", SASL_TOO_COSTLY},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=18446744073709551616", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000000000000000000", SASL_UNEXPECTED},
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000000000000000000000", SASL_UNEXPECTED},
                /* What stands behind is an extension that may be passed over. */
                {"r=" NONCE MORE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1,x=y", SASL_ANSWERED},
        };
        char said[256];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                SaslExchange x = exchange();

                if (answer(&x, rows[i].message, said, sizeof(said)) != (int)rows[i].status)
                        fail_msg("%s", rows[i].message);
                assert_false(sasl_may_succeed(&x));
        }
}

static void test_long_nonce(void **state)
{
        static const struct {
                size_t size; /* of both nonces */
                SaslStatus status;
        } rows[] = {{1024, SASL_ANSWERED}, {1025, SASL_UNEXPECTED}, {9000, SASL_UNEXPECTED}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_secret_ Text message = {0}, said = {0};
                SaslExchange x = exchange();

                text_append_string(&message, "r=" NONCE);
                while (message.size < 2 + rows[i].size)
                        text_append(&message, "x", 1);
                text_append_string(&message, ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1");
                assert_int_equal(sasl_answer(&x, message.data, message.size, &said), rows[i].status);
        }
}

static void test_nul_in_a_message(void **state)
{
        static const char message[] = SERVER_FIRST "\0,x=y";
        _cleanup_secret_ Text said = {0};
        SaslExchange x = exchange();

        assert_int_equal(sasl_answer(&x, message, sizeof(message) - 1, &said), SASL_UNEXPECTED);
        assert_int_equal(sasl_answer(&x, NULL, 0, &said), SASL_UNEXPECTED);
}

static void test_final_message_refused(void **state)
{
        static const struct {
                const char *message;
                SaslStatus status;
        } rows[] = {
                {"", SASL_UNEXPECTED},
                {"x", SASL_UNEXPECTED},
                {"v=", SASL_UNEXPECTED},
                {"v:6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SASL_UNEXPECTED},
                {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", SASL_UNPROVEN},
                {"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SASL_UNPROVEN},
                {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==", SASL_UNPROVEN},
                {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4AAAAA", SASL_UNPROVEN},
                {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4A", SASL_UNPROVEN},
                {"e=,v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SASL_UNEXPECTED},
                /* Answered, for the server to refuse by its reply; its yes would still not count. */
                {"e=invalid-proof", SASL_ANSWERED},
        };
        char said[256];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                SaslExchange x = exchange();

                assert_int_equal(answer(&x, SERVER_FIRST, said, sizeof(said)), SASL_ANSWERED);
                if (answer(&x, rows[i].message, said, sizeof(said)) != (int)rows[i].status)
                        fail_msg("%s", rows[i].message);
                assert_string_equal(said, "");
                assert_false(sasl_may_succeed(&x));
        }
}

static void test_reason_is_kept(void **state)
{
        SaslExchange x = exchange();
        char said[256];

        assert_int_equal(answer(&x, SERVER_FIRST, said, sizeof(said)), SASL_ANSWERED);
        assert_int_equal(answer(&x, "e=invalid-\033proof,x=y", said, sizeof(said)), SASL_ANSWERED);
        assert_string_equal(x.reason, "invalid-?proof");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_account_is_escaped),
                cmocka_unit_test(test_first_message_refused),
                cmocka_unit_test(test_long_nonce),
                cmocka_unit_test(test_nul_in_a_message),
                cmocka_unit_test(test_final_message_refused),
                cmocka_unit_test(test_reason_is_kept),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
