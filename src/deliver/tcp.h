/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The socket below a connection to a server, and what the kernel is asked to do for it. */

#include "deliver/resolver.h"

/* A stream socket that does not block, for a connection to PEER; out from SOURCE (its port does not count;
 * NULL or size 0: the kernel's choice). The descriptor, or a negative errno. */
int tcp_socket(const Endpoint *peer, const Endpoint *source);

/* Closes FD, and sets it to -1, where it is not -1 already. What the peer's kernel has not taken is thrown
 * away, by a reset (RFC 9293, 3.10.4); where there is nothing, the end is an orderly one. */
void tcp_close(int *fd);
