/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>

#include "base/string-util.h"
#include "watch/netlink-dump.h"
#include "watch/netlink-message.h"
#include "watch/netlink-socket.h"

/* The watch keeps a Network true. It subscribes before it asks, so that nothing falls between; from then on
 * each message is applied as it comes, and each loss (ENOBUFS, a truncated datagram) leads to all tables
 * being read again. netlink-dump decides when.
 *
 * After a loss the kernel stays silent, about further losses too, until the queue has been emptied: a
 * request therefore goes out only when a read found the queue empty. Each wake-up reads a bounded number of
 * datagrams, so that a storm leaves the rest of the loop its turn.
 *
 * Some things the kernel never says. It flushes IPv4 routes without a word when their link goes down, when
 * their preferred source or the last address beside them is deleted; it revives the hops of a multipath
 * route when their link comes up; a route that was replaced goes without a message of its own, and of two
 * that differ in what is not read here only one may have gone. After each of these the routes are read
 * again.
 *
 * What is malformed is counted and passed over. An error of the socket that is no loss ends the watch. */

#define BATCHES_PER_WAKE_UP 64

/* In a storm most of the time would go into waking up for one event each. Behind so many wake-ups within the
 * interval the next waits for its end. What comes meanwhile lies in the queue, which has room for 500. */
#define STORM_INTERVAL USEC_PER_MSEC
#define STORM_WAKE_UPS 4

struct NetlinkWatch {
        sd_event *event;
        sd_event_source *readable, *timer;
        Network *network;
        const NetlinkHandlers *handlers;
        void *userdata;
        NetlinkSocket socket;
        Dump dump;
        NetlinkStatistics statistics;
        bool ready, changed, lost;
};

static usec_t now_of(NetlinkWatch *w)
{
        uint64_t now = 0;

        (void)sd_event_now(w->event, CLOCK_BOOTTIME, &now);
        return now;
}

static void fail(NetlinkWatch *w, int error)
{
        (void)sd_event_source_set_enabled(w->readable, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        w->handlers->failed(error, w->userdata);
}

static void note_loss(NetlinkWatch *w)
{
        w->statistics.overruns++;
        w->lost = true;
        dump_request(&w->dump, DUMP_ALL);
}

static int apply_link(NetlinkWatch *w, const NetlinkMessage *m)
{
        const Link *known = network_link(w->network, m->link.ifindex);

        if (m->removed)
                return network_remove_link(w->network, m->link.ifindex);
        if (known && known->up != m->link.up)
                dump_request(&w->dump, 1U << TABLE_ROUTES);
        return network_put_link(w->network, &m->link);
}

/* Does an IPv4 default route stand or fall with this address? */
static bool carries_route(const NetlinkWatch *w, const Address *a)
{
        size_t n;
        const DefaultRoute *routes = network_routes(w->network, FAMILY_IPV4, &n);

        for (size_t i = 0; i < n; i++)
                if (a->ip.family == AF_INET &&
                    (routes[i].ifindex == a->ifindex || ip_address_equal(&routes[i].prefsrc, &a->ip)))
                        return true;
        return false;
}

static int apply_address(NetlinkWatch *w, const NetlinkMessage *m)
{
        if (!m->removed)
                return network_put_address(w->network, &m->address);
        if (carries_route(w, &m->address))
                dump_request(&w->dump, 1U << TABLE_ROUTES);
        return network_remove_address(w->network, &m->address);
}

static int apply_routes(NetlinkWatch *w, const NetlinkMessage *m)
{
        int changed = 0;

        for (size_t i = 0; i < m->n_routes; i++) {
                int r = m->removed ? network_remove_route(w->network, &m->routes[i])
                                   : network_put_route(w->network, &m->routes[i]);
                if (r < 0)
                        return r;
                changed |= r;
        }
        if (m->replaced || (m->removed && changed))
                dump_request(&w->dump, 1U << TABLE_ROUTES);
        return changed;
}

/* The interface of M as the picture has it at this moment. */
static void note_interface(const NetlinkWatch *w, NetlinkEvent *e)
{
        const NetlinkMessage *m = e->message;
        const Link *link = NULL;

        if (m->kind != MESSAGE_ROUTE)
                link = network_link(w->network,
                                    m->kind == MESSAGE_LINK ? m->link.ifindex : m->address.ifindex);
        if (link)
                string_copy(e->interface, sizeof(e->interface), link->name);
}

static NetlinkEvent event_begin(const NetlinkWatch *w, const NetlinkMessage *m)
{
        NetlinkEvent e = {.message = m};

        note_interface(w, &e);
        if (m->kind == MESSAGE_LINK)
                e.known = *e.interface;
        if (m->kind == MESSAGE_ADDRESS)
                e.known = address_set_find(network_addresses(w->network), &m->address);
        return e;
}

static NetworkTable table_of(const NetlinkMessage *m)
{
        switch (m->kind) {
        case MESSAGE_LINK:
                return TABLE_LINKS;
        case MESSAGE_ADDRESS:
                return TABLE_ADDRESSES;
        case MESSAGE_ROUTE:
                break;
        }
        return TABLE_ROUTES;
}

static int apply_message(NetlinkWatch *w, const NetlinkMessage *m)
{
        switch (m->kind) {
        case MESSAGE_LINK:
                return apply_link(w, m);
        case MESSAGE_ADDRESS:
                return apply_address(w, m);
        case MESSAGE_ROUTE:
                return apply_routes(w, m);
        }
        return 0;
}

static int apply(NetlinkWatch *w, const struct nlmsghdr *header, bool answer)
{
        bool told = w->ready && w->handlers->heard;
        NetlinkEvent e;
        NetlinkMessage m;
        int r = netlink_message_parse(header, header->nlmsg_len, &m);

        if (r == -EBADMSG)
                w->statistics.malformed++;
        if (r <= 0)
                return 0;
        if (!answer)
                dump_heard(&w->dump, table_of(&m), m.removed);
        if (told)
                e = event_begin(w, &m);
        r = apply_message(w, &m);
        if (r < 0)
                return r;
        if (r > 0)
                w->changed = true;
        if (told && (r > 0 || !answer)) {
                e.changed = r > 0;
                note_interface(w, &e);
                w->handlers->heard(&e, w->userdata);
        }
        return 0;
}

/* Does M answer our own request? Multicasts carry the sequence and port of whoever caused them. */
static bool is_answer(const NetlinkWatch *w, const struct nlmsghdr *m)
{
        return w->dump.state == DUMP_RUNNING && m->nlmsg_pid == w->socket.port &&
               m->nlmsg_seq == w->dump.sequence &&
               (m->nlmsg_type == NLMSG_ERROR || (m->nlmsg_flags & NLM_F_MULTI));
}

static bool is_temporary(int error)
{
        return error == -EBUSY || error == -EAGAIN || error == -EINTR || error == -ENOMEM ||
               error == -ENOBUFS;
}

/* The kernel's number at the begin of the body: 0, or a negative errno. -EBADMSG where there is none. */
static int answered_error(const struct nlmsghdr *m)
{
        int error;

        if (m->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
                return -EBADMSG;
        memcpy(&error, NLMSG_DATA(m), sizeof(error));
        return MIN(error, 0);
}

static int take_refusal(NetlinkWatch *w, const struct nlmsghdr *m)
{
        int error = answered_error(m);

        if (error < 0 && !is_temporary(error))
                return error;
        dump_refused(&w->dump, w->network, now_of(w));
        return 0;
}

static void take_done(NetlinkWatch *w, const struct nlmsghdr *m)
{
        if (answered_error(m) < 0) {
                dump_refused(&w->dump, w->network, now_of(w));
                return;
        }
        if (w->dump.interrupted)
                w->statistics.interrupted++;
        if (dump_done(&w->dump, w->network, now_of(w)) > 0)
                w->changed = true;
}

static int take_message(NetlinkWatch *w, const struct nlmsghdr *m)
{
        bool answer = is_answer(w, m);

        w->statistics.messages++;
        if (answer && m->nlmsg_type != NLMSG_ERROR)
                dump_message(&w->dump, w->network, m, now_of(w));
        switch (m->nlmsg_type) {
        case NLMSG_ERROR:
                return answer ? take_refusal(w, m) : 0;
        case NLMSG_DONE:
                if (answer)
                        take_done(w, m);
                return 0;
        case NLMSG_OVERRUN:
                note_loss(w);
                return 0;
        default:
                return apply(w, m, answer);
        }
}

static int take_datagram(NetlinkWatch *w, const NetlinkDatagram *d)
{
        const uint8_t *p = d->data;
        size_t left = d->size;

        if (!d->from_kernel)
                return 0;
        if (d->truncated)
                note_loss(w);
        while (left >= sizeof(struct nlmsghdr)) {
                const struct nlmsghdr *m = (const struct nlmsghdr *)p;

                if (m->nlmsg_len < sizeof(*m) || m->nlmsg_len > left) {
                        w->statistics.malformed++;
                        break;
                }
                int r = take_message(w, m);
                if (r < 0)
                        return r;
                size_t step = MIN((size_t)NLMSG_ALIGN(m->nlmsg_len), left);
                p += step;
                left -= step;
        }
        return 0;
}

/* A batch that is not full has emptied the queue; a loss that stands behind it comes with the next read.
 * Only a request must not go out before that one: there the queue is asked once more. */
static bool has_drained(const NetlinkWatch *w, int n)
{
        return n > 0 && n < NETLINK_BATCH && !dump_is_wanted(&w->dump);
}

/* 1 where the queue is empty, 0 where there may be more, or a negative errno. */
static int drain(NetlinkWatch *w)
{
        NetlinkDatagram datagrams[NETLINK_BATCH];

        for (unsigned i = 0; i < BATCHES_PER_WAKE_UP; i++) {
                int n = netlink_socket_receive(&w->socket, datagrams);

                if (n == -EAGAIN)
                        return 1;
                if (n == -ENOBUFS || n == -ENOMEM)
                        note_loss(w);
                else if (n < 0 && n != -EINTR)
                        return n;
                for (int j = 0; j < n; j++) {
                        int r = take_datagram(w, &datagrams[j]);
                        if (r < 0)
                                return r;
                }
                if (has_drained(w, n))
                        return 1;
        }
        return 0;
}

static int request(NetlinkWatch *w)
{
        NetworkTable table;
        uint32_t sequence;

        while (dump_next(&w->dump, now_of(w), &table, &sequence)) {
                int r = netlink_socket_request(&w->socket, table, sequence);

                if (r < 0 && !is_temporary(r))
                        return r;
                if (r < 0)
                        dump_refused(&w->dump, w->network, now_of(w));
                else
                        w->statistics.dumps++;
        }
        return 0;
}

static int arm(NetlinkWatch *w)
{
        usec_t deadline = dump_deadline(&w->dump);

        if (deadline == USEC_INFINITY)
                return sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        int r = sd_event_source_set_time(w->timer, deadline);
        return r < 0 ? r : sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static void tell(NetlinkWatch *w)
{
        if (w->lost) {
                w->lost = false;
                if (w->handlers->lost)
                        w->handlers->lost(w->userdata);
        }
        if (w->dump.state == DUMP_RUNNING || !dump_is_complete(&w->dump))
                return;

        bool first = !w->ready, changed = w->changed;
        w->ready = true;
        w->changed = false;
        if (first)
                w->handlers->ready(w->userdata);
        else if (changed)
                w->handlers->changed(w->userdata);
}

static void turn(NetlinkWatch *w)
{
        int r = drain(w);

        if (r > 0)
                r = request(w);
        if (r >= 0)
                r = arm(w);
        if (r < 0)
                fail(w, r);
        else
                tell(w);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        turn(userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        NetlinkWatch *w = userdata;

        /* Where the machine slept while the next wake-up waited, the answer lies there unread. */
        if (dump_is_stuck(&w->dump, now_of(w)) && sd_event_source_is_ratelimited(w->readable) <= 0)
                fail(w, -ETIMEDOUT);
        else
                turn(w);
        return 0;
}

static int set_up(NetlinkWatch *w)
{
        int r = netlink_socket_open(&w->socket);
        if (r < 0)
                return r;
        r = sd_event_add_io(w->event, &w->readable, w->socket.fd, EPOLLIN, on_readable, w);
        if (r < 0)
                return r;
        r = sd_event_source_set_ratelimit(w->readable, STORM_INTERVAL, STORM_WAKE_UPS);
        if (r < 0)
                return r;
        r = sd_event_add_time(w->event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_timer, w);
        if (r < 0)
                return r;
        /* What has arrived is read before the clock is asked whether it came too late. */
        r = sd_event_source_set_priority(w->timer, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        dump_request(&w->dump, DUMP_ALL);
        r = request(w);
        return r < 0 ? r : arm(w);
}

int netlink_watch_new(sd_event *event, Network *network, const NetlinkHandlers *handlers, void *userdata,
                      NetlinkWatch **ret)
{
        _cleanup_(netlink_watch_freep) NetlinkWatch *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        w->event = sd_event_ref(event);
        w->network = network;
        w->handlers = handlers;
        w->userdata = userdata;
        w->socket.fd = -1;
        int r = set_up(w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

NetlinkWatch *netlink_watch_free(NetlinkWatch *w)
{
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->timer);
        sd_event_source_disable_unref(w->readable);
        netlink_socket_close(&w->socket);
        sd_event_unref(w->event);
        free(w);
        return NULL;
}

void netlink_watch_rest(NetlinkWatch *w)
{
        netlink_socket_give_back(&w->socket);
}

const NetlinkStatistics *netlink_watch_statistics(const NetlinkWatch *w)
{
        return &w->statistics;
}
