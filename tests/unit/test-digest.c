/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mail/digest.h"

static const uint8_t salt[CREDENTIAL_SALT_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Made by another implementation of PBKDF2. */
static const char known[] = "pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0ODw==$"
                            "n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=";

static void assert_hash(const uint8_t *hash, size_t size, const char *expected)
{
        char text[2 * SHA256_SIZE + 1];

        for (size_t i = 0; i < size; i++)
                (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
        assert_string_equal(text, expected);
}

/* FIPS 180-4's "abc"; RFC 4231, 4.3; RFC 2202, 2, its second; RFC 7914, 11, the first half. */
static void test_vectors(void **state)
{
        static const char key[] = "Jefe", data[] = "what do ya want for nothing?";
        uint8_t hash[SHA256_SIZE];

        assert_int_equal(sha256("abc", 3, hash), 0);
        assert_hash(hash, SHA256_SIZE, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_int_equal(hmac_sha256(key, strlen(key), data, strlen(data), hash), 0);
        assert_hash(hash, SHA256_SIZE, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_int_equal(hmac_md5(key, strlen(key), data, strlen(data), hash), 0);
        assert_hash(hash, MD5_SIZE, "750c783e6ab0b503eaa86e310a5db738");
        assert_int_equal(pbkdf2_sha256("passwd", "salt", 4, 1, hash), 0);
        assert_hash(hash, SHA256_SIZE, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

static void test_known(void **state)
{
        char text[CREDENTIAL_DIGEST_MAX];

        memset(text, 'x', sizeof(text));
        assert_int_equal(credential_digest("secret", salt, text), 0);
        assert_string_equal(text, known);
        assert_int_equal(text[sizeof(known)], 'x');
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
        char *cut = strndup(known, strlen("pbkdf2-sha256$100000$") + 22);

        assert_non_null(cut);
        assert_int_equal(credential_digest_matches(cut, "secret"), 0);
        free(cut);
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
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_matches),
                cmocka_unit_test(test_no_digest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
