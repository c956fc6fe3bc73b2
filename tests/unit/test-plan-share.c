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

        w = world_new(1);
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_restart(&w, "boot-1");
        w.ledger->destinations[0].reminder = true;
        share = share_of(&w, 0);
        assert_false(share.owed || share.reminder);
        world_done(&w);
}

/* Whom only IPv6 concerns is not reminded of IPv4. */
static void who_was_told_nothing_of_it_is_not_reminded(void **state)
{
        World w = world_new(1);
        DestinationRecord *d = &w.ledger->destinations[0];

        w.settings->destinations[0].family[FAMILY_IPV4] = false;
        world_settle(&w, "203.0.113.1", NULL);
        d->reminder = true;
        assert_false(share_of(&w, 0).owed || share_of(&w, 0).reminder);
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        d->reminder = true;
        assert_true(share_of(&w, 0).owed && share_of(&w, 0).reminder);
        world_done(&w);
}

static Facts planned_facts(World *w)
{
        Delivery *d = world_plan(w);
        Facts facts;

        assert_non_null(d);
        facts = d->transactions[0].notice.facts;
        delivery_free(d);
        return facts;
}

/* In either family; what has gone says nothing against it. */
static void a_reminder_is_of_what_was_told(void **state)
{
        World w = world_new(1);
        DestinationRecord *d = &w.ledger->destinations[0];

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        d->reminder = true;
        assert_true(planned_facts(&w).still);
        world_settle(&w, "203.0.113.1", "2001:db8::2");
        assert_false(planned_facts(&w).still);
        world_settle(&w, "203.0.113.2", "2001:db8::1");
        assert_false(planned_facts(&w).still);
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(planned_facts(&w).still);
        d->reminder = false;
        world_settle(&w, "203.0.113.2", NULL);
        assert_false(planned_facts(&w).still);
        world_done(&w);
}

/* The ledger keeps where a family was last; a mail that says "none now" doesn't. */
static void what_has_gone_is_nowhere(void **state)
{
        World w = world_new(1);
        AddressRecord *r = w.ledger->addresses;

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        r[FAMILY_IPV4].origin.source = r[FAMILY_IPV6].origin.source = SOURCE_FILE;
        Facts facts = planned_facts(&w);
        assert_int_equal(facts.origin[FAMILY_IPV4].source, SOURCE_FILE);
        assert_string_equal(facts.interface[FAMILY_IPV6], "eth0");
        world_settle_at(&w, "203.0.113.1", NULL, 1764000009);
        facts = planned_facts(&w);
        assert_string_equal(facts.interface[FAMILY_IPV4], "eth0");
        assert_string_equal(facts.interface[FAMILY_IPV6], "");
        assert_int_equal(facts.origin[FAMILY_IPV6].source, SOURCE_INTERFACE);
        assert_int_equal(facts.changed.seconds, 1764000000); /* when what there is came */
        world_done(&w);
}

/* Told A, and perhaps B: of C the mail says that A was before, which the reader knows for sure. */
static void what_was_told_is_older_than_what_was_attempted(void **state)
{
        World w = world_new(1);
        IpAddress told = ip("203.0.113.1");
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.3", NULL);
        Facts facts = planned_facts(&w);
        assert_true(ip_address_equal(&facts.old[FAMILY_IPV4], &told));
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

/* What every session of the plan carries besides its mails. */
static void a_session_carries_what_it_was_given(void **state)
{
        World w = world_new(2);
        _cleanup_(delivery_freep) Delivery *d = NULL;
        const PlanInput input = {.settings = w.settings,
                                 .host = "router",
                                 .message_id_left = "left",
                                 .message_id_right = "right",
                                 .random = 77,
                                 .wall = {.seconds = 1764000001, .utc_offset = 3600},
                                 .now = w.now};

        assert_int_equal(plan_delivery(w.ledger, &input, &d), 0);
        assert_null(d);
        w.settings->destinations[1].language = LANGUAGE_JA;
        w.ledger->account.settings_digest = 99;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(plan_delivery(w.ledger, &input, &d), 1);
        assert_int_equal(d->random, 77);
        assert_int_equal(d->settings_digest, 99);
        assert_false(d->ask_hold || d->superseded);
        assert_int_equal(d->n_transactions, 2);
        for (size_t i = 0; i < 2; i++) {
                const Notice *n = &d->transactions[i].notice;

                assert_string_equal(n->message_id, i == 0 ? "left.1@right" : "left.2@right");
                assert_true(n->date.seconds == 1764000001 && n->date.utc_offset == 3600);
                assert_string_equal(n->facts.host, "router");
                assert_int_equal(n->n_header_to, 0);
        }
        world_done(&w);
}

/* The mailer is asked whether the credential is still the refused one while it is held, and not behind that.
 */
static void a_held_login_is_asked_about_while_it_is_held(void **state)
{
        static const struct {
                bool active, ask;
                usec_t left;
                bool asks;
        } cases[] = {
                {true, true, 1, true},
                {true, true, 0, false},
                {true, false, 0, false},
                {false, true, 1, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                World w = world_new(1);

                world_settle(&w, "203.0.113.1", NULL);
                w.ledger->account.hold = (Hold){
                        .active = cases[i].active, .ask = cases[i].ask, .due = w.now + cases[i].left};
                Delivery *d = world_plan(&w);
                assert_non_null(d);
                assert_int_equal(d->ask_hold, cases[i].asks);
                delivery_free(d);
                world_done(&w);
        }
}

/* A ledger that was lost in part may have an address and no numbers: nothing is made up. */
static void what_the_ledger_has_lost_did_not_come_between(void **state)
{
        World w = world_new(1);
        AddressRecord *r = &w.ledger->addresses[FAMILY_IPV4];
        DestinationRecord *d = &w.ledger->destinations[0];
        const Told told = {true, ip("203.0.113.1"), 0};

        world_settle(&w, "203.0.113.2", NULL);
        d->told[FAMILY_IPV4] = told;
        r->number = 0;
        Delivery *delivery = world_plan(&w);
        assert_true(delivery->transactions[0].notice.facts.past[FAMILY_IPV4].n_between == 0);
        delivery_free(delivery);
        d->told[FAMILY_IPV4].number = 9; /* told of one that the ledger does not know */
        delivery = world_plan(&w);
        assert_true(delivery->transactions[0].notice.facts.past[FAMILY_IPV4].n_between == 0);
        delivery_free(delivery);
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
                cmocka_unit_test(a_session_carries_what_it_was_given),
                cmocka_unit_test(a_held_login_is_asked_about_while_it_is_held),
                cmocka_unit_test(what_the_ledger_has_lost_did_not_come_between),
                cmocka_unit_test(who_was_told_nothing_of_it_is_not_reminded),
                cmocka_unit_test(a_reminder_is_of_what_was_told),
                cmocka_unit_test(what_has_gone_is_nowhere),
                cmocka_unit_test(what_was_told_is_older_than_what_was_attempted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
