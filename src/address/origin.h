/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where an address is known from, and what stands between it and this machine. */

#include "address/address-scope.h"

/* Who may tell the address that a line has outside. */
typedef enum Source {
        SOURCE_INTERFACE, /* the kernel: it is this machine's own */
        SOURCE_GATEWAY,   /* the router, by NAT-PMP or PCP */
        SOURCE_STUN,      /* servers outside */
        SOURCE_FILE,      /* a file that another program writes */
        SOURCE_COUNT,
} Source;

/* The names of the settings and records: "interface", "gateway", "stun", "file". from_name: 0 or -EINVAL. */
const char *source_name(Source s);
int source_from_name(const char *name, Source *ret);

/* What the sources together say of the way in. */
typedef enum Nat {
        NAT_NONE,     /* of an address of this machine */
        NAT_ROUTER,   /* one router, which has the address */
        NAT_DOUBLE,   /* the router's own address is private: another one lies in front of it */
        NAT_CGN,      /* the router's own address is the provider's, shared among customers */
        NAT_DISAGREE, /* two sources name different public addresses */
        NAT_COUNT,
} Nat;

/* "none", "router", "double", "cgn", "disagree" */
const char *nat_name(Nat n);

/* All zero of an address of an interface. */
typedef struct Origin {
        Source source;
        Nat nat;
        IpAddress other; /* NAT_DOUBLE, NAT_CGN, NAT_DISAGREE: what another source says; unset where it is
                            the address itself that is private or shared */
} Origin;

#define ORIGIN_TEXT_MAX 80

/* "gateway/cgn/100.64.0.5", for records. parse: 0 or -EBADMSG; FAMILY is AF_INET or AF_INET6, OTHER's. */
void origin_format(const Origin *o, char ret[static ORIGIN_TEXT_MAX]);
int origin_parse(const char *s, int family, Origin *ret);

/* Can a stranger on the Internet reach A, as far as its bits and its origin tell? */
bool origin_is_reachable(const Origin *o, const IpAddress *a);
