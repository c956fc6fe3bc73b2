/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "hint-cases.h"
#include "mail/hint.h"
#include "settings/keys.h"

#define N_IDS (ELEMENTSOF(picked) + ELEMENTSOF(given))

static const char *id(size_t i)
{
        return i < ELEMENTSOF(picked) ? picked[i] : given[i - ELEMENTSOF(picked)].result.hint;
}

static void test_ids(void **state)
{
        for (size_t i = 0; i < N_IDS; i++) {
                assert_true(strlen(id(i)) < RESULT_HINT_MAX);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(id(i), id(k));
        }
        assert_null(hint_text("", LANGUAGE_EN));
        assert_null(hint_text("nonsense", LANGUAGE_JA));
}

static void test_english(void **state)
{
        for (size_t i = 0; i < N_IDS; i++) {
                const char *text = hint_text(id(i), LANGUAGE_EN);

                assert_non_null(text);
                assert_true(*text && octets_are_ascii(text, strlen(text)));
                assert_true(text[strlen(text) - 1] != '.' && !strchr(text, '\n'));
        }
}

/* Hiragana are U+3041 to U+309f. */
static bool has_hiragana(const char *text)
{
        return strstr(text, "\xe3\x81") || strstr(text, "\xe3\x82");
}

static void test_japanese(void **state)
{
        static const char stop[] = "。";

        for (size_t i = 0; i < N_IDS; i++) {
                const char *text = hint_text(id(i), LANGUAGE_JA);

                assert_non_null(text);
                assert_true(string_is_clean(text) && has_hiragana(text));
                assert_string_not_equal(text + strlen(text) - strlen(stop), stop);
        }
}

static bool is_setting(const char *word, size_t n)
{
        size_t n_keys;
        const SettingsKey *keys = settings_keys(&n_keys);

        for (size_t i = 0; i < n_keys; i++)
                if (strncmp(keys[i].path, word, n) == 0 && (!keys[i].path[n] || keys[i].path[n] == '.'))
                        return true;
        return false;
}

/* The settings that a text names, in order and with a blank behind each. */
static void settings_named(const char *text, char *ret, size_t size)
{
        size_t used = 0;

        *ret = '\0';
        for (const char *p = text; (p = strstr(p, "mail.")); p++) {
                size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz_.");

                assert_true(is_setting(p, n));
                used += (size_t)snprintf(ret + used, size - used, "%.*s ", (int)n, p);
                assert_true(used < size);
        }
}

/* A setting that is named is there, and both languages name the same ones. */
static void test_settings_named(void **state)
{
        char english[256], japanese[256];

        for (size_t i = 0; i < N_IDS; i++) {
                settings_named(hint_text(id(i), LANGUAGE_EN), english, sizeof(english));
                settings_named(hint_text(id(i), LANGUAGE_JA), japanese, sizeof(japanese));
                assert_string_equal(english, japanese);
        }
}

static void test_picked(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(hint_for_result(&cases[i].result, cases[i].mail), cases[i].hint);
}

/* No rule is without its case. */
static void test_each_is_picked(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(picked); i++) {
                bool found = false;

                for (size_t k = 0; k < ELEMENTSOF(cases); k++)
                        found = found || streq(cases[k].hint, picked[i]);
                assert_true(found);
        }
}

/* Who saw the fault knows best. */
static void test_given(void **state)
{
        const Result r = {
                .outcome = OUTCOME_LOGIN_REFUSED, .step = STEP_AUTH, .hint = HINT_CERTIFICATE_NAME};

        assert_string_equal(hint_for_result(&r, &full), HINT_CERTIFICATE_NAME);
        assert_string_equal(hint_for_result(&(Result){.step = STEP_RESOLVE, .hint = "x"}, &full), "x");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),      cmocka_unit_test(test_english),
                cmocka_unit_test(test_japanese), cmocka_unit_test(test_settings_named),
                cmocka_unit_test(test_picked),   cmocka_unit_test(test_each_is_picked),
                cmocka_unit_test(test_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
