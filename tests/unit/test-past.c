/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "decide/notice-text.h"

/* What the next mail says of IPv4's past; everything is delivered then. */
static Past told_past(World *w)
{
        Delivery *d = world_plan(w);
        Past p;

        assert_non_null(d);
        p = d->transactions[0].notice.facts.past[FAMILY_IPV4];
        delivery_free(d);
        (void)world_deliver(w);
        return p;
}

static void assert_last(const Past *p, size_t i, const char *address, int64_t since)
{
        IpAddress expected = ip(address);

        assert_true(i < p->n_last);
        assert_true(ip_address_equal(&p->last[i], &expected));
        assert_int_equal(p->last_since[i].seconds, since);
}

static void what_came_between_is_told(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        p = told_past(&w);
        assert_int_equal(p.n_last, 0);
        assert_int_equal(p.n_between, 0);
        world_settle_at(&w, "203.0.113.2", NULL, 2000);
        world_settle_at(&w, "203.0.113.3", NULL, 3000);
        world_settle_at(&w, "203.0.113.4", NULL, 4000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 2);
        assert_last(&p, 0, "203.0.113.3", 3000);
        assert_last(&p, 1, "203.0.113.2", 2000);
        assert_last(&p, 2, "203.0.113.1", 1000);
        assert_false(p.away);

        world_settle_at(&w, "203.0.113.5", NULL, 5000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 0);
        assert_last(&p, 0, "203.0.113.4", 4000);
        world_done(&w);
}

static void more_than_are_known_are_counted(void **state)
{
        World w = world_new(1);
        char address[32];
        Past p;

        for (unsigned i = 1; i <= 10; i++) {
                (void)snprintf(address, sizeof(address), "203.0.113.%u", i);
                world_settle_at(&w, address, NULL, 1000 * i);
                if (i == 1)
                        (void)world_deliver(&w);
        }
        p = told_past(&w);
        assert_int_equal(p.n_last, PAST_ADDRESSES_MAX);
        assert_int_equal(p.n_between, 8);
        world_done(&w);
}

/* The told address again: nothing is owed for it, and what was between is told with the next news. */
static void a_way_and_back_is_told(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        (void)world_deliver(&w);
        world_settle_at(&w, "203.0.113.2", NULL, 2000);
        world_settle_at(&w, "203.0.113.1", NULL, 3000);
        assert_null(world_plan(&w));
        world_settle_at(&w, "203.0.113.1", "2001:db8::1", 4000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 1);
        assert_last(&p, 0, "203.0.113.2", 2000);
        world_done(&w);
}

static void how_long_it_was_gone_is_told_once(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        (void)world_deliver(&w);
        world_settle_at(&w, NULL, NULL, 2000);
        world_settle_at(&w, "203.0.113.2", NULL, 2000 + 11520);
        world_settle_at(&w, "203.0.113.3", NULL, 20000);
        world_restart(&w, "boot-1");
        world_settle_at(&w, "203.0.113.3", NULL, 30000);
        p = told_past(&w);
        assert_true(p.away);
        assert_int_equal(p.gone.seconds, 2000);
        assert_int_equal(p.back.seconds, 2000 + 11520);
        assert_int_equal(past_seconds_away(&p), 11520);
        assert_int_equal(p.n_between, 1);
        assert_last(&p, 0, "203.0.113.2", 2000 + 11520);

        world_settle_at(&w, "203.0.113.4", NULL, 40000);
        p = told_past(&w);
        assert_false(p.away);
        world_done(&w);
}

static void what_is_gone_still_is_told(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", "2001:db8::1", 1000);
        (void)world_deliver(&w);
        world_settle_at(&w, NULL, "2001:db8::1", 2000);
        world_settle_at(&w, NULL, "2001:db8::2", 3000);
        p = told_past(&w);
        assert_true(p.away);
        assert_int_equal(p.gone.seconds, 2000);
        assert_int_equal(past_seconds_away(&p), 0);
        assert_int_equal(p.n_between, 0);

        /* It was told, and that it is back is news. */
        world_settle_at(&w, "203.0.113.1", "2001:db8::2", 4000);
        p = told_past(&w);
        assert_true(p.away);
        assert_int_equal(p.back.seconds, 4000);
        world_done(&w);
}

static void a_clock_that_was_set_back_makes_no_negative_time(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 5000);
        (void)world_deliver(&w);
        world_settle_at(&w, NULL, NULL, 6000);
        world_settle_at(&w, "203.0.113.2", NULL, 100);
        p = told_past(&w);
        assert_true(p.away);
        assert_int_equal(past_seconds_away(&p), -1);
        world_done(&w);
}

/* Without a clock chip it begins in 1970, and is set when the line is back. */
static void a_clock_that_was_set_first_makes_no_decades(void **state)
{
        const int64_t now = 1800000000;
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, now);
        (void)world_deliver(&w);
        world_settle_at(&w, NULL, NULL, 40);
        world_settle_at(&w, "203.0.113.2", NULL, now + 600);
        p = told_past(&w);
        assert_true(p.away);
        assert_int_equal(past_seconds_away(&p), -1);

        /* Both by the one clock. */
        world_settle_at(&w, NULL, NULL, now + 700);
        world_settle_at(&w, "203.0.113.3", NULL, now + 800);
        p = told_past(&w);
        assert_int_equal(past_seconds_away(&p), 100);
        world_done(&w);
}

/* Nobody who was told nothing is told what he missed. */
static void the_first_mail_tells_of_no_past(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        world_settle_at(&w, NULL, NULL, 2000);
        world_settle_at(&w, "203.0.113.2", NULL, 3000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 0);
        assert_false(p.away);
        world_done(&w);
}

/* The same old address and the same new one: what is between them makes it another mail. */
static void another_past_is_another_mail(void **state)
{
        World w = world_new(2);

        w.settings->destinations[1].enabled = false;
        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        assert_int_equal(world_deliver(&w), 1);
        world_settle_at(&w, "203.0.113.2", NULL, 2000);
        world_settle_at(&w, "203.0.113.1", NULL, 3000);
        w.settings->destinations[1].enabled = true;
        assert_int_equal(world_deliver(&w), 1);
        world_settle_at(&w, "203.0.113.3", NULL, 4000);
        assert_int_equal(world_deliver(&w), 2);
        world_settle_at(&w, "203.0.113.4", NULL, 5000);
        assert_int_equal(world_deliver(&w), 1);
        world_done(&w);
}

static void write_fields(const Notice *n, Text *ret)
{
        record_begin(ret, "notice");
        notice_write_fields(ret, n);
        record_end(ret);
}

/* After a restart, and whatever was there before. */
static void a_mail_without_an_answer_keeps_its_past(void **state)
{
        World w = world_new(1);
        _cleanup_text_ Text first = {0}, again = {0};
        char id[MESSAGE_ID_MAX];

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        (void)world_deliver(&w);
        world_settle_at(&w, "203.0.113.2", "2001:db8::2", 2000);
        world_settle_at(&w, NULL, NULL, 3000);
        world_settle_at(&w, "203.0.113.3", "2001:db8::3", 4000);
        world_cut(&w, id);
        write_fields(&ledger_mail(w.ledger, id)->notice, &first);
        assert_non_null(strstr(first.data, " between-ipv4=1 gone-ipv4="));
        world_settle_at(&w, "203.0.113.4", "2001:db8::4", 5000);
        world_settle_at(&w, "203.0.113.3", "2001:db8::3", 6000);
        world_restart(&w, "boot-1");
        world_settle_at(&w, "203.0.113.3", "2001:db8::3", 7000);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        write_fields(&d->transactions[0].notice, &again);
        assert_string_equal(first.data, again.data);
        delivery_free(d);

        /* Told of the third, it does not know of the fourth. */
        (void)world_deliver(&w);
        world_settle_at(&w, "203.0.113.5", "2001:db8::3", 8000);
        Past p = told_past(&w);
        assert_int_equal(p.n_between, 2);
        assert_last(&p, 1, "203.0.113.4", 5000);
        world_done(&w);
}

/* What has gone counts with those that came between, and what there never was has not gone. */
static void what_never_was_has_no_past(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, NULL, "2001:db8::1", 1000);
        p = told_past(&w);
        assert_int_equal(p.n_last, 0);
        assert_false(p.away);
        world_settle_at(&w, "203.0.113.1", "2001:db8::1", 2000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 0);
        assert_false(p.away);

        world_settle_at(&w, "203.0.113.2", "2001:db8::1", 3000);
        world_settle_at(&w, NULL, "2001:db8::2", 4000);
        p = told_past(&w);
        assert_int_equal(p.n_between, 1);
        assert_true(p.away);
        world_done(&w);
}

/* Told of the address with which it came back: with the next one that is no news any more. */
static void a_return_that_was_told_is_past(void **state)
{
        World w = world_new(1);
        Past p;

        world_settle_at(&w, "203.0.113.1", NULL, 1000);
        (void)world_deliver(&w);
        world_settle_at(&w, NULL, NULL, 2000);
        world_settle_at(&w, "203.0.113.2", NULL, 3000);
        p = told_past(&w);
        assert_true(p.away);
        world_settle_at(&w, "203.0.113.3", NULL, 4000);
        p = told_past(&w);
        assert_false(p.away);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_came_between_is_told),
                cmocka_unit_test(more_than_are_known_are_counted),
                cmocka_unit_test(a_way_and_back_is_told),
                cmocka_unit_test(how_long_it_was_gone_is_told_once),
                cmocka_unit_test(what_is_gone_still_is_told),
                cmocka_unit_test(a_clock_that_was_set_back_makes_no_negative_time),
                cmocka_unit_test(a_clock_that_was_set_first_makes_no_decades),
                cmocka_unit_test(the_first_mail_tells_of_no_past),
                cmocka_unit_test(another_past_is_another_mail),
                cmocka_unit_test(a_mail_without_an_answer_keeps_its_past),
                cmocka_unit_test(what_never_was_has_no_past),
                cmocka_unit_test(a_return_that_was_told_is_past),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
