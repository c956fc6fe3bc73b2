/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Core's only user of GnuTLS: hashes, no session. Each function returns 0, -ENOMEM, or -EIO where the
 * library refuses. */

#include "decide/outcome.h"

#define SHA256_SIZE 32
#define MD5_SIZE    16

/* FIPS 180-4 */
int sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE]);

/* RFC 2104 */
int hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                uint8_t ret[static SHA256_SIZE]);
int hmac_md5(const void *key, size_t key_size, const void *data, size_t size, uint8_t ret[static MD5_SIZE]);

/* RFC 8018, 5.2, with HMAC-SHA-256; ROUNDS at least 1. */
int pbkdf2_sha256(const char *secret, const void *salt, size_t salt_size, unsigned rounds,
                  uint8_t ret[static SHA256_SIZE]);

#define CREDENTIAL_SALT_SIZE 16

/* The salted digest of a credential that was refused: PBKDF2-HMAC-SHA-256, 100,000 rounds, as the text
 * "pbkdf2-sha256$100000$SALT$HASH" (base64). It is kept so that the same secret is not tried again; it does
 * not help whoever reads the ledger. */
int credential_digest(const char *secret, const uint8_t salt[static CREDENTIAL_SALT_SIZE],
                      char ret[static CREDENTIAL_DIGEST_MAX]);

/* 1 where SECRET is the one of DIGEST, 0 where not or where DIGEST is not such a text, negative as above. */
int credential_digest_matches(const char *digest, const char *secret);
