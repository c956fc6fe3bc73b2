/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Loaded before the C library of a mailer under test: its clock stands still until the test moves it, so
 * that limits of minutes are met to the second and nobody waits.
 *
 * The test holds the other end of the socket IPHERALD_STANDING_CLOCK, a SOCK_SEQPACKET pair. Each packet is
 * a uint64_t, microseconds to go on by, and answered by one octet when the program has come to rest: it
 * waits in poll(2), and nothing that it waits for is there. Then alone time passes; poll() is interrupted,
 * and who waits counts anew. SLEPT is added for time that passes at once, before whatever else there is is
 * seen, as while the machine sleeps. When the test has closed its end, the clock stays where it was and
 * poll() waits as ever. */

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 8
#define SLEPT           (UINT64_C(1) << 63)

static int clock_fd = -1;
static struct timespec start;
static uint64_t passed; /* microseconds */

/* By the system call, since ours takes the place of the library's. */
static int real_clock(clockid_t id, struct timespec *ret)
{
        return (int)syscall(SYS_clock_gettime, id, ret);
}

static int real_poll(struct pollfd *fds, nfds_t n, int timeout)
{
        struct timespec limit = {timeout / 1000, timeout % 1000 * 1000000L};

        return (int)syscall(SYS_ppoll, fds, n, timeout < 0 ? NULL : &limit, NULL, 0);
}

__attribute__((constructor)) static void begin(void)
{
        const char *fd = getenv("IPHERALD_STANDING_CLOCK");

        if (fd && real_clock(CLOCK_BOOTTIME, &start) == 0)
                clock_fd = (int)strtol(fd, NULL, 10);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
        uint64_t microseconds;

        if (id != CLOCK_BOOTTIME || clock_fd < 0)
                return real_clock(id, ret);
        microseconds = (uint64_t)start.tv_nsec / 1000 + passed;
        ret->tv_sec = start.tv_sec + (time_t)(microseconds / 1000000);
        ret->tv_nsec = (long)(microseconds % 1000000) * 1000;
        return 0;
}

/* At rest, or where the machine SLEPT: takes the next packet. False at the test's end. */
static int go_on(int at_rest)
{
        uint64_t microseconds;

        if (recv(clock_fd, &microseconds, sizeof(microseconds), MSG_PEEK) != sizeof(microseconds) ||
            (!at_rest && !(microseconds & SLEPT)))
                return 0;
        (void)recv(clock_fd, &microseconds, sizeof(microseconds), 0);
        passed += microseconds & ~SLEPT;
        return send(clock_fd, "", 1, MSG_NOSIGNAL) == 1;
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
        struct pollfd all[DESCRIPTORS_MAX + 1];
        int ready;

        if (clock_fd < 0 || timeout == 0 || n > DESCRIPTORS_MAX)
                return real_poll(fds, n, timeout);
        memcpy(all, fds, n * sizeof(*fds));
        all[n] = (struct pollfd){.fd = clock_fd, .events = POLLIN};
        ready = real_poll(all, n + 1, -1);
        if (ready < 0)
                return ready;
        if (all[n].revents) {
                ready--;
                if (ready > 0)
                        (void)go_on(0);
        }
        if (ready == 0 && go_on(1)) {
                errno = EINTR;
                return -1;
        }
        if (ready == 0)
                return real_poll(fds, n, timeout);
        memcpy(fds, all, n * sizeof(*fds));
        return ready;
}

/* What poll() is called by where the program was built with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
        if (n > size / sizeof(*fds))
                abort();
        return poll(fds, n, timeout);
}
