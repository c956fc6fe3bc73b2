/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Asks the default gateway for the address outside, by NAT-PMP or PCP, and hears its announcements. When it
 * asks, and what counts, is nat/gateway-query's. */

#include <systemd/sd-event.h>

#include "address/address.h"

typedef struct GatewayWatch GatewayWatch;

/* How an asking of family F ended: with ADDRESS, as the gateway says, and WHY is ""; or ADDRESS is unset,
 * for unknown, and WHY says the cause in a few words. For each asking, repeats too. It may call the
 * functions below, but must not free the watch. */
typedef void (*GatewayHandler)(Family f, const IpAddress *address, const char *why, void *userdata);

/* Asks nobody yet. HANDLER is called from within EVENT's loop alone. 0 or a negative errno. */
int gateway_watch_new(sd_event *event, GatewayHandler handler, void *userdata, GatewayWatch **ret);

/* The default gateway of family F and the interface that leads there; OWN is the address there that is asked
 * for, of IPv6. The same as before: nothing happens. Another one is asked at once, or a second behind the
 * latest question, and the handler hears no more of the one before. An unset GATEWAY, or IFINDEX 0: nobody
 * is asked. 0, or a negative errno: its announcements can't be heard; it is asked all the same. */
int gateway_watch_set(GatewayWatch *w, Family f, const IpAddress *gateway, const IpAddress *own, int ifindex,
                      const char *interface);

/* Something has changed on the network: asks now, or a second behind the latest question; not where that one
 * is sent again within a second. */
void gateway_watch_ask(GatewayWatch *w);

GatewayWatch *gateway_watch_free(GatewayWatch *w);
DEFINE_CLEANUP(GatewayWatch, gateway_watch_free)
