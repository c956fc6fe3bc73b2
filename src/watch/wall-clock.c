/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/wall-clock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A timer of the wall clock, which most of the time never rings: when that clock is set, the kernel cancels
 * it, and reading it fails with ECANCELED. Where it is armed anew before it is read, that fails instead,
 * once, and the timer is armed all the same: it has then lost what it was about to say (timerfd_create(2),
 * NOTES). */

#define NEVER ((time_t)((UINT64_C(1) << (8 * sizeof(time_t) - 1)) - 1)) /* the latest that there is */

struct WallClockWatch {
        int fd;
        time_t ring;
        bool was_set; /* and nobody was told yet */
        sd_event_source *source;
        void (*handler)(bool was_set, void *userdata);
        void *userdata;
};

static int arm_at(const WallClockWatch *w, struct timespec at)
{
        const struct itimerspec spec = {.it_value = at};

        return timerfd_settime(w->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL) < 0 ? -errno
                                                                                                    : 0;
}

static int arm(WallClockWatch *w)
{
        int r = w->was_set ? -ECANCELED : arm_at(w, (struct timespec){.tv_sec = w->ring});

        if (r != -ECANCELED)
                return r;
        /* Over already, it rings at once. */
        w->was_set = true;
        r = arm_at(w, (struct timespec){.tv_nsec = 1});
        return r == -ECANCELED ? 0 : r;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        WallClockWatch *w = userdata;
        uint64_t rings;

        bool rang = read(fd, &rings, sizeof(rings)) == sizeof(rings);

        if (!rang && errno != ECANCELED)
                return arm(w);
        bool was_set = !rang || w->was_set;
        w->was_set = false;
        if (!was_set)
                w->ring = NEVER;
        w->handler(was_set, w->userdata);
        return arm(w);
}

int wall_clock_watch_new(sd_event *event, void (*handler)(bool was_set, void *userdata), void *userdata,
                         WallClockWatch **ret)
{
        _cleanup_(wall_clock_watch_freep) WallClockWatch *w = calloc(1, sizeof(WallClockWatch));
        int r;

        if (!w)
                return -ENOMEM;
        *w = (WallClockWatch){.fd = -1, .ring = NEVER, .handler = handler, .userdata = userdata};
        w->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (w->fd < 0)
                return -errno;
        r = arm(w);
        if (r >= 0)
                r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, on_readable, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

/* A second later, since time(2) may lag behind the timer by a tick. */
int wall_clock_watch_ring(WallClockWatch *w, int64_t seconds)
{
        w->ring = seconds < NEVER ? (time_t)seconds + 1 : NEVER;
        return arm(w);
}

WallClockWatch *wall_clock_watch_free(WallClockWatch *w)
{
        if (!w)
                return NULL;
        (void)sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                (void)close(w->fd);
        free(w);
        return NULL;
}
