/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

/* A line that changes too often for one mail each: limits.mails_per_hour. */

static World world_with_limit(unsigned mails_per_hour)
{
        World w = world_new(1);

        w.settings->mails_per_hour = mails_per_hour;
        return w;
}

static usec_t next_try(const World *w)
{
        return plan_next_try(w->ledger, w->settings, w->ledger->destinations[0].to);
}

static void a_full_hour_waits_for_its_end(void **state)
{
        World w = world_with_limit(2);
        usec_t begin = w.now;
        IpAddress d = ip("203.0.113.4");

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.now += 20 * USEC_PER_MIN;
        world_settle(&w, "203.0.113.2", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.now += 20 * USEC_PER_MIN;
        world_settle(&w, "203.0.113.3", NULL);
        world_settle(&w, "203.0.113.4", NULL);
        assert_null(world_plan(&w));
        assert_true(next_try(&w) == begin + USEC_PER_HOUR);
        assert_true(plan_deadline(w.ledger, w.settings) == begin + USEC_PER_HOUR);
        assert_int_equal(plan_share(w.ledger, w.settings, w.ledger->destinations).wait, WAIT_LIMITED);
        w.now = begin + USEC_PER_HOUR - 1;
        assert_null(world_plan(&w));

        /* One mail with what is true then, and what it has missed. */
        w.now++;
        Delivery *delivery = world_plan(&w);
        assert_int_equal(delivery->n_transactions, 1);
        assert_true(ip_address_equal(&delivery->transactions[0].notice.facts.new[FAMILY_IPV4], &d));
        assert_int_equal(delivery->transactions[0].notice.facts.past[FAMILY_IPV4].n_between, 1);
        delivery_free(delivery);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(w.ledger->destinations[0].hour.gos, 1);
        assert_true(w.ledger->destinations[0].hour.begin == w.now);
        world_done(&w);
}

static void back_at_the_told_address_nothing_is_owed(void **state)
{
        World w = world_with_limit(1);

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(next_try(&w) == USEC_INFINITY);
        world_done(&w);
}

static void a_new_boot_ends_it_and_little_else(void **state)
{
        World w = world_with_limit(1);
        usec_t end = w.now + USEC_PER_HOUR;

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.now += USEC_PER_MIN;
        world_settle(&w, "203.0.113.2", NULL);
        ledger_release(w.ledger, w.now);
        ledger_route_changed(w.ledger);
        assert_true(next_try(&w) == end);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.2", NULL);
        assert_true(next_try(&w) == end);

        /* A reload that allows more does so at once. */
        w.settings->mails_per_hour = 2;
        assert_true(next_try(&w) == 0);
        w.settings->mails_per_hour = 1;
        world_restart(&w, "boot-2");
        world_settle(&w, "203.0.113.2", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_done(&w);
}

/* The boot's name does not say that the clock began anew. */
static void an_hour_that_begins_ahead_is_another_boot_s(void **state)
{
        World w = world_with_limit(1);

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.now = USEC_PER_MIN;
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.2", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_done(&w);
}

/* A go counts whatever becomes of it, that of a mail which is sent again too: each may arrive. */
static void every_go_counts(void **state)
{
        World w = world_with_limit(2);
        usec_t end = w.now + USEC_PER_HOUR;
        char id[MESSAGE_ID_MAX], again[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now += WORLD_UNKNOWN_WAIT;
        world_cut(&w, again);
        assert_string_equal(id, again);
        world_settle(&w, "203.0.113.2", NULL);
        assert_true(next_try(&w) == end);
        w.now = end;

        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_int_equal(w.ledger->destinations[0].hour.gos, 1);
        world_done(&w);
}

/* A refusal at RCPT is no go, and each destination has its own hour. */
static void each_has_its_own_hour(void **state)
{
        World w = world_new(2);
        Result refused = {.outcome = OUTCOME_DESTINATION_TEMPORARY};
        const uint8_t first = 0;

        w.settings->mails_per_hour = 1;
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        assert_int_equal(delivery_commit(d, 0, &first, 1, w.ledger, WORLD_UNKNOWN_WAIT, w.now), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_int_equal(w.ledger->destinations[0].hour.gos, 1);
        assert_int_equal(w.ledger->destinations[1].hour.gos, 0);

        w.now += 2 * USEC_PER_MIN;
        world_settle(&w, "203.0.113.2", NULL);
        d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        assert_string_equal(d->transactions[0].notice.recipients[0], "to1@example.com");
        delivery_free(d);
        world_done(&w);
}

/* Once for each change that has to wait, and not where something else is what it waits for. */
static void that_it_waits_is_said_once(void **state)
{
        World w = world_with_limit(1);
        Backoff *b = &w.ledger->account.backoff;

        world_settle(&w, "203.0.113.1", NULL);
        assert_null(plan_take_limited(w.ledger, w.settings, w.now));
        assert_int_equal(world_deliver(&w), 1);
        assert_null(plan_take_limited(w.ledger, w.settings, w.now));
        for (unsigned i = 2; i < 4; i++) {
                world_settle(&w, i == 2 ? "203.0.113.2" : "203.0.113.3", NULL);
                assert_string_equal(plan_take_limited(w.ledger, w.settings, w.now), "to0@example.com");
                assert_null(plan_take_limited(w.ledger, w.settings, w.now));
        }
        world_settle(&w, "203.0.113.4", NULL);
        *b = (Backoff){.row = OUTCOME_SETTINGS, .last = w.now, .due = w.now + USEC_PER_DAY};
        assert_null(plan_take_limited(w.ledger, w.settings, w.now));
        backoff_clear(b);
        assert_null(plan_take_limited(w.ledger, w.settings, w.now + USEC_PER_HOUR));
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_hour_waits_for_its_end),
                cmocka_unit_test(back_at_the_told_address_nothing_is_owed),
                cmocka_unit_test(a_new_boot_ends_it_and_little_else),
                cmocka_unit_test(an_hour_that_begins_ahead_is_another_boot_s),
                cmocka_unit_test(every_go_counts),
                cmocka_unit_test(each_has_its_own_hour),
                cmocka_unit_test(that_it_waits_is_said_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
