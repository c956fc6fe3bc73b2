/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/digest.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>

#include "base/base64.h"

/* A digest is compared by making it anew with its own salt, so that its text form has one writer and no
 * reader but for the salt. */

#define ROUNDS 100000
#define PREFIX "pbkdf2-sha256$100000$"

/* Base64 of SIZE octets. */
#define ENCODED(size) (((size) + 2) / 3 * 4)

static int translate(int code)
{
        if (code >= 0)
                return 0;
        return code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
}

int sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE])
{
        return translate(gnutls_hash_fast(GNUTLS_DIG_SHA256, data, size, ret));
}

int hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                uint8_t ret[static SHA256_SIZE])
{
        return translate(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_size, data, size, ret));
}

int hmac_md5(const void *key, size_t key_size, const void *data, size_t size, uint8_t ret[static MD5_SIZE])
{
        return translate(gnutls_hmac_fast(GNUTLS_MAC_MD5, key, key_size, data, size, ret));
}

int pbkdf2_sha256(const char *secret, const void *salt, size_t salt_size, unsigned rounds,
                  uint8_t ret[static SHA256_SIZE])
{
        const gnutls_datum_t key = {.data = (unsigned char *)secret, .size = (unsigned)strlen(secret)};
        const gnutls_datum_t salt_datum = {.data = (unsigned char *)salt, .size = (unsigned)salt_size};

        return translate(gnutls_pbkdf2(GNUTLS_MAC_SHA256, &key, &salt_datum, rounds, ret, SHA256_SIZE));
}

int credential_digest(const char *secret, const uint8_t salt[static CREDENTIAL_SALT_SIZE],
                      char ret[static CREDENTIAL_DIGEST_MAX])
{
        static_assert(sizeof(PREFIX) + ENCODED(CREDENTIAL_SALT_SIZE) + 1 + ENCODED(SHA256_SIZE) <=
                              CREDENTIAL_DIGEST_MAX,
                      "the text fits");
        _cleanup_text_ Text text = {0};
        uint8_t hash[SHA256_SIZE];
        int r;

        r = pbkdf2_sha256(secret, salt, CREDENTIAL_SALT_SIZE, ROUNDS, hash);
        if (r < 0)
                return r;
        text_append_string(&text, PREFIX);
        base64_append(&text, salt, CREDENTIAL_SALT_SIZE);
        text_append(&text, "$", 1);
        base64_append(&text, hash, sizeof(hash));
        explicit_bzero(hash, sizeof(hash));
        r = text_error(&text);
        if (r < 0)
                return r;
        memcpy(ret, text.data, text.size + 1);
        return 0;
}

int credential_digest_matches(const char *digest, const char *secret)
{
        const size_t n_prefix = strlen(PREFIX), n_salt = ENCODED(CREDENTIAL_SALT_SIZE);
        uint8_t salt[ENCODED(CREDENTIAL_SALT_SIZE) / 4 * 3];
        char again[CREDENTIAL_DIGEST_MAX];
        size_t size;
        int r;

        if (strncmp(digest, PREFIX, n_prefix) != 0 || strlen(digest) <= n_prefix + n_salt ||
            base64_decode(digest + n_prefix, n_salt, salt, &size) < 0 || size != CREDENTIAL_SALT_SIZE)
                return 0;
        r = credential_digest(secret, salt, again);
        return r < 0 ? r : streq(digest, again);
}
