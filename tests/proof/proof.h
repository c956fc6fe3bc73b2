/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a harness speaks with CBMC. Each takes a state and octets that may be anything which its invariant
 * allows, calls once, and claims what must hold behind it. CBMC looks at all of them at once, not at
 * samples. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Any value of its type: functions without a body are that to CBMC where their name begins so. */
bool nondet_bool(void);
char nondet_char(void);
int nondet_int(void);
unsigned nondet_unsigned(void);
size_t nondet_size(void);
uint64_t nondet_u64(void);

#define assume(x) __CPROVER_assume(x)
#define claim(x)  __CPROVER_assert(x, "claim: " #x)

/* Any size from 0 to MAX. */
static inline size_t any_size(size_t max)
{
        size_t n = nondet_size();

        assume(n <= max);
        return n;
}

/* SIZE of the octets of BUFFER, which is an array: its last ones, so that the octet behind them is out of
 * bounds. */
#define last_octets(buffer, size) ((buffer) + sizeof(buffer) - (size))
