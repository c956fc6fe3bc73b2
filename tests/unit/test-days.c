/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

/* Days on end, in which every timer rings when it is due and nothing else happens than what is said. */

/* No session gets anywhere until END. Returns how many tried. */
static unsigned fail_until(World *w, usec_t end, Outcome how)
{
        unsigned tries = 0;

        for (;;) {
                usec_t due = plan_deadline(w->ledger, w->settings);

                if (due > end)
                        break;
                w->now = MAX(w->now, due);

                Delivery *d = world_plan(w);
                assert_non_null(d);
                tries++;
                (void)world_end(w, d, how);
                delivery_free(d);
        }
        w->now = end;
        return tries;
}

/* Waits for what is due, and has it delivered: one mail, of OLD and NEW. Returns how long that took. */
static usec_t deliver_when_due(World *w, const char *old, const char *new)
{
        usec_t begin = w->now, due = plan_deadline(w->ledger, w->settings);
        IpAddress is_old = ip(old), is_new = ip(new);

        assert_true(due != USEC_INFINITY);
        w->now = MAX(w->now, due);

        Delivery *d = world_plan(w);
        assert_non_null(d);
        assert_int_equal(d->n_transactions, 1);
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &is_old));
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.new[FAMILY_IPV4], &is_new));
        world_commit(w, d, 0);
        assert_true(world_close(w, d, 0, OUTCOME_DELIVERED));
        (void)world_end(w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_true(plan_deadline(w->ledger, w->settings) == USEC_INFINITY);
        return w->now - begin;
}

/* The address changes each day. */
static void a_week_without_the_server_ends_in_one_mail(void **state)
{
        static const Outcome failures[] = {OUTCOME_NOT_REACHED, OUTCOME_TEMPORARY};

        for (size_t i = 0; i < ELEMENTSOF(failures); i++) {
                World w = world_new(1);
                unsigned tries = 0;
                char address[32];

                world_settle(&w, "192.0.2.1", NULL);
                assert_int_equal(world_deliver(&w), 1);
                for (unsigned day = 1; day <= 7; day++) {
                        (void)snprintf(address, sizeof(address), "203.0.113.%u", day);
                        world_settle(&w, address, NULL);
                        tries += fail_until(&w, w.now + USEC_PER_DAY, failures[i]);
                }
                /* Hourly, but for the first hour and what a change brings forward. */
                assert_in_range(tries, 7 * 24, 7 * 24 + 24);
                assert_true(deliver_when_due(&w, "192.0.2.1", "203.0.113.7") <= USEC_PER_HOUR);
                world_done(&w);
        }
}

static void a_week_without_a_line_ends_in_one_mail(void **state)
{
        World w = world_new(1);

        world_settle(&w, "192.0.2.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, NULL, NULL);
        assert_int_equal(fail_until(&w, w.now + 7 * USEC_PER_DAY, OUTCOME_NOT_REACHED), 0);
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(deliver_when_due(&w, "192.0.2.1", "203.0.113.1"), 0);
        world_done(&w);
}

/* The same address as before: nobody hears of it. */
static void a_week_without_a_line_can_end_in_none(void **state)
{
        World w = world_new(1);

        world_settle(&w, "192.0.2.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, NULL, NULL);
        w.now += 7 * USEC_PER_DAY;
        world_settle(&w, "192.0.2.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == USEC_INFINITY);
        world_done(&w);
}

/* As a laptop does: all that was due meanwhile is one try, when it wakes. */
static void a_week_of_sleep_ends_in_one_try(void **state)
{
        World w = world_new(1);

        world_settle(&w, "192.0.2.1", NULL);
        assert_true(fail_until(&w, w.now + USEC_PER_DAY, OUTCOME_NOT_REACHED) > 24);
        w.now += 7 * USEC_PER_DAY;
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        assert_int_equal(fail_until(&w, w.now, OUTCOME_NOT_REACHED), 1);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_week_without_the_server_ends_in_one_mail),
                cmocka_unit_test(a_week_without_a_line_ends_in_one_mail),
                cmocka_unit_test(a_week_without_a_line_can_end_in_none),
                cmocka_unit_test(a_week_of_sleep_ends_in_one_try),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
