/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mail/digest.h"

static const uint8_t salt[CREDENTIAL_SALT_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Made by another implementation of PBKDF2. */
static const char known[] = "pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0ODw==$"
                            "n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=";

static void test_known(void **state)
{
        char text[CREDENTIAL_DIGEST_MAX];

        assert_int_equal(credential_digest("secret", salt, text), 0);
        assert_string_equal(text, known);
}

static void test_matches(void **state)
{
        assert_int_equal(credential_digest_matches(known, "secret"), 1);
        assert_int_equal(credential_digest_matches(known, "Secret"), 0);
        assert_int_equal(credential_digest_matches(known, ""), 0);
}

static void test_no_digest(void **state)
{
        char text[sizeof(known)];

        assert_int_equal(credential_digest_matches("", "secret"), 0);
        assert_int_equal(credential_digest_matches("secret", "secret"), 0);
        assert_int_equal(credential_digest_matches("pbkdf2-sha256$100000$", "secret"), 0);
        assert_int_equal(
                credential_digest_matches("pbkdf2-sha256$100000$????????????????????????$", "secret"), 0);
        /* Other rounds, a hash that is cut, something behind it. */
        memcpy(text, known, sizeof(known));
        text[strlen("pbkdf2-sha256$")] = '2';
        assert_int_equal(credential_digest_matches(text, "secret"), 0);
        memcpy(text, known, sizeof(known));
        text[sizeof(known) - 2] = '\0';
        assert_int_equal(credential_digest_matches(text, "secret"), 0);
        assert_int_equal(credential_digest_matches("pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0ODw==$"
                                                   "n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=x",
                                                   "secret"),
                         0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_matches),
                cmocka_unit_test(test_no_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
