/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "decide/outcome.h"

static void each_name_is_read_again(void **state)
{
        for (Outcome o = 0; o < OUTCOME_COUNT; o++) {
                Outcome read = OUTCOME_COUNT;

                assert_int_equal(outcome_from_name(outcome_name(o), &read), 0);
                assert_int_equal(read, o);
        }
        for (Step s = 0; s < STEP_COUNT; s++) {
                Step read = STEP_COUNT;

                assert_int_equal(step_from_name(step_name(s), &read), 0);
                assert_int_equal(read, s);
        }
}

static void no_other_name_is_read(void **state)
{
        Outcome o = OUTCOME_STOPPED;
        Step s = STEP_DOT;

        assert_int_equal(outcome_from_name("Delivered", &o), -EINVAL);
        assert_int_equal(o, OUTCOME_STOPPED);
        assert_int_equal(step_from_name("dots", &s), -EINVAL);
        assert_int_equal(s, STEP_DOT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_name_is_read_again),
                cmocka_unit_test(no_other_name_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
