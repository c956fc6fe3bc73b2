/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the tests of those watches share that ask somebody by UDP: sockets on the loopback interface, and
 * what the handler was told. cmocka comes before. */

#include <arpa/inet.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "address/address.h"
#include "base/string-util.h"
#include "base/time-util.h"
#include "ip.h"

/* What a handler of the watches was told last, and how often. */
typedef struct Heard {
        unsigned told;
        IpAddress known;
        char why[256];
} Heard;

/* A handler, whose userdata is a Heard. */
static inline void on_told(Family f, const IpAddress *address, const char *why, void *userdata)
{
        Heard *h = userdata;

        assert_int_equal(f, FAMILY_IPV4);
        h->told++;
        h->known = *address;
        string_copy(h->why, sizeof(h->why), why);
}

/* Until it was told N times, or for LIMIT; the caller judges. */
static inline void run_until_told(sd_event *event, const Heard *h, unsigned n, usec_t limit)
{
        uint64_t now, end;

        assert_true(sd_event_now(event, CLOCK_BOOTTIME, &now) >= 0);
        end = now + limit;
        while (now < end && h->told < n) {
                assert_true(sd_event_run(event, end - now) >= 0);
                assert_true(sd_event_now(event, CLOCK_BOOTTIME, &now) >= 0);
        }
}

static inline void assert_known(const Heard *h, const char *address, const char *why)
{
        IpAddress expected = ip(address);

        assert_true(ip_address_equal(&h->known, &expected));
        assert_string_equal(h->why, why);
}

/* Bound to ADDRESS and PORT; 0: whichever is free. */
static inline int udp_socket(const char *address, uint16_t port)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        return fd;
}
