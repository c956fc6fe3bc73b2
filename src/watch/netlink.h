/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Feeds a Network from rtnetlink: links, addresses and default routes (rtnetlink(7), netlink(7)). */

#include <systemd/sd-event.h>

#include "watch/netlink-message.h"

typedef struct NetlinkWatch NetlinkWatch;

/* A message of the kernel, once it has been applied. */
typedef struct NetlinkEvent {
        const NetlinkMessage *message;
        char interface[IFNAMSIZ]; /* of a link or an address; "": it was never heard of */
        bool known;               /* the link or the address was in the picture before */
        bool changed;             /* the picture is another now */
} NetlinkEvent;

/* None may free the watch. USERDATA is what netlink_watch_new() was given. */
typedef struct NetlinkHandlers {
        /* Once: all three tables are in the picture. Nothing else but lost and failed comes before it. */
        void (*ready)(void *userdata);
        /* The picture is another now; at most once for what was read in one go, and never while a dump is
         * half in. */
        void (*changed)(void *userdata);
        /* The kernel dropped messages; the tables are being read again. May be NULL. */
        void (*lost)(void *userdata);
        /* The watch is dead, with a negative errno; only netlink_watch_free() is left. */
        void (*failed)(int error, void *userdata);
        /* One message about links, addresses or default routes, a repeat too; before the "changed" that it
         * leads to. Not for what the first tables held, nor for the lines of a later one that say nothing
         * new. What such a table no longer holds goes without an event. May be NULL. */
        void (*heard)(const NetlinkEvent *event, void *userdata);
} NetlinkHandlers;

typedef struct NetlinkStatistics {
        uint64_t messages;    /* read, whatever came of them */
        uint64_t malformed;   /* of these */
        uint64_t overruns;    /* times that the kernel said it dropped some */
        uint64_t dumps;       /* tables asked for */
        uint64_t interrupted; /* of these: answers that were not consistent */
} NetlinkStatistics;

/* Subscribes, then asks for the tables; the picture is filled from within EVENT's loop. EVENT, NETWORK and
 * HANDLERS must outlive the watch. 0, or a negative errno. */
int netlink_watch_new(sd_event *event, Network *network, const NetlinkHandlers *handlers, void *userdata,
                      NetlinkWatch **ret);
NetlinkWatch *netlink_watch_free(NetlinkWatch *w);
DEFINE_CLEANUP(NetlinkWatch, netlink_watch_free)

/* Nothing more is expected soon: gives back what memory the reading took. */
void netlink_watch_rest(NetlinkWatch *w);

const NetlinkStatistics *netlink_watch_statistics(const NetlinkWatch *w);
