/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

static void told_is_what_was_accepted(void **state)
{
        World w = world_new(3);
        const uint8_t accepted[] = {0, 2};
        Result refused = {.outcome = OUTCOME_DESTINATION_PERMANENT, .step = STEP_RCPT, .code = 550};

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        assert_int_equal(delivery_commit(d, 0, accepted, 2, w.ledger, WORLD_UNKNOWN_WAIT, w.now), 0);
        assert_string_equal(world_destination(&w, 0)->sending, d->transactions[0].notice.message_id);
        assert_string_equal(world_destination(&w, 1)->sending, "");
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_true(world_destination(&w, 0)->told[FAMILY_IPV4].known);
        assert_false(world_destination(&w, 1)->told[FAMILY_IPV4].known);
        assert_int_equal(world_destination(&w, 0)->told_at.seconds, 1764000000);
        assert_int_equal(world_destination(&w, 1)->told_at.seconds, 0);
        assert_true(world_destination(&w, 2)->told[FAMILY_IPV4].known);
        assert_true(world_destination(&w, 2)->told[FAMILY_IPV6].known);
        assert_false(ip_address_is_set(&world_destination(&w, 2)->told[FAMILY_IPV6].address));
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);

        assert_null(world_plan(&w));
        assert_true(plan_deadline(w.ledger, w.settings) >= w.now + USEC_PER_DAY);
        world_done(&w);
}

static void delivered_without_a_go_is_nonsense(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_false(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_false(world_destination(&w, 0)->told[FAMILY_IPV4].known);
        assert_false(world_close(&w, d, 0, OUTCOME_UNKNOWN));
        assert_false(world_close(&w, d, 0, OUTCOME_STOPPED));    /* nobody said stop */
        assert_false(world_close(&w, d, 0, OUTCOME_STILL_HELD)); /* nobody asked */
        assert_false(delivery_is_closed(d));
        delivery_free(d);
        world_done(&w);
}

static void one_result_is_final(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        assert_false(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_false(world_destination(&w, 0)->told[FAMILY_IPV4].known);
        assert_true(delivery_is_closed(d));
        delivery_free(d);
        world_done(&w);
}

static void commit_stops_where_it_is_not_true_any_more(void **state)
{
        World w = world_new(2);
        const uint8_t first[] = {0}, second[] = {1}, both[] = {0, 1};

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_true(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        w.settings->destinations[0].enabled = false;
        assert_false(delivery_may_commit(d, 0, first, 1, w.ledger, w.settings));
        assert_true(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        w.settings->n_destinations = 1; /* the second has left them */
        assert_false(delivery_may_commit(d, 0, second, 1, w.ledger, w.settings));
        w.settings->n_destinations = 2;
        w.settings->mail.enabled = false;
        assert_false(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        w.settings->mail.enabled = true;
        world_settle(&w, "203.0.113.2", NULL);
        assert_false(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        world_settle(&w, NULL, NULL); /* a loss is no contradiction */
        assert_true(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        world_settle(&w, "203.0.113.1", "2001:db8::1"); /* a family that came is one */
        assert_false(delivery_may_commit(d, 0, both, 2, w.ledger, w.settings));
        delivery_free(d);
        world_done(&w);
}

static void refused_after_the_dot_is_not_unknown(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);
        assert_int_equal(w.ledger->n_mails, 0);
        assert_string_equal(world_destination(&w, 0)->sending, "");
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void refusing_the_retry_leaves_the_first_try_unknown(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_TEMPORARY));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_string_equal(world_destination(&w, 0)->sending, id);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        assert_int_equal(w.ledger->mails[0].goes, 1);
        world_done(&w);
}

static void dot_that_never_reached_the_socket_is_a_plain_failure(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_TEMPORARY));
        assert_int_equal(world_end(&w, d, OUTCOME_TEMPORARY), OUTCOME_TEMPORARY);
        delivery_free(d);
        assert_int_equal(w.ledger->n_mails, 0);
        assert_int_equal(w.ledger->account.backoff.row, OUTCOME_TEMPORARY);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void a_mailer_that_dies_after_the_go_leaves_it_unknown(void **state)
{
        World w = world_new(2);

        w.settings->destinations[1].enabled = false;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.settings->destinations[1].enabled = true;
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 2);
        world_commit(&w, d, 0);
        assert_int_equal(world_end(&w, d, OUTCOME_TEMPORARY), OUTCOME_TEMPORARY);
        assert_true(d->transactions[0].unknown);
        assert_true(d->transactions[1].undone);
        delivery_free(d);
        assert_int_equal(w.ledger->n_mails, 1);
        assert_true(plan_next_try(w.ledger, w.settings, "to0@example.com") == w.now + WORLD_UNKNOWN_WAIT);
        assert_true(plan_next_try(w.ledger, w.settings, "to1@example.com") == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void a_cut_alone_puts_nothing_on_the_account(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_int_equal(world_end(&w, d, OUTCOME_TEMPORARY), OUTCOME_NONE);
        assert_int_equal(w.ledger->account.backoff.row, OUTCOME_NONE);
        delivery_free(d);
        world_done(&w);
}

static void stop(World *w, Delivery *d, size_t i)
{
        const uint8_t first[] = {0};

        w->settings->mail.enabled = false;
        assert_false(delivery_may_commit(d, i, first, 1, w->ledger, w->settings));
        w->settings->mail.enabled = true;
        assert_true(world_close(w, d, i, OUTCOME_STOPPED));
}

static void behind_a_stop_the_next_session_comes_at_once(void **state)
{
        World w = world_new(2);
        Delivery *d = world_plan_two(&w);

        stop(&w, d, 0);
        assert_true(world_close(&w, d, 1, OUTCOME_NOT_BEGUN));
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_NONE);
        delivery_free(d);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        world_done(&w);
}

static void without_a_stop_what_was_not_begun_waits(void **state)
{
        World w = world_new(2);
        Delivery *d = world_plan_two(&w);

        world_commit(&w, d, 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        assert_true(world_close(&w, d, 1, OUTCOME_NOT_BEGUN));
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_TEMPORARY);
        delivery_free(d);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_MIN);
        world_done(&w);
}

static void behind_a_cut_a_stop_does_not_count(void **state)
{
        World w = world_new(3);

        w.settings->destinations[2].enabled = false;
        delivery_free(world_plan_two(&w));
        assert_int_equal(world_deliver(&w), 2);
        w.settings->destinations[2].enabled = true;
        w.ledger->destinations[1].told[FAMILY_IPV4].address = ip("203.0.113.9");
        world_settle(&w, "203.0.113.3", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 3);
        stop(&w, d, 0);
        world_commit(&w, d, 1);
        assert_int_equal(world_end(&w, d, OUTCOME_NONE), OUTCOME_TEMPORARY);
        delivery_free(d);
        world_done(&w);
}

static void a_refusal_counts_once(void **state)
{
        World w = world_new(2);
        Result refused = {.outcome = OUTCOME_DESTINATION_TEMPORARY, .step = STEP_RCPT, .code = 450};
        const uint8_t first[] = {0};

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        assert_int_equal(delivery_commit(d, 0, first, 1, w.ledger, WORLD_UNKNOWN_WAIT, w.now), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_PERMANENT));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        assert_int_equal(world_destination(&w, 1)->backoff.tries, 1);
        assert_int_equal(world_destination(&w, 1)->backoff.row, OUTCOME_DESTINATION_TEMPORARY);
        assert_int_equal(world_destination(&w, 0)->backoff.row, OUTCOME_DESTINATION_PERMANENT);
        assert_true(world_destination(&w, 0)->backoff.due == w.now + USEC_PER_DAY);

        w.now += USEC_PER_DAY;
        assert_int_equal(world_deliver(&w), 1); /* an accepted mail clears the destination's clock */
        assert_int_equal(world_destination(&w, 0)->backoff.row, OUTCOME_NONE);
        assert_int_equal(world_destination(&w, 1)->backoff.row, OUTCOME_NONE);
        world_done(&w);
}

static void a_refused_login_is_held(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        w.ledger->account.backoff.row = OUTCOME_SETTINGS;
        world_refuse_login(&w);
        assert_int_equal(w.ledger->account.backoff.row, OUTCOME_NONE);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_HOUR);
        world_settle(&w, "203.0.113.2", NULL); /* a new address releases nothing */
        assert_null(world_plan(&w));
        w.now += USEC_PER_HOUR;
        world_refuse_login(&w);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + 6 * USEC_PER_HOUR);
        w.now += 6 * USEC_PER_HOUR;
        world_refuse_login(&w);
        w.now += USEC_PER_DAY;
        world_refuse_login(&w);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_DAY);
        w.now += USEC_PER_DAY;
        assert_int_equal(world_deliver(&w), 1);
        assert_false(w.ledger->account.hold.active);
        world_done(&w);
}

static void a_start_asks_once_whether_the_credential_is_new(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        usec_t due = w.ledger->account.hold.due;

        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_true(d->ask_hold);
        assert_int_equal(world_end(&w, d, OUTCOME_STILL_HELD), OUTCOME_STILL_HELD);
        delivery_free(d);
        assert_null(world_plan(&w));
        assert_true(plan_deadline(w.ledger, w.settings) == due);

        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w); /* a new credential, refused too: begins again */
        assert_int_equal(w.ledger->account.hold.refusals, 1);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_HOUR);

        w.now += USEC_PER_HOUR; /* due: tried as it is */
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        d = world_plan(&w);
        assert_non_null(d);
        assert_false(d->ask_hold);
        delivery_free(d);
        world_done(&w);
}

static void a_new_boot_asks_and_waits_an_hour(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        w.now = USEC_PER_SEC;
        world_restart(&w, "boot-2");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_true(d->ask_hold);
        (void)world_end(&w, d, OUTCOME_STILL_HELD);
        delivery_free(d);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + USEC_PER_HOUR);
        world_done(&w);
}

static void a_reload_ends_a_hold_and_backoffs_but_not_unknown(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_refuse_login(&w);
        ledger_release(w.ledger, w.now);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_false(d->ask_hold);
        (void)world_end(&w, d, OUTCOME_SETTINGS);
        delivery_free(d);
        assert_null(world_plan(&w));
        ledger_release(w.ledger, w.now);
        world_cut(&w, id);
        ledger_release(w.ledger, w.now);
        assert_null(world_plan(&w));
        world_done(&w);
}

static void another_account_begins_anew(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        w.settings->mail.port = 465;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        (void)world_end(&w, d, OUTCOME_LOGIN_REFUSED); /* of the account before */
        delivery_free(d);
        assert_false(w.ledger->account.hold.active);
        assert_int_equal(world_deliver(&w), 1);
        world_done(&w);
}

static void pipelining_fails(World *w, uint64_t settings_digest)
{
        const Result failed = {.outcome = OUTCOME_TEMPORARY, .pipelining_failed = true};
        Delivery *d = world_plan(w);

        assert_non_null(d);
        d->settings_digest = settings_digest;
        (void)delivery_end(d, &failed, "", w->ledger, w->now);
        delivery_free(d);
}

static void pipelining_that_failed_means_care_until_a_reload(void **state)
{
        World w = world_new(1);
        const AccountRecord *account = &w.ledger->account;

        world_settle(&w, "203.0.113.1", NULL);
        pipelining_fails(&w, account->settings_digest + 1); /* of the account before */
        assert_false(account->careful);
        pipelining_fails(&w, account->settings_digest);
        assert_true(account->careful);
        w.now += USEC_PER_HOUR;
        assert_int_equal(world_deliver(&w), 1); /* a session that went well does not end it */
        assert_true(account->careful);
        ledger_release(w.ledger, w.now);
        assert_false(account->careful);

        world_settle(&w, "203.0.113.2", NULL);
        pipelining_fails(&w, account->settings_digest);
        w.settings->mail.port = 465; /* another server */
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_false(account->careful);
        pipelining_fails(&w, account->settings_digest);
        world_restart(&w, "boot-1"); /* nor is it kept */
        assert_false(w.ledger->account.careful);
        world_done(&w);
}

static void a_forgotten_destination_is_passed_over(void **state)
{
        World w = world_new(2);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        free(w.settings->destinations[1].to);
        w.settings->n_destinations = 1;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_true(world_close(&w, d, 0, OUTCOME_DELIVERED));
        delivery_free(d);
        assert_int_equal(w.ledger->n_destinations, 1);
        assert_true(world_destination(&w, 0)->told[FAMILY_IPV4].known);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(told_is_what_was_accepted),
                cmocka_unit_test(delivered_without_a_go_is_nonsense),
                cmocka_unit_test(one_result_is_final),
                cmocka_unit_test(commit_stops_where_it_is_not_true_any_more),
                cmocka_unit_test(refused_after_the_dot_is_not_unknown),
                cmocka_unit_test(refusing_the_retry_leaves_the_first_try_unknown),
                cmocka_unit_test(dot_that_never_reached_the_socket_is_a_plain_failure),
                cmocka_unit_test(a_mailer_that_dies_after_the_go_leaves_it_unknown),
                cmocka_unit_test(a_cut_alone_puts_nothing_on_the_account),
                cmocka_unit_test(behind_a_stop_the_next_session_comes_at_once),
                cmocka_unit_test(without_a_stop_what_was_not_begun_waits),
                cmocka_unit_test(behind_a_cut_a_stop_does_not_count),
                cmocka_unit_test(a_refusal_counts_once),
                cmocka_unit_test(a_refused_login_is_held),
                cmocka_unit_test(a_start_asks_once_whether_the_credential_is_new),
                cmocka_unit_test(a_new_boot_asks_and_waits_an_hour),
                cmocka_unit_test(a_reload_ends_a_hold_and_backoffs_but_not_unknown),
                cmocka_unit_test(another_account_begins_anew),
                cmocka_unit_test(pipelining_that_failed_means_care_until_a_reload),
                cmocka_unit_test(a_forgotten_destination_is_passed_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
