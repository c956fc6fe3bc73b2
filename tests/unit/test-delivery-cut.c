/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

/* Told A; the mail for B was cut behind its dot, so that the reader may believe B; back at A a mail for A is
 * owed and tried, and comes to nothing for certain. A is still owed: the cut mail is as unknown as before.
 */
static void cut_then_failed_for_certain(Outcome how)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, how));
        (void)world_end(&w, d, outcome_clock(how) == CLOCK_ACCOUNT ? how : OUTCOME_NONE);
        delivery_free(d);
        assert_true(plan_deadline(w.ledger, w.settings) != USEC_INFINITY);
        world_done(&w);
}

static void a_cut_mail_stays_unknown_where_the_next_is_refused_at_the_dot(void **state)
{
        cut_then_failed_for_certain(OUTCOME_DESTINATION_TEMPORARY);
}

static void a_cut_mail_stays_unknown_where_the_next_is_cut_in_the_body(void **state)
{
        cut_then_failed_for_certain(OUTCOME_TEMPORARY);
}

/* A mailer that lies may not have sessions at once, again and again. */
static void a_transaction_without_an_outcome_is_put_off(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_false(world_close(&w, d, 0, OUTCOME_NONE));
        (void)world_end(&w, d, OUTCOME_NONE);
        assert_true(plan_deadline(w.ledger, w.settings) > w.now);
        delivery_free(d);
        world_done(&w);
}

static void a_committed_transaction_without_an_outcome_is_put_off(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_false(world_close(&w, d, 0, OUTCOME_NONE));
        (void)world_end(&w, d, OUTCOME_NONE);
        assert_true(plan_deadline(w.ledger, w.settings) > w.now);
        delivery_free(d);
        world_done(&w);
}

static void still_held_without_a_question_is_put_off(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_false(d->ask_hold);
        assert_true(world_close(&w, d, 0, OUTCOME_NOT_BEGUN));
        (void)world_end(&w, d, OUTCOME_STILL_HELD);
        assert_true(plan_deadline(w.ledger, w.settings) > w.now);
        delivery_free(d);
        world_done(&w);
}

/* Of the retry of an unknown mail one is accepted and delivered, the other refused for now: his next try
 * lies on his own clock, not on a go that did not include him. */
static void a_go_without_him_does_not_make_him_wait(void **state)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];
        Result refused = {.outcome = OUTCOME_DESTINATION_TEMPORARY, .step = STEP_RCPT, .code = 450};
        const uint8_t first[] = {0};

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        assert_int_equal(delivery_commit(d, 0, first, 1, w.ledger, WORLD_UNKNOWN_WAIT, w.now), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_int_equal(w.ledger->mails[0].goes, 1);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now + 2 * USEC_PER_MIN);
        world_done(&w);
}

/* Of two cut mails the destination points to the later one; the earlier one is no more. */
static void of_two_cut_mails_the_later_is_kept(void **state)
{
        World w = world_new(1);
        char first[MESSAGE_ID_MAX], second[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, first);
        w.now += USEC_PER_SEC;
        world_settle(&w, "203.0.113.2", NULL);
        world_cut(&w, second);
        assert_int_equal(w.ledger->n_mails, 1);
        assert_string_equal(w.ledger->mails[0].notice.message_id, second);
        assert_true(w.ledger->mails[0].go == w.now);
        world_done(&w);
}

/* Forgotten and listed again while the mail was under way: it begins anew, and gets no old pointer back. */
static void a_destination_that_begins_anew_points_to_nothing(void **state)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        w.settings->n_destinations = 1;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        w.settings->n_destinations = 2;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_TEMPORARY));
        (void)world_end(&w, d, OUTCOME_TEMPORARY);
        delivery_free(d);
        assert_string_equal(w.ledger->destinations[0].sending, id);
        assert_string_equal(w.ledger->destinations[1].sending, "");
        world_done(&w);
}

static Delivery *planned(World *w)
{
        Delivery *d = world_plan(w);

        assert_non_null(d);
        return d;
}

/* The session's own address went before the go: nothing is put off, and another mail tells the new one. */
static void superseded_before_the_go_is_owed_at_once(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = planned(&w);
        world_settle(&w, "203.0.113.3", NULL);
        delivery_supersede(d);
        assert_true(d->transactions[0].stopped);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        assert_false(d->transactions[0].undone || d->transactions[0].unknown);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        Delivery *next = planned(&w);
        assert_string_not_equal(next->transactions[0].notice.message_id,
                                d->transactions[0].notice.message_id);
        assert_true(ip_address_equal(&next->transactions[0].notice.facts.old[FAMILY_IPV4],
                                     &w.ledger->destinations[0].told[FAMILY_IPV4].address));
        delivery_free(next);
        delivery_free(d);
        world_done(&w);
}

/* The server was not asked: what it said the last time stands. */
static void superseded_before_anything_was_heard_changes_no_clock(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = planned(&w);
        assert_int_equal(world_end(&w, d, OUTCOME_LOGIN_REFUSED), OUTCOME_LOGIN_REFUSED);
        delivery_free(d);
        const Hold before = w.ledger->account.hold;
        w.now = before.due;
        d = planned(&w);
        delivery_supersede(d);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);
        assert_true(w.ledger->account.hold.active);
        assert_int_equal(w.ledger->account.hold.refusals, before.refusals);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        world_done(&w);
}

/* The mailer had the answer to the login when its address went. */
static void a_refused_login_counts_all_the_same(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = planned(&w);
        delivery_supersede(d);
        assert_int_equal(world_end(&w, d, OUTCOME_LOGIN_REFUSED), OUTCOME_LOGIN_REFUSED);
        delivery_free(d);
        assert_true(w.ledger->account.hold.active);
        assert_true(plan_deadline(w.ledger, w.settings) >= w.now + USEC_PER_HOUR);
        world_done(&w);
}

/* Behind the go the mail is unknown: another address is owed at once, the same one under its Message-ID. */
static void superseded_behind_the_go_is_unknown(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = planned(&w);
        world_commit(&w, d, 0);
        world_settle(&w, "203.0.113.2", NULL);
        delivery_supersede(d);
        assert_false(d->transactions[0].stopped);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        assert_true(d->transactions[0].unknown);
        Delivery *other = planned(&w);
        assert_string_not_equal(other->transactions[0].notice.message_id,
                                d->transactions[0].notice.message_id);
        delivery_free(other);
        world_settle(&w, "203.0.113.1", NULL);
        assert_null(world_plan(&w));
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *again = planned(&w);
        assert_string_equal(again->transactions[0].notice.message_id, d->transactions[0].notice.message_id);
        delivery_free(again);
        delivery_free(d);
        world_done(&w);
}

/* What has its result keeps it. */
static void superseded_between_two_mails_loses_neither(void **state)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        string_copy(w.ledger->destinations[1].sending, MESSAGE_ID_MAX, "");
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = planned(&w);
        assert_int_equal(d->n_transactions, 2);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        world_settle(&w, "203.0.113.2", NULL);
        delivery_supersede(d);
        assert_true(!d->transactions[0].stopped && d->transactions[1].stopped);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);
        assert_true(w.ledger->destinations[0].told[FAMILY_IPV4].known);
        assert_false(w.ledger->destinations[1].told[FAMILY_IPV4].known);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        world_done(&w);
}

static void a_session_is_outdated_by_any_other_selection(void **state)
{
        static const struct {
                const char *ipv4, *ipv6;
                bool outdated;
        } cases[] = {
                {"203.0.113.1", "2001:db8::1", false}, {"203.0.113.2", "2001:db8::1", true},
                {"203.0.113.1", "2001:db8::2", true},  {"203.0.113.1", NULL, true},
                {NULL, "2001:db8::1", true},           {NULL, NULL, true},
        };
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        Delivery *d = planned(&w);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                world_settle(&w, cases[i].ipv4, cases[i].ipv6);
                assert_int_equal(delivery_is_outdated(d, w.ledger), cases[i].outdated);
        }
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_true(delivery_is_outdated(d, w.ledger));
        delivery_free(d);
        world_done(&w);
}

/* Of the same boot id, as where it can't be read ("unknown"), no wait may be longer than its row allows. */
static void a_clock_that_begins_anew_does_not_withhold(void **state)
{
        World w = world_new(1);

        w.now = 300 * USEC_PER_DAY;
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        (void)world_end(&w, d, OUTCOME_TEMPORARY);
        delivery_free(d);
        w.now = USEC_PER_MIN;
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now + USEC_PER_DAY + USEC_PER_DAY / 2);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_cut_mail_stays_unknown_where_the_next_is_refused_at_the_dot),
                cmocka_unit_test(a_cut_mail_stays_unknown_where_the_next_is_cut_in_the_body),
                cmocka_unit_test(a_transaction_without_an_outcome_is_put_off),
                cmocka_unit_test(a_committed_transaction_without_an_outcome_is_put_off),
                cmocka_unit_test(still_held_without_a_question_is_put_off),
                cmocka_unit_test(a_go_without_him_does_not_make_him_wait),
                cmocka_unit_test(of_two_cut_mails_the_later_is_kept),
                cmocka_unit_test(a_destination_that_begins_anew_points_to_nothing),
                cmocka_unit_test(superseded_before_the_go_is_owed_at_once),
                cmocka_unit_test(superseded_before_anything_was_heard_changes_no_clock),
                cmocka_unit_test(a_refused_login_counts_all_the_same),
                cmocka_unit_test(superseded_behind_the_go_is_unknown),
                cmocka_unit_test(superseded_between_two_mails_loses_neither),
                cmocka_unit_test(a_session_is_outdated_by_any_other_selection),
                cmocka_unit_test(a_clock_that_begins_anew_does_not_withhold),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
