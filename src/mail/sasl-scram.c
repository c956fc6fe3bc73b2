/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/sasl-scram.h"

#include "base/base64.h"
#include "base/parse.h"
#include "base/string-util.h"

/* Both sides prove that they know the password, and neither learns anything from it: the client by its
 * proof, the server by its signature, which only who has the password or its verifier can make. The messages
 * are
 *
 *     n,,n=ACCOUNT,r=NONCE                           ours
 *     r=NONCE AND MORE,s=SALT,i=ROUNDS               the server's
 *     c=biws,r=NONCE AND MORE,p=PROOF                ours
 *     v=SIGNATURE, or e=ERROR                        the server's
 *
 * and everything up to PROOF goes into proof and signature, as AuthMessage. Our first message is made anew
 * when it is needed again: it depends on the identity alone. */

#define GS2_HEADER    "n,,"
#define HEADER_BASE64 "biws"

/* Of both nonces together: our answer repeats them, and has to fit its line. Servers add some tens of
 * octets. */
#define NONCES_MAX 1024

typedef struct ServerFirst {
        const char *nonce, *salt, *rounds;
        size_t n_nonce, n_salt, n_rounds;
} ServerFirst;

void scram_append_name(Text *t, const char *account)
{
        for (const char *p = account; *p; p++)
                if (*p == '=')
                        text_append_string(t, "=3D");
                else if (*p == ',')
                        text_append_string(t, "=2C");
                else
                        text_append(t, p, 1);
}

static void append_first_bare(const SaslIdentity *who, Text *t)
{
        text_append_string(t, "n=");
        scram_append_name(t, who->account);
        text_append_string(t, ",r=");
        base64_append(t, who->nonce, sizeof(who->nonce));
}

int scram_start(const SaslExchange *x, Text *ret)
{
        text_append_string(ret, GS2_HEADER);
        append_first_bare(x->who, ret);
        return text_error(ret);
}

/* The value of attribute NAME at *P, which moves on behind its comma; an empty one is none. */
static bool take_attribute(const char **p, char name, const char **ret, size_t *ret_size)
{
        const char *value;
        size_t n;

        if ((*p)[0] != name || (*p)[1] != '=')
                return false;
        value = *p + 2;
        n = strcspn(value, ",");
        if (n == 0)
                return false;
        *p = value + n + (value[n] == ',');
        *ret = value;
        *ret_size = n;
        return true;
}

/* The server's nonce goes on where ours ends; a mandatory extension ("m=") is none that we know. */
static bool parse_server_first(const char *message, const char *own_nonce, ServerFirst *ret)
{
        size_t n_own = strlen(own_nonce);

        return take_attribute(&message, 'r', &ret->nonce, &ret->n_nonce) && ret->n_nonce > n_own &&
               ret->n_nonce <= NONCES_MAX && memcmp(ret->nonce, own_nonce, n_own) == 0 &&
               take_attribute(&message, 's', &ret->salt, &ret->n_salt) &&
               take_attribute(&message, 'i', &ret->rounds, &ret->n_rounds);
}

static bool parse_rounds(const ServerFirst *first, uint64_t *ret)
{
        char digits[21];

        if (first->n_rounds >= sizeof(digits))
                return false;
        memcpy(digits, first->rounds, first->n_rounds);
        digits[first->n_rounds] = '\0';
        return parse_u64(digits, 1, UINT64_MAX, ret) >= 0;
}

static int salt_password(const char *password, const ServerFirst *first, unsigned rounds,
                         uint8_t ret[static SHA256_SIZE])
{
        _cleanup_free_ uint8_t *salt = malloc(first->n_salt);
        size_t n;

        if (!salt)
                return -ENOMEM;
        if (base64_decode(first->salt, first->n_salt, salt, &n) < 0)
                return SASL_UNEXPECTED;
        return pbkdf2_sha256(password, salt, n, rounds, ret); /* 0 is SASL_ANSWERED */
}

/* RFC 5802, 3: ClientProof and ServerSignature from SaltedPassword and AuthMessage. */
static int sign(const uint8_t salted[static SHA256_SIZE], const Text *message,
                uint8_t ret_proof[static SHA256_SIZE], uint8_t ret_server[static SHA256_SIZE])
{
        uint8_t key[SHA256_SIZE], stored[SHA256_SIZE];
        int r;

        r = hmac_sha256(salted, SHA256_SIZE, "Client Key", strlen("Client Key"), key);
        if (r >= 0)
                r = sha256(key, sizeof(key), stored);
        if (r >= 0)
                r = hmac_sha256(stored, sizeof(stored), message->data, message->size, ret_proof);
        for (size_t i = 0; r >= 0 && i < SHA256_SIZE; i++)
                ret_proof[i] ^= key[i];
        if (r >= 0)
                r = hmac_sha256(salted, SHA256_SIZE, "Server Key", strlen("Server Key"), key);
        if (r >= 0)
                r = hmac_sha256(key, sizeof(key), message->data, message->size, ret_server);
        explicit_bzero(key, sizeof(key));
        explicit_bzero(stored, sizeof(stored));
        return r;
}

/* Our final message but for the proof, to RET; the proof and the signature that the server will owe us. */
static int prove(SaslExchange *x, const char *server_first, const ServerFirst *first, unsigned rounds,
                 uint8_t ret_proof[static SHA256_SIZE], Text *ret)
{
        _cleanup_text_ Text message = {0};
        uint8_t salted[SHA256_SIZE];
        int r = salt_password(x->who->secret, first, rounds, salted);

        if (r != SASL_ANSWERED)
                return r;
        text_append_string(ret, "c=" HEADER_BASE64 ",r=");
        text_append(ret, first->nonce, first->n_nonce);
        append_first_bare(x->who, &message);
        text_appendf(&message, ",%s,%s", server_first, ret->data ? ret->data : "");
        r = text_error(&message);
        if (r >= 0)
                r = sign(salted, &message, ret_proof, x->server_signature);
        explicit_bzero(salted, sizeof(salted));
        return r;
}

static int answer_first(SaslExchange *x, const char *server_first, Text *ret)
{
        _cleanup_text_ Text own_nonce = {0};
        ServerFirst first;
        uint8_t proof[SHA256_SIZE];
        uint64_t rounds;
        int r;

        base64_append(&own_nonce, x->who->nonce, sizeof(x->who->nonce));
        if (text_error(&own_nonce) < 0)
                return -ENOMEM;
        if (!parse_server_first(server_first, own_nonce.data, &first) || !parse_rounds(&first, &rounds))
                return SASL_UNEXPECTED;
        if (rounds > SASL_ROUNDS_MAX)
                return SASL_TOO_COSTLY;
        r = prove(x, server_first, &first, (unsigned)rounds, proof, ret);
        if (r != SASL_ANSWERED)
                return r;
        text_append_string(ret, ",p=");
        base64_append(ret, proof, sizeof(proof));
        explicit_bzero(proof, sizeof(proof));
        return text_error(ret);
}

/* An error is answered, so that the server can refuse by its reply; its yes would not be believed. */
static int answer_final(SaslExchange *x, const char *server_final)
{
        uint8_t signature[SHA256_SIZE / 3 * 3 + 3];
        const char *value;
        size_t n, size;

        if (take_attribute(&server_final, 'e', &value, &n)) {
                string_make_harmless(value, n, x->reason, sizeof(x->reason));
                return SASL_ANSWERED;
        }
        if (!take_attribute(&server_final, 'v', &value, &n))
                return SASL_UNEXPECTED;
        if (n != sizeof(signature) / 3 * 4 || base64_decode(value, n, signature, &size) < 0 ||
            size != SHA256_SIZE || memcmp(signature, x->server_signature, size) != 0)
                return SASL_UNPROVEN;
        x->proven = true;
        return SASL_ANSWERED;
}

int scram_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        _cleanup_text_ Text message = {0};

        if (size == 0 || memchr(challenge, '\0', size))
                return SASL_UNEXPECTED;
        text_append(&message, challenge, size);
        if (text_error(&message) < 0)
                return -ENOMEM;
        return x->n_answers == 0 ? answer_first(x, message.data, ret) : answer_final(x, message.data);
}
