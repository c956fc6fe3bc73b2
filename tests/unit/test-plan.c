/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "mail/order.h"

static void nothing_is_owed_before_it_settled(void **state)
{
        World w = world_new(1);

        assert_null(world_plan(&w));
        assert_true(plan_deadline(w.ledger, w.settings) == USEC_INFINITY);
        world_done(&w);
}

static void first_start_mails_the_current_address(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) <= w.now);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_int_equal(d->n_transactions, 1);
        const Notice *n = &d->transactions[0].notice;
        assert_string_equal(n->message_id, "session1.1@example.com");
        assert_int_equal(n->n_recipients, 1);
        assert_false(ip_address_is_set(&n->facts.old[FAMILY_IPV4]));
        assert_string_equal(n->facts.interface[FAMILY_IPV4], "eth0");
        delivery_free(d);

        assert_int_equal(world_deliver(&w), 1);
        assert_null(world_plan(&w));
        world_done(&w);
}

static void a_change_names_the_told_address(void **state)
{
        World w = world_new(1);
        IpAddress a = ip("203.0.113.1"), b = ip("203.0.113.2");

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, NULL, NULL);
        assert_null(world_plan(&w));
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = world_plan(&w);
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &a));
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.new[FAMILY_IPV4], &b));
        delivery_free(d);
        world_done(&w);
}

static void there_and_back_owes_nothing(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        world_settle(&w, "203.0.113.1", NULL);
        assert_null(world_plan(&w));
        world_done(&w);
}

static void a_lost_family_owes_nothing_and_its_return_is_owed(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.1", NULL);
        assert_null(world_plan(&w));
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_null(world_plan(&w)); /* nobody was told that it had gone */

        world_settle(&w, "203.0.113.2", NULL);
        assert_int_equal(world_deliver(&w), 1); /* says "none now" */
        world_settle(&w, "203.0.113.2", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        world_done(&w);
}

static void switched_off_or_disabled_is_owed_nothing(void **state)
{
        World w = world_new(2);

        w.settings->destinations[0].enabled = false;
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        assert_string_equal(d->transactions[0].notice.recipients[0], "to1@example.com");
        delivery_free(d);
        w.settings->mail.enabled = false;
        assert_null(world_plan(&w));
        world_done(&w);
}

static void the_same_content_shares_a_transaction(void **state)
{
        World w = world_new(205);

        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 3);
        assert_int_equal(d->transactions[0].notice.n_recipients, 100);
        assert_int_equal(d->transactions[2].notice.n_recipients, 5);
        delivery_free(d);
        world_done(&w);
}

static void what_one_order_does_not_hold_comes_next(void **state)
{
        World w = world_new(3000);
        size_t transactions = 0, sessions = 0, n;

        world_settle(&w, "203.0.113.1", NULL);
        while ((n = world_deliver(&w)) > 0) {
                transactions += n;
                sessions++;
        }
        assert_true(sessions > 1);
        assert_true(transactions >= 30);
        for (size_t i = 0; i < w.ledger->n_destinations; i++)
                assert_true(w.ledger->destinations[i].told[FAMILY_IPV4].known);
        world_done(&w);
}

static void different_histories_are_different_mails(void **state)
{
        World w = world_new(2);

        w.settings->destinations[1].enabled = false;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.settings->destinations[1].enabled = true;
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 2);
        assert_string_not_equal(d->transactions[0].notice.message_id, d->transactions[1].notice.message_id);
        delivery_free(d);
        world_done(&w);
}

static void unknown_comes_again_under_its_message_id(void **state)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        assert_null(world_plan(&w));
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + WORLD_UNKNOWN_WAIT);

        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        assert_int_equal(d->transactions[0].notice.n_header_to, 2);
        delivery_free(d);

        char again[MESSAGE_ID_MAX];
        world_cut(&w, again);
        assert_string_equal(again, id);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + 2 * WORLD_UNKNOWN_WAIT);

        w.now += 2 * WORLD_UNKNOWN_WAIT;
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(w.ledger->n_mails, 0);
        assert_null(world_plan(&w));
        world_done(&w);
}

static void back_at_the_told_address_after_a_cut_is_owed_at_once(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];
        IpAddress b = ip("203.0.113.2");

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", "2001:db8::1");
        world_cut(&w, id);
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        const Facts *facts = &d->transactions[0].notice.facts;
        assert_string_not_equal(d->transactions[0].notice.message_id, id);
        assert_true(ip_address_equal(&facts->old[FAMILY_IPV4], &b));
        assert_true(ip_address_equal(&facts->old[FAMILY_IPV6], &facts->new[FAMILY_IPV6]));
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(w.ledger->n_mails, 0); /* nobody points to the cut one any more */
        w.now += 100 * USEC_PER_DAY;
        assert_null(world_plan(&w));
        world_done(&w);
}

/* Told A; B cut; C refused for good: the reader may still believe B. */
static void an_older_cut_is_not_forgotten(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];
        IpAddress b = ip("203.0.113.2");

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.3", NULL);
        Delivery *d = world_plan(&w);
        world_commit(&w, d, 0);
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0); /* a reload meanwhile */
        assert_true(world_close(&w, d, 0, OUTCOME_DESTINATION_PERMANENT));
        (void)world_end(&w, d, OUTCOME_NONE);
        delivery_free(d);
        world_restart(&w, "boot-1");
        w.now += USEC_PER_DAY;

        world_settle(&w, "203.0.113.2", NULL); /* back at B: the same mail again */
        d = world_plan(&w);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        delivery_free(d);
        world_settle(&w, "203.0.113.1", NULL); /* back at A: it takes B's place */
        d = world_plan(&w);
        assert_string_not_equal(d->transactions[0].notice.message_id, id);
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &b));
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(w.ledger->n_mails, 0);
        assert_null(world_plan(&w));
        world_done(&w);
}

static void an_emptied_settings_file_forgets_nobody(void **state)
{
        World w = world_new(1);
        size_t n = w.settings->n_destinations;

        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        w.settings->n_destinations = 0;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_null(world_plan(&w));
        w.settings->n_destinations = n;
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        assert_null(world_plan(&w));
        world_done(&w);
}

/* Whoever may have got nothing at all is told everything, though only one family changed since the cut. */
static void what_was_only_attempted_is_news(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_false(ip_address_is_set(&d->transactions[0].notice.facts.old[FAMILY_IPV4]));
        assert_false(ip_address_is_set(&d->transactions[0].notice.facts.old[FAMILY_IPV6]));
        delivery_free(d);
        world_done(&w);
}

/* Never told anything, but perhaps the first: that is what the reader may believe. */
static void what_was_attempted_is_old_where_nothing_was_told(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];
        IpAddress a = ip("203.0.113.1");

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_settle(&w, "203.0.113.2", NULL);
        Delivery *d = world_plan(&w);
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &a));
        delivery_free(d);
        world_done(&w);
}

/* There is no line to mail over. */
static void with_no_address_not_even_a_retry_is_owed(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_settle(&w, NULL, NULL);
        w.now += WORLD_UNKNOWN_WAIT;
        assert_null(world_plan(&w));
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        delivery_free(d);
        world_done(&w);
}

/* A retry says what it said; who was not in it gets a mail of his own, though it says the same. */
static void a_retry_takes_nobody_in(void **state)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];

        w.settings->destinations[1].enabled = false;
        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        w.now += WORLD_UNKNOWN_WAIT;
        w.settings->destinations[1].enabled = true;
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 2);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        delivery_free(d);
        world_done(&w);
}

static void the_newest_of_the_changes_is_told(void **state)
{
        World w = world_new(1);

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        w.ledger->addresses[FAMILY_IPV4].since.seconds = 2000;
        w.ledger->addresses[FAMILY_IPV6].since.seconds = 1000;
        Delivery *d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.facts.changed.seconds, 2000);
        delivery_free(d);
        w.ledger->addresses[FAMILY_IPV6].since.seconds = 3000;
        d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.facts.changed.seconds, 3000);
        delivery_free(d);
        w.ledger->addresses[FAMILY_IPV4].since.seconds = 3000;
        w.ledger->addresses[FAMILY_IPV6].since.utc_offset = 3600;
        d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.facts.changed.utc_offset, 3600);
        delivery_free(d);
        world_done(&w);
}

/* What has to be escaped takes three octets in an order, which holds so many less. */
static void escaped_octets_count(void **state)
{
        World w = world_new(600);
        _cleanup_text_ Text text = {0};
        char percent[61] = "";

        memset(percent, '%', sizeof(percent) - 1);
        for (size_t i = 0; i < w.settings->n_destinations; i++) {
                free(w.settings->destinations[i].to);
                assert_true(asprintf(&w.settings->destinations[i].to, "%s%zu@example.com", percent, i) > 0);
        }
        assert_int_equal(ledger_take_settings(w.ledger, w.settings), 0);
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        Order order = {.mail = w.settings->mail, .n_notices = d->n_transactions};
        order.notices = calloc(d->n_transactions, sizeof(Notice));
        assert_non_null(order.notices);
        for (size_t i = 0; i < d->n_transactions; i++)
                order.notices[i] = d->transactions[i].notice;
        assert_int_equal(order_format(&order, &text), 0);
        free(order.notices);
        delivery_free(d);
        world_done(&w);
}

static void an_unknown_mail_survives_a_restart_and_a_new_boot(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        assert_null(world_plan(&w));
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + WORLD_UNKNOWN_WAIT);

        w.now = 5 * USEC_PER_SEC;
        world_restart(&w, "boot-2");
        world_settle(&w, "203.0.113.1", NULL);
        assert_true(plan_deadline(w.ledger, w.settings) == w.now + WORLD_UNKNOWN_WAIT);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        delivery_free(d);
        world_done(&w);
}

static void share_is(const World *w, WaitReason wait, usec_t at)
{
        Share share = plan_share(w->ledger, w->settings, &w->ledger->destinations[0]);

        assert_int_equal(share.wait, wait);
        assert_true(share.at == at);
}

static void a_share_says_what_it_waits_for(void **state)
{
        World w = world_new(1);
        DestinationRecord *d = &w.ledger->destinations[0];
        AccountRecord *a = &w.ledger->account;
        char id[MESSAGE_ID_MAX];

        share_is(&w, WAIT_SETTLING, USEC_INFINITY);
        world_settle(&w, NULL, NULL);
        share_is(&w, WAIT_NO_ADDRESS, USEC_INFINITY);
        world_settle(&w, "203.0.113.1", NULL);
        share_is(&w, WAIT_READY, 0);
        w.settings->mail.enabled = false;
        share_is(&w, WAIT_MAIL_OFF, USEC_INFINITY);
        w.settings->destinations[0].enabled = false;
        share_is(&w, WAIT_DISABLED, USEC_INFINITY);
        w.settings->mail.enabled = w.settings->destinations[0].enabled = true;

        d->backoff = (Backoff){.row = OUTCOME_DESTINATION_TEMPORARY, .due = w.now + 2};
        share_is(&w, WAIT_DEFERRED, w.now + 2);
        a->backoff = (Backoff){.row = OUTCOME_INSECURE, .due = w.now + 3};
        share_is(&w, WAIT_FAILED, w.now + 3);
        a->hold = (Hold){.active = true, .due = w.now + 4};
        share_is(&w, WAIT_HELD, w.now + 4);
        a->hold.ask = true;
        share_is(&w, WAIT_FAILED, w.now + 3);

        a->hold.active = false;
        backoff_clear(&a->backoff);
        backoff_clear(&d->backoff);
        world_cut(&w, id);
        share_is(&w, WAIT_UNKNOWN, w.now + WORLD_UNKNOWN_WAIT);
        w.now += WORLD_UNKNOWN_WAIT;
        assert_int_equal(world_deliver(&w), 1);
        share_is(&w, WAIT_NOTHING, USEC_INFINITY);

        w.settings->mails_per_hour = d->hour.gos;
        world_settle(&w, "203.0.113.2", NULL);
        share_is(&w, WAIT_LIMITED, d->hour.begin + USEC_PER_HOUR);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_is_owed_before_it_settled),
                cmocka_unit_test(first_start_mails_the_current_address),
                cmocka_unit_test(a_change_names_the_told_address),
                cmocka_unit_test(there_and_back_owes_nothing),
                cmocka_unit_test(a_lost_family_owes_nothing_and_its_return_is_owed),
                cmocka_unit_test(switched_off_or_disabled_is_owed_nothing),
                cmocka_unit_test(the_same_content_shares_a_transaction),
                cmocka_unit_test(what_one_order_does_not_hold_comes_next),
                cmocka_unit_test(different_histories_are_different_mails),
                cmocka_unit_test(unknown_comes_again_under_its_message_id),
                cmocka_unit_test(back_at_the_told_address_after_a_cut_is_owed_at_once),
                cmocka_unit_test(an_older_cut_is_not_forgotten),
                cmocka_unit_test(an_emptied_settings_file_forgets_nobody),
                cmocka_unit_test(what_was_only_attempted_is_news),
                cmocka_unit_test(what_was_attempted_is_old_where_nothing_was_told),
                cmocka_unit_test(with_no_address_not_even_a_retry_is_owed),
                cmocka_unit_test(a_retry_takes_nobody_in),
                cmocka_unit_test(the_newest_of_the_changes_is_told),
                cmocka_unit_test(escaped_octets_count),
                cmocka_unit_test(an_unknown_mail_survives_a_restart_and_a_new_boot),
                cmocka_unit_test(a_share_says_what_it_waits_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
