/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The addresses of all interfaces, sorted. One entry as the kernel has it, by the kernel's own key:
 * interface and address; and for IPv4 prefix length and peer too, since an interface may hold one address
 * under several of these, which go one by one. An IPv6 address is there once, and its peer changes in place.
 */

#include "address/address-scope.h"

typedef struct Address {
        IpAddress ip;   /* ours: IFA_LOCAL, else IFA_ADDRESS */
        IpAddress peer; /* IFA_ADDRESS: the other end of a point-to-point link, else ours again */
        int ifindex;
        uint8_t prefixlen;
        uint8_t scope;     /* RT_SCOPE_*: ifa_scope */
        uint32_t flags;    /* IFA_FLAGS, 32 bit */
        uint32_t prefered; /* ifa_cacheinfo.ifa_prefered, seconds; 0: deprecated */
        uint32_t cstamp;   /* ifa_cacheinfo.cstamp, 1/100 s since boot, wraps */
        uint64_t stamp;    /* the set's own: which put this was */
} Address;

typedef struct AddressSet AddressSet;

int address_set_new(AddressSet **ret);
AddressSet *address_set_free(AddressSet *s);
DEFINE_CLEANUP(AddressSet, address_set_free)

/* Puts, or replaces the entry of the same key. 1 where what matters of it changed (new or made anew; flags,
 * scope, deprecated or not), 0 for a repeat whatever its lifetimes, -ENOMEM.
 * During a sync new entries are sorted in once, at its end or at the first look; a repeat of one of these
 * may give 1. */
int address_set_put(AddressSet *s, const Address *a);
/* Of KEY its key alone counts. 1 removed, 0 not there. */
int address_set_remove(AddressSet *s, const Address *key);
/* All of one interface; their count. */
size_t address_set_remove_link(AddressSet *s, int ifindex);

/* Between begin and end each put marks its entry; the end drops what was not marked, and says how many. A
 * cancelled sync drops nothing. Begun again, the marks start anew. */
void address_set_begin_sync(AddressSet *s);
size_t address_set_end_sync(AddressSet *s);
void address_set_cancel_sync(AddressSet *s);

/* Sorted; valid until the next change. */
const Address *address_set_entries(const AddressSet *s, size_t *ret_count);
const Address *address_set_find(const AddressSet *s, const Address *key);
/* Is it on any interface? */
bool address_set_contains(const AddressSet *s, const IpAddress *ip);

/* The flag, or ifa_prefered 0 (a router's preferred = 0 sends both forms in turn). */
bool address_is_deprecated(const Address *a);
