/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a login leaves of its secret in memory that it gives back: nothing. No buffer that holds it grows,
 * which would leave a copy behind, and what is made of it on the stack is overwritten. */

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "mail/pop3-client.h"
#include "mail/sasl.h"

static struct {
        const char *secret;
        unsigned left; /* blocks that held it when they were given back */
        struct {
                uint8_t data[SHA256_SIZE];
                size_t size;
        } erased[32];
        size_t n_erased;
} watched;

void __real_free(void *p);
void __wrap_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *p, size_t size);
void __real_explicit_bzero(void *data, size_t size);
void __wrap_explicit_bzero(void *data, size_t size);
void __wrap___explicit_bzero_chk(void *data, size_t size, size_t room);

void __wrap_free(void *p)
{
        if (p && watched.secret && memmem(p, malloc_usable_size(p), watched.secret, strlen(watched.secret)))
                watched.left++;
        __real_free(p);
}

/* So that each octet of a block has a value. */
void *__wrap_malloc(size_t size)
{
        return calloc(1, size);
}

/* Always moves. */
void *__wrap_realloc(void *p, size_t size)
{
        void *grown = calloc(1, size);

        if (grown && p) {
                memcpy(grown, p, MIN(malloc_usable_size(p), size));
                __wrap_free(p);
        }
        return grown;
}

void __wrap_explicit_bzero(void *data, size_t size)
{
        if (size <= SHA256_SIZE && watched.n_erased < ELEMENTSOF(watched.erased)) {
                memcpy(watched.erased[watched.n_erased].data, data, size);
                watched.erased[watched.n_erased++].size = size;
        }
        __real_explicit_bzero(data, size);
}

void __wrap___explicit_bzero_chk(void *data, size_t size, size_t room)
{
        assert_true(size <= room);
        __wrap_explicit_bzero(data, size);
}

static void assert_erased(const uint8_t *hash)
{
        bool found = false;

        for (size_t i = 0; i < watched.n_erased; i++)
                found = found || (watched.erased[i].size == SHA256_SIZE &&
                                  memcmp(watched.erased[i].data, hash, SHA256_SIZE) == 0);
        assert_true(found);
}

static void fill(char *text, char letter, size_t n)
{
        memset(text, letter, n);
        text[n] = '\0';
}

/* Of each length, since a buffer grows where it is full. */
static void messages_leave_no_copy(void **state)
{
        static const struct {
                SaslMechanism mechanism;
                const char *challenge;
                unsigned n_challenges;
        } rows[] = {{SASL_OAUTHBEARER, "{}", 1},
                    {SASL_XOAUTH2, "{}", 1},
                    {SASL_PLAIN, "", 0},
                    {SASL_LOGIN, "", 2},
                    {SASL_CRAM_MD5, "<1@h>", 1}};
        static const struct {
                unsigned n_account, n_host;
                char letter; /* of the account, that may be escaped */
        } places[] = {{1, 1, 'a'}, {50, 1, ','}, {1, 400, 'a'}};
        char secret[300], account[51], host[401];

        for (size_t i = 0; i < ELEMENTSOF(rows) * ELEMENTSOF(places); i++)
                for (size_t n = 8; n < sizeof(secret); n++) {
                        const SaslIdentity who = {
                                .account = account, .secret = secret, .host = host, .port = 1};
                        SaslExchange x = {.method = sasl_choose(rows[i / ELEMENTSOF(places)].mechanism),
                                          .who = &who};
                        _cleanup_secret_ Text initial = {0};

                        fill(secret, '!', n);
                        fill(account, places[i % ELEMENTSOF(places)].letter,
                             places[i % ELEMENTSOF(places)].n_account);
                        fill(host, 'h', places[i % ELEMENTSOF(places)].n_host);
                        watched.secret = secret;
                        assert_true(sasl_initial_response(&x, &initial) >= 0);
                        for (unsigned k = 0; k < rows[i / ELEMENTSOF(places)].n_challenges; k++) {
                                _cleanup_secret_ Text said = {0};

                                assert_int_equal(sasl_answer(&x, rows[i / ELEMENTSOF(places)].challenge,
                                                             strlen(rows[i / ELEMENTSOF(places)].challenge),
                                                             &said),
                                                 SASL_ANSWERED);
                        }
                        assert_int_equal(watched.left, 0);
                }
        watched.secret = NULL;
}

static void looking_leaves_no_copy(void **state)
{
        char secret[300];

        for (size_t n = 8; n < sizeof(secret); n++) {
                const SaslIdentity who = {.account = "a", .secret = secret, .host = "h", .port = 1};

                fill(secret, '!', n);
                watched.secret = secret;
                assert_int_equal(sasl_text_reveals(&who, "no such account"), 0);
                assert_int_equal(watched.left, 0);
        }
        watched.secret = NULL;
}

/* A command of POP3 that was written is wiped, and so is one that never was. */
static void pop3_leaves_no_copy(void **state)
{
        char secret[POP3_COMMAND_MAX];

        for (size_t n = 8; n <= POP3_COMMAND_MAX - strlen("PASS \r\n"); n++) {
                const Pop3Parameters p = {
                        .account = "me", .password = secret, .tls = true, .timeouts = pop3_timeouts_default};
                Pop3Client *written = NULL, *left = NULL;
                const char *data;
                size_t size;

                fill(secret, '!', n);
                watched.secret = secret;
                for (unsigned i = 0; i < 2; i++) {
                        Pop3Client *c;

                        assert_int_equal(pop3_client_new(&p, 0, &c), 0);
                        assert_int_equal(pop3_client_feed(c, "+OK\r\n", 5, 0), 0);
                        pop3_client_written(c, strlen("USER me\r\n"), 0);
                        assert_int_equal(pop3_client_feed(c, "+OK\r\n", 5, 0), 0);
                        *(i == 0 ? &written : &left) = c;
                }
                pop3_client_output(written, &data, &size);
                assert_int_equal(size, strlen("PASS \r\n") + n);
                pop3_client_written(written, size, 0);
                assert_null(memmem(data, size, "!!!!!!!!", 8));
                pop3_client_free(written);
                pop3_client_free(left);
                assert_int_equal(watched.left, 0);
        }
        watched.secret = NULL;
}

/* RFC 5802, 3: SaltedPassword, StoredKey, ServerKey; and the proof, which with StoredKey gives ClientKey. */
static void scram_erases_its_keys(void **state)
{
        static const SaslIdentity who = {.account = "user", .secret = "pencil", .host = "h"};
        static const char first[] = "r=AAAAAAAAAAAAAAAAAAAAmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1";
        static const char salt[] = "W22ZaJ0SNY7soEsUEjb6gQ==";
        SaslExchange x = {.method = sasl_choose(SASL_SCRAM_SHA_256), .who = &who};
        uint8_t salt_octets[18], salted[SHA256_SIZE], key[SHA256_SIZE], proof[36];
        _cleanup_secret_ Text said = {0};
        size_t n;

        watched.n_erased = 0;
        assert_int_equal(sasl_answer(&x, first, strlen(first), &said), SASL_ANSWERED);
        assert_int_equal(base64_decode(salt, strlen(salt), salt_octets, &n), 0);
        assert_int_equal(pbkdf2_sha256("pencil", salt_octets, n, 1, salted), 0);
        assert_erased(salted);
        assert_int_equal(hmac_sha256(salted, sizeof(salted), "Server Key", strlen("Server Key"), key), 0);
        assert_erased(key);
        assert_int_equal(hmac_sha256(salted, sizeof(salted), "Client Key", strlen("Client Key"), key), 0);
        assert_int_equal(sha256(key, sizeof(key), key), 0);
        assert_erased(key);
        assert_int_equal(base64_decode(strstr(said.data, ",p=") + 3, 44, proof, &n), 0);
        assert_int_equal(n, SHA256_SIZE);
        assert_erased(proof);
}

static void a_digest_erases_its_hash(void **state)
{
        static const uint8_t salt[CREDENTIAL_SALT_SIZE] = {1};
        char text[CREDENTIAL_DIGEST_MAX];
        uint8_t hash[36];
        size_t n;

        watched.n_erased = 0;
        assert_int_equal(credential_digest("secret", salt, text), 0);
        assert_int_equal(base64_decode(strrchr(text, '$') + 1, 44, hash, &n), 0);
        assert_int_equal(n, SHA256_SIZE);
        assert_erased(hash);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(messages_leave_no_copy),   cmocka_unit_test(looking_leaves_no_copy),
                cmocka_unit_test(pop3_leaves_no_copy),      cmocka_unit_test(scram_erases_its_keys),
                cmocka_unit_test(a_digest_erases_its_hash),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
