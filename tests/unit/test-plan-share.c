/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One destination's share where something is missing: an address, its settings, what it was told. */

#include "decide-world.h"

static Share share_of(const World *w, size_t i)
{
        return plan_share(w->ledger, w->settings, &w->ledger->destinations[i]);
}

static void what_was_not_told_is_owed_whatever_stands_there(void **state)
{
        World w = world_new(1);
        DestinationRecord *d = &w.ledger->destinations[0];

        world_settle(&w, "203.0.113.1", NULL);
        d->told[FAMILY_IPV4] = (Told){.known = false, .address = ip("203.0.113.1")};
        assert_true(share_of(&w, 0).owed);
        d->told[FAMILY_IPV4].known = true;
        assert_false(share_of(&w, 0).owed);
        world_done(&w);
}

static void without_an_address_nothing_is_owed_not_even_again(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        assert_non_null(share_of(&w, 0).again);
        world_settle(&w, NULL, NULL);
        Share share = share_of(&w, 0);
        assert_false(share.owed);
        assert_null(share.again);
        assert_int_equal(share.wait, WAIT_NO_ADDRESS);
        world_done(&w);
}

/* Since this start nothing has settled: what stands in the ledger may be no more. */
static void before_anything_settles_nothing_is_owed(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_restart(&w, "boot-1");
        w.ledger->destinations[0].reminder = true;
        Share share = share_of(&w, 0);
        assert_false(share.owed || share.reminder);
        assert_null(share.again);
        assert_int_equal(share.wait, WAIT_SETTLING);
        world_done(&w);
}

static void whom_the_settings_do_not_know_gets_nothing(void **state)
{
        World w = world_new(2);

        world_settle(&w, "203.0.113.1", NULL);
        w.settings->n_destinations = 1;
        assert_int_equal(share_of(&w, 0).wait, WAIT_READY);
        assert_int_equal(share_of(&w, 1).wait, WAIT_DISABLED);
        assert_true(plan_next_try(w.ledger, w.settings, "to0@example.com") == 0);
        assert_true(plan_next_try(w.ledger, w.settings, "nobody@example.com") == USEC_INFINITY);
        w.settings->n_destinations = 2;
        world_done(&w);
}

/* Whom a full hour holds back is named once each, the last too. */
static void each_that_is_limited_is_named(void **state)
{
        World w = world_new(3);

        w.settings->mails_per_hour = 1;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        assert_string_equal(plan_take_limited(w.ledger, w.settings, w.now), "to0@example.com");
        assert_string_equal(plan_take_limited(w.ledger, w.settings, w.now), "to1@example.com");
        assert_string_equal(plan_take_limited(w.ledger, w.settings, w.now), "to2@example.com");
        assert_null(plan_take_limited(w.ledger, w.settings, w.now));
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_not_told_is_owed_whatever_stands_there),
                cmocka_unit_test(without_an_address_nothing_is_owed_not_even_again),
                cmocka_unit_test(before_anything_settles_nothing_is_owed),
                cmocka_unit_test(whom_the_settings_do_not_know_gets_nothing),
                cmocka_unit_test(each_that_is_limited_is_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
