/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/stun.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/string-util.h"
#include "nat/stun-round.h"
#include "watch/udp.h"

/* A round has a socket for each server, connected to it and bound to the interface: a VPN's exit is never
 * taken for the line, and a router gives each round a port of its own. Between two rounds there is none.
 *
 * A round that came to nothing is tried again after half a minute, then after twice as long each time, up to
 * the interval. */

#define RETRY             (30 * USEC_PER_SEC)
#define APART             USEC_PER_SEC /* the least between the beginnings of two rounds */
#define DATAGRAM_MAX      1500
#define READS_PER_WAKE_UP 16

static_assert(STUN_SERVERS_MAX <= STUN_ROUND_MAX, "a round asks all servers");

typedef struct Line Line;

typedef struct Socket {
        Line *line;
        int fd;
        sd_event_source *readable;
} Socket;

struct Line {
        StunWatch *watch;
        Family family;
        IpAddress own;
        int ifindex;
        char interface[IFNAMSIZ]; /* "": nobody is asked */
        StunServer servers[STUN_ROUND_MAX];
        size_t n;
        usec_t interval;
        bool asking;
        StunRound round;
        Socket sockets[STUN_ROUND_MAX];
        usec_t began; /* the latest round; 0: none yet */
        usec_t next;  /* when the next one begins; USEC_INFINITY: not before this one has ended */
        unsigned failures;
        int error; /* why the latest server could not be asked */
};

struct StunWatch {
        sd_event *event;
        sd_event_source *timer;
        StunHandler handler;
        void *userdata;
        Line lines[FAMILY_COUNT];
};

static usec_t now_of(const StunWatch *w)
{
        uint64_t now = 0;

        (void)sd_event_now(w->event, CLOCK_BOOTTIME, &now);
        return now;
}

static usec_t line_deadline(const Line *l)
{
        if (!*l->interface)
                return USEC_INFINITY;
        return l->asking ? MIN(l->next, stun_round_deadline(&l->round)) : l->next;
}

static void arm(StunWatch *w)
{
        usec_t ipv4 = line_deadline(&w->lines[FAMILY_IPV4]), ipv6 = line_deadline(&w->lines[FAMILY_IPV6]);
        usec_t deadline = MIN(ipv4, ipv6);

        (void)sd_event_source_set_time(w->timer, deadline);
        (void)sd_event_source_set_enabled(w->timer,
                                          deadline == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void close_socket(Socket *s)
{
        s->readable = sd_event_source_disable_unref(s->readable);
        if (s->fd >= 0)
                (void)close(s->fd);
        s->fd = -1;
}

static void close_sockets(Line *l)
{
        for (size_t i = 0; i < ELEMENTSOF(l->sockets); i++)
                close_socket(&l->sockets[i]);
}

static void give_up(Line *l, size_t i, int error)
{
        l->error = error;
        stun_round_give_up(&l->round, i);
        close_socket(&l->sockets[i]);
}

/* "the servers disagree: 203.0.113.7, 203.0.113.9" */
static void write_disagreement(const StunRound *r, char ret[static STUN_WHY_MAX])
{
        int n = snprintf(ret, STUN_WHY_MAX, "the servers disagree");
        const char *between = ": ";

        for (size_t i = 0; i < r->n; i++) {
                IpAddress a = ip_address_of(&r->servers[i].mapped);
                char text[IP_ADDRESS_TEXT_MAX];

                if (r->servers[i].state != STUN_ANSWERED)
                        continue;
                ip_address_format(&a, text);
                n += snprintf(ret + n, (size_t)(STUN_WHY_MAX - n), "%s%s", between, text);
                between = ", ";
        }
}

static void write_why(const Line *l, StunVerdict verdict, char ret[static STUN_WHY_MAX])
{
        const StunRound *r = &l->round;

        if (verdict == STUN_DISAGREED) {
                write_disagreement(r, ret);
                return;
        }
        for (size_t i = 0; i < r->n; i++)
                if (r->servers[i].state == STUN_REFUSED) {
                        (void)snprintf(ret, STUN_WHY_MAX, "error %u", r->servers[i].error);
                        return;
                }
        if (l->error < 0)
                (void)snprintf(ret, STUN_WHY_MAX, "no answer: %s", strerror(-l->error));
        else
                string_copy(ret, STUN_WHY_MAX, "no answer");
}

static void tell(Line *l, const IpAddress *address, const char *why)
{
        usec_t wait = usec_spread(l->interval, random_number());
        usec_t retry = RETRY << MIN(l->failures, 12U);

        l->asking = false;
        close_sockets(l);
        l->failures = ip_address_is_set(address) ? 0 : l->failures + 1;
        l->next = usec_add(now_of(l->watch), l->failures > 0 ? MIN(retry, wait) : wait);
        l->watch->handler(l->family, address, why, l->watch->userdata);
}

/* Ends the round where it is decided. True where it is over. */
static bool judge(Line *l)
{
        NatAddress mapped = {0};
        char why[STUN_WHY_MAX] = "";
        StunVerdict verdict = stun_round_verdict(&l->round, &mapped);

        if (verdict == STUN_UNDECIDED)
                return false;
        if (verdict != STUN_AGREED)
                write_why(l, verdict, why);
        IpAddress address = ip_address_of(&mapped);
        tell(l, &address, why);
        return true;
}

/* True where more may be waiting. */
static bool take_answer(Line *l, size_t i)
{
        uint8_t data[DATAGRAM_MAX];
        NatAddress from;
        ssize_t n = udp_receive(l->sockets[i].fd, data, sizeof(data), &from);

        if (n == -EAGAIN || n == -EINTR)
                return false;
        if (n < 0)
                give_up(l, i, (int)n);
        else
                stun_round_take(&l->round, i, data, (size_t)n);
        return n >= 0 && l->round.servers[i].state == STUN_ASKING;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Socket *s = userdata;
        Line *l = s->line;
        size_t i = (size_t)(s - l->sockets);

        for (unsigned reads = 0; reads < READS_PER_WAKE_UP && take_answer(l, i); reads++)
                ;
        /* It has said what it had to say. */
        if (l->round.servers[i].state != STUN_ASKING)
                close_socket(s);
        (void)judge(l);
        arm(l->watch);
        return 0;
}

/* IPv6 from the address that is watched: where prefixes are translated, a temporary one, which the kernel
 * may prefer, is another outside. */
static int open_socket(Line *l, size_t i)
{
        const UdpPeer peer = {l->servers[i].address, l->servers[i].port, 0, l->interface};
        Socket *s = &l->sockets[i];
        int fd = udp_connect(&peer, l->family == FAMILY_IPV6 ? &l->own : NULL);

        if (fd < 0)
                return fd;
        s->fd = fd;
        return sd_event_add_io(l->watch->event, &s->readable, fd, EPOLLIN, on_readable, s);
}

static void begin(Line *l)
{
        static const IpAddress none;
        uint8_t ids[STUN_ROUND_MAX][STUN_ID_SIZE];
        usec_t now = now_of(l->watch);

        close_sockets(l);
        l->began = now;
        if (l->n == 0) {
                tell(l, &none, "no server has an address of this family");
                return;
        }
        int r = udp_random_octets(ids, sizeof(ids));
        if (r < 0) {
                tell(l, &none, strerror(-r));
                return;
        }
        l->asking = true;
        l->next = USEC_INFINITY;
        l->error = 0;
        stun_round_begin(&l->round, l->family == FAMILY_IPV4, l->n, ids, now);
        for (size_t i = 0; i < l->n; i++) {
                r = open_socket(l, i);
                if (r < 0)
                        give_up(l, i, r);
        }
}

static void run(Line *l)
{
        uint8_t request[STUN_REQUEST_SIZE];
        size_t i;

        if (!*l->interface)
                return;
        if (now_of(l->watch) >= l->next)
                begin(l);
        if (!l->asking)
                return;
        while (stun_round_step(&l->round, now_of(l->watch), &i, request))
                if (send(l->sockets[i].fd, request, sizeof(request), 0) < 0 && errno != EAGAIN &&
                    errno != ENOBUFS)
                        give_up(l, i, -errno);
        (void)judge(l);
}

static int on_timer(sd_event_source *source, uint64_t when, void *userdata)
{
        StunWatch *w = userdata;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                run(&w->lines[f]);
        arm(w);
        return 0;
}

static bool is_same(const Line *l, const Line *other)
{
        if (l->ifindex != other->ifindex || !streq(l->interface, other->interface) || l->n != other->n ||
            l->interval != other->interval)
                return false;
        for (size_t i = 0; i < l->n; i++)
                if (!ip_address_equal(&l->servers[i].address, &other->servers[i].address) ||
                    l->servers[i].port != other->servers[i].port)
                        return false;
        return true;
}

int stun_watch_set(StunWatch *w, Family f, const IpAddress *own, int ifindex, const char *interface,
                   const StunServer *servers, size_t n, usec_t interval)
{
        Line *l = &w->lines[f];
        Line other = {.ifindex = ifindex, .interval = interval};

        if (n > STUN_SERVERS_MAX)
                return -E2BIG;
        l->own = *own;
        string_copy(other.interface, sizeof(other.interface), interface);
        for (size_t i = 0; i < n; i++)
                if (servers[i].address.family == family_to_af(f))
                        other.servers[other.n++] = servers[i];
        if (is_same(l, &other))
                return 0;
        close_sockets(l);
        l->asking = false;
        l->failures = 0;
        l->next = now_of(w);
        l->interval = interval;
        l->ifindex = ifindex;
        l->n = other.n;
        memcpy(l->servers, other.servers, sizeof(l->servers));
        string_copy(l->interface, sizeof(l->interface), interface);
        arm(w);
        return 0;
}

void stun_watch_ask(StunWatch *w)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                Line *l = &w->lines[f];
                usec_t now = now_of(w), earliest = l->began > 0 ? usec_add(l->began, APART) : now;
                usec_t at = MAX(now, earliest);

                if (l->asking && now < earliest)
                        continue;
                l->failures = 0;
                l->next = MIN(l->next, at);
        }
        arm(w);
}

int stun_watch_new(sd_event *event, StunHandler handler, void *userdata, StunWatch **ret)
{
        _cleanup_(stun_watch_freep) StunWatch *w = calloc(1, sizeof(StunWatch));

        if (!w)
                return -ENOMEM;
        w->event = sd_event_ref(event);
        w->handler = handler;
        w->userdata = userdata;
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                w->lines[f] = (Line){.watch = w, .family = f, .next = USEC_INFINITY};
                for (size_t i = 0; i < STUN_ROUND_MAX; i++)
                        w->lines[f].sockets[i] = (Socket){.line = &w->lines[f], .fd = -1};
        }
        int r = sd_event_add_time(event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_timer, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

StunWatch *stun_watch_free(StunWatch *w)
{
        if (!w)
                return NULL;
        for (Family f = 0; f < FAMILY_COUNT; f++)
                close_sockets(&w->lines[f]);
        (void)sd_event_source_disable_unref(w->timer);
        (void)sd_event_unref(w->event);
        free(w);
        return NULL;
}
