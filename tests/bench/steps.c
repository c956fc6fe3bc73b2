/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../unit/decide-world.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "../unit/netlink-builder.h"
#include "decide/status-text.h"
#include "mail/message.h"

/* usage: steps events|mails|destinations N: does so many of them, and nothing that a clock, a network or a
 * disk would have a part in, for steps.py to count the instructions of. What goes into files and packets is
 * made, and thrown away.
 */

static Builder address_event(uint16_t type, uint32_t number)
{
        const struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 2};
        const uint8_t octets[] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
        Builder b = begin(type, &body, sizeof(body));

        add(&b, IFA_LOCAL, octets, sizeof(octets));
        add(&b, IFA_ADDRESS, octets, sizeof(octets));
        return b;
}

/* An address comes and goes, and what is selected is asked each time. */
static void do_events(size_t n)
{
        static const Link link = {.ifindex = 2, .name = "eth0", .up = true};
        const DefaultRoute route = {.family = FAMILY_IPV4, .ifindex = 2};
        const SelectionOptions options = {0};
        const IpAddress settled[FAMILY_COUNT] = {0};
        Network *network;

        assert_int_equal(network_new(&network), 0);
        (void)network_put_link(network, &link);
        (void)network_put_route(network, &route);
        for (size_t i = 0; i < n; i++) {
                const Builder b = address_event(i % 2 ? RTM_DELADDR : RTM_NEWADDR, (uint32_t)i / 2);
                NetlinkMessage m;
                Selection s;

                assert_int_equal(parse(&b, &m), 1);
                assert_int_equal(m.removed ? network_remove_address(network, &m.address)
                                           : network_put_address(network, &m.address),
                                 1);
                select_addresses(network, &options, settled, &s);
        }
        network_free(network);
}

static void write_state(const World *w, const Delivery *sending)
{
        const Settle settle = {0};
        const Failures failures = {0};
        const StatusInput input = {.ledger = w->ledger,
                                   .settings = w->settings,
                                   .settle = &settle,
                                   .sending = sending,
                                   .failures = &failures};
        _cleanup_(status_freep) Status *status = NULL;
        _cleanup_text_ Text ledger = {0}, text = {0};

        assert_int_equal(ledger_format(w->ledger, &ledger), 0);
        assert_int_equal(status_take(&input, &status), 0);
        assert_int_equal(status_format(status, &text), 0);
}

/* The way of a session's notices through the order to the mails. */
static void render(const World *w, Delivery *d)
{
        Order out = {.mail = w->settings->mail, .n_notices = d->n_transactions};
        _cleanup_(order_freep) Order *in = NULL;
        _cleanup_text_ Text packet = {0};
        _cleanup_free_ Notice *notices = calloc(d->n_transactions, sizeof(Notice));

        assert_non_null(notices);
        for (size_t i = 0; i < d->n_transactions; i++)
                notices[i] = d->transactions[i].notice;
        out.notices = notices;
        assert_int_equal(order_format(&out, &packet), 0);
        assert_int_equal(order_parse(packet.data, packet.size, &in), 0);
        for (size_t i = 0; i < in->n_notices; i++) {
                const Notice *n = &in->notices[i];
                _cleanup_text_ Text mail = {0};

                assert_int_equal(message_render(in, n, n->recipients, n->n_recipients, &mail), 0);
        }
}

/* All that is owed is told; the state is written as the service does it, before each go and behind each
 * answer. */
static void deliver_all(World *w)
{
        for (Delivery *d; (d = world_plan(w)); delivery_free(d)) {
                render(w, d);
                for (size_t i = 0; i < d->n_transactions; i++) {
                        world_commit(w, d, i);
                        write_state(w, d);
                        assert_true(world_close(w, d, i, OUTCOME_DELIVERED));
                        write_state(w, d);
                }
                (void)world_end(w, d, OUTCOME_NONE);
        }
}

static World world(size_t n)
{
        World w = world_new(n);

        w.settings->mails_per_hour = UINT32_MAX;
        return w;
}

/* So many changes, one destination. */
static void do_mails(size_t n)
{
        World w = world(1);

        for (size_t i = 0; i < n; i++) {
                world_settle(&w, i % 2 ? "203.0.113.1" : "203.0.113.2", NULL);
                deliver_all(&w);
        }
        world_done(&w);
}

/* One change, so many destinations, each with a mail of its own. */
static void do_destinations(size_t n)
{
        World w = world(MAX(n, (size_t)1));

        for (size_t i = 0; i < n; i++)
                (void)snprintf(w.settings->destinations[i].mac, MAC_TEXT_MAX, "02:00:5e:10:%02x:%02x",
                               (uint8_t)(i >> 8), (uint8_t)i);
        world_settle(&w, "203.0.113.1", NULL);
        deliver_all(&w);
        world_done(&w);
}

int main(int argc, char **argv)
{
        size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

        if (n == 0)
                return 2;
        if (streq(argv[1], "events"))
                do_events(n);
        else if (streq(argv[1], "mails"))
                do_mails(n);
        else if (streq(argv[1], "destinations"))
                do_destinations(n);
        else
                return 2;
        return 0;
}
