/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/macros.h"
#include "base/wall-time.h"

static const struct {
        WallTime time;
        const char *iso, *mail;
} vectors[] = {
        {{0, 0}, "1970-01-01T00:00:00+00:00", "Thu, 01 Jan 1970 00:00:00 +0000"},
        {{1795511887, 0}, "2026-11-24T09:18:07+00:00", "Tue, 24 Nov 2026 09:18:07 +0000"},
        {{1795511887, 9 * 3600}, "2026-11-24T18:18:07+09:00", "Tue, 24 Nov 2026 18:18:07 +0900"},
        {{1795511887, -12600}, "2026-11-24T05:48:07-03:30", "Tue, 24 Nov 2026 05:48:07 -0330"},
        {{951782400, 0}, "2000-02-29T00:00:00+00:00", "Tue, 29 Feb 2000 00:00:00 +0000"},
        {{4107542400, 0}, "2100-03-01T00:00:00+00:00", "Mon, 01 Mar 2100 00:00:00 +0000"},
        {{-1, 0}, "1969-12-31T23:59:59+00:00", "Wed, 31 Dec 1969 23:59:59 +0000"},
        {{2147483648, 0}, "2038-01-19T03:14:08+00:00", "Tue, 19 Jan 2038 03:14:08 +0000"},
        {{1798761599, 3600}, "2027-01-01T00:59:59+01:00", "Fri, 01 Jan 2027 00:59:59 +0100"},
};

static void formats_known_moments(void **state)
{
        char text[WALL_TIME_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                wall_time_format_iso(vectors[i].time, text);
                assert_string_equal(text, vectors[i].iso);
                wall_time_format_mail(vectors[i].time, text);
                assert_string_equal(text, vectors[i].mail);
        }
        wall_time_format_plain(vectors[3].time, text);
        assert_string_equal(text, "2026-11-24 05:48:07 -03:30");
}

static void reads_what_it_wrote(void **state)
{
        for (int64_t seconds = -62167000000; seconds < 253402000000; seconds += 86399 * 97) {
                WallTime t = {seconds, (int32_t)(seconds % 1080) * 60}, back;
                char text[WALL_TIME_TEXT_MAX];

                wall_time_format_iso(t, text);
                assert_int_equal(wall_time_parse_iso(text, &back), 0);
                assert_true(back.seconds == t.seconds);
                assert_int_equal(back.utc_offset, t.utc_offset);
        }
}

static void an_absurd_clock_keeps_the_width(void **state)
{
        static const WallTime absurd[] = {{INT64_MAX, INT32_MAX},
                                          {INT64_MIN, INT32_MIN},
                                          {INT64_MAX, INT32_MIN},
                                          {INT64_MIN, INT32_MAX}};

        for (size_t i = 0; i < ELEMENTSOF(absurd); i++) {
                char text[WALL_TIME_TEXT_MAX];
                WallTime back;

                wall_time_format_iso(absurd[i], text);
                assert_int_equal(strlen(text), strlen("2026-11-24T09:18:07+00:00"));
                assert_int_equal(wall_time_parse_iso(text, &back), 0);
                wall_time_format_mail(absurd[i], text);
                assert_int_equal(strlen(text), strlen("Tue, 24 Nov 2026 09:18:07 +0000"));
        }
}

static void refuses_what_it_would_not_write(void **state)
{
        static const char *const hostile[] = {
                "",
                "2026",
                "2026-11-24",
                "2026-11-24T09:18:07",
                "2026-11-24T09:18:07Z",
                "2026-11-24 09:18:07+00:00",
                "2026-11-24T09:18:07+0000",
                "2026-11-24T09:18:07+00:00 ",
                "2026-11-24T09:18:07+00:0",
                "2026-11-31T09:18:07+00:00",
                "2026-02-29T09:18:07+00:00",
                "2100-02-29T09:18:07+00:00",
                "2026-00-24T09:18:07+00:00",
                "2026-13-24T09:18:07+00:00",
                "2026-11-00T09:18:07+00:00",
                "2026-11-24T24:00:00+00:00",
                "2026-11-24T09:60:07+00:00",
                "2026-11-24T09:18:60+00:00",
                "2026-11-24T09:18:07+19:00",
                "2026-11-24T09:18:07+18:01",
                "2026-11-24T09:18:07-00:00",
                "0000-01-01T00:00:00+18:00",
                "9999-12-31T23:59:59-18:00",
                "2026-11-24T09:18:07+00:60",
                "-026-11-24T09:18:07+00:00",
                "2026-11-24T09:18:07.5+00:00",
        };
        WallTime t = {42, 60};

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++)
                if (wall_time_parse_iso(hostile[i], &t) != -EINVAL)
                        fail_msg("accepted: %s", hostile[i]);
        assert_true(t.seconds == 42);
        assert_int_equal(t.utc_offset, 60);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats_known_moments),
                cmocka_unit_test(reads_what_it_wrote),
                cmocka_unit_test(an_absurd_clock_keeps_the_width),
                cmocka_unit_test(refuses_what_it_would_not_write),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
