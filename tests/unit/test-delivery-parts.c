/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What becomes of one recipient, or of one mail of a session, beside the others; and of who has left the
 * settings meanwhile. */

#include "decide-world.h"

/* The destinations but the first N leave settings and ledger. */
static void leave(World *w, size_t n)
{
        for (size_t i = n; i < w->settings->n_destinations; i++)
                free(w->settings->destinations[i].to);
        w->settings->n_destinations = n;
        assert_int_equal(ledger_take_settings(w->ledger, w->settings), 0);
}

static void who_has_left_is_passed_over(void **state)
{
        World w = world_new(3);
        const Result refused = result_of(OUTCOME_DESTINATION_PERMANENT);
        const uint8_t accepted[] = {0, 1};

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        leave(&w, 1);
        delivery_refuse(d, 0, 2, &refused, w.ledger, w.now);
        assert_int_equal(delivery_commit(d, 0, accepted, 2, w.ledger, WORLD_UNKNOWN_WAIT, w.now), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_int_equal(w.ledger->n_mails, 0);
        assert_true(world_destination(&w, 0)->told[FAMILY_IPV4].known);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);
        world_done(&w);
}

static void a_mail_whose_reader_has_left_is_forgotten(void **state)
{
        World w = world_new(2);

        w.settings->destinations[0].enabled = false;
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        leave(&w, 1);
        ledger_sweep_mails(w.ledger);
        assert_int_equal(w.ledger->n_mails, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        assert_int_equal(world_destination(&w, 0)->backoff.row, OUTCOME_NONE);
        delivery_free(d);
        world_done(&w);
}

/* As many as one mail has room for. */
static void a_go_that_came_to_nothing_is_taken_back_of_all(void **state)
{
        World w = world_new(NOTICE_RECIPIENTS_MAX);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.n_recipients, NOTICE_RECIPIENTS_MAX);
        world_commit(&w, d, 0);
        assert_int_equal(w.ledger->n_mails, 1);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        assert_int_equal(w.ledger->n_mails, 0);
        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++) {
                assert_string_equal(world_destination(&w, i)->sending, "");
                assert_int_equal(world_destination(&w, i)->backoff.row, OUTCOME_DESTINATION_TEMPORARY);
        }
        delivery_free(d);
        world_done(&w);
}

static void what_is_delivered_is_forgotten_at_once(void **state)
{
        World w = world_new(NOTICE_RECIPIENTS_MAX);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_int_equal(w.ledger->n_mails, 0);
        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++)
                assert_true(world_destination(&w, i)->told[FAMILY_IPV4].known);
        delivery_free(d);
        world_done(&w);
}

static void only_its_own_refusals_put_a_destination_off(void **state)
{
        World w = world_new(1);
        const Result temporary = result_of(OUTCOME_TEMPORARY),
                     refused = result_of(OUTCOME_DESTINATION_TEMPORARY);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 0, &temporary, w.ledger, w.now);
        assert_int_equal(world_destination(&w, 0)->backoff.row, OUTCOME_NONE);
        delivery_free(d);

        d = world_plan(&w);
        assert_true(world_close(&w, d, 0, OUTCOME_TEMPORARY));
        assert_true(d->transactions[0].undone);
        delivery_refuse(d, 0, 0, &refused, w.ledger, w.now); /* too late */
        assert_int_equal(world_destination(&w, 0)->backoff.row, OUTCOME_NONE);
        delivery_free(d);
        world_done(&w);
}

static void each_mail_is_closed_by_itself(void **state)
{
        World w = world_new(2);
        Delivery *d = world_plan_two(&w);

        assert_false(delivery_is_closed(d));
        assert_true(world_close(&w, d, 0, OUTCOME_LOGIN_REFUSED));
        assert_true(d->transactions[0].undone);
        assert_false(delivery_is_closed(d));
        assert_true(world_close(&w, d, 1, OUTCOME_NOT_BEGUN));
        assert_true(d->transactions[1].undone);
        assert_true(delivery_is_closed(d));
        delivery_free(d);
        world_done(&w);
}

static void what_is_closed_is_not_superseded(void **state)
{
        World w = world_new(2);
        const uint8_t first[] = {0};
        Delivery *d = world_plan_two(&w);

        w.settings->mail.enabled = false;
        assert_false(delivery_may_commit(d, 0, first, 1, w.ledger, w.settings));
        assert_true(world_close(&w, d, 0, OUTCOME_STOPPED));
        assert_true(world_close(&w, d, 1, OUTCOME_NOT_BEGUN));
        delivery_supersede(d);
        assert_true(d->transactions[0].stopped);
        assert_false(d->transactions[1].stopped);
        delivery_free(d);
        world_done(&w);
}

/* At the very time that the hold would have ended by itself, the next one is as long as it would have been.
 */
static void a_hold_that_an_address_released_ends_when_it_would_have(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        usec_t due = w.ledger->account.hold.due;

        world_settle(&w, "203.0.113.2", NULL);
        w.ledger->addresses[FAMILY_IPV4].address = ip("1.1.1.1");
        ledger_release_hold_by_address(w.ledger, w.now);
        assert_true(w.ledger->account.hold.held_until == due);
        w.now = due;
        world_refuse_login(&w);
        assert_int_equal(w.ledger->account.hold.refusals, 2);
        assert_true(w.ledger->account.hold.held_until == 0);
        assert_string_equal(w.ledger->account.hold.digest, "digest");
        assert_true(w.ledger->account.hold.due == due + 6 * USEC_PER_HOUR);
        world_done(&w);
}

/* An address comes while a new credential is tried: refused too, that is held for as long as a first one. */
static void a_new_credential_is_not_held_as_the_old_one_was(void **state)
{
        World w = world_new(1);
        const Hold *hold;

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        w.now += USEC_PER_MIN;
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_true(d->ask_hold);
        world_settle(&w, "203.0.113.2", NULL);
        ledger_release_hold_by_address(w.ledger, w.now);
        hold = &w.ledger->account.hold;
        assert_true(hold->held_until > w.now);
        assert_int_equal(world_end(&w, d, OUTCOME_LOGIN_REFUSED), OUTCOME_LOGIN_REFUSED);
        assert_int_equal(hold->refusals, 1);
        assert_true(hold->due == w.now + USEC_PER_HOUR);
        delivery_free(d);
        world_done(&w);
}

static void a_hold_that_stands_closes_what_asked(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_true(d->ask_hold);
        assert_true(world_close(&w, d, 0, OUTCOME_STILL_HELD));
        assert_true(d->transactions[0].undone);
        usec_t due = w.ledger->account.hold.due;
        w.now += USEC_PER_MIN;
        assert_int_equal(world_end(&w, d, OUTCOME_STILL_HELD), OUTCOME_STILL_HELD);
        assert_true(w.ledger->account.hold.due == due);
        delivery_free(d);
        world_done(&w);
}

static void a_failure_behind_the_last_mail_is_the_account_s(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_int_equal(world_end(&w, d, OUTCOME_TEMPORARY), OUTCOME_TEMPORARY);
        assert_false(d->transactions[0].unknown);
        assert_int_equal(w.ledger->account.backoff.row, OUTCOME_TEMPORARY);
        delivery_free(d);

        world_settle(&w, "203.0.113.2", NULL);
        w.now += USEC_PER_MIN;
        assert_int_equal(world_deliver(&w), 1); /* a session that went well ends it */
        assert_int_equal(w.ledger->account.backoff.row, OUTCOME_NONE);
        world_done(&w);
}

static void what_the_first_mail_left_undone_counts_behind_the_second(void **state)
{
        World w = world_new(2);
        Delivery *d = world_plan_two(&w);

        assert_true(world_close(&w, d, 0, OUTCOME_NOT_BEGUN));
        world_commit(&w, d, 1);
        assert_true(world_close(&w, d, 1, OUTCOME_DELIVERED));
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_TEMPORARY);
        delivery_free(d);
        world_done(&w);
}

/* Whether a superseded session, of two mails that END does something to, ends what the account waited for.
 */
static bool is_heard(void (*end)(World *w, Delivery *d))
{
        World w = world_new(2);
        Delivery *d = world_plan_two(&w);
        bool heard;

        w.ledger->account.backoff.row = OUTCOME_TEMPORARY;
        end(&w, d);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        heard = w.ledger->account.backoff.row == OUTCOME_NONE;
        delivery_free(d);
        world_done(&w);
        return heard;
}

static void supersede(World *w, Delivery *d)
{
        delivery_supersede(d);
}

static void commit_the_first(World *w, Delivery *d)
{
        world_commit(w, d, 0);
        delivery_supersede(d);
}

static void close_the_first(World *w, Delivery *d)
{
        assert_true(world_close(w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        delivery_supersede(d);
}

/* The mailer ends at a no, and closes nothing. */
static void stop_both(World *w, Delivery *d)
{
        const uint8_t first[] = {0};

        w->settings->mail.enabled = false;
        for (size_t i = 0; i < 2; i++)
                assert_false(delivery_may_commit(d, i, first, 1, w->ledger, w->settings));
}

static void a_superseded_session_counts_where_the_server_was_heard(void **state)
{
        assert_false(is_heard(supersede));
        assert_true(is_heard(commit_the_first));
        assert_true(is_heard(close_the_first));
        assert_true(is_heard(stop_both));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_has_left_is_passed_over),
                cmocka_unit_test(a_mail_whose_reader_has_left_is_forgotten),
                cmocka_unit_test(a_go_that_came_to_nothing_is_taken_back_of_all),
                cmocka_unit_test(what_is_delivered_is_forgotten_at_once),
                cmocka_unit_test(only_its_own_refusals_put_a_destination_off),
                cmocka_unit_test(each_mail_is_closed_by_itself),
                cmocka_unit_test(what_is_closed_is_not_superseded),
                cmocka_unit_test(a_hold_that_an_address_released_ends_when_it_would_have),
                cmocka_unit_test(a_new_credential_is_not_held_as_the_old_one_was),
                cmocka_unit_test(a_hold_that_stands_closes_what_asked),
                cmocka_unit_test(a_failure_behind_the_last_mail_is_the_account_s),
                cmocka_unit_test(what_the_first_mail_left_undone_counts_behind_the_second),
                cmocka_unit_test(a_superseded_session_counts_where_the_server_was_heard),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
