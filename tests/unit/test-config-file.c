/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "folder.h"
#include "settings/keys.h"
#include "store/config-file.h"

static Settings *load_path(const char *path, Text *ret_faults)
{
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        Settings *s = (Settings *)1;
        size_t n;

        assert_int_equal(config_file_load(path, &s, &faults), 0);
        const SettingsFault *entries = settings_faults_entries(faults, &n);
        for (size_t i = 0; i < n; i++) {
                settings_fault_format(entries + i, ret_faults);
                text_append_string(ret_faults, "\n");
        }
        assert_true(!s == (n > 0));
        return s;
}

static void fill_in(const char *text, const char *folder, Text *ret)
{
        text_append(ret, "", 0);
        for (const char *p = text; *p; p++)
                if (*p == '$')
                        text_append_string(ret, folder);
                else
                        text_append(ret, p, 1);
}

/* Loads TEXT as "FOLDER/main", and compares the faults; "$" stands for the folder in both. */
static Settings *load(const char *folder, const char *text, const char *expected)
{
        _cleanup_text_ Text faults = {0}, filled_text = {0}, filled_faults = {0};
        _cleanup_free_ char *path = NULL;

        fill_in(text, folder, &filled_text);
        fill_in(expected, folder, &filled_faults);
        path = folder_file(folder, "main", filled_text.data, filled_text.size);
        Settings *s = load_path(path, &faults);
        assert_string_equal(faults.data ? faults.data : "", filled_faults.data);
        return s;
}

static void add_file(const char *folder, const char *name, const char *text)
{
        free(folder_file(folder, name, text, strlen(text)));
}

static void every_key_is_read(void **state)
{
        _cleanup_(settings_freep) Settings *s = load(
                *state,
                "mail = { enabled = true; server = \"smtp.example.com\"; port = 0x9dd; security = \"tls\";\n"
                "  from = \"a@example.com\"; helo = \"h.example.com\";\n"
                "  auth = { method = \"smtp\"; account = \"a\"; mechanisms = [ \"LOGIN\" ]; };\n"
                "  tls = { ca_file = \"/ca.pem\"; name = \"mx.example.com\"; }; };\n"
                "destinations = ( { to = \"b@Example.com\"; }, { to = \"c@example.com\"; enabled = false; } "
                ");\n"
                "watch = { interfaces = ( \"eth0\", \"wl*\" ); families = \"ipv6\"; temporary = true;\n"
                "  deprecated = true; private = false; };\n"
                "settle = { quiet = 0.5; limit = 10; };\n"
                "limits = { mails_per_hour = 3; unknown_wait = 60; };\n",
                "");

        assert_non_null(s);
        assert_true(s->mail.enabled);
        assert_string_equal(s->mail.server, "smtp.example.com");
        assert_int_equal(s->mail.port, 2525);
        assert_int_equal(s->mail.security, SECURITY_TLS);
        assert_string_equal(s->mail.from, "a@example.com");
        assert_string_equal(s->mail.helo, "h.example.com");
        assert_int_equal(s->mail.method, AUTH_METHOD_SMTP);
        assert_string_equal(s->mail.account, "a");
        assert_int_equal(s->mail.mechanisms, SASL_LOGIN);
        assert_string_equal(s->mail.ca_file, "/ca.pem");
        assert_string_equal(s->mail.tls_name, "mx.example.com");
        assert_int_equal(s->n_destinations, 2);
        assert_string_equal(s->destinations[0].to, "b@example.com");
        assert_true(s->destinations[0].enabled);
        assert_false(s->destinations[1].enabled);
        assert_int_equal(s->watch.n_interfaces, 2);
        assert_false(s->watch.family[FAMILY_IPV4]);
        assert_true(s->watch.family[FAMILY_IPV6]);
        assert_true(s->watch.temporary && s->watch.deprecated);
        assert_false(s->watch.private_addresses);
        assert_true(s->settle_quiet == 500 * USEC_PER_MSEC);
        assert_true(s->watch.settle_limit == 10 * USEC_PER_SEC);
        assert_int_equal(s->mails_per_hour, 3);
        assert_true(s->unknown_wait == USEC_PER_MIN);
}

static void an_empty_file_is_the_defaults(void **state)
{
        _cleanup_(settings_freep) Settings *empty = load(*state, "", "");
        _cleanup_(settings_freep) Settings *lists = load(*state, "destinations = ();\nwatch = {};\n", "");

        assert_non_null(empty);
        assert_non_null(lists);
}

static void all_faults_come_together(void **state)
{
        load(*state,
             "mail = {\n"
             "  port = 70000;\n"
             "  prot = 587;\n"
             "  security = \"none\";\n"
             "  auth = { account = \"me\"; };\n"
             "  tls = 3;\n"
             "};\n"
             "destinations = ( { to = \"me@example.com\\r\\nBcc: x@example.com\"; } );\n"
             "limits = { unknown_wait = \"1 h\"; };\n"
             "colour = 1;\n",
             "$/main:2: mail.port: 70000 is out of range: 1 to 65535\n"
             "$/main:3: unknown key mail.prot; the nearest known one is mail.port\n"
             "$/main:4: mail.security: \"none\" is refused together with a login, whose password would go "
             "out "
             "in clear\n"
             "$/main:6: mail.tls: must be a group: { ... }\n"
             "$/main:8: destinations[].to: \"me@example.com Bcc: x@example.com\" holds a control "
             "character (a line break?) or is not UTF-8\n"
             "$/main:9: limits.unknown_wait: is a text, and must be a number of seconds\n"
             "$/main:10: unknown key colour; the nearest known one is mail\n");
}

/* The fault is the list's that names the source; a key that is refused is not missing too. */
static void a_source_needs_its_key(void **state)
{
        static const char both[] = "$/main:2: watch.stun: missing, and needed by watch.sources \"stun\"\n"
                                   "$/main:2: watch.file: missing, and needed by watch.sources \"file\"\n";

        assert_null(load(*state,
                         "watch = {\n  sources = ( \"interface\", \"stun\", \"gateway\", \"file\" );\n};\n",
                         both));
        assert_null(load(
                *state,
                "watch = {\n  sources = ( \"interface\", \"stun\" );\n  stun = \"stun.example.com\";\n};\n",
                "$/main:3: watch.stun: \"stun.example.com\" is not a list of up to four IP "
                "addresses, with or without a port (\"192.0.2.1:3478\", \"[2001:db8::1]:3478\")\n"));
        add_file(*state, "sources", "watch = {\n  sources = ( \"interface\", \"file\" ); };\n");
        assert_null(load(*state, "@include \"sources\"\n",
                         "$/sources:2: watch.file: missing, and needed by watch.sources \"file\"\n"));
        settings_free(
                load(*state,
                     "watch = { sources = ( \"interface\", \"stun\", \"file\" ); stun = \"192.0.2.1\";\n"
                     "  file = \"/run/outside/addresses\"; };\n",
                     ""));
        settings_free(load(*state, "watch = { sources = ( \"interface\", \"gateway\" ); };\n", ""));
}

static void destinations_are_groups(void **state)
{
        _cleanup_(settings_freep)
                Settings *lone = load(*state, "destinations = { to = \"me@example.com\"; };", "");

        assert_int_equal(lone->n_destinations, 1);
        load(*state, "destinations =\n ( \"me\", {\n}, { to = 3; tos = 4; } );",
             "$/main:2: destinations: must be a list of groups: ( { to = \"me@example.com\"; } )\n"
             "$/main:2: destinations[].to: missing\n"
             "$/main:3: destinations[].to: is a number, and must be a mail address\n"
             "$/main:3: unknown key destinations[].tos; the nearest known one is destinations[].to\n");
}

static void a_syntax_error_comes_alone(void **state)
{
        load(*state, "mail = { port = 70000; };\nx =;\n", "$/main:2: syntax error\n");
        load(*state, "a = 1;\na = 2;\n", "$/main:2: duplicate setting name\n");
        load(*state, "a = \"never closed", "$/main:1: syntax error\n");
}

static void an_included_file_has_its_own_lines(void **state)
{
        add_file(*state, "sub", "\nserver = \"a b\";\n");
        load(*state, "mail = {\n@include \"sub\"\nport = 0;\n};\n",
             "$/sub:2: mail.server: \"a b\" is not a host name or an IP address\n"
             "$/main:3: mail.port: 0 is out of range: 1 to 65535\n");
        add_file(*state, "sub", "x = 1;\ny =;\n");
        load(*state, "@include \"sub\"\n", "$/sub:2: syntax error\n");
        load(*state, "\n@include \"none\"\n", "$/main:2: cannot open include file\n");
}

static void what_is_no_file_is_never_read(void **state)
{
        _cleanup_free_ char *fifo = folder_file(*state, "fifo", "", 0);
        _cleanup_text_ Text faults = {0};

        assert_int_equal(unlink(fifo), 0);
        assert_int_equal(mkfifo(fifo, 0600), 0);
        load(*state, "\n@include \"fifo\"\n", "$/main:2: cannot include $/fifo: it is no regular file\n");
        load(*state, "  @include\t\"../\"\n", "$/main:1: cannot include $/../: it is a folder\n");
        load(*state, "@include \"$/fifo\"\n", "$/main:1: cannot include $/fifo: it is no regular file\n");
        load_path(fifo, &faults);
        assert_non_null(strstr(faults.data, "/fifo: cannot be read: it is no regular file\n"));
        text_done(&faults);
        load_path(*state, &faults);
        assert_non_null(strstr(faults.data, ": cannot be read: it is a folder\n"));
        text_done(&faults);
        load_path("/nonexistent/file", &faults);
        assert_string_equal(faults.data, "/nonexistent/file: cannot be read: No such file or directory\n");
}

static void includes_are_bounded(void **state)
{
        add_file(*state, "twice", "@include \"twice\"\n@include \"twice\"\n");
        load(*state, "@include \"twice\"\n", "$/twice:2: more than 64 files are included\n");
}

static void octets_are_bounded(void **state)
{
        _cleanup_free_ char *large = malloc(CONFIG_FILE_SIZE_MAX + 1), *path = NULL;
        _cleanup_text_ Text faults = {0};

        assert_non_null(large);
        memset(large, ' ', CONFIG_FILE_SIZE_MAX + 1);
        path = folder_file(*state, "large", large, CONFIG_FILE_SIZE_MAX + 1);
        load_path(path, &faults);
        assert_non_null(strstr(faults.data, "/large: cannot be read: it is too large\n"));
        free(path);
        text_done(&faults);

        path = folder_file(*state, "nul", "a = 1;\n\0b", 9);
        load_path(path, &faults);
        assert_non_null(strstr(faults.data, "/nul:2: holds a NUL octet: not a text file\n"));
}

static void a_bare_name_is_in_this_folder(void **state)
{
        _cleanup_text_ Text faults = {0};
        char before[4096];

        assert_non_null(getcwd(before, sizeof(before)));
        add_file(*state, "bare", "@include \"sub\"\nx = 1;\n");
        add_file(*state, "sub", "y = 1;\n");
        assert_int_equal(chdir(*state), 0);
        load_path("bare", &faults);
        assert_int_equal(chdir(before), 0);
        assert_memory_equal(faults.data, "sub:1: unknown key y", 20);
        assert_non_null(strstr(faults.data, "\nbare:2: unknown key x"));
}

/* The shipped file, with every setting that it shows in a comment taken out of it. */
static void the_shipped_file_documents_every_key(void **state)
{
        _cleanup_text_ Text faults = {0}, shown = {0};
        char line[256];
        size_t n;
        const SettingsKey *keys = settings_keys(&n);
        _cleanup_(settings_freep) Settings *shipped = load_path(SHIPPED_SETTINGS, &faults), *all = NULL;

        assert_non_null(shipped);
        assert_false(shipped->mail.enabled);

        FILE *f = fopen(SHIPPED_SETTINGS, "re");
        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
                char *hash = strchr(line, '#'), *text = hash ? hash + 1 + strspn(hash + 1, " ") : NULL;
                bool code = hash &&
                            (strchr("{}", *text) || strstr(text, " = ") == text + strcspn(text, " "));

                text_append_string(&shown, code ? text : line);
        }
        assert_int_equal(fclose(f), 0);
        all = load(*state, shown.data, "");
        assert_non_null(all);
        assert_int_equal(all->n_destinations, 1);

        for (size_t i = 0; i < n; i++) {
                _cleanup_text_ Text assigned = {0};
                const char *dot = strrchr(keys[i].path, '.');

                text_appendf(&assigned, "\n%s = ", dot + 1);
                _cleanup_text_ Text indented = {0};
                text_appendf(&indented, " %s = ", dot + 1);
                if (!strstr(shown.data, assigned.data) && !strstr(shown.data, indented.data))
                        fail_msg("%s is not in the shipped file", keys[i].path);
        }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(every_key_is_read),
                IN_FOLDER(an_empty_file_is_the_defaults),
                IN_FOLDER(all_faults_come_together),
                IN_FOLDER(a_source_needs_its_key),
                IN_FOLDER(destinations_are_groups),
                IN_FOLDER(a_syntax_error_comes_alone),
                IN_FOLDER(an_included_file_has_its_own_lines),
                IN_FOLDER(what_is_no_file_is_never_read),
                IN_FOLDER(includes_are_bounded),
                IN_FOLDER(octets_are_bounded),
                IN_FOLDER(a_bare_name_is_in_this_folder),
                IN_FOLDER(the_shipped_file_documents_every_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
