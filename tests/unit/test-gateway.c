/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "watch-scene.h"
#include "watch/gateway.h"

/* A gateway on the loopback interface, one address for each test, and one for a stranger. */

#define STRANGER "127.53.51.9"

typedef struct Scene {
        sd_event *event;
        GatewayWatch *watch;
        const char *address;
        int gateway; /* its socket, -1: its port is closed */
        const char *says;
        const char *stranger_says; /* comes from another port of the gateway too */
        struct sockaddr_in from;   /* the latest question */
        unsigned asked;
        Heard heard;
} Scene;

static void respond(int fd, const char *text, const struct sockaddr_in *to)
{
        uint8_t data[64];
        size_t n = 0;
        unsigned value;
        int used;

        for (; sscanf(text, " %2x%n", &value, &used) == 1; text += used)
                data[n++] = (uint8_t)value;
        assert_int_equal(sendto(fd, data, n, 0, (const struct sockaddr *)to, sizeof(*to)), n);
}

static int on_request(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Scene *s = userdata;
        uint8_t request[128];
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&from, &size);

        assert_int_equal(n, 2);
        assert_memory_equal(request, "\0\0", 2);
        s->asked++;
        s->from = from;
        if (s->stranger_says) {
                int stranger = udp_socket(STRANGER, 5351);
                int other_port = udp_socket(s->address, 5352);
                respond(stranger, s->stranger_says, &from);
                respond(other_port, s->stranger_says, &from);
                (void)close(stranger);
                (void)close(other_port);
        }
        /* The second time only: the first try is one that is lost. */
        if (s->asked > 1)
                respond(fd, s->says, &from);
        return 0;
}

static void begin(Scene *s)
{
        IpAddress gateway = ip(s->address);

        assert_int_equal(sd_event_new(&s->event), 0);
        if (s->gateway >= 0)
                assert_int_equal(sd_event_add_io(s->event, NULL, s->gateway, EPOLLIN, on_request, s), 0);
        assert_int_equal(gateway_watch_new(s->event, on_told, &s->heard, &s->watch), 0);
        assert_int_equal(gateway_watch_set(s->watch, FAMILY_IPV4, &gateway, &(IpAddress){0}, 1, "lo"), 0);
        assert_int_equal(gateway_watch_set(s->watch, FAMILY_IPV4, &gateway, &(IpAddress){0}, 1, "lo"), 0);
        gateway_watch_ask(s->watch);
        assert_int_equal(s->heard.told, 0);
}

/* Until the handler is called. */
static void ask(Scene *s)
{
        begin(s);
        while (s->heard.told == 0)
                assert_true(sd_event_run(s->event, UINT64_MAX) >= 0);
        assert_int_equal(s->heard.told, 1);
}

static void done(Scene *s)
{
        gateway_watch_free(s->watch);
        sd_event_unref(s->event);
        if (s->gateway >= 0)
                (void)close(s->gateway);
}

static void the_gateway_says_it_and_nobody_else(void **state)
{
        Scene s = {
                .address = "127.53.51.1",
                .gateway = udp_socket("127.53.51.1", 5351),
                .says = "00 80 0000 00000064 cb007107",
                .stranger_says = "00 80 0000 00000064 cb007109",
        };

        ask(&s);
        assert_int_equal(s.asked, 2);
        assert_known(&s.heard, "203.0.113.7", "");
        done(&s);
}

/* To the group, on the loopback interface. */
static void announce(const char *from)
{
        static const char text[] = "00 80 0000 00000000 cb007109";
        struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(5350)};
        struct in_addr lo = {htonl(INADDR_LOOPBACK)};
        int fd = udp_socket(from, 0);

        assert_int_equal(inet_pton(AF_INET, "224.0.0.1", &group.sin_addr), 1);
        assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo)), 0);
        respond(fd, text, &group);
        (void)close(fd);
}

/* For 1.5 seconds: an asking may begin a second behind the one before. */
static void wait_on(Scene *s)
{
        run_until_told(s->event, &s->heard, 2, 1500 * USEC_PER_MSEC);
}

static void the_gateway_announces_and_nobody_else(void **state)
{
        Scene s = {
                .address = "127.53.51.4",
                .gateway = udp_socket("127.53.51.4", 5351),
                .says = "00 80 0000 00000064 cb007107",
        };

        ask(&s);
        announce(STRANGER);
        wait_on(&s);
        assert_int_equal(s.heard.told, 1);
        s.says = "00 80 0000 00000000 cb007109";
        announce(s.address);
        wait_on(&s);
        assert_int_equal(s.heard.told, 2);
        assert_known(&s.heard, "203.0.113.9", "");
        done(&s);
}

static void another_gateway_while_a_question_is_out(void **state)
{
        Scene s = {
                .address = "127.53.51.5",
                .gateway = udp_socket("127.53.51.5", 5351),
                .says = "00 80 0000 00000064 cb007109",
        };
        Scene other = {
                .address = "127.53.51.6",
                .gateway = udp_socket("127.53.51.6", 5351),
                .says = "00 80 0000 00000064 cb007107",
        };
        IpAddress gateway = ip(other.address);

        begin(&s);
        while (s.asked == 0)
                assert_true(sd_event_run(s.event, UINT64_MAX) >= 0);
        assert_int_equal(sd_event_add_io(s.event, NULL, other.gateway, EPOLLIN, on_request, &other), 0);
        assert_int_equal(gateway_watch_set(s.watch, FAMILY_IPV4, &gateway, &(IpAddress){0}, 1, "lo"), 0);
        respond(s.gateway, s.says, &s.from);
        run_until_told(s.event, &s.heard, 1, 3 * USEC_PER_SEC);
        assert_int_equal(s.asked, 1);
        assert_int_equal(s.heard.told, 1);
        assert_known(&s.heard, "203.0.113.7", "");
        (void)close(other.gateway);
        done(&s);
}

static void a_gateway_without_an_address(void **state)
{
        Scene s = {
                .address = "127.53.51.2",
                .gateway = udp_socket("127.53.51.2", 5351),
                .says = "00 80 0003 00000064 00000000",
        };

        ask(&s);
        assert_known(&s.heard, NULL, "result 3 (NAT-PMP)");
        done(&s);
}

static void a_gateway_that_speaks_neither(void **state)
{
        Scene s = {.address = "127.53.51.3", .gateway = -1};

        ask(&s);
        assert_known(&s.heard, NULL, "it speaks neither NAT-PMP nor PCP");
        done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_gateway_says_it_and_nobody_else),
                cmocka_unit_test(the_gateway_announces_and_nobody_else),
                cmocka_unit_test(another_gateway_while_a_question_is_out),
                cmocka_unit_test(a_gateway_without_an_address),
                cmocka_unit_test(a_gateway_that_speaks_neither),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
