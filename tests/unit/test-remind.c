/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/remind.h"

#include "decide-world.h"

/* destinations[].remind: what was told is told again after so many days of the wall clock. */

#define TOLD 1764000000 /* when a mail of this world is accepted */
#define DAY  86400

static World world_that_was_told(unsigned days)
{
        World w = world_new(1);

        w.settings->destinations[0].remind_days = days;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        return w;
}

static DestinationRecord *reader(const World *w)
{
        return &w->ledger->destinations[0];
}

/* The wall clock says SECONDS. Returns when the next reminder is. */
static int64_t remind_at(World *w, int64_t seconds)
{
        int64_t next;

        (void)ledger_remind(w->ledger, w->settings, (WallTime){.seconds = seconds}, &next);
        return next;
}

static bool is_owed_at(World *w, int64_t seconds)
{
        (void)remind_at(w, seconds);
        return plan_share(w->ledger, w->settings, reader(w)).owed;
}

static void after_its_days_it_is_owed(void **state)
{
        World w = world_that_was_told(7);

        assert_int_equal(remind_at(&w, TOLD), TOLD + 7 * DAY);
        assert_false(is_owed_at(&w, TOLD + 7 * DAY - 1));
        assert_true(plan_deadline(w.ledger, w.settings) == USEC_INFINITY);
        assert_int_equal(remind_at(&w, TOLD + 7 * DAY), REMIND_NEVER);
        Share share = plan_share(w.ledger, w.settings, reader(&w));
        assert_true(share.owed && share.reminder && share.at == 0 && !share.again);

        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 1);
        const Facts *facts = &d->transactions[0].notice.facts;
        assert_true(facts->still);
        assert_true(ip_address_equal(&facts->new[FAMILY_IPV4], &facts->old[FAMILY_IPV4]));
        delivery_free(d);

        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(world_deliver(&w), 0);
        assert_false(is_owed_at(&w, TOLD + 7 * DAY - 1)); /* this world accepts each mail at TOLD */
        world_done(&w);
}

static void by_default_never(void **state)
{
        World w = world_that_was_told(0);

        assert_int_equal(remind_at(&w, TOLD + 4000 * (int64_t)DAY), REMIND_NEVER);
        assert_int_equal(world_deliver(&w), 0);

        /* A reload that ends it ends what was owed. */
        w.settings->destinations[0].remind_days = 1;
        assert_true(is_owed_at(&w, TOLD + DAY));
        w.settings->destinations[0].remind_days = 0;
        assert_false(is_owed_at(&w, TOLD + DAY));
        world_done(&w);
}

static void whoever_was_told_nothing_is_not_reminded(void **state)
{
        World w = world_new(1);

        w.settings->destinations[0].remind_days = 1;
        w.settings->destinations[0].family[FAMILY_IPV4] = false;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(remind_at(&w, TOLD), REMIND_NEVER);
        assert_false(is_owed_at(&w, TOLD + 2 * DAY));
        world_done(&w);
}

static void news_say_nothing_of_still(void **state)
{
        World w = world_that_was_told(1);
        IpAddress old = ip("203.0.113.1");

        (void)remind_at(&w, TOLD + DAY);
        world_settle(&w, "203.0.113.2", NULL);
        assert_false(plan_share(w.ledger, w.settings, reader(&w)).reminder);
        Delivery *d = world_plan(&w);
        assert_false(d->transactions[0].notice.facts.still);
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &old));
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(world_deliver(&w), 0); /* one mail for both reasons */
        world_done(&w);
}

/* Nor does one whose reader may believe another address. */
static void a_mail_without_answer_is_no_reminder(void **state)
{
        World w = world_that_was_told(1);
        char id[MESSAGE_ID_MAX];

        world_settle(&w, "203.0.113.2", NULL);
        world_cut(&w, id);
        (void)remind_at(&w, TOLD + DAY);
        assert_false(plan_share(w.ledger, w.settings, reader(&w)).reminder);
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_false(d->transactions[0].notice.facts.still);
        delivery_free(d);
        world_done(&w);
}

static void a_reminder_without_answer_says_the_same_again(void **state)
{
        World w = world_that_was_told(1);
        char id[MESSAGE_ID_MAX];

        (void)remind_at(&w, TOLD + DAY);
        world_cut(&w, id);
        assert_int_equal(world_deliver(&w), 0);
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        assert_true(d->transactions[0].notice.facts.still);
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(world_deliver(&w), 0);
        world_done(&w);
}

static void it_waits_as_any_mail(void **state)
{
        World w = world_that_was_told(1);
        Settings *s = w.settings;

        (void)remind_at(&w, TOLD + DAY);
        s->mails_per_hour = 1;
        assert_int_equal(plan_share(w.ledger, s, reader(&w)).wait, WAIT_LIMITED);
        s->mails_per_hour = 2;
        w.ledger->account.hold = (Hold){.active = true, .due = w.now + 1};
        assert_int_equal(plan_share(w.ledger, s, reader(&w)).wait, WAIT_HELD);
        w.ledger->account.hold = (Hold){0};
        s->destinations[0].enabled = false;
        assert_int_equal(plan_share(w.ledger, s, reader(&w)).wait, WAIT_DISABLED);
        s->destinations[0].enabled = true;
        assert_int_equal(plan_share(w.ledger, s, reader(&w)).wait, WAIT_READY);
        world_settle(&w, NULL, NULL);
        assert_int_equal(plan_share(w.ledger, s, reader(&w)).wait, WAIT_NO_ADDRESS);
        world_done(&w);
}

static void a_clock_that_went_back_silences_nobody(void **state)
{
        World w = world_that_was_told(1);
        int64_t back = TOLD - 300 * (int64_t)DAY;
        int64_t next;

        assert_true(ledger_remind(w.ledger, w.settings, (WallTime){.seconds = back}, &next));
        assert_int_equal(next, back + DAY);
        world_restart(&w, "boot-2"); /* the days go on */
        world_settle(&w, "203.0.113.1", NULL);
        assert_false(ledger_remind(w.ledger, w.settings, (WallTime){.seconds = back + DAY / 2}, &next));
        assert_int_equal(next, back + DAY);
        assert_true(is_owed_at(&w, back + DAY));

        /* There and back again it is one mail, and none while it is owed but not due any more. */
        assert_false(is_owed_at(&w, back - 1));
        assert_true(is_owed_at(&w, TOLD));
        assert_int_equal(world_deliver(&w), 1);
        assert_false(is_owed_at(&w, TOLD + DAY - 1));
        assert_true(is_owed_at(&w, TOLD + DAY));
        world_done(&w);
}

static void a_clock_that_is_not_set_reminds_nobody(void **state)
{
        World w = world_that_was_told(1);

        assert_true(is_owed_at(&w, TOLD + DAY));
        assert_int_equal(remind_at(&w, 30 * 366 * (int64_t)DAY), REMIND_NEVER);
        assert_false(is_owed_at(&w, 30 * 366 * (int64_t)DAY));

        /* What was told by such a clock counts from when it is set. */
        reader(&w)->told_at.seconds = 60;
        assert_false(is_owed_at(&w, TOLD));
        assert_int_equal(remind_at(&w, TOLD + 10), TOLD + DAY);
        world_done(&w);
}

static void each_has_its_own_days(void **state)
{
        World w = world_new(3);

        w.settings->destinations[0].remind_days = 3;
        w.settings->destinations[2].remind_days = 2;
        world_settle(&w, "203.0.113.1", NULL);
        assert_int_equal(world_deliver(&w), 1);
        assert_int_equal(remind_at(&w, TOLD), TOLD + 2 * DAY);
        assert_int_equal(remind_at(&w, TOLD + 2 * DAY), TOLD + 3 * DAY);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        assert_string_equal(d->transactions[0].notice.recipients[0], "to2@example.com");
        delivery_free(d);
        world_done(&w);
}

/* The first of three counts its days anew, the second does not, the third has left the settings. */
static void each_is_looked_at(void **state)
{
        World w = world_new(3);
        int64_t next;

        world_settle(&w, NULL, "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        for (size_t i = 0; i < 3; i++) {
                w.settings->destinations[i].remind_days = 7;
                w.ledger->destinations[i].told[FAMILY_IPV4] = (Told){0}; /* by a mail of IPv6 alone */
        }
        w.ledger->destinations[0].told_at.seconds = TOLD + 100 * DAY;
        w.settings->n_destinations = 2;
        assert_true(ledger_remind(w.ledger, w.settings, (WallTime){.seconds = TOLD + DAY}, &next));
        assert_int_equal(next, TOLD + 7 * DAY);
        assert_int_equal(reader(&w)->remind_from.seconds, TOLD + DAY);
        assert_int_equal(w.ledger->destinations[1].remind_from.seconds, 0);
        assert_false(ledger_remind(w.ledger, w.settings, (WallTime){.seconds = TOLD + DAY}, &next));
        w.settings->n_destinations = 3;
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(after_its_days_it_is_owed),
                cmocka_unit_test(by_default_never),
                cmocka_unit_test(whoever_was_told_nothing_is_not_reminded),
                cmocka_unit_test(news_say_nothing_of_still),
                cmocka_unit_test(a_mail_without_answer_is_no_reminder),
                cmocka_unit_test(a_reminder_without_answer_says_the_same_again),
                cmocka_unit_test(it_waits_as_any_mail),
                cmocka_unit_test(a_clock_that_went_back_silences_nobody),
                cmocka_unit_test(a_clock_that_is_not_set_reminds_nobody),
                cmocka_unit_test(each_has_its_own_days),
                cmocka_unit_test(each_is_looked_at),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
