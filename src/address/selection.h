/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which address is *the* address of each family, and why none is. Pure: a function of the picture, the
 * settings and what was settled last. */

#include "address/network.h"
#include "address/origin.h"
#include "base/time-util.h"

/* The settings keys below watch, and settle.limit. */
typedef struct SelectionOptions {
        char **interfaces; /* names and globs (fnmatch); none: whichever carries the default route */
        size_t n_interfaces;
        bool family[FAMILY_COUNT];
        bool temporary, deprecated, private_addresses;
        usec_t settle_limit;
} SelectionOptions;

/* Why a family has no address. */
typedef enum SelectionReason {
        REASON_SELECTED,
        REASON_NOT_WATCHED, /* watch.families leaves it out */
        REASON_NO_DEFAULT_ROUTE,
        REASON_ONLY_TUNNEL,  /* the default routes left all lead through tunnels; tunnel names the first */
        REASON_NO_INTERFACE, /* no interface that is up matches watch.interfaces */
        REASON_NO_ADDRESS,   /* the interface has none of this family */
        REASON_NONE_COUNTS,  /* it has some, but link-local, temporary, tentative ... ones */
        REASON_OUTSIDE_UNKNOWN, /* no source knows the address outside: address/outside */
        REASON_COUNT,
} SelectionReason;

/* The names in records: "selected", "not-watched" ... from_name: 0 or -EINVAL. */
const char *selection_reason_name(SelectionReason r);
int selection_reason_from_name(const char *name, SelectionReason *ret);

#define SELECTION_OTHERS_MAX 16

typedef struct SelectedAddress {
        IpAddress address; /* unset: none */
        char interface[IFNAMSIZ];
        Origin origin; /* not the interface's: set by address/outside */
} SelectedAddress;

typedef struct Selection {
        SelectedAddress family[FAMILY_COUNT];
        SelectionReason reason[FAMILY_COUNT];
        char tunnel[FAMILY_COUNT][IFNAMSIZ]; /* the tunnel whose default route was passed over, or "" */
        char asked[FAMILY_COUNT][IFNAMSIZ];  /* the interface of the default route, or "" */
        size_t n_others;
        SelectedAddress others[SELECTION_OTHERS_MAX]; /* the other addresses that count, lowest first, each
                                                         once; the body names them */
} Selection;

/* Linear in the addresses. SETTLED is what was settled last, unset where nothing was: it decides between
 * addresses that came within settle_limit of each other. The default route's preferred source is that of the
 * route whose interface is asked, or, where interfaces are named, of the best default route through one of
 * them; a route without one prefers nothing. RET points to nothing of the others. */
void select_addresses(const Network *network, const SelectionOptions *options,
                      const IpAddress settled[static FAMILY_COUNT], Selection *ret);

/* Puts one more among the others, in order, where it is none of them yet and there is room. */
void selection_add_other(Selection *ret, const IpAddress *a, const char *interface);

/* The same addresses on the same interfaces in both families: what settle listens to. */
bool selection_equal(const Selection *a, const Selection *b);

/* Whether one address counts, and if not, the first thing that speaks against it. */
typedef enum AddressVerdict {
        VERDICT_COUNTS,
        VERDICT_NOT_WATCHED, /* watch.families leaves its family out */
        VERDICT_DOWN,        /* its interface is down, or not known */
        VERDICT_NOT_NAMED,   /* watch.interfaces names others */
        VERDICT_TUNNEL,      /* its interface is a tunnel, which counts only where it is named */
        VERDICT_NO_ROUTE,    /* there is no default route of its family that is not passed over */
        VERDICT_OFF_ROUTE,   /* the default route leads through another interface */
        VERDICT_LOCAL,       /* link-local, loopback, unusable, or of no wider scope for the kernel */
        VERDICT_PRIVATE, /* not reachable, and watch.private leaves it out, or it is beside the default route
                          */
        VERDICT_TENTATIVE,
        VERDICT_DUPLICATE, /* another machine has it (IFA_F_DADFAILED) */
        VERDICT_TEMPORARY,
        VERDICT_DEPRECATED,
        VERDICT_COUNT,
} AddressVerdict;

/* What select_addresses() makes of A alone, by the same rules: where it says VERDICT_COUNTS, A is the
 * address of its family or one that another was preferred to. A need not be in the picture. Linear in the
 * addresses. */
AddressVerdict selection_judge(const Network *network, const SelectionOptions *options, const Address *a);

/* A sentence without a full stop for a person: "eth0 has no IPv6 address". */
void selection_explain(const Selection *s, Family f, char *ret, size_t size);
