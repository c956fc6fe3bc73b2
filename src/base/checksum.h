/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Sums that tell octets apart; none of them is a secret's. */

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of ISO-HDLC (as in zlib and Ethernet), which ends a document of line records, and which STUN's
 * FINGERPRINT is made of: finds damage, protects against nobody. */
uint32_t crc32(const void *data, size_t size);

/* FNV-1a, 64 bit: tells settings apart, and gives a mail's parts their boundary. Start with FNV1A_INIT; a
 * string is hashed with its NUL, so that ("a","b") and ("ab","") differ. NULL counts as a value of its
 * own. */
#define FNV1A_INIT UINT64_C(0xcbf29ce484222325)
uint64_t fnv1a(uint64_t hash, const void *data, size_t size);
uint64_t fnv1a_string(uint64_t hash, const char *s);
