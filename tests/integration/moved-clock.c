/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Loaded before the C library of a service under test: its clocks go on as ever, and the test moves them, so
 * that limits of hours are met at once and nobody waits. Loaded before a mailer's, its wall clock begins
 * IPHERALD_WALL_CLOCK seconds from the machine's.
 *
 * IPHERALD_MOVED_CLOCK is the path of the test's SOCK_SEQPACKET socket. Each packet is a struct Move, and
 * answered by one octet when the clocks have moved; a timer that is due by then has rung. Packets are taken
 * where the program waits and nothing that it waits for is there; one that is to be taken AT_ONCE, as after
 * a sleep, together with whatever is there. That a clock was set (TFD_TIMER_CANCEL_ON_SET) is not played:
 * only the kernel tells that. */

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 64
#define NSEC_PER_SEC    1000000000

typedef struct Move {
        int64_t boottime, monotonic, realtime; /* nanoseconds to go on by, or back */
        int64_t at_once;
} Move;

typedef struct Timer {
        clockid_t clock;
        int flags;
        struct itimerspec spec; /* as the program wants it */
} Timer;

static int clock_fd = -1;
static Move moved;
static Timer timers[DESCRIPTORS_MAX];

__attribute__((constructor)) static void begin(void)
{
        const char *seconds = getenv("IPHERALD_WALL_CLOCK");

        if (seconds)
                moved.realtime = strtoll(seconds, NULL, 10) * NSEC_PER_SEC;
}

static int64_t moved_by(clockid_t id)
{
        return id == CLOCK_BOOTTIME    ? moved.boottime
               : id == CLOCK_MONOTONIC ? moved.monotonic
                                       : moved.realtime;
}

static struct timespec add(struct timespec t, int64_t nanoseconds)
{
        int64_t sum = (int64_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec + nanoseconds;

        return (struct timespec){sum / NSEC_PER_SEC, sum % NSEC_PER_SEC};
}

/* By the system calls, since ours take the places of the library's. */
int clock_gettime(clockid_t id, struct timespec *ret)
{
        int r = (int)syscall(SYS_clock_gettime, id, ret);

        if (r == 0 && (id == CLOCK_BOOTTIME || id == CLOCK_MONOTONIC || id == CLOCK_REALTIME))
                *ret = add(*ret, moved_by(id));
        return r;
}

time_t time(time_t *ret)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        if (ret)
                *ret = now.tv_sec;
        return now.tv_sec;
}

/* One that never rings is left alone. */
static int is_moved(const Timer *t)
{
        return (t->flags & TFD_TIMER_ABSTIME) && t->spec.it_value.tv_sec < INT64_MAX / NSEC_PER_SEC / 2;
}

static int set_timer(int fd)
{
        const Timer *t = &timers[fd];
        struct itimerspec spec = t->spec;

        if (is_moved(t) && (spec.it_value.tv_sec > 0 || spec.it_value.tv_nsec > 0)) {
                spec.it_value = add(spec.it_value, -moved_by(t->clock));
                if (spec.it_value.tv_sec < 0 || (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec <= 0))
                        spec.it_value = (struct timespec){0, 1};
        }
        return (int)syscall(SYS_timerfd_settime, fd, t->flags, &spec, NULL);
}

/* From the first timer on: whoever turns into the program has none. */
static void connect_to_test(void)
{
        const char *path = getenv("IPHERALD_MOVED_CLOCK");
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (clock_fd >= 0 || !path || strlen(path) >= sizeof(address.sun_path))
                return;
        memcpy(address.sun_path, path, strlen(path) + 1);
        clock_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connect(clock_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                abort();
}

int timerfd_create(int clock, int flags)
{
        int fd = (int)syscall(SYS_timerfd_create, clock, flags);

        if (fd >= DESCRIPTORS_MAX)
                abort();
        if (fd >= 0)
                timers[fd] = (Timer){.clock = clock};
        connect_to_test();
        return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
        if (old)
                abort();
        timers[fd].flags = flags;
        timers[fd].spec = *new;
        return set_timer(fd);
}

/* A descriptor that is no timer any more fails in the kernel. */
static void move(const Move *m)
{
        moved.boottime += m->boottime;
        moved.monotonic += m->monotonic;
        moved.realtime += m->realtime;
        for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
                if (is_moved(&timers[fd]))
                        (void)set_timer(fd);
        (void)send(clock_fd, "", 1, MSG_NOSIGNAL);
}

/* False at the test's end. */
static int take_move(int at_rest)
{
        Move m;

        if (recv(clock_fd, &m, sizeof(m), MSG_PEEK) != sizeof(m))
                return 0;
        if (at_rest || m.at_once) {
                (void)recv(clock_fd, &m, sizeof(m), 0);
                move(&m);
        }
        return 1;
}

int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
        struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = clock_fd, .events = POLLIN}};

        if (clock_fd >= 0 && timeout != 0) {
                if (poll(p, 2, timeout) < 0)
                        return -1;
                if (p[1].revents && !take_move(!p[0].revents))
                        clock_fd = -1; /* the clocks go on from here */
                timeout = 0;
        }
        return (int)syscall(SYS_epoll_pwait, fd, events, n, timeout, NULL, 0);
}

/* Newer releases of systemd's library wait by this one. */
int epoll_pwait2(int fd, struct epoll_event *events, int n, const struct timespec *timeout,
                 const sigset_t *mask)
{
        int64_t ms = timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000 : -1;

        return epoll_wait(fd, events, n, ms > INT32_MAX ? INT32_MAX : (int)ms);
}
