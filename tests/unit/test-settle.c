/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "decide/settle.h"

#define QUIET (3 * USEC_PER_SEC)
#define LIMIT (30 * USEC_PER_SEC)

static const IpAddress never[FAMILY_COUNT];

static Selection selection(const char *ipv4, const char *ipv6)
{
        Selection s = {0};

        if (ipv4)
                assert_int_equal(ip_address_parse(ipv4, &s.family[FAMILY_IPV4].address), 0);
        if (ipv6)
                assert_int_equal(ip_address_parse(ipv6, &s.family[FAMILY_IPV6].address), 0);
        string_copy(s.family[FAMILY_IPV4].interface, IFNAMSIZ, "eth0");
        string_copy(s.family[FAMILY_IPV6].interface, IFNAMSIZ, "eth0");
        return s;
}

static void hear(Settle *s, const char *ipv4, const char *ipv6, usec_t now)
{
        Selection heard = selection(ipv4, ipv6);

        (void)settle_hear(s, &heard, now);
}

static void settles_after_a_quiet_time(void **state)
{
        Settle s = {0};

        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == USEC_INFINITY);
        hear(&s, "203.0.113.1", NULL, 10 * USEC_PER_SEC);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == 13 * USEC_PER_SEC);
        assert_false(settle_take(&s, never, QUIET, LIMIT, 13 * USEC_PER_SEC - 1));
        assert_true(settle_take(&s, never, QUIET, LIMIT, 13 * USEC_PER_SEC));
        assert_false(settle_take(&s, never, QUIET, LIMIT, 14 * USEC_PER_SEC));
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == USEC_INFINITY);
}

static void that_there_is_none_is_heard_too(void **state)
{
        Settle s = {0};
        Selection none = {0}, one = selection("203.0.113.1", NULL);

        assert_true(settle_hear(&s, &none, 0));
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == QUIET);
        assert_true(settle_hear(&s, &one, 1));
        assert_false(settle_hear(&s, &one, 2));
        assert_true(settle_take(&s, never, QUIET, LIMIT, 1 + QUIET));
        assert_true(settle_hear(&s, &none, 2 * QUIET));
        assert_true(settle_hear(&s, &one, 2 * QUIET + 1));
}

static void each_change_begins_the_quiet_time_anew_up_to_the_limit(void **state)
{
        Settle s = {0};

        for (unsigned i = 0; i < 40; i++)
                hear(&s, i % 2 ? "203.0.113.1" : "203.0.113.2", NULL, i * USEC_PER_SEC);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == LIMIT);
}

static void a_repeat_changes_nothing(void **state)
{
        Settle s = {0};

        hear(&s, "203.0.113.1", NULL, 0);
        for (unsigned i = 1; i < 50; i++)
                hear(&s, "203.0.113.1", NULL, i);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == QUIET);
        assert_true(settle_take(&s, never, QUIET, LIMIT, QUIET));
        hear(&s, "203.0.113.1", NULL, 2 * QUIET);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == USEC_INFINITY);
}

/* The same addresses for another reason, and beside others: what a person is told is the newest. */
static void a_repeat_brings_its_reasons(void **state)
{
        Settle s = {0};
        Selection repeat = selection("203.0.113.1", NULL);

        hear(&s, "203.0.113.1", NULL, 0);
        repeat.n_others = 1;
        repeat.reason[FAMILY_IPV6] = REASON_ONLY_TUNNEL;
        assert_false(settle_hear(&s, &repeat, 1));
        assert_true(settle_take(&s, never, QUIET, LIMIT, QUIET));
        assert_int_equal(s.settled.n_others, 1);
        assert_int_equal(s.settled.reason[FAMILY_IPV6], REASON_ONLY_TUNNEL);
}

static void there_and_back_ends_the_wait(void **state)
{
        Settle s = {0};

        hear(&s, "203.0.113.1", NULL, 0);
        assert_true(settle_take(&s, never, QUIET, LIMIT, QUIET));
        hear(&s, "203.0.113.2", NULL, 10 * USEC_PER_SEC);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == 13 * USEC_PER_SEC);
        hear(&s, "203.0.113.1", NULL, 11 * USEC_PER_SEC);
        assert_true(settle_deadline(&s, never, QUIET, LIMIT) == USEC_INFINITY);
        assert_false(settle_take(&s, never, QUIET, LIMIT, USEC_PER_HOUR));
}

static void a_missing_family_is_waited_for_up_to_the_limit(void **state)
{
        Settle s = {0};
        Selection both = selection("203.0.113.1", "2001:db8::1");
        IpAddress was[FAMILY_COUNT] = {both.family[0].address, both.family[1].address};

        hear(&s, "203.0.113.2", NULL, 0);
        assert_true(settle_deadline(&s, was, QUIET, LIMIT) == LIMIT);
        hear(&s, NULL, "2001:db8::2", 5 * USEC_PER_SEC);
        assert_true(settle_deadline(&s, was, QUIET, LIMIT) == LIMIT);
        hear(&s, "203.0.113.2", "2001:db8::2", 10 * USEC_PER_SEC);
        assert_true(settle_deadline(&s, was, QUIET, LIMIT) == 13 * USEC_PER_SEC);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(settles_after_a_quiet_time),
                cmocka_unit_test(that_there_is_none_is_heard_too),
                cmocka_unit_test(each_change_begins_the_quiet_time_anew_up_to_the_limit),
                cmocka_unit_test(a_repeat_changes_nothing),
                cmocka_unit_test(a_repeat_brings_its_reasons),
                cmocka_unit_test(there_and_back_ends_the_wait),
                cmocka_unit_test(a_missing_family_is_waited_for_up_to_the_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
