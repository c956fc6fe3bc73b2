/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/status-lines.h"
#include "hint-cases.h"

/* Each hint comes about once, and is read by a person in either language; what they read is printed. */

#define WALL ((WallTime){.seconds = 1764000000}) /* 2025-11-24 16:00:00 */

/* Takes the translations of the build. False where no locale here has another language than its own: with
 * C.UTF-8, which is always there, LANGUAGE counts in some versions of the C library (Debian 12's), and not
 * in others (13's). */
static bool speak(const char *language)
{
        static const char *const locales[] = {"C.UTF-8", "en_US.UTF-8", "ja_JP.UTF-8"};

        assert_int_equal(setenv("LANGUAGE", language, 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(locales); i++) {
                assert_int_equal(setenv("LC_ALL", locales[i], 1), 0);
                messages_begin();
                assert_non_null(bindtextdomain("ipherald", PO_FOLDER));
                if (streq(language_name(messages_language()), language))
                        return true;
        }
        return false;
}

/* The screen of one who is waiting for a mail that failed in this way. */
static void show(const Result *result, const MailSettings *mail, const char *hint, const char *label)
{
        StatusDestination d = {.to = (char *)"me@example.com",
                               .enabled = true,
                               .owed = STATUS_OWED_NEW,
                               .wait = WAIT_FAILED,
                               .due = USEC_INFINITY,
                               .failure = {WALL, *result}};
        Status s = {.heard = true, .settled = true, .destinations = &d, .n_destinations = 1};
        const StatusForm form = {.wall = WALL};
        _cleanup_text_ Text screen = {0}, expected = {0};
        const char *text = hint_text(hint, messages_language()), *line;

        string_copy(d.failure.result.hint, sizeof(d.failure.result.hint), hint_for_result(result, mail));
        assert_string_equal(d.failure.result.hint, hint);
        status_lines(&s, &form, &screen);
        text_appendf(&expected, "  %s: %s\n", label, text);
        line = strstr(screen.data, expected.data);
        assert_non_null(line);
        line = strstr(screen.data, "2025-11-24 16:00:00 ");
        assert_non_null(line);
        printf("%s (%s)\n  %s", hint, language_name(messages_language()), line);
}

static void show_all(const char *label)
{
        for (size_t i = 0; i < ELEMENTSOF(picked); i++)
                for (size_t k = 0; k < ELEMENTSOF(cases); k++)
                        if (streq(cases[k].hint, picked[i])) {
                                show(&cases[k].result, cases[k].mail, picked[i], label);
                                break;
                        }
        for (size_t i = 0; i < ELEMENTSOF(given); i++)
                show(&given[i].result, given[i].mail, given[i].result.hint, label);
}

static void each_is_read_in_english(void **state)
{
        assert_true(speak("en"));
        show_all("Hint");
}

static void each_is_read_in_japanese(void **state)
{
        if (!speak("ja"))
                skip();
        show_all("対処");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_is_read_in_english),
                cmocka_unit_test(each_is_read_in_japanese),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
