/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What DNS says of a name, against the addresses that this machine has. */

#include "address/address.h"
#include "base/text.h"

/* The worse one is the greater. */
typedef enum NameVerdict {
        NAME_UNCOMPARED, /* there is no address to compare, in neither family */
        NAME_RIGHT,
        NAME_OLD,     /* of one family it has addresses, and not ours */
        NAME_UNKNOWN, /* the look-up failed, or there is no address */
} NameVerdict;

/* Looks NAME up, which blocks as long as the machine's resolver does, and compares: a family counts where
 * HERE has a reachable address of it and DNS has any but a loopback address. It sets RES_OPTIONS in the
 * environment where that is missing, so that silent name servers take seconds. RET, which is empty, gets the
 * addresses of a family that are old, else all of them, or why there are none. */
NameVerdict name_check(const char *name, const IpAddress here[static FAMILY_COUNT], Text *ret);
