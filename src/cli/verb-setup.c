/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/string-util.h"
#include "cli/load-settings.h"
#include "cli/messages.h"
#include "cli/setup.h"
#include "cli/verbs.h"
#include "config.h"
#include "store/config-file.h"
#include "store/fd.h"
#include "store/installed.h"
#include "store/read-file.h"
#include "store/state-file.h"

/* Questions, a login that is tried at once, one that works written down. Nothing is changed before the end,
 * and nothing is tried that was not answered: another form of the account is offered, never just taken,
 * since providers lock accounts for guesses. */

int setup_complain(const char *what, const char *why)
{
        fprintf(stderr, "ipherald setup: %s: %s\n", what, why);
        return EXIT_FAILURE;
}

static int read_model(Setup *s)
{
        char path[PATH_MAX];
        size_t size;
        int r;

        find_installed("conf/ipherald.conf", IPHERALD_DATADIR "/ipherald/ipherald.conf", path);
        r = read_file_at(AT_FDCWD, path, 0, CONFIG_FILE_SIZE_MAX, &s->model, &size);
        if (r < 0)
                return setup_complain(path, read_file_error(r));
        find_installed("conf/providers.conf", IPHERALD_DATADIR "/ipherald/providers.conf", path);
        r = providers_new(path, &s->providers);
        return r < 0 ? setup_complain(path, strerror(-r)) : EXIT_SUCCESS;
}

/* Settings with a fault can't be carried over. */
static int read_settings(Setup *s)
{
        const char *path = NULL;
        int r;

        s->exists = access(s->config, F_OK) == 0;
        if (s->exists && load_settings("setup", s->config, stdout, &s->settings) == EXIT_SUCCESS)
                path = s->config;
        else if (s->exists) {
                printf("%s\n", _("These settings hold a fault: none of them is carried over"));
                if (!s->interactive)
                        return EXIT_FAILURE;
        }
        r = s->settings ? 0 : settings_new(&s->settings);
        if (r >= 0)
                r = config_tree_new(path, &s->old);
        if (r >= 0)
                r = config_tree_new(path, &s->tree);
        return r < 0 ? setup_complain(s->config, strerror(-r)) : EXIT_SUCCESS;
}

/* Said before the first question, not behind the last. */
static int check_access(const Setup *s)
{
        char folder[PATH_MAX];
        const char *slash = strrchr(s->config, '/'), *name = slash ? slash + 1 : s->config;
        struct stat st;

        if (stat(s->config, &st) == 0 && !S_ISREG(st.st_mode))
                return setup_complain(s->config, read_file_error(S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL));
        /* As FILE.bak it is longer. */
        if (!*name || strlen(name) + strlen(".bak") >= STATE_NAME_MAX)
                return setup_complain(s->config, strerror(*name ? ENAMETOOLONG : EISDIR));
        string_copy(folder, sizeof(folder), s->config);
        if (!s->options->credentials_dir || access(dirname(folder), W_OK) < 0)
                return setup_complain(s->config, _("setup writes here and needs root: sudo ipherald setup"));
        return EXIT_SUCCESS;
}

int setup_read(Setup *s)
{
        const Options *o = s->options;
        int r;

        if (!realpath(o->config, s->config))
                string_copy(s->config, sizeof(s->config), o->config);
        s->interactive = !o->non_interactive;
        s->is_default = !o->config_given && o->credentials_dir &&
                        streq(o->credentials_dir, "/etc/credstore");
        if (s->interactive && !isatty(STDIN_FILENO))
                return setup_complain("stdin",
                                      _("it is no terminal: --non-interactive takes options instead"));
        r = check_access(s);
        if (r == EXIT_SUCCESS)
                r = read_model(s);
        return r == EXIT_SUCCESS ? read_settings(s) : r;
}

/* The account as the other half of the providers would have it; false where there is no such form. */
static bool other_form(const Setup *s, char ret[static ANSWER_MAX])
{
        const char *account = config_tree_text(s->tree, "mail.auth.account"),
                   *from = config_tree_text(s->tree, "mail.from");

        if (!account || !from || !strchr(from, '@'))
                return false;
        if (strchr(account, '@'))
                (void)snprintf(ret, ANSWER_MAX, "%.*s", (int)strcspn(account, "@"), account);
        else
                (void)snprintf(ret, ANSWER_MAX, "%s%s", account, strchr(from, '@'));
        return true;
}

static int ask_server_again(Setup *s)
{
        int r = setup_ask_server(s);

        /* Another server has another account. */
        if (r >= 0 && !config_tree_text(s->tree, "mail.auth.account"))
                r = setup_ask_login(s);
        return r;
}

/* What to do about a login that failed: 1 to try again, 0 to go on as it is, or a negative errno. */
static int ask_what_next(Setup *s, Step failed)
{
        char answer[ANSWER_MAX], other[ANSWER_MAX];
        bool login = failed == STEP_AUTH || failed == STEP_POP3, form = login && other_form(s, other);
        int r;

        if (setup_uses_password(s))
                (void)fputs(_("  p  another password\n"), stdout);
        if (form)
                printf(_("  f  try the account as %s\n"), other);
        printf(_("  a  another account\n"
                 "  s  another server, port or encryption\n"
                 "  w  go on with what does not work\n"
                 "  q  stop; nothing is changed\n"));
        for (;;) {
                r = setup_ask(_("What now"), login ? "p" : "s", answer);
                if (r < 0)
                        return r;
                if (streq(answer, "q"))
                        return -ECANCELED;
                if (streq(answer, "w"))
                        return 0;
                if (streq(answer, "p"))
                        r = setup_ask_password(s);
                else if (streq(answer, "f") && form)
                        r = config_tree_set_text(s->tree, "mail.auth.account", other);
                else if (streq(answer, "a"))
                        r = setup_ask_login(s);
                else if (streq(answer, "s"))
                        r = ask_server_again(s);
                else
                        continue;
                return r < 0 ? r : 1;
        }
}

static int log_in(Setup *s)
{
        Step failed;
        int r;

        if (s->options->no_login)
                return 0;
        do {
                r = setup_try(s, false, &failed);
                if (r > 0)
                        return 0;
                /* Settings that hold a fault are asked for again like those that fail. */
                if (r < 0 && (r != -EINVAL || !s->interactive))
                        return r;
                r = s->interactive ? ask_what_next(s, failed) : -EINVAL;
        } while (r > 0);
        return r;
}

static int send_mail(Setup *s)
{
        Step failed;
        int r;

        if (s->options->no_send || s->options->no_login)
                return 0;
        if (s->interactive) {
                r = setup_ask_yes(_("Send a test mail"), true);
                if (r <= 0)
                        return r;
        }
        r = setup_try(s, true, &failed);
        /* Whoever sees it fail still has the last question; a script has not. */
        return r == 0 && !s->interactive ? -EINVAL : MIN(r, 0);
}

/* 1 to write what was answered, 0 where that is what was there; negative errno. */
static int talk(Setup *s)
{
        int r = setup_ask_server(s);

        if (r >= 0)
                r = setup_ask_login(s);
        /* Without a destination the settings are not whole yet. */
        if (r >= 0)
                r = config_tree_set_bool(s->tree, "mail.enabled", false);
        if (r >= 0)
                r = log_in(s);
        if (r >= 0)
                r = setup_ask_destinations(s);
        if (r >= 0)
                r = setup_ask_outside(s);
        if (r >= 0)
                r = config_tree_set_bool(s->tree, "mail.enabled", true);
        if (r >= 0)
                r = send_mail(s);
        if (r >= 0)
                r = setup_check(s);
        if (r < 0)
                return r;
        if (!setup_show_difference(s)) {
                printf("%s\n", _("Nothing has changed"));
                return 0;
        }
        if (!s->interactive)
                return 1;
        r = setup_ask_yes(_("Write this"), true);
        return r == 0 ? -ECANCELED : r;
}

static void setup_done(Setup *s)
{
        providers_free(s->providers);
        config_tree_free(s->tree);
        config_tree_free(s->old);
        settings_free(s->settings);
        free(s->model);
        explicit_bzero(s->secret, sizeof(s->secret));
}

int verb_setup(const Options *options)
{
        _cleanup_(setup_done) Setup s = {.options = options};
        int r;

        messages_begin();
        r = setup_read(&s);
        if (r != EXIT_SUCCESS)
                return r;
        setup_ask_begin();
        if (s.interactive)
                printf("%s\n",
                       _("Enter takes what stands in [brackets]; Ctrl-C stops, and changes nothing."));
        r = talk(&s);
        if (r == -ENOMEM)
                return setup_complain(s.config, strerror(-r));
        if (r < 0)
                printf("%s\n", _("Nothing was changed."));
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        return setup_apply(&s);
}
