/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lines of `ipherald watch`, in the language of the locale, without time and newline. */

#include "base/text.h"
#include "cli/terminal.h"
#include "decide/settle.h"
#include "watch/netlink.h"

/* What the kernel said and, of an address, whether it counts and why not. NETWORK is the picture with it.
 * The style of the line. */
Style watch_append_event(Text *t, const NetlinkEvent *event, const Network *network,
                         const SelectionOptions *options);

/* The address of family F in S, or why there is none: "IPv4: 192.0.2.1 on eth0". */
void watch_append_family(Text *t, const Selection *s, Family f);

/* "settling, 2.1 s left" */
void watch_append_wait(Text *t, usec_t left);
