/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat/epoch.h"
#include "nat/retransmit.h"

#define MSEC USEC_PER_MSEC
#define SEC  USEC_PER_SEC

/* When each try goes out, the first at 0, and when it is given up. */
static void check_times(const RetransmitPolicy *policy, uint32_t random, const usec_t *times, size_t n)
{
        Retransmit r;
        usec_t begin = 1000 * SEC;

        retransmit_begin(&r, policy, begin);
        for (size_t i = 0; i < n; i++) {
                if (r.due - begin != times[i])
                        fail_msg("try %zu: %llu", i, (unsigned long long)(r.due - begin));
                assert_int_equal(retransmit_is_last(&r), policy->tries > 0 && i == policy->tries);
                if (!retransmit_is_last(&r))
                        retransmit_sent(&r, r.due, random);
        }
}

static void the_times_of_each_rfc(void **state)
{
        static const usec_t natpmp[] = {
                0,           250 * MSEC,   750 * MSEC,   1750 * MSEC,  3750 * MSEC,
                7750 * MSEC, 15750 * MSEC, 31750 * MSEC, 63750 * MSEC, 127750 * MSEC};
        static const usec_t stun[] = {0,           500 * MSEC,   1500 * MSEC,  3500 * MSEC,
                                      7500 * MSEC, 15500 * MSEC, 31500 * MSEC, 39500 * MSEC};
        /* RAND 0, which is half of the spread */
        static const usec_t pcp[] = {0,         3 * SEC,   9 * SEC,   21 * SEC,   45 * SEC,   93 * SEC,
                                     189 * SEC, 381 * SEC, 765 * SEC, 1533 * SEC, 2557 * SEC, 3581 * SEC};

        check_times(&retransmit_natpmp, 12345, natpmp, ELEMENTSOF(natpmp));
        check_times(&retransmit_stun, 12345, stun, ELEMENTSOF(stun));
        check_times(&retransmit_pcp, 500, pcp, ELEMENTSOF(pcp));
}

static void pcp_is_spread_by_a_tenth(void **state)
{
        Retransmit r;
        usec_t least = USEC_INFINITY, most = 0;

        for (uint32_t random = 0; random < 5000; random++) {
                retransmit_begin(&r, &retransmit_pcp, 0);
                retransmit_sent(&r, 0, random);
                least = MIN(least, r.due);
                most = MAX(most, r.due);
        }
        assert_true(least == 2700 * MSEC && most == 3300 * MSEC);
}

static void a_clock_that_goes_on(void **state)
{
        static const struct {
                uint32_t before, after;
                unsigned elapsed; /* seconds */
                bool natpmp, pcp;
        } rows[] = {
                {1000, 1000, 0, true, true},    {1000, 999, 0, true, true},
                {1000, 998, 0, true, false},    {1000, 997, 0, false, false},
                {1000, 1080, 80, true, true},   {1000, 1073, 80, true, true},
                {1000, 1072, 80, true, false},  {1000, 1068, 80, true, false},
                {1000, 1067, 80, false, false}, {1000, 1087, 80, true, true},
                {1000, 1088, 80, true, false},  {1000, 3, 3600, false, false},
                {1000, 5000, 0, true, false},   {UINT32_MAX, 0, 0, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Epoch e = {0};

                assert_true(epoch_holds_natpmp(&e, rows[i].after, 0));
                assert_true(epoch_holds_pcp(&e, rows[i].after, 0));
                epoch_note(&e, rows[i].before, 50 * SEC);
                usec_t now = (50 + rows[i].elapsed) * SEC;
                if (epoch_holds_natpmp(&e, rows[i].after, now) != rows[i].natpmp ||
                    epoch_holds_pcp(&e, rows[i].after, now) != rows[i].pcp)
                        fail_msg("row %zu", i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_times_of_each_rfc),
                cmocka_unit_test(pcp_is_spread_by_a_tenth),
                cmocka_unit_test(a_clock_that_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
