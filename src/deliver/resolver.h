/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From a server's name to the addresses to be tried. */

#include <sys/socket.h>

#include "decide/outcome.h"

#define RESOLVER_ADDRESSES_MAX 16
#define ENDPOINT_TEXT_MAX      80 /* an IPv6 address with its scope */

typedef struct Endpoint {
        struct sockaddr_storage address;
        socklen_t size;
} Endpoint;

/* The addresses of HOST (a name, with or without a trailing dot, or an address literal) in the order of RFC
 * 6724, at most RESOLVER_ADDRESSES_MAX. Blocks as long as the machine's resolver does. Returns their count;
 * 0 where there are none, with the reason in RET_FAILURE (outcome, step, cause); -ENOMEM. */
int resolve(const char *host, uint16_t port, Endpoint ret[static RESOLVER_ADDRESSES_MAX],
            Result *ret_failure);

/* The address alone: "192.0.2.5", "2001:db8::5". */
void endpoint_format(const Endpoint *e, char ret[static ENDPOINT_TEXT_MAX]);
