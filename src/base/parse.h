/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Strict numbers: decimal digits alone, no sign, no space, no leading zero but "0" itself, all of S.
 * 0, -EINVAL where S is no number, -ERANGE where it lies outside MIN to MAX. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* Exactly N hexadecimal digits in lower case, N at most 16. 0 or -EINVAL. */
int parse_hex(const char *s, unsigned n, uint64_t *ret);

/* A MAC address (EUI-48): six octets of two hexadecimal digits, with ':' or '-' between them. RET has ':'
 * and lower case. 0 or -EINVAL, which leaves RET as it was. */
#define MAC_TEXT_MAX 18 /* with the NUL */
int parse_mac(const char *s, char ret[static MAC_TEXT_MAX]);
