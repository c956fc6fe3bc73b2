/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What SCRAM is made of besides its messages: hashes that come to anything, and base64, which base64.c
 * proves, as sizes and octets that may be any. */

#include "mail/sasl-scram.h"

#include "proof.h"

/* What base64_decode() gave last. */
static uint8_t decoded[SHA256_SIZE + 1];
static size_t n_decoded;

static unsigned rounds_done; /* by pbkdf2_sha256(), in the one call that it may have */

static int any_hash(uint8_t ret[static SHA256_SIZE])
{
        __CPROVER_havoc_slice(ret, SHA256_SIZE);
        return nondet_bool() ? -EIO : 0;
}

int sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE])
{
        claim(__CPROVER_r_ok(data, size));
        return any_hash(ret);
}

int hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                uint8_t ret[static SHA256_SIZE])
{
        claim(__CPROVER_r_ok(key, key_size) && data); /* a text, of which its model has the size alone */
        return any_hash(ret);
}

int pbkdf2_sha256(const char *secret, const void *salt, size_t salt_size, unsigned rounds,
                  uint8_t ret[static SHA256_SIZE])
{
        claim(salt_size == 0 || __CPROVER_r_ok(salt, salt_size));
        claim(rounds >= 1 && rounds <= SASL_ROUNDS_MAX && rounds_done == 0);
        rounds_done = rounds;
        return any_hash(ret);
}

int base64_decode(const char *s, size_t size, uint8_t *ret, size_t *ret_size)
{
        claim(__CPROVER_r_ok(s, size) && __CPROVER_w_ok(ret, size / 4 * 3));
        if (nondet_bool()) /* also of a size that it would refuse, so that a short message may have a salt */
                return -EINVAL;
        n_decoded = any_size(size / 4 * 3);
        for (size_t i = 0; i < n_decoded && i < sizeof(decoded); i++)
                ret[i] = decoded[i] = (uint8_t)nondet_char();
        *ret_size = n_decoded;
        return 0;
}
