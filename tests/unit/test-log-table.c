/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/log-since.h"
#include "cli/log-table.h"

#define BLANKS_41 "                                         "
#define BLANKS_82 BLANKS_41 BLANKS_41
#define WALL      ((WallTime){.seconds = 1764000000}) /* 2025-11-24 16:00:00 */

static void add(LogEntry *e, const char *field)
{
        assert_int_equal(log_entry_add(e, field, strlen(field)), 0);
}

static void make_refusal(LogEntry *e)
{
        *e = (LogEntry){.type = EVENT_AUTH_FAILED};
        add(e, "IPHERALD_NEW=2001:db8::9");
        add(e, "IPHERALD_NEW=203.0.113.9");
        add(e, "IPHERALD_DESTINATION=me@example.com");
        add(e, "IPHERALD_STEP=auth");
        add(e, "IPHERALD_CODE=535");
        add(e, "IPHERALD_SERVER_TEXT=Authentication \033[31mfailed");
        add(e, "_PID=1");
        add(e, "no field at all");
        log_entry_finish(e);
}

static void check_row(size_t width, bool coloured, const char *expected)
{
        LogTable table = {.coloured = coloured, .width = width};
        _cleanup_text_ Text t = {0};
        LogEntry e;

        make_refusal(&e);
        log_table_begin(&table);
        log_table_measure(&table, &e);
        log_table_row(&table, &e, WALL, &t);
        log_entry_done(&e);
        assert_string_equal(t.data, expected);
}

static void rows_fit_the_terminal(void **state)
{
        check_row(0, false,
                  "2025-11-24 16:00:00  Mail authentication failed  203.0.113.9      me@example.com  step "
                  "auth: 535 "
                  "Authentication ?[31mfailed\n"
                  "                                                 2001:db8::9\n");
        check_row(107, false,
                  "2025-11-24 16:00:00  Mail authentication failed  203.0.113.9      me@example.com  step "
                  "auth: 535\n"
                  "                                                 2001:db8::9                      "
                  "Authentication\n" BLANKS_82 "?[31mfailed\n");
        check_row(79, false,
                  "2025-11-24 16:00:00  Mail authentication failed  203.0.113.9\n"
                  "                                                 2001:db8::9\n"
                  "  me@example.com; step auth: 535 Authentication ?[31mfailed\n");
        check_row(60, false,
                  "2025-11-24 16:00:00  Mail authentication failed\n"
                  "  203.0.113.9, 2001:db8::9; me@example.com; step auth: 535\n"
                  "  Authentication ?[31mfailed\n");
}

static void only_the_event_is_coloured(void **state)
{
        check_row(60, true,
                  "2025-11-24 16:00:00  \033[31mMail authentication failed\033[0m\n"
                  "  203.0.113.9, 2001:db8::9; me@example.com; step auth: 535\n"
                  "  Authentication ?[31mfailed\n");
}

static void many_destinations_are_counted(void **state)
{
        LogEntry e = {.type = EVENT_MAIL_STARTED};
        LogTable table = {.width = 60};
        _cleanup_text_ Text t = {0};

        add(&e, "IPHERALD_SERVER=mail.example.com:25");
        for (char c = 'a'; c < 'h'; c++) {
                char field[] = "IPHERALD_DESTINATION=?@example.com";

                *strchr(field, '?') = c;
                add(&e, field);
        }
        log_entry_finish(&e);
        log_table_begin(&table);
        log_table_row(&table, &e, WALL, &t);
        log_entry_done(&e);
        assert_string_equal(t.data, "2025-11-24 16:00:00  Mail sending started\n"
                                    "  a@example.com, b@example.com, c@example.com,\n"
                                    "  d@example.com, +3; through mail.example.com:25\n");
}

static void what_has_no_words_has_the_line(void **state)
{
        LogEntry e = {.type = EVENT_CONFIG_ERROR};
        LogTable table = {.width = 60};
        _cleanup_text_ Text t = {0};

        add(&e, "MESSAGE=Settings not usable: x.conf:4: unknown key");
        log_table_begin(&table);
        log_table_row(&table, &e, WALL, &t);
        log_entry_done(&e);
        assert_string_equal(t.data, "2025-11-24 16:00:00  Settings not usable\n  x.conf:4: unknown key\n");
}

static void times_are_read(void **state)
{
        static const struct {
                const char *text;
                int64_t at; /* 0: is none */
        } cases[] = {
                {"2025-11-24", 1763942400},
                {"2025-11-24 16:00", 1764000000},
                {"2025-11-24T16:00:07", 1764000007},
                {"2025-11-24T16:00:00+09:00", 1763967600},
                {"today", 1763942400},
                {"yesterday", 1763856000},
                {"90s", 1763999910},
                {"30min", 1763998200},
                {"2h", 1763992800},
                {"7d", 1763395200},
                {"", 0},
                {"h", 0},
                {"2", 0},
                {"2h ", 0},
                {"-2h", 0},
                {"9999999999s", 0},
                {"2025-02-30", 0},
                {"2025-11-24 25:00", 0},
                {"tomorrow", 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int64_t at = 0;

                assert_int_equal(log_since_parse(cases[i].text, WALL.seconds, &at),
                                 cases[i].at ? 0 : -EINVAL);
                assert_int_equal(at, cases[i].at);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_fit_the_terminal),
                cmocka_unit_test(only_the_event_is_coloured),
                cmocka_unit_test(many_destinations_are_counted),
                cmocka_unit_test(what_has_no_words_has_the_line),
                cmocka_unit_test(times_are_read),
        };

        setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
