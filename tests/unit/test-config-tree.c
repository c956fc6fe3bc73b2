/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/string-util.h"
#include "folder.h"
#include "store/config-file.h"
#include "store/config-tree.h"
#include "store/providers.h"
#include "store/read-file.h"

static char *shipped(void)
{
        char *text;
        size_t size;

        assert_int_equal(read_file_at(AT_FDCWD, SHIPPED_SETTINGS, 0, CONFIG_FILE_SIZE_MAX, &text, &size), 0);
        return text;
}

static char *render(const ConfigTree *t)
{
        _cleanup_free_ char *model = shipped();
        Text text = {0};

        config_tree_render(t, model, &text);
        text_append(&text, "", 1);
        assert_int_equal(text_error(&text), 0);
        return text.data;
}

static ConfigTree *load(const char *folder, const char *text)
{
        _cleanup_free_ char *path = folder_file(folder, "settings", text, strlen(text));
        ConfigTree *t = NULL;

        assert_int_equal(config_tree_new(path, &t), 0);
        return t;
}

static void nothing_set_is_the_file_as_shipped(void **state)
{
        _cleanup_(config_tree_freep) ConfigTree *t = NULL;
        _cleanup_free_ char *model = shipped(), *text = NULL;

        assert_int_equal(config_tree_new(NULL, &t), 0);
        text = render(t);
        assert_string_equal(text, model);
}

static const char every_kind[] =
        "mail = { enabled = true; server = \"mail.example.com\"; port = 587; from = \"me@example.com\";\n"
        "  auth = { account = \"a \\\"b\\\\c\"; mechanisms = [ \"PLAIN\", \"LOGIN\" ];\n"
        "           pop = { port = 995; }; }; };\n"
        "destinations = { to = \"me@example.com\"; families = ( \"ipv4\" ); enabled = false; remind = 7; "
        "};\n"
        "watch = { interfaces = \"eth*\"; };\n"
        "settle = { quiet = 0.25; limit = 60.0; };\n";

/* What was written says the same, to the service and when it is written once more. */
static void values_come_over(void **state)
{
        _cleanup_(config_tree_freep) ConfigTree *t = load(*state, every_kind), *again = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_(settings_freep) Settings *s = NULL;
        _cleanup_free_ char *text = render(t), *path = folder_file(*state, "new", text, strlen(text)),
                            *twice = NULL;

        assert_int_equal(config_file_load(path, &s, &faults), 0);
        assert_non_null(s);
        assert_string_equal(s->mail.account, "a \"b\\c");
        assert_int_equal(s->mail.mechanisms, SASL_PLAIN | SASL_LOGIN);
        assert_int_equal(s->mail.pop_port, 995);
        assert_int_equal(s->settle_quiet, 250 * USEC_PER_SEC / 1000);
        assert_int_equal(s->watch.n_interfaces, 1);
        assert_int_equal(s->n_destinations, 1);
        assert_false(s->destinations[0].enabled);
        assert_int_equal(s->destinations[0].remind_days, 7);
        assert_false(s->destinations[0].family[FAMILY_IPV6]);
        again = load(*state, text);
        twice = render(again);
        assert_string_equal(twice, text);
}

static void values_change(void **state)
{
        _cleanup_(config_tree_freep) ConfigTree *t = load(*state, every_kind);
        _cleanup_text_ Text value = {0};

        assert_int_equal(config_tree_set_text(t, "mail.server", "other.example.com"), 0);
        assert_string_equal(config_tree_text(t, "mail.server"), "other.example.com");
        assert_int_equal(config_tree_set_text(t, "mail.from", NULL), 0);
        assert_null(config_tree_text(t, "mail.from"));
        assert_int_equal(config_tree_set_text(t, "mail.tls.name", "x.example.com"), 0);
        assert_string_equal(config_tree_text(t, "mail.tls.name"), "x.example.com");
        assert_int_equal(config_tree_set_integer(t, "mail.port", 465), 0);
        assert_int_equal(config_tree_integer(t, "mail.port"), 465);
        assert_int_equal(config_tree_add_destination(t, "you@example.com"), 0);
        assert_int_equal(config_tree_count_destinations(t), 2);
        assert_int_equal(config_tree_set_of_destination(t, 1, "language", "ja"), 0);
        assert_string_equal(config_tree_destination(t, 1), "you@example.com");
        config_tree_append_destination(t, 1, &value);
        text_append(&value, "", 1);
        assert_string_equal(value.data, "{ to = \"you@example.com\"; language = \"ja\"; }");
}

static void lists(void **state)
{
        static const char *const texts[] = {"interface", "gateway"};
        _cleanup_(config_tree_freep) ConfigTree *t = load(*state, every_kind);
        _cleanup_free_ char *text = NULL;

        assert_string_equal(config_tree_element(t, "watch.interfaces", 0), "eth*");
        assert_null(config_tree_element(t, "watch.interfaces", 1));
        assert_null(config_tree_element(t, "watch.sources", 0));
        assert_null(config_tree_element(t, "mail.auth.pop.port", 0));
        assert_int_equal(config_tree_set_list(t, "watch.sources", texts, 1), 0);
        assert_null(config_tree_element(t, "watch.sources", 1));
        assert_int_equal(config_tree_set_list(t, "watch.sources", texts, 2), 0);
        assert_string_equal(config_tree_element(t, "watch.sources", 1), "gateway");
        assert_null(config_tree_element(t, "watch.sources", 2));
        text = render(t);
        assert_non_null(strstr(text, "\n  sources = ( \"interface\", \"gateway\" );\n"));
}

static void no_file(void **state)
{
        ConfigTree *t = NULL;

        assert_int_equal(config_tree_new("/nonexistent", &t), -EINVAL);
        assert_null(t);
}

/* Each row is one that a dialogue can take, and is found by each of its names. */
static void providers_are_whole(void **state)
{
        _cleanup_(providers_freep) Providers *p = NULL;
        Provider row, found;
        Security security;

        assert_int_equal(providers_new(SHIPPED_PROVIDERS, &p), 0);
        assert_true(providers_count(p) >= 10);
        for (size_t i = 0; i < providers_count(p); i++) {
                providers_get(p, i, &row);
                assert_true(host_name_is_valid(row.server));
                assert_int_equal(security_from_name(row.security, &security), 0);
                assert_int_equal(row.port, security_default_port(security));
                assert_memory_equal(row.source, "https://", 8);
                assert_int_equal(strlen(row.date), strlen("2026-11-30"));
                assert_true(providers_find(p, row.name, &found));
                assert_string_equal(found.name, row.name);
                assert_true(providers_find(p, row.server, &found));
                assert_string_equal(found.server, row.server);
        }
}

static void providers_are_found(void **state)
{
        _cleanup_(providers_freep) Providers *p = NULL;
        Provider found;

        assert_int_equal(providers_new(SHIPPED_PROVIDERS, &p), 0);
        assert_true(providers_find(p, "Me@GMAIL.com", &found));
        assert_string_equal(found.server, "smtp.gmail.com");
        assert_int_equal(found.login, PROVIDER_LOGIN_APP_PASSWORD);
        assert_true(providers_find(p, "me@plum.ocn.ne.jp", &found));
        assert_string_equal(found.name, "OCN");
        assert_true(providers_find(p, "me@yahoo.co.jp", &found));
        assert_int_equal(found.account, PROVIDER_ACCOUNT_LOCAL);
        assert_false(providers_find(p, "me@notgmail.com", &found));
        assert_false(providers_find(p, "me@gmail.com.example", &found));
        assert_false(providers_find(p, "gmail.com", &found));
}

static void rows_that_are_not_whole(void **state)
{
        static const char text[] = "providers = ( { name = \"A\"; domains = ( \"a\" ); server = \"a\"; } );";
        _cleanup_free_ char *path = folder_file(*state, "providers", text, strlen(text));
        Providers *p = NULL;

        assert_int_equal(providers_new(path, &p), -EINVAL);
        assert_int_equal(providers_new("/nonexistent", &p), -EINVAL);
        assert_null(p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_set_is_the_file_as_shipped),
                cmocka_unit_test_setup_teardown(values_come_over, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(values_change, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(lists, folder_setup, folder_teardown),
                cmocka_unit_test(no_file),
                cmocka_unit_test(providers_are_whole),
                cmocka_unit_test(providers_are_found),
                cmocka_unit_test_setup_teardown(rows_that_are_not_whole, folder_setup, folder_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
