/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The addresses that the machine has and that do not count, each with the reason: for a person who misses
 * one. */

#include "address/selection.h"

#define LEFT_OUT_MAX 16

typedef struct LeftOut {
        IpAddress address;
        char interface[IFNAMSIZ]; /* "": it is not known yet */
        AddressVerdict verdict;   /* never VERDICT_COUNTS */
} LeftOut;

/* In the order of the set, without loopback's, the first LEFT_OUT_MAX of those among the first
 * LEFT_OUT_LOOKS addresses: each look is linear in the addresses, of which a storm may bring many. How many
 * there are in RET. */
#define LEFT_OUT_LOOKS 64
size_t addresses_left_out(const Network *network, const SelectionOptions *options,
                          LeftOut ret[static LEFT_OUT_MAX]);

/* The names in records: "counts", "not-watched", "temporary" ... from_name: 0 or -EINVAL. */
const char *address_verdict_name(AddressVerdict v);
int address_verdict_from_name(const char *name, AddressVerdict *ret);
