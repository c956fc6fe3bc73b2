/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/gateway.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/string-util.h"
#include "nat/gateway-query.h"
#include "watch/udp.h"

/* Each asking has a socket of its own: the way to the gateway may be another one by now, an answer to an
 * earlier asking finds nobody, and who wants to forge one has to guess the port again. Between two askings
 * only the announcements are heard.
 *
 * The multicast groups are those that every node belongs to, so there is none to join. */

#define GATEWAY_PORT      5351
#define ANNOUNCEMENT_PORT 5350
#define DATAGRAM_MAX      1104 /* more than the longest message of PCP, so that a longer one is seen to be */
#define READS_PER_WAKE_UP 16
#define WHY_MAX           96

typedef struct Line {
        GatewayWatch *watch;
        Family family;
        bool on;
        IpAddress gateway, own;
        int ifindex;
        char interface[IFNAMSIZ];
        GatewayQuery query;
        int fd, group_fd;
        sd_event_source *answers, *announcements;
} Line;

struct GatewayWatch {
        sd_event *event;
        sd_event_source *timer;
        GatewayHandler handler;
        void *userdata;
        Line lines[FAMILY_COUNT];
};

static usec_t now_of(const GatewayWatch *w)
{
        uint64_t now = 0;

        (void)sd_event_now(w->event, CLOCK_BOOTTIME, &now);
        return now;
}

static void arm(GatewayWatch *w)
{
        usec_t deadline = USEC_INFINITY;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (w->lines[f].on)
                        deadline = MIN(deadline, gateway_query_deadline(&w->lines[f].query));
        (void)sd_event_source_set_time(w->timer, deadline);
        (void)sd_event_source_set_enabled(w->timer,
                                          deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void close_source(sd_event_source **source, int *fd)
{
        *source = sd_event_source_disable_unref(*source);
        if (*fd >= 0)
                (void)close(*fd);
        *fd = -1;
}

static void write_why(const GatewayAnswer *a, int error, char ret[static WHY_MAX])
{
        const char *protocol = a->pcp ? "PCP" : "NAT-PMP";

        switch (a->verdict) {
        case GATEWAY_KNOWN:
                *ret = '\0';
                break;
        case GATEWAY_NO_ADDRESS:
                (void)snprintf(ret, WHY_MAX, "it has none itself (%s)", protocol);
                break;
        case GATEWAY_REFUSED:
                (void)snprintf(ret, WHY_MAX, "result %u (%s)", a->result, protocol);
                break;
        case GATEWAY_SILENT:
                (void)snprintf(ret, WHY_MAX, "no answer (%s)", protocol);
                break;
        case GATEWAY_UNREACHABLE:
                if (error == -ECONNREFUSED)
                        string_copy(ret, WHY_MAX, "it speaks neither NAT-PMP nor PCP");
                else
                        (void)snprintf(ret, WHY_MAX, "it can't be asked: %s", strerror(-error));
                break;
        }
}

/* The socket goes with the asking; the handler may set another gateway. */
static void tell(Line *l, const GatewayAnswer *a, int error)
{
        IpAddress address = ip_address_of(&a->external);
        char why[WHY_MAX];

        if (!l->query.asking)
                close_source(&l->answers, &l->fd);
        write_why(a, error, why);
        l->watch->handler(l->family, &address, why, l->watch->userdata);
}

static void tell_unreachable(Line *l, int error)
{
        GatewayAnswer answer = gateway_query_unreachable(&l->query, now_of(l->watch));

        tell(l, &answer, error);
}

/* True where it came to an end with it. */
static bool take_answer(Line *l)
{
        uint8_t data[DATAGRAM_MAX];
        NatAddress from;
        GatewayAnswer answer;
        ssize_t n = udp_receive(l->fd, data, sizeof(data), &from);

        if (n == -EAGAIN || n == -EINTR)
                return true;
        if (n < 0) {
                tell_unreachable(l, (int)n);
                return true;
        }
        if (!gateway_query_take(&l->query, &from, data, (size_t)n, now_of(l->watch), random_number(),
                                &answer))
                return false;
        tell(l, &answer, 0);
        return true;
}

static int on_answer(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Line *l = userdata;

        for (unsigned i = 0; i < READS_PER_WAKE_UP && !take_answer(l); i++)
                ;
        arm(l->watch);
        return 0;
}

static int on_announcement(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Line *l = userdata;
        uint8_t data[DATAGRAM_MAX];
        NatAddress from;

        for (unsigned i = 0; i < READS_PER_WAKE_UP; i++) {
                ssize_t n = udp_receive(fd, data, sizeof(data), &from);

                if (n < 0)
                        break;
                (void)gateway_query_hear(&l->query, &from, data, (size_t)n, now_of(l->watch));
        }
        arm(l->watch);
        return 0;
}

/* A gateway of IPv6 is asked at its link-local address, but for the address that is watched: where prefixes
 * are translated, a temporary one, which the kernel may prefer, is another outside. One of IPv4 wants to be
 * asked from its own network. */
static int choose_own(const Line *l, IpAddress *ret)
{
        const UdpPeer peer = {
                .address = l->gateway,
                .port = GATEWAY_PORT,
                .ifindex = l->ifindex,
                .interface = l->interface,
        };

        if (l->family == FAMILY_IPV4)
                return udp_choose_own(&peer, ret);
        *ret = l->own;
        return 0;
}

static int begin(Line *l)
{
        const UdpPeer peer = {l->gateway, GATEWAY_PORT, l->ifindex, l->interface};
        IpAddress own;

        close_source(&l->answers, &l->fd);
        int r = choose_own(l, &own);
        if (r < 0)
                return r;
        l->fd = udp_connect(&peer, &own);
        if (l->fd < 0)
                return l->fd;
        r = sd_event_add_io(l->watch->event, &l->answers, l->fd, EPOLLIN, on_answer, l);
        if (r < 0)
                return r;
        NatAddress client = nat_address_of(&own);
        gateway_query_begin(&l->query, &client, now_of(l->watch));
        return 0;
}

/* What is lost on the way out is sent again like what is lost on the line. */
static int send_request(Line *l, const void *request, size_t size)
{
        if (send(l->fd, request, size, 0) >= 0 || errno == EAGAIN || errno == ENOBUFS)
                return 0;
        return -errno;
}

static void run(Line *l)
{
        uint8_t request[GATEWAY_REQUEST_MAX];
        GatewayAnswer answer;
        size_t size;
        int r;

        while (l->on) {
                switch (gateway_query_step(&l->query, now_of(l->watch), random_number(), request, &size,
                                           &answer)) {
                case GATEWAY_WAIT:
                        return;
                case GATEWAY_BEGIN:
                        r = begin(l);
                        if (r < 0)
                                tell_unreachable(l, r);
                        break;
                case GATEWAY_SEND:
                        r = send_request(l, request, size);
                        if (r < 0)
                                tell_unreachable(l, r);
                        break;
                case GATEWAY_END:
                        tell(l, &answer, 0);
                        break;
                }
        }
}

static int on_timer(sd_event_source *source, uint64_t when, void *userdata)
{
        GatewayWatch *w = userdata;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                run(&w->lines[f]);
        arm(w);
        return 0;
}

static int listen_to(Line *l)
{
        static const IpAddress groups[FAMILY_COUNT] = {
                [FAMILY_IPV4] = {AF_INET, {224, 0, 0, 1}},
                [FAMILY_IPV6] = {AF_INET6, {0xff, 0x02, [15] = 1}},
        };
        int r = udp_listen(&groups[l->family], ANNOUNCEMENT_PORT, l->ifindex, l->interface);

        if (r < 0)
                return r;
        l->group_fd = r;
        return sd_event_add_io(l->watch->event, &l->announcements, l->group_fd, EPOLLIN, on_announcement, l);
}

static void stop(Line *l)
{
        close_source(&l->answers, &l->fd);
        close_source(&l->announcements, &l->group_fd);
        l->on = false;
}

int gateway_watch_set(GatewayWatch *w, Family f, const IpAddress *gateway, const IpAddress *own, int ifindex,
                      const char *interface)
{
        Line *l = &w->lines[f];
        bool on = ip_address_is_set(gateway) && ifindex > 0;
        uint8_t nonce[PCP_NONCE_SIZE];

        l->own = *own;
        if (on == l->on && (!on || (ip_address_equal(gateway, &l->gateway) && ifindex == l->ifindex &&
                                    streq(interface, l->interface))))
                return 0;
        stop(l);
        if (!on) {
                arm(w);
                return 0;
        }
        int r = udp_random_octets(nonce, sizeof(nonce));
        if (r < 0)
                return r;
        NatAddress address = nat_address_of(gateway);
        l->on = true;
        l->gateway = *gateway;
        l->ifindex = ifindex;
        string_copy(l->interface, sizeof(l->interface), interface);
        gateway_query_replace(&l->query, &address, nonce, now_of(w));
        r = listen_to(l);
        arm(w);
        return r;
}

void gateway_watch_ask(GatewayWatch *w)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (w->lines[f].on)
                        gateway_query_ask(&w->lines[f].query, now_of(w));
        arm(w);
}

int gateway_watch_new(sd_event *event, GatewayHandler handler, void *userdata, GatewayWatch **ret)
{
        _cleanup_(gateway_watch_freep) GatewayWatch *w = calloc(1, sizeof(GatewayWatch));

        if (!w)
                return -ENOMEM;
        w->event = sd_event_ref(event);
        w->handler = handler;
        w->userdata = userdata;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                w->lines[f] = (Line){.watch = w, .family = f, .fd = -1, .group_fd = -1};
        int r = sd_event_add_time(event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_timer, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

GatewayWatch *gateway_watch_free(GatewayWatch *w)
{
        if (!w)
                return NULL;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                stop(&w->lines[f]);
        (void)sd_event_source_disable_unref(w->timer);
        (void)sd_event_unref(w->event);
        free(w);
        return NULL;
}
