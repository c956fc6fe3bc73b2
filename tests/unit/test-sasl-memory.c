/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Logins when memory fails once, at the first request, the second, and so on to the last, and when the
 * library does: they say so, and never that the server was answered or that nothing was revealed. */

#include <errno.h>
#include <gnutls/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "failing-memory.h"
#include "mail/sasl.h"

#define MD5_CHALLENGE "<1896.697170952@postoffice.reston.mci.net>"
#define SCRAM_FIRST   "r=AAAAAAAAAAAAAAAAAAAAmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=6"
#define SCRAM_FINAL   "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static struct {
        int refusal; /* what a call fails with; 0: none does */
        unsigned left;
        bool failed;
} library;

static bool library_fails(void)
{
        if (library.refusal == 0 || library.failed || library.left-- > 0)
                return false;
        library.failed = true;
        return true;
}

int __real_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret);
int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret);
int __real_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret);
int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret);
int __real_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size);
int __wrap_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size);

int __wrap_gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *ret)
{
        return library_fails() ? library.refusal : __real_gnutls_hash_fast(algorithm, data, size, ret);
}

int __wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size,
                            const void *data, size_t size, void *ret)
{
        return library_fails() ? library.refusal
                               : __real_gnutls_hmac_fast(algorithm, key, key_size, data, size, ret);
}

/* One round, since it is made so often here. */
int __wrap_gnutls_pbkdf2(gnutls_mac_algorithm_t mac, const gnutls_datum_t *key, const gnutls_datum_t *salt,
                         unsigned rounds, void *ret, size_t size)
{
        return library_fails() ? library.refusal : __real_gnutls_pbkdf2(mac, key, salt, 1, ret, size);
}

static const SaslIdentity tim = {.account = "tim", .secret = "tanstaaf", .host = "h", .port = 25};

/* The whole exchange, up to the first error: what the last step says. */
static int converse(SaslMechanism mechanism, bool initial_due, const char *const *challenges, size_t n)
{
        SaslExchange x = {.method = sasl_choose(mechanism), .who = &tim, .initial_due = initial_due};
        _cleanup_text_ Text initial = {0};
        int r = initial_due ? 0 : sasl_initial_response(&x, &initial);

        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_text_ Text said = {0};

                r = sasl_answer(&x, challenges[i], strlen(challenges[i]), &said);
        }
        return r;
}

static int external(void)
{
        return converse(SASL_EXTERNAL, false, NULL, 0);
}

static int oauthbearer(void)
{
        return converse(SASL_OAUTHBEARER, false, (const char *[]){"{}"}, 1);
}

static int xoauth2(void)
{
        return converse(SASL_XOAUTH2, false, (const char *[]){"{}"}, 1);
}

static int plain(void)
{
        return converse(SASL_PLAIN, false, NULL, 0);
}

static int plain_by_challenge(void)
{
        return converse(SASL_PLAIN, true, (const char *[]){""}, 1);
}

static int login(void)
{
        return converse(SASL_LOGIN, false, (const char *[]){"Username:", "Password:"}, 2);
}

static int cram_md5(void)
{
        return converse(SASL_CRAM_MD5, false, (const char *[]){MD5_CHALLENGE}, 1);
}

static int scram(void)
{
        return converse(SASL_SCRAM_SHA_256, false, (const char *[]){SCRAM_FIRST}, 1);
}

/* SASL_ROUNDS_MAX */
static int scram_at_the_limit(void)
{
        return converse(SASL_SCRAM_SHA_256, false, (const char *[]){SCRAM_FIRST "00000"}, 1);
}

static int scram_to_its_end(void)
{
        return converse(SASL_SCRAM_SHA_256, false, (const char *[]){SCRAM_FIRST, SCRAM_FINAL}, 2);
}

static int reveals_nothing(void)
{
        return sasl_text_reveals(&tim, "authentication failed for tim");
}

/* The beginning of XOAUTH2's message, which is looked for last. */
static int reveals_a_message(void)
{
        return sasl_text_reveals(&tim, "unrecognized: dXNlcj10aW");
}

static int reveals_no_words(void)
{
        return sasl_text_reveals(&tim, "");
}

static int reveals_no_secret(void)
{
        return sasl_text_reveals(&(SaslIdentity){.account = "tim", .secret = "", .host = "h"}, "tim");
}

static int quotes(const char *response, const char *text)
{
        SaslExchange x = {.method = sasl_choose(SASL_CRAM_MD5), .who = &tim};

        string_copy(x.response, sizeof(x.response), response);
        return sasl_exchange_is_quoted(&x, text);
}

static int quotes_nothing(void)
{
        return quotes("b913a602c7eda7a495b4e6e7334d3890", "no such user: tim");
}

static int quotes_in_no_words(void)
{
        return quotes("b913a602c7eda7a495b4e6e7334d3890", "");
}

static int quotes_no_response(void)
{
        return quotes("", "no such user: tim");
}

static const uint8_t salt[CREDENTIAL_SALT_SIZE];
static char known[CREDENTIAL_DIGEST_MAX];

static int setup(void **state)
{
        return credential_digest("secret", salt, known);
}

static int digest(void)
{
        char text[CREDENTIAL_DIGEST_MAX] = "untouched";
        int r = credential_digest("secret", salt, text);

        assert_string_equal(text, r < 0 ? "untouched" : known);
        return r;
}

static int digest_matches(void)
{
        return credential_digest_matches(known, "secret");
}

/* None; other rounds; a salt that is no base64, and one that is too long; nothing behind the salt. */
static int no_digest_matches(void)
{
        static const char *const wrong[] = {
                "",
                "pbkdf2-sha256$200000$AAECAwQFBgcICQoLDA0ODw==$n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=",
                "pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0O?w==$n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=",
                "pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0ODw8=$n7ndPI4pRDZreIx+eVpaY1DViEWyo9Ia1l8HtVGB+Dc=",
                "pbkdf2-sha256$100000$AAECAwQFBgcICQoLDA0ODw==",
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(wrong); i++)
                r = credential_digest_matches(wrong[i], "secret");
        return r;
}

typedef struct Attempt {
        int (*doing)(void);
        int comes_to;   /* where nothing fails */
        unsigned least; /* what it asks for, so that each is failed in earnest; 0: it must ask for nothing */
} Attempt;

/* Each request for memory fails in its turn, or where there is a REFUSAL each call of the library. */
static void try_each(const Attempt *attempt, int refusal, int expected)
{
        bool failed = true;

        for (unsigned n = 0; failed; n++) {
                int r;

                memory.left = library.left = n;
                memory.failed = library.failed = false;
                memory.counts = refusal == 0;
                library.refusal = refusal;
                r = attempt->doing();
                memory.counts = false;
                library.refusal = 0;
                failed = memory.failed || library.failed;
                assert_int_equal(r, failed ? expected : attempt->comes_to);
                assert_true(failed || (attempt->least > 0 ? n >= attempt->least : n == 0));
                assert_true(n < 30);
        }
}

static void memory_fails_once(void **state)
{
        static const Attempt attempts[] = {
                {external, 1, 1},
                {oauthbearer, SASL_ANSWERED, 2},
                {xoauth2, SASL_ANSWERED, 1},
                {plain, 1, 1},
                {plain_by_challenge, SASL_ANSWERED, 1},
                {login, SASL_ANSWERED, 2},
                {cram_md5, SASL_ANSWERED, 1},
                {scram, SASL_ANSWERED, 5},
                {scram_at_the_limit, SASL_ANSWERED, 5},
                {scram_to_its_end, SASL_UNPROVEN, 6},
                {reveals_nothing, 0, 13},
                {reveals_a_message, 1, 13},
                {reveals_no_words, 0, 0},
                {reveals_no_secret, 0, 0},
                {quotes_nothing, 0, 3},
                {quotes_in_no_words, 0, 0},
                {quotes_no_response, 0, 0},
                {digest, 0, 1},
                {digest_matches, 1, 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(attempts); i++)
                try_each(&attempts[i], 0, -ENOMEM);
}

static uint8_t hash[SHA256_SIZE];

static int hash_once(void)
{
        return sha256("abc", 3, hash);
}

static int hmac_once(void)
{
        return hmac_sha256("key", 3, "abc", 3, hash);
}

static int hmac_md5_once(void)
{
        return hmac_md5("key", 3, "abc", 3, hash);
}

static int pbkdf2_once(void)
{
        return pbkdf2_sha256("secret", salt, sizeof(salt), 1, hash);
}

static void library_refuses(void **state)
{
        static const Attempt attempts[] = {
                {hash_once, 0, 1},
                {hmac_once, 0, 1},
                {hmac_md5_once, 0, 1},
                {pbkdf2_once, 0, 1},
                {digest, 0, 1},
                {digest_matches, 1, 1},
                {no_digest_matches, 0, 0},
                {cram_md5, SASL_ANSWERED, 1},
                {scram, SASL_ANSWERED, 6},
        };

        for (size_t i = 0; i < ELEMENTSOF(attempts); i++) {
                try_each(&attempts[i], GNUTLS_E_MEMORY_ERROR, -ENOMEM);
                try_each(&attempts[i], GNUTLS_E_INTERNAL_ERROR, -EIO);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_fails_once),
                cmocka_unit_test(library_refuses),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
