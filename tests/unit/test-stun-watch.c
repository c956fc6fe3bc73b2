/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/epoll.h>
#include <unistd.h>

#include "nat/wire.h"
#include "watch-scene.h"
#include "watch/stun.h"

/* Servers on the loopback interface, which say what each test would have them say. */

#define INTERVAL (300 * USEC_PER_SEC)

typedef struct Server {
        const char *says; /* an IPv4 address; NULL: its port is closed */
        const char *lies; /* under another transaction id, before that */
        int fd;
        StunServer at;
        unsigned asked;
} Server;

typedef struct Scene {
        sd_event *event;
        StunWatch *watch;
        Server servers[STUN_SERVERS_MAX];
        size_t n;
        usec_t interval;
        Heard heard;
} Scene;

/* Bound to 127.53.78.1 and whichever port is free. */
static void open_server(Server *s)
{
        struct sockaddr_in a;
        socklen_t size = sizeof(a);

        s->fd = udp_socket("127.53.78.1", 0);
        assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &size), 0);
        s->at = (StunServer){ip("127.53.78.1"), ntohs(a.sin_port)};
}

static void respond(const Server *s, const uint8_t request[static 20], bool same_id, const char *text,
                    const struct sockaddr_in *to)
{
        uint8_t data[32] = {0x01, 0x01, 0, 12};
        IpAddress a = ip(text);

        memcpy(data + 4, request + 4, 16);
        data[19] ^= same_id ? 0 : 1;
        wire_put_32(data + 20, 0x00200008);
        wire_put_32(data + 24, 0x00010000);
        wire_put_32(data + 28, wire_get_32(a.octets) ^ 0x2112a442);
        assert_int_equal(sendto(s->fd, data, sizeof(data), 0, (const struct sockaddr *)to, sizeof(*to)),
                         sizeof(data));
}

static int on_request(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Server *s = userdata;
        uint8_t request[128];
        struct sockaddr_in from;
        socklen_t size = sizeof(from);

        assert_int_equal(recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&from, &size), 20);
        s->asked++;
        if (s->lies)
                respond(s, request, false, s->lies, &from);
        respond(s, request, true, s->says, &from);
        return 0;
}

static void begin(Scene *s)
{
        StunServer servers[STUN_SERVERS_MAX];

        assert_int_equal(sd_event_new(&s->event), 0);
        assert_int_equal(stun_watch_new(s->event, on_told, &s->heard, &s->watch), 0);
        for (size_t i = 0; i < s->n; i++) {
                Server *server = &s->servers[i];

                open_server(server);
                servers[i] = server->at;
                if (server->says)
                        assert_true(sd_event_add_io(s->event, NULL, server->fd, EPOLLIN, on_request,
                                                    server) >= 0);
                else
                        (void)close(server->fd);
        }
        assert_int_equal(stun_watch_set(s->watch, FAMILY_IPV4, &(IpAddress){0}, 1, "lo", servers, s->n,
                                        s->interval > 0 ? s->interval : INTERVAL),
                         0);
        assert_int_equal(s->heard.told, 0);
}

/* Until the handler has been called N times, or for three seconds. */
static void wait_told(Scene *s, unsigned n)
{
        run_until_told(s->event, &s->heard, n, 3 * USEC_PER_SEC);
        assert_int_equal(s->heard.told, n);
}

static void end(Scene *s)
{
        stun_watch_free(s->watch);
        sd_event_unref(s->event);
        for (size_t i = 0; i < s->n; i++)
                if (s->servers[i].says)
                        (void)close(s->servers[i].fd);
}

static void check(Scene *s, const char *address, const char *why)
{
        begin(s);
        wait_told(s, 1);
        assert_known(&s->heard, address, why);
        end(s);
}

static void servers_that_agree(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7", .lies = "203.0.113.9"}, {.says = "203.0.113.7"}},
                   .n = 2};

        check(&s, "203.0.113.7", "");
        assert_int_equal(s.servers[0].asked, 1);
}

static void servers_that_disagree(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7"}, {.says = "203.0.113.9"}}, .n = 2};

        check(&s, NULL, "the servers disagree: 203.0.113.7, 203.0.113.9");
}

static void a_closed_server_leaves_it_to_the_other(void **state)
{
        Scene s = {.servers = {{.says = NULL}, {.says = "203.0.113.9"}}, .n = 2};

        check(&s, "203.0.113.9", "");
}

static void nobody_there(void **state)
{
        Scene s = {.servers = {{.says = NULL}}, .n = 1};

        check(&s, NULL, "no answer: Connection refused");
}

static void no_server_of_the_family(void **state)
{
        Scene s = {.n = 0};
        const StunServer other = {ip("::1"), 3478};

        begin(&s);
        assert_int_equal(stun_watch_set(s.watch, FAMILY_IPV4, &(IpAddress){0}, 1, "lo", &other, 1, INTERVAL),
                         0);
        wait_told(&s, 1);
        assert_string_equal(s.heard.why, "no server has an address of this family");
        end(&s);
}

static void asked_at_each_interval(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7"}}, .n = 1, .interval = 100 * USEC_PER_MSEC};

        begin(&s);
        wait_told(&s, 4);
        assert_int_equal(s.servers[0].asked, 4);
        end(&s);
}

static void asked_when_the_network_changes(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7"}}, .n = 1};

        begin(&s);
        wait_told(&s, 1);
        s.servers[0].says = "203.0.113.9";
        stun_watch_ask(s.watch);
        wait_told(&s, 2);
        assert_known(&s.heard, "203.0.113.9", "");
        end(&s);
}

/* An interface that went and came under the same name: who was asked over the one before may never answer.
 */
static void another_interface_of_the_same_name(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7"}}, .n = 1};

        begin(&s);
        wait_told(&s, 1);
        assert_int_equal(stun_watch_set(s.watch, FAMILY_IPV4, &(IpAddress){0}, 1, "lo", &s.servers[0].at, 1,
                                        INTERVAL),
                         0);
        run_until_told(s.event, &s.heard, 2, 200 * USEC_PER_MSEC);
        assert_int_equal(s.heard.told, 1);
        assert_int_equal(stun_watch_set(s.watch, FAMILY_IPV4, &(IpAddress){0}, 2, "lo", &s.servers[0].at, 1,
                                        INTERVAL),
                         0);
        wait_told(&s, 2);
        end(&s);
}

static void nobody_is_asked_without_an_interface(void **state)
{
        Scene s = {.servers = {{.says = "203.0.113.7"}}, .n = 1};

        begin(&s);
        assert_int_equal(
                stun_watch_set(s.watch, FAMILY_IPV4, &(IpAddress){0}, 0, "", &s.servers[0].at, 1, INTERVAL),
                0);
        assert_true(sd_event_run(s.event, 100 * USEC_PER_MSEC) >= 0);
        assert_int_equal(s.servers[0].asked, 0);
        end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(servers_that_agree),
                cmocka_unit_test(servers_that_disagree),
                cmocka_unit_test(a_closed_server_leaves_it_to_the_other),
                cmocka_unit_test(nobody_there),
                cmocka_unit_test(no_server_of_the_family),
                cmocka_unit_test(asked_at_each_interval),
                cmocka_unit_test(asked_when_the_network_changes),
                cmocka_unit_test(another_interface_of_the_same_name),
                cmocka_unit_test(nobody_is_asked_without_an_interface),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
