/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

static Backoff *backoff_of(World *w, size_t i)
{
        return &w->ledger->destinations[i].backoff;
}

/* A session that ends in O before anything was committed. */
static void end_in(World *w, Outcome o)
{
        Delivery *d = world_plan(w);

        assert_non_null(d);
        (void)world_end(w, d, o);
        delivery_free(d);
}

/* Every RCPT of a session is refused with O. */
static void refuse(World *w, Outcome o)
{
        Result refused = result_of(o);
        Delivery *d = world_plan(w);

        assert_non_null(d);
        for (size_t i = 0; i < d->transactions[0].notice.n_recipients; i++)
                delivery_refuse(d, 0, i, &refused, w->ledger, w->now);
        assert_true(world_close(w, d, 0, o));
        (void)world_end(w, d, OUTCOME_NONE);
        delivery_free(d);
}

/* The change of IPv4 when the selection settles to ADDRESS. */
static SettledChange settle(World *w, const char *address)
{
        Selection s = {0};
        SettledChange change[FAMILY_COUNT];

        s.family[FAMILY_IPV4].address = ip(address);
        string_copy(s.family[FAMILY_IPV4].interface, IFNAMSIZ, address ? "eth0" : "");
        (void)ledger_settle(w->ledger, &s, (WallTime){.seconds = 1764000000}, change);
        return change[FAMILY_IPV4];
}

static void a_settled_change_brings_every_backoff_forward(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        end_in(&w, OUTCOME_SETTINGS);
        world_settle(&w, "203.0.113.1", NULL); /* no change */
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_DAY);
        world_settle(&w, "203.0.113.2", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);

        w.now += USEC_PER_MIN;
        refuse(&w, OUTCOME_DESTINATION_PERMANENT);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_DAY);
        world_settle(&w, "203.0.113.3", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void a_start_does_the_same(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        end_in(&w, OUTCOME_INSECURE);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        w.now += USEC_PER_MIN;
        refuse(&w, OUTCOME_DESTINATION_PERMANENT);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void another_route_brings_deferrals_of_both_clocks_forward(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        for (unsigned i = 0; i < 3; i++) {
                w.now += USEC_PER_DAY;
                refuse(&w, OUTCOME_DESTINATION_TEMPORARY);
        }
        assert_true(backoff_of(&w, 0)->due == w.now + 4 * USEC_PER_MIN);
        ledger_route_changed(w.ledger);
        assert_true(backoff_of(&w, 0)->due == w.now + USEC_PER_MIN);

        for (unsigned i = 0; i < 3; i++) {
                w.now += USEC_PER_DAY;
                end_in(&w, OUTCOME_NOT_REACHED);
        }
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + 20 * USEC_PER_SEC);
        ledger_route_changed(w.ledger);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + 5 * USEC_PER_SEC);

        w.now += USEC_PER_DAY;
        end_in(&w, OUTCOME_SETTINGS);
        ledger_route_changed(w.ledger);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_DAY);
        world_done(&w);
}

static void a_clock_that_is_set_brings_a_certificate_s_dates_forward(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        end_in(&w, OUTCOME_OUT_OF_DATE);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_HOUR);
        ledger_clock_set(w.ledger);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        w.now += USEC_PER_HOUR;
        end_in(&w, OUTCOME_INSECURE);
        ledger_clock_set(w.ledger);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_HOUR);
        world_done(&w);
}

static void a_new_boot_makes_backoffs_due_at_once(void **state)
{
        World w = world_new(1);

        w.now = 9 * USEC_PER_DAY;
        world_settle(&w, "203.0.113.1", NULL);
        refuse(&w, OUTCOME_DESTINATION_PERMANENT);
        w.ledger->account.backoff = (Backoff){
                .row = OUTCOME_SETTINGS, .delay = 1, .due = USEC_PER_DAY * 10, .last = w.now, .tries = 1};
        w.now = USEC_PER_SEC;
        world_restart(&w, "boot-2");
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        world_done(&w);
}

/* The wait begins anew, as long as the goes so far have made it. */
static void a_new_boot_begins_the_wait_of_an_unknown_mail_anew(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        w.now = 9 * USEC_PER_DAY;
        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now += WORLD_UNKNOWN_WAIT;
        world_cut(&w, id);
        w.now = USEC_PER_SEC;
        world_restart(&w, "boot-2");
        assert_true(w.ledger->mails[0].go == w.now);
        assert_true(w.ledger->mails[0].due == w.now + 2 * WORLD_UNKNOWN_WAIT);
        world_done(&w);
}

/* The boot's name is the same, as where it can't be read, and nothing but a mail without answer tells that
 * the clock began anew. */
static void a_go_that_lies_ahead_tells_of_a_new_boot(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        w.now = 9 * USEC_PER_DAY;
        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now = USEC_PER_SEC;
        world_restart(&w, "boot-1");
        assert_true(w.ledger->mails[0].due == w.now + WORLD_UNKNOWN_WAIT);
        world_done(&w);
}

static void a_disabled_destination_keeps_its_record(void **state)
{
        World w = world_new(2);

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.settings->destinations[1].enabled = false;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        w.settings->destinations[1].enabled = true;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_null(world_plan(&w));

        w.settings->n_destinations = 1; /* not listed: forgotten */
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        w.settings->n_destinations = 2;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        assert_string_equal(d->transactions[0].notice.recipients[0], "to1@example.com");
        delivery_free(d);
        world_done(&w);
}

static void what_went_is_named_when_it_returns(void **state)
{
        World w = world_new(1);
        IpAddress a = ip("203.0.113.1");
        SettledChange change = settle(&w, "203.0.113.1");

        assert_true(change.changed && !change.gone && !ip_address_is_set(&change.old));
        change = settle(&w, NULL);
        assert_true(change.changed && change.gone && ip_address_equal(&change.old, &a));
        world_restart(&w, "boot-1"); /* remembered while there is none */
        change = settle(&w, NULL);
        assert_false(change.changed);
        change = settle(&w, "203.0.113.2");
        assert_true(change.changed && !change.gone && ip_address_equal(&change.old, &a));
        assert_int_equal(w.ledger->addresses[FAMILY_IPV4].n_last, 1);
        world_done(&w);
}

static void a_time_of_none_lies_between_two_addresses(void **state)
{
        AddressRecord r = {.address = ip("203.0.113.3"),
                           .number = 3,
                           .returned = 3,
                           .gone.seconds = 50,
                           .since.seconds = 60,
                           .n_last = 2,
                           .last_since = {{20, 0}, {10, 0}}};

        assert_true(address_record_was_away(&r, 0) && !address_record_was_away(&r, 1));
        assert_int_equal(address_record_until(&r, 0).seconds, 50);
        assert_int_equal(address_record_until(&r, 1).seconds, 20);
        r.returned = 2; /* the one before the last came back */
        r.gone.seconds = 15;
        assert_true(!address_record_was_away(&r, 0) && address_record_was_away(&r, 1));
        assert_int_equal(address_record_until(&r, 0).seconds, 60);
        assert_int_equal(address_record_until(&r, 1).seconds, 15);
        r.address = (IpAddress){0}; /* and is gone again */
        r.number = 2;
        assert_true(!address_record_was_away(&r, 0) && address_record_was_away(&r, 1));
        r.returned = 0;
        assert_false(address_record_was_away(&r, 0) || address_record_was_away(&r, 1));
}

static void refuse_login(World *w)
{
        Delivery *d = world_plan(w);

        assert_non_null(d);
        assert_false(d->ask_hold);
        assert_int_equal(world_end(w, d, OUTCOME_LOGIN_REFUSED), OUTCOME_LOGIN_REFUSED);
        delivery_free(d);
        assert_null(world_plan(w));
}

static void settle_and_release(World *w, const char *ipv4)
{
        world_settle(w, ipv4, NULL);
        ledger_release_hold_by_address(w->ledger, w->now);
}

static void a_held_login_is_tried_once_from_a_new_public_address(void **state)
{
        World w = world_new(1);
        const Hold *hold = &w.ledger->account.hold;
        usec_t due;

        settle_and_release(&w, "203.0.113.1");
        assert_false(hold->active);
        refuse_login(&w);
        due = hold->due;
        settle_and_release(&w, "203.0.113.1");
        assert_null(world_plan(&w)); /* it was refused from there */
        settle_and_release(&w, "10.0.0.1");
        assert_null(world_plan(&w));
        settle_and_release(&w, "203.0.113.2");
        world_restart(&w, "boot-1");
        settle_and_release(&w, "203.0.113.2");
        hold = &w.ledger->account.hold;
        refuse_login(&w);
        assert_int_equal(hold->refusals, 1);
        assert_true(hold->due == due); /* the wait is no longer than it was */
        w.now = due;
        refuse_login(&w);
        assert_int_equal(hold->refusals, 2);
        world_restart(&w, "boot-1");
        settle_and_release(&w, "203.0.113.2");
        assert_true(w.ledger->account.hold.due > w.now); /* a start releases nothing */
        world_done(&w);
}

static void new_public_addresses_try_a_held_login_three_times_a_day(void **state)
{
        World w = world_new(1);
        char address[32];

        settle_and_release(&w, "203.0.113.1");
        refuse_login(&w);
        for (unsigned i = 1; i < 3; i++) {
                w.now = w.ledger->account.hold.due;
                refuse_login(&w);
        }
        for (unsigned i = 2; i < 5; i++) {
                (void)snprintf(address, sizeof(address), "203.0.113.%u", i);
                settle_and_release(&w, address);
                refuse_login(&w);
        }
        world_restart(&w, "boot-1");
        settle_and_release(&w, "203.0.113.9");
        assert_true(w.ledger->account.hold.due > w.now);
        w.now += USEC_PER_DAY - 1;
        settle_and_release(&w, "203.0.113.10");
        assert_true(w.ledger->account.hold.due > w.now);
        w.now++;
        settle_and_release(&w, "203.0.113.11");
        assert_true(w.ledger->account.hold.due == w.now);
        assert_int_equal(w.ledger->account.hold.releases, 1);

        world_restart(&w, "boot-2"); /* the day's count begins anew */
        assert_int_equal(w.ledger->account.hold.releases, 0);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_settled_change_brings_every_backoff_forward),
                cmocka_unit_test(a_start_does_the_same),
                cmocka_unit_test(another_route_brings_deferrals_of_both_clocks_forward),
                cmocka_unit_test(a_clock_that_is_set_brings_a_certificate_s_dates_forward),
                cmocka_unit_test(a_new_boot_makes_backoffs_due_at_once),
                cmocka_unit_test(a_new_boot_begins_the_wait_of_an_unknown_mail_anew),
                cmocka_unit_test(a_go_that_lies_ahead_tells_of_a_new_boot),
                cmocka_unit_test(a_disabled_destination_keeps_its_record),
                cmocka_unit_test(what_went_is_named_when_it_returns),
                cmocka_unit_test(a_time_of_none_lies_between_two_addresses),
                cmocka_unit_test(a_held_login_is_tried_once_from_a_new_public_address),
                cmocka_unit_test(new_public_addresses_try_a_held_login_three_times_a_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
