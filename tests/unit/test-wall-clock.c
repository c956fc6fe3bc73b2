/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/wall-clock.h"

/* The machine's clock is not ours to set. What the kernel does to a timer that is armed anew after that is
 * played: it is armed, and the call fails. */

static unsigned cancelled; /* so many calls */

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
        int r = (int)syscall(SYS_timerfd_settime, fd, flags, new, old);

        if (r < 0 || !(flags & TFD_TIMER_CANCEL_ON_SET) || cancelled == 0)
                return r;
        cancelled--;
        errno = ECANCELED;
        return -1;
}

typedef struct Heard {
        unsigned set, rung;
        unsigned then_cancelled; /* while it is heard of the ring */
} Heard;

static void on_clock(bool was_set, void *userdata)
{
        Heard *heard = userdata;

        heard->set += was_set;
        heard->rung += !was_set;
        if (!was_set)
                cancelled = heard->then_cancelled;
}

typedef struct Scene {
        sd_event *event;
        WallClockWatch *watch;
        Heard heard;
} Scene;

static int setup(void **state)
{
        static Scene s;

        s = (Scene){0};
        cancelled = 0;
        assert_true(sd_event_new(&s.event) >= 0);
        assert_int_equal(wall_clock_watch_new(s.event, on_clock, &s.heard, &s.watch), 0);
        *state = &s;
        return 0;
}

static int teardown(void **state)
{
        Scene *s = *state;

        s->watch = wall_clock_watch_free(s->watch);
        s->event = sd_event_unref(s->event);
        return 0;
}

/* Whatever the loop has to do now. */
static void run(Scene *s)
{
        while (sd_event_run(s->event, 0) > 0)
                ;
}

static void assert_heard(const Scene *s, unsigned set, unsigned rung)
{
        assert_int_equal(s->heard.set, set);
        assert_int_equal(s->heard.rung, rung);
}

static void it_rings_once(void **state)
{
        Scene *s = *state;

        run(s);
        assert_heard(s, 0, 0);
        assert_int_equal(wall_clock_watch_ring(s->watch, 1), 0);
        run(s);
        assert_heard(s, 0, 1);
}

/* Its own next ring comes behind it. */
static void what_was_set_is_heard_though_it_is_armed_anew(void **state)
{
        for (unsigned times = 1; times <= 2; times++) {
                Scene *s = *state;

                cancelled = times;
                assert_int_equal(wall_clock_watch_ring(s->watch, INT64_MAX), 0);
                assert_int_equal(wall_clock_watch_ring(s->watch, 1), 0);
                run(s);
                assert_heard(s, times, times);
        }
}

static void what_is_set_while_it_rings_is_heard_and_ends_nothing(void **state)
{
        Scene *s = *state;

        s->heard.then_cancelled = 1;
        for (unsigned times = 1; times <= 2; times++) {
                assert_int_equal(wall_clock_watch_ring(s->watch, 1), 0);
                run(s);
                assert_heard(s, times, times);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(it_rings_once, setup, teardown),
                cmocka_unit_test_setup_teardown(what_was_set_is_heard_though_it_is_armed_anew, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(what_is_set_while_it_rings_is_heard_and_ends_nothing, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
