/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "decide/failures.h"

static void note(Failures *f, const char *to, unsigned code)
{
        const Result result = {.outcome = OUTCOME_DESTINATION_TEMPORARY, .code = code};

        failures_note(f, to, &result, (WallTime){.seconds = code});
}

static void assert_code(const Failures *f, const char *to, unsigned code)
{
        const Failure *found = failures_find(f, to);

        assert_int_equal(found ? found->result.code : 0, code);
        assert_int_equal(found ? found->at.seconds : 0, code);
}

static void the_last_of_each_is_kept(void **state)
{
        Failures f = {0};

        assert_code(&f, "a@example.com", 0);
        note(&f, "a@example.com", 450);
        note(&f, "b@example.com", 451);
        note(&f, "c@example.com", 452);
        note(&f, "b@example.com", 550);
        assert_int_equal(f.n_destinations, 3);
        assert_code(&f, "a@example.com", 450);
        assert_code(&f, "b@example.com", 550);
        assert_code(&f, "c@example.com", 452);

        failures_forget(&f, "a@example.com");
        failures_forget(&f, "nobody@example.com");
        assert_int_equal(f.n_destinations, 2);
        assert_code(&f, "a@example.com", 0);
        assert_code(&f, "b@example.com", 550);
        assert_code(&f, "c@example.com", 452);
        failures_done(&f);
        assert_int_equal(f.n_destinations, 0);
}

static void the_account_s_is_apart(void **state)
{
        Failures f = {0};
        const Result result = {.outcome = OUTCOME_NOT_REACHED};

        failures_note_account(&f, &result, (WallTime){.seconds = 7});
        assert_int_equal(f.account.result.outcome, OUTCOME_NOT_REACHED);
        assert_int_equal(f.account.at.seconds, 7);
        assert_int_equal(f.n_destinations, 0);
        failures_done(&f);
        assert_int_equal(f.account.result.outcome, OUTCOME_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_last_of_each_is_kept),
                cmocka_unit_test(the_account_s_is_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
