/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Asks STUN servers for the address outside, over one interface, now and then. How they are asked and what
 * counts is nat/stun-round's. */

#include <systemd/sd-event.h>

#include "base/time-util.h"
#include "settings/settings.h"

typedef struct StunWatch StunWatch;

/* Octets of the longest WHY below, its end included: an address of each server. */
#define STUN_WHY_MAX (64 + STUN_SERVERS_MAX * (IP_ADDRESS_TEXT_MAX + 2))

/* How a round of family F ended: with ADDRESS, on which the servers agree, and WHY is ""; or ADDRESS is
 * unset, for unknown, and WHY says the cause in a few words. For each round, repeats too. It may call the
 * functions below, but must not free the watch. */
typedef void (*StunHandler)(Family f, const IpAddress *address, const char *why, void *userdata);

/* Asks nobody yet. HANDLER is called from within EVENT's loop alone. 0 or a negative errno. */
int stun_watch_new(sd_event *event, StunHandler handler, void *userdata, StunWatch **ret);

/* Over INTERFACE, those of the N SERVERS that have an address of family F are asked: at once, then every
 * INTERVAL, give or take a tenth, and sooner after a round that came to nothing. The same as before: nothing
 * happens. Another interface, by name or by IFINDEX, or other servers: the handler hears no more of the ones
 * before. INTERFACE "": nobody is asked. OWN is the address that they are asked for, of IPv6; another one is
 * no reason by itself. 0 or a negative errno. */
int stun_watch_set(StunWatch *w, Family f, const IpAddress *own, int ifindex, const char *interface,
                   const StunServer *servers, size_t n, usec_t interval);

/* Something has changed on the network: asks now, or a second behind the beginning of the latest round; not
 * where that one began within the last second and goes on. */
void stun_watch_ask(StunWatch *w);

StunWatch *stun_watch_free(StunWatch *w);
DEFINE_CLEANUP(StunWatch, stun_watch_free)
