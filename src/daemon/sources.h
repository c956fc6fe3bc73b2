/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The arrow from watch to address: what the kernel and each source of watch.sources say becomes a
 * selection. */

#include <systemd/sd-event.h>

#include "address/outside.h"
#include "decide/ledger.h"
#include "settings/settings.h"

typedef struct Sources Sources;

/* CHANGED is called from within EVENT's loop where sources_select() may say something else than before; it
 * must not free the sources. 0 or a negative errno. */
int sources_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Sources **ret);
Sources *sources_free(Sources *s);

/* To be called with each settings that are taken into use, which the next call takes the place of. A source
 * that can't be watched is logged, and is silent. */
void sources_take_settings(Sources *s, const Settings *settings);

/* What is the address of each family, by all of them. Says what is worth a line in the log: a source that
 * falls silent, each reason of it, and one that speaks again, at most twenty an hour; and which tunnel's
 * default route is passed over, each once. */
void sources_select(Sources *s, const Network *network, const Settings *settings, const Ledger *ledger,
                    Selection *ret);
