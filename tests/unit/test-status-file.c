/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include <time.h>

#include "daemon/clock.h"
#include "daemon/status-file.h"
#include "folder.h"
#include "store/state-file.h"

#define MANY        1000
#define TELLS       1000
#define FIRST_ROUND 1764000000

#define MINOR_INTERVAL (100 * USEC_PER_MSEC) /* status-file.h says it */

/* The first destination is told once more. */
static void tell_as(bool minor, World *w, uint64_t round, StatusFile *f)
{
        Settle settle = {0};
        Failures failures = {0};
        const StatusInput input = {
                .ledger = w->ledger, .settings = w->settings, .settle = &settle, .failures = &failures};

        w->ledger->destinations[0].told_at.seconds = FIRST_ROUND + (int64_t)round;
        status_tell(&input, minor, f);
}

static void tell(World *w, uint64_t round, StatusFile *f)
{
        tell_as(false, w, round, f);
}

/* Does the file say that the first was told ROUND times? */
static bool file_says(const char *folder, uint64_t round)
{
        _cleanup_(state_dir_freep) StateDir *dir = NULL;
        _cleanup_free_ char *data = NULL;
        char told_at[WALL_TIME_TEXT_MAX];
        size_t size;

        assert_int_equal(state_dir_open(folder, &dir), 0);
        assert_int_equal(state_dir_read(dir, STATUS_FILE_NAME, &data, &size), 0);
        wall_time_format_iso((WallTime){.seconds = FIRST_ROUND + (int64_t)round}, told_at);
        return strstr(data, told_at);
}

static void wait_until(usec_t deadline)
{
        const struct timespec t = {.tv_sec = (time_t)(deadline / USEC_PER_SEC),
                                   .tv_nsec = (long)(deadline % USEC_PER_SEC * 1000)};

        assert_int_equal(clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL), 0);
}

static void many_changes_are_told_in_few_pictures(void **state)
{
        World w = world_new(MANY);
        StatusService service;
        StatusFile *f = status_begin(*state, "/etc/ipherald.conf", &service);
        uint64_t pictures = 0;

        assert_non_null(f);
        for (uint64_t round = 1; round <= TELLS; round++) {
                tell(&w, round, f);
                if (status_file_deadline(f) == USEC_INFINITY)
                        pictures++;
        }
        assert_in_range(pictures, 1, TELLS / 2);

        /* The last is not lost. */
        if (status_file_deadline(f) != USEC_INFINITY)
                wait_until(status_file_deadline(f));
        tell(&w, TELLS, f);
        assert_true(file_says(*state, TELLS));
        assert_true(status_file_deadline(f) == USEC_INFINITY);
        status_file_free(f);
        world_done(&w);
}

static void what_is_minor_waits(void **state)
{
        World w = world_new(1);
        StatusService service;
        StatusFile *f = status_begin(*state, "/etc/ipherald.conf", &service);
        usec_t begin = clock_now();

        assert_non_null(f);
        tell_as(true, &w, 1, f);
        assert_true(file_says(*state, 1));
        assert_true(status_file_deadline(f) == USEC_INFINITY);
        tell_as(true, &w, 2, f);
        usec_t due = status_file_deadline(f);
        assert_true(due >= begin + MINOR_INTERVAL);
        assert_true(!file_says(*state, 2) || clock_now() >= begin + MINOR_INTERVAL);

        /* What is not minor takes it along, before its time. */
        tell(&w, 3, f);
        if (status_file_deadline(f) != USEC_INFINITY) {
                assert_true(status_file_deadline(f) <= due);
                wait_until(status_file_deadline(f));
                tell(&w, 3, f);
        }
        assert_true(file_says(*state, 3));
        status_file_free(f);
        world_done(&w);
}

static void what_waits_is_not_put_off_by_what_is_minor(void **state)
{
        World w = world_new(MANY / 10); /* so that to tell them takes long enough for a wait */
        StatusService service;
        StatusFile *f = status_begin(*state, "/etc/ipherald.conf", &service);
        uint64_t round = 0;

        assert_non_null(f);
        do
                tell(&w, ++round, f);
        while (status_file_deadline(f) == USEC_INFINITY); /* the second waits, where nothing holds it up */
        usec_t due = status_file_deadline(f);
        tell_as(true, &w, ++round, f);
        assert_true(file_says(*state, round) || status_file_deadline(f) <= due);
        status_file_free(f);
        world_done(&w);
}

static void nobody_asked(void **state)
{
        World w = world_new(1);

        tell(&w, 1, NULL);
        assert_true(status_file_deadline(NULL) == USEC_INFINITY);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(many_changes_are_told_in_few_pictures, folder_setup,
                                                folder_teardown),
                cmocka_unit_test_setup_teardown(what_is_minor_waits, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(what_waits_is_not_put_off_by_what_is_minor, folder_setup,
                                                folder_teardown),
                cmocka_unit_test(nobody_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
