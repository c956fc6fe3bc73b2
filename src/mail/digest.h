/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Core's only user of GnuTLS: hashes, no session. */

#include "decide/outcome.h"

#define CREDENTIAL_SALT_SIZE 16

/* The salted digest of a credential that was refused: PBKDF2-HMAC-SHA-256, 100,000 rounds, as the text
 * "pbkdf2-sha256$100000$SALT$HASH" (base64). It is kept so that the same secret is not tried again; it does
 * not help whoever reads the ledger. 0, -ENOMEM, -EIO where the library refuses. */
int credential_digest(const char *secret, const uint8_t salt[static CREDENTIAL_SALT_SIZE],
                      char ret[static CREDENTIAL_DIGEST_MAX]);

/* 1 where SECRET is the one of DIGEST, 0 where not or where DIGEST is not such a text, negative as above. */
int credential_digest_matches(const char *digest, const char *secret);
