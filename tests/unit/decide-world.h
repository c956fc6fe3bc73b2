/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A small world for the tests of decide: settings, a ledger, a clock that stands still until it is set. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/record.h"
#include "base/string-util.h"
#include "decide/ledger-text.h"
#include "decide/plan.h"
#include "ip.h"

#define WORLD_UNKNOWN_WAIT (30 * USEC_PER_MIN)

typedef struct World {
        Settings *settings;
        Ledger *ledger;
        usec_t now;
        unsigned sessions;
} World;

static inline World world_new(size_t n_destinations)
{
        World w = {.now = USEC_PER_HOUR};

        assert_int_equal(settings_new(&w.settings), 0);
        w.settings->mail.enabled = true;
        w.settings->unknown_wait = WORLD_UNKNOWN_WAIT;
        assert_int_equal(string_replace(&w.settings->mail.server, "mail.example.com"), 0);
        assert_int_equal(string_replace(&w.settings->mail.from, "home@example.com"), 0);
        w.settings->destinations = calloc(n_destinations, sizeof(DestinationSettings));
        assert_non_null(w.settings->destinations);
        for (size_t i = 0; i < n_destinations; i++) {
                char to[64];

                (void)snprintf(to, sizeof(to), "to%zu@example.com", i);
                assert_int_equal(destination_settings_init(&w.settings->destinations[i], to), 0);
        }
        w.settings->n_destinations = n_destinations;
        assert_int_equal(ledger_new("boot-1", &w.ledger), 0);
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        return w;
}

static inline void world_done(World *w)
{
        ledger_free(w->ledger);
        settings_free(w->settings);
}

static inline DestinationRecord *world_destination(const World *w, size_t i)
{
        return &w->ledger->destinations[i];
}

/* The selection has settled to these at SECONDS of the wall clock; NULL: none. */
static inline void world_settle_at(World *w, const char *ipv4, const char *ipv6, int64_t seconds)
{
        Selection s = {0};
        SettledChange change[FAMILY_COUNT];

        s.family[FAMILY_IPV4].address = ip(ipv4);
        s.family[FAMILY_IPV6].address = ip(ipv6);
        string_copy(s.family[FAMILY_IPV4].interface, IFNAMSIZ, ipv4 ? "eth0" : "");
        string_copy(s.family[FAMILY_IPV6].interface, IFNAMSIZ, ipv6 ? "eth0" : "");
        (void)ledger_settle(w->ledger, &s, (WallTime){.seconds = seconds}, change);
}

static inline void world_settle(World *w, const char *ipv4, const char *ipv6)
{
        world_settle_at(w, ipv4, ipv6, 1764000000);
}

/* What is ready now, NULL where nothing is. */
static inline Delivery *world_plan(World *w)
{
        Delivery *d = NULL;
        char left[32];

        (void)snprintf(left, sizeof(left), "session%u", ++w->sessions);
        PlanInput input = {
                .settings = w->settings,
                .host = "router",
                .message_id_left = left,
                .message_id_right = "example.com",
                .now = w->now,
                .wall = {.seconds = 1764000000},
        };
        assert_true(plan_delivery(w->ledger, &input, &d) >= 0);
        return d;
}

/* Commits transaction I for all its recipients. */
static inline void world_commit(World *w, Delivery *d, size_t i)
{
        uint8_t all[NOTICE_RECIPIENTS_MAX];
        size_t n = d->transactions[i].notice.n_recipients;

        for (size_t k = 0; k < n; k++)
                all[k] = (uint8_t)k;
        assert_true(delivery_may_commit(d, i, all, n, w->ledger, w->settings));
        assert_int_equal(delivery_commit(d, i, all, n, w->ledger, w->settings->unknown_wait, w->now), 0);
}

static inline Result result_of(Outcome o)
{
        return (Result){.outcome = o};
}

static inline bool world_close(World *w, Delivery *d, size_t i, Outcome o)
{
        Result r = result_of(o);

        return delivery_close(d, i, &r, w->ledger, (WallTime){.seconds = 1764000000}, w->now);
}

static inline Outcome world_end(World *w, Delivery *d, Outcome o)
{
        Result r = result_of(o);

        return delivery_end(d, &r, "digest", w->ledger, w->now);
}

static inline void world_refuse_login(World *w)
{
        Delivery *d = world_plan(w);

        assert_non_null(d);
        assert_int_equal(world_end(w, d, OUTCOME_LOGIN_REFUSED), OUTCOME_LOGIN_REFUSED);
        delivery_free(d);
}

/* All that is ready is delivered in one session. Returns the count of transactions. */
static inline size_t world_deliver(World *w)
{
        Delivery *d = world_plan(w);
        size_t n = d ? d->n_transactions : 0;

        for (size_t i = 0; i < n; i++) {
                world_commit(w, d, i);
                assert_true(world_close(w, d, i, OUTCOME_DELIVERED));
        }
        if (d)
                (void)world_end(w, d, OUTCOME_NONE);
        delivery_free(d);
        return n;
}

/* Two mails in one session, since one of the two destinations was told another address before. */
static inline Delivery *world_plan_two(World *w)
{
        w->settings->destinations[1].enabled = false;
        world_settle(w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(w), 1);
        w->settings->destinations[1].enabled = true;
        world_settle(w, "203.0.113.2", NULL);
        Delivery *d = world_plan(w);
        assert_int_equal(d->n_transactions, 2);
        return d;
}

/* A session that is cut between the go and the answer of its only transaction; returns its Message-ID. */
static inline void world_cut(World *w, char id[static MESSAGE_ID_MAX])
{
        Delivery *d = world_plan(w);

        assert_non_null(d);
        world_commit(w, d, 0);
        string_copy(id, MESSAGE_ID_MAX, d->transactions[0].notice.message_id);
        assert_true(world_close(w, d, 0, OUTCOME_UNKNOWN));
        assert_int_equal(world_end(w, d, OUTCOME_UNKNOWN), OUTCOME_NONE);
        delivery_free(d);
}

/* Writes the ledger and reads it again, as a restart in BOOT does. */
static inline void world_restart(World *w, const char *boot)
{
        _cleanup_text_ Text text = {0};
        Ledger *read;

        assert_int_equal(ledger_format(w->ledger, &text), 0);
        assert_int_equal(ledger_parse(text.data, text.size, &read), 0);
        ledger_free(w->ledger);
        w->ledger = read;
        ledger_start(w->ledger, boot, w->settings->unknown_wait, w->now);
        assert_int_equal(ledger_take_settings(w->ledger, w->settings), 0);
}
