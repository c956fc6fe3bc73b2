/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide/retry.h"

static void each_row_has_its_first_most_and_least(void **state)
{
        static const struct {
                Outcome row;
                bool deferral;
                usec_t first, most, least;
        } rows[] = {
                {OUTCOME_NOT_REACHED, true, 5 * USEC_PER_SEC, USEC_PER_HOUR, 5 * USEC_PER_SEC},
                {OUTCOME_TEMPORARY, true, USEC_PER_MIN, USEC_PER_HOUR, USEC_PER_MIN},
                {OUTCOME_DESTINATION_TEMPORARY, true, USEC_PER_MIN, USEC_PER_HOUR, USEC_PER_MIN},
                {OUTCOME_INSECURE, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
                {OUTCOME_OUT_OF_DATE, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
                {OUTCOME_SETTINGS, false, USEC_PER_DAY, USEC_PER_DAY, USEC_PER_MIN},
                {OUTCOME_DESTINATION_PERMANENT, false, USEC_PER_DAY, USEC_PER_DAY, USEC_PER_MIN},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Backoff b = {0};
                usec_t now = 1000 * USEC_PER_DAY;

                assert_int_equal(outcome_is_deferral(rows[i].row), rows[i].deferral);
                backoff_put_off(&b, rows[i].row, now, 0);
                assert_true(b.due == now + rows[i].first);
                backoff_bring_forward(&b);
                assert_true(b.due == now + rows[i].least);
                for (int n = 0; n < 12; n++)
                        backoff_put_off(&b, rows[i].row, now, 0);
                assert_true(b.due == now + rows[i].most);
                assert_int_equal(b.tries, 13);
        }
}

static void the_delay_doubles_and_another_row_begins_anew(void **state)
{
        Backoff b = {0};

        backoff_put_off(&b, OUTCOME_NOT_REACHED, 0, 0);
        backoff_put_off(&b, OUTCOME_NOT_REACHED, 0, 0);
        assert_true(b.due == 10 * USEC_PER_SEC);
        backoff_put_off(&b, OUTCOME_TEMPORARY, 0, 0);
        assert_true(b.due == USEC_PER_MIN);
        backoff_put_off(&b, OUTCOME_NOT_REACHED, 0, 0);
        assert_true(b.due == 5 * USEC_PER_SEC);
}

static void the_draw_lies_between_d_and_one_and_a_half(void **state)
{
        Backoff b = {0};

        backoff_put_off(&b, OUTCOME_TEMPORARY, 0, UINT32_MAX);
        assert_in_range(b.due, USEC_PER_MIN, 90 * USEC_PER_SEC);
        assert_true(b.due > 89 * USEC_PER_SEC);
        backoff_clear(&b);
        backoff_put_off(&b, OUTCOME_TEMPORARY, 0, UINT32_MAX / 2);
        assert_in_range(b.due, 74 * USEC_PER_SEC, 76 * USEC_PER_SEC);
}

static void bringing_forward_never_delays(void **state)
{
        Backoff b = {0};

        backoff_bring_forward(&b);
        assert_true(b.due == 0);
        backoff_put_off(&b, OUTCOME_NOT_REACHED, 0, 0);
        b.due = 1;
        backoff_bring_forward(&b);
        assert_true(b.due == 1);
}

static void a_route_brings_only_deferrals_forward(void **state)
{
        Backoff b = {0};

        backoff_put_off(&b, OUTCOME_INSECURE, 0, 0);
        backoff_bring_deferral_forward(&b);
        assert_true(b.due == USEC_PER_HOUR);
        for (int i = 0; i < 5; i++)
                backoff_put_off(&b, OUTCOME_NOT_REACHED, 0, 0);
        assert_true(b.due > 5 * USEC_PER_SEC);
        backoff_bring_deferral_forward(&b);
        assert_true(b.due == 5 * USEC_PER_SEC);
}

static void holds_grow_to_a_day(void **state)
{
        assert_true(hold_delay(1, 0) == USEC_PER_HOUR);
        assert_true(hold_delay(2, 0) == 6 * USEC_PER_HOUR);
        assert_true(hold_delay(3, 0) == USEC_PER_DAY);
        assert_true(hold_delay(100, 0) == USEC_PER_DAY);
}

static void unknown_doubles_to_a_day_without_chance(void **state)
{
        assert_true(unknown_delay(1, 1800 * USEC_PER_SEC) == 1800 * USEC_PER_SEC);
        assert_true(unknown_delay(2, 1800 * USEC_PER_SEC) == 3600 * USEC_PER_SEC);
        assert_true(unknown_delay(1000, 1800 * USEC_PER_SEC) == USEC_PER_DAY);
        assert_true(unknown_delay(1, USEC_PER_DAY) == USEC_PER_DAY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_row_has_its_first_most_and_least),
                cmocka_unit_test(the_delay_doubles_and_another_row_begins_anew),
                cmocka_unit_test(the_draw_lies_between_d_and_one_and_a_half),
                cmocka_unit_test(bringing_forward_never_delays),
                cmocka_unit_test(a_route_brings_only_deferrals_forward),
                cmocka_unit_test(holds_grow_to_a_day),
                cmocka_unit_test(unknown_doubles_to_a_day_without_chance),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
