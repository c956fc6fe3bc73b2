/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/netlink-dump.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const Link eth0 = {.ifindex = 2, .name = "eth0", .up = true};
static const Link eth1 = {.ifindex = 3, .name = "eth1", .up = true};

typedef struct Scene {
        Network *network;
        Dump dump;
        usec_t now;
} Scene;

static int set_up(void **state)
{
        Scene *s = calloc(1, sizeof(*s));

        assert_non_null(s);
        assert_int_equal(network_new(&s->network), 0);
        s->now = USEC_PER_HOUR;
        *state = s;
        return 0;
}

static int tear_down(void **state)
{
        Scene *s = *state;

        network_free(s->network);
        free(s);
        return 0;
}

static bool next(Scene *s, NetworkTable *ret)
{
        uint32_t sequence, before = s->dump.sequence;
        bool r = dump_next(&s->dump, s->now, ret, &sequence);

        if (r)
                assert_int_equal(sequence, before + 1);
        return r;
}

static void expect_next(Scene *s, NetworkTable expected)
{
        NetworkTable table;

        assert_true(next(s, &table));
        assert_int_equal(table, expected);
}

static void expect_nothing(Scene *s)
{
        NetworkTable table;

        assert_false(next(s, &table));
}

static void message(Scene *s, uint16_t flags)
{
        struct nlmsghdr m = {.nlmsg_flags = NLM_F_MULTI | flags};

        dump_message(&s->dump, s->network, &m, s->now);
}

static size_t answer(Scene *s, uint16_t flags)
{
        message(s, flags);
        return dump_done(&s->dump, s->network, s->now);
}

static void read_all(Scene *s)
{
        dump_request(&s->dump, DUMP_ALL);
        for (NetworkTable t = 0; t < TABLE_COUNT; t++) {
                expect_next(s, t);
                (void)answer(s, 0);
        }
        assert_true(dump_is_complete(&s->dump));
}

static void test_one_table_after_the_other(void **state)
{
        Scene *s = *state;

        expect_nothing(s);
        assert_true(dump_deadline(&s->dump) == USEC_INFINITY);
        dump_request(&s->dump, DUMP_ALL);
        expect_next(s, TABLE_LINKS);
        expect_nothing(s);
        (void)answer(s, 0);
        assert_false(dump_is_complete(&s->dump));
        expect_next(s, TABLE_ADDRESSES);
        (void)answer(s, 0);
        expect_next(s, TABLE_ROUTES);
        (void)answer(s, 0);
        assert_true(dump_is_complete(&s->dump));
        expect_nothing(s);
        assert_true(dump_deadline(&s->dump) == USEC_INFINITY);
}

/* What was put before the first message of the answer is older than the answer. */
static void test_generation_begins_at_the_answer(void **state)
{
        Scene *s = *state;

        dump_request(&s->dump, 1U << TABLE_LINKS);
        expect_next(s, TABLE_LINKS);
        assert_int_equal(network_put_link(s->network, &eth0), 1);
        message(s, 0);
        assert_int_equal(network_put_link(s->network, &eth1), 1);
        assert_int_equal(dump_done(&s->dump, s->network, s->now), 1);
        assert_null(network_link(s->network, 2));
        assert_non_null(network_link(s->network, 3));
}

static void test_interrupted_never_sweeps(void **state)
{
        Scene *s = *state;
        usec_t delay = 10 * USEC_PER_MSEC;

        assert_int_equal(network_put_link(s->network, &eth0), 1);
        dump_request(&s->dump, 1U << TABLE_LINKS);
        for (unsigned i = 0; i < 20; i++) {
                expect_next(s, TABLE_LINKS);
                message(s, i % 2 ? NLM_F_DUMP_INTR : 0);
                message(s, i % 2 ? 0 : NLM_F_DUMP_INTR);
                assert_int_equal(dump_done(&s->dump, s->network, s->now), 0);
                assert_non_null(network_link(s->network, 2));
                expect_nothing(s);
                assert_true(dump_deadline(&s->dump) == s->now + delay);
                s->now += delay;
                delay = MIN(delay * 2, 5 * USEC_PER_SEC);
        }
        expect_next(s, TABLE_LINKS);
        assert_int_equal(answer(s, 0), 1);
        assert_true(dump_deadline(&s->dump) == USEC_INFINITY);
}

/* An inconsistent table does not keep the others of its round waiting. */
static void test_round_goes_on(void **state)
{
        Scene *s = *state;

        dump_request(&s->dump, DUMP_ALL);
        expect_next(s, TABLE_LINKS);
        (void)answer(s, NLM_F_DUMP_INTR);
        expect_next(s, TABLE_ADDRESSES);
        (void)answer(s, 0);
        expect_next(s, TABLE_ROUTES);
        (void)answer(s, 0);
        expect_nothing(s);
        s->now = dump_deadline(&s->dump);
        expect_next(s, TABLE_LINKS);
        (void)answer(s, 0);
        assert_true(dump_is_complete(&s->dump));
}

static void test_asked_again_while_it_runs(void **state)
{
        Scene *s = *state;

        assert_int_equal(network_put_link(s->network, &eth0), 1);
        dump_request(&s->dump, 1U << TABLE_LINKS);
        expect_next(s, TABLE_LINKS);
        dump_request(&s->dump, 1U << TABLE_LINKS);
        assert_int_equal(answer(s, 0), 0);
        expect_nothing(s);
        s->now = dump_deadline(&s->dump);
        expect_next(s, TABLE_LINKS);
        assert_int_equal(answer(s, 0), 1);
}

/* What is heard before the answer may be newer than it, and what went may still stand in it. */
static void test_events_that_overtake_the_answer(void **state)
{
        Scene *s = *state;

        read_all(s);
        dump_request(&s->dump, 1U << TABLE_LINKS);
        s->now += USEC_PER_SEC;
        expect_next(s, TABLE_LINKS);
        dump_heard(&s->dump, TABLE_LINKS, false);
        (void)network_put_link(s->network, &eth0);
        assert_int_equal(answer(s, 0), 0);
        assert_non_null(network_link(s->network, 2));

        s->now += USEC_PER_SEC;
        expect_next(s, TABLE_LINKS);
        message(s, 0);
        dump_heard(&s->dump, TABLE_LINKS, true);
        (void)network_put_link(s->network, &eth0);
        assert_int_equal(dump_done(&s->dump, s->network, s->now), 0);

        s->now += USEC_PER_SEC;
        expect_next(s, TABLE_LINKS);
        assert_int_equal(answer(s, 0), 1);
        s->now += USEC_PER_SEC;
        expect_nothing(s);
}

static void test_events_that_the_answer_knows(void **state)
{
        Scene *s = *state;

        read_all(s);
        dump_request(&s->dump, 1U << TABLE_LINKS);
        s->now += USEC_PER_SEC;
        expect_next(s, TABLE_LINKS);
        dump_heard(&s->dump, TABLE_ROUTES, true);
        message(s, 0);
        dump_heard(&s->dump, TABLE_LINKS, false);
        (void)network_put_link(s->network, &eth0);
        assert_int_equal(dump_done(&s->dump, s->network, s->now), 0);
        assert_non_null(network_link(s->network, 2));
        s->now += USEC_PER_SEC;
        expect_nothing(s);
}

static void test_pause_after_a_good_round(void **state)
{
        Scene *s = *state;
        usec_t end;

        dump_request(&s->dump, 1U << TABLE_ROUTES);
        expect_next(s, TABLE_ROUTES);
        s->now += 50 * USEC_PER_MSEC;
        (void)answer(s, 0);
        dump_request(&s->dump, 1U << TABLE_ROUTES);
        expect_nothing(s);
        end = dump_deadline(&s->dump);
        assert_true(end == s->now + 500 * USEC_PER_MSEC);
        s->now = end - 1;
        expect_nothing(s);
        s->now = end;
        expect_next(s, TABLE_ROUTES);
}

static void test_refused(void **state)
{
        Scene *s = *state;

        dump_refused(&s->dump, s->network, s->now);
        assert_int_equal(network_put_link(s->network, &eth0), 1);
        dump_request(&s->dump, DUMP_ALL);
        expect_next(s, TABLE_LINKS);
        dump_refused(&s->dump, s->network, s->now);
        expect_nothing(s);
        s->now = dump_deadline(&s->dump);
        expect_next(s, TABLE_LINKS);
        message(s, 0);
        dump_refused(&s->dump, s->network, s->now);
        assert_non_null(network_link(s->network, 2));
        s->now = dump_deadline(&s->dump);
        read_all(s);
}

/* A machine that never comes to rest must not keep the program from starting. */
static void test_doubtful_is_complete_at_last(void **state)
{
        Scene *s = *state;
        unsigned rounds = 0;

        dump_request(&s->dump, DUMP_ALL);
        while (!dump_is_complete(&s->dump)) {
                for (NetworkTable t = 0; t < TABLE_COUNT; t++) {
                        expect_next(s, t);
                        (void)answer(s, NLM_F_DUMP_INTR);
                }
                s->now = dump_deadline(&s->dump);
                rounds++;
        }
        assert_int_equal(rounds, 5);
        expect_next(s, TABLE_LINKS);
}

static void test_stuck(void **state)
{
        Scene *s = *state;

        dump_request(&s->dump, DUMP_ALL);
        assert_false(dump_is_stuck(&s->dump, USEC_INFINITY));
        expect_next(s, TABLE_LINKS);
        s->now += 29 * USEC_PER_SEC;
        assert_false(dump_is_stuck(&s->dump, s->now));
        message(s, 0);
        s->now += 29 * USEC_PER_SEC;
        assert_false(dump_is_stuck(&s->dump, s->now));
        s->now += USEC_PER_SEC;
        assert_true(dump_is_stuck(&s->dump, s->now));
        assert_true(dump_deadline(&s->dump) == s->now);
}

/* Multicasts that nobody asked for carry 0. */
static void test_no_request_is_number_0(void **state)
{
        Scene *s = *state;
        NetworkTable table;
        uint32_t sequence;

        s->dump.sequence = UINT32_MAX;
        dump_request(&s->dump, DUMP_ALL);
        assert_true(dump_next(&s->dump, s->now, &table, &sequence));
        assert_int_equal(sequence, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_one_table_after_the_other, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_generation_begins_at_the_answer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_interrupted_never_sweeps, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_round_goes_on, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_asked_again_while_it_runs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_events_that_overtake_the_answer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_events_that_the_answer_knows, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_pause_after_a_good_round, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_doubtful_is_complete_at_last, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_stuck, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_no_request_is_number_0, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
