/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/picture.h"

#include <errno.h>
#include <systemd/sd-event.h>

#include "base/time-util.h"
#include "watch/netlink.h"

#define LIMIT (5 * USEC_PER_SEC)

static void on_ready(void *userdata)
{
        (void)sd_event_exit(userdata, 0);
}

static void on_changed(void *userdata)
{
}

static void on_failed(int error, void *userdata)
{
        (void)sd_event_exit(userdata, error);
}

int picture_read(Network **ret)
{
        static const NetlinkHandlers handlers = {
                .ready = on_ready, .changed = on_changed, .failed = on_failed};
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(network_freep) Network *network = NULL;
        _cleanup_(netlink_watch_freep) NetlinkWatch *watch = NULL;
        int r = sd_event_new(&event);

        if (r >= 0)
                r = network_new(&network);
        if (r >= 0)
                r = netlink_watch_new(event, network, &handlers, event, &watch);
        if (r >= 0)
                r = sd_event_add_time_relative(event, NULL, CLOCK_BOOTTIME, LIMIT, 0, NULL,
                                               (void *)(intptr_t)-ETIMEDOUT);
        if (r >= 0)
                r = sd_event_loop(event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(network);
        return 0;
}
