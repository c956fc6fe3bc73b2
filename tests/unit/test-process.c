/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/process.h"

/* A child that waits for the other end of the pipe to be closed. */
static pid_t start_child(int *ret_end)
{
        int ends[2];
        char octet;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
                close(ends[1]);
                _exit(read(ends[0], &octet, 1) == 0 ? 0 : 1);
        }
        assert_true(child > 0);
        close(ends[0]);
        *ret_end = ends[1];
        return child;
}

static void one_that_has_ended_runs_no_more(void **state)
{
        uint64_t started_at;
        int end;
        pid_t child = start_child(&end);

        assert_int_equal(process_started_at(child, &started_at), 0);
        assert_true(process_runs(child, started_at));
        close(end);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_false(process_runs(child, started_at));
        assert_int_equal(process_started_at(child, &started_at), -ESRCH);
}

/* Ids come again: of two processes with one id the time of birth says which is meant. */
static void another_of_the_same_id_is_not_it(void **state)
{
        uint64_t started_at;

        assert_int_equal(process_started_at(getpid(), &started_at), 0);
        assert_true(process_runs(getpid(), started_at));
        assert_false(process_runs(getpid(), started_at - 1));
        assert_false(process_runs(getpid(), started_at + 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_that_has_ended_runs_no_more),
                cmocka_unit_test(another_of_the_same_id_is_not_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
