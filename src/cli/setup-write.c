/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "settings/keys.h"
#include "store/state-file.h"

/* What the dialogue comes to. Each file is replaced whole; settings that were there stay beside the new ones
 * as FILE.bak. */

static void print_line(bool coloured, char sign, const char *key, const char *value)
{
        _cleanup_text_ Text t = {0};

        text_appendf(&t, "  %c %s%s%s\n", sign, key, *key ? " = " : "", value);
        if (text_error(&t) >= 0)
                terminal_print(coloured, sign == '+' ? STYLE_GOOD : STYLE_BAD, t.data);
}

static const char *text_of(Text *t)
{
        text_append(t, "", 1);
        return text_error(t) < 0 ? "" : t->data;
}

/* The destinations of A that B has not. */
static bool show_destinations(const ConfigTree *a, const ConfigTree *b, char sign, bool coloured)
{
        bool any = false;

        for (size_t i = 0; i < config_tree_count_destinations(a); i++) {
                _cleanup_text_ Text t = {0};
                bool found = false;

                config_tree_append_destination(a, i, &t);
                for (size_t k = 0; k < config_tree_count_destinations(b) && !found; k++) {
                        _cleanup_text_ Text other = {0};

                        config_tree_append_destination(b, k, &other);
                        found = other.size == t.size && memcmp(other.data, t.data, t.size) == 0;
                }
                if (!found)
                        print_line(coloured, sign, "", text_of(&t));
                any |= !found;
        }
        return any;
}

bool setup_show_difference(const Setup *s)
{
        bool coloured = terminal_is_coloured(), any = *s->secret;
        size_t n;
        const SettingsKey *keys = settings_keys(&n);

        printf("%s:\n", s->config);
        for (size_t i = 0; i < n; i++) {
                _cleanup_text_ Text old = {0}, new = {0};

                if (keys[i].room != SETTINGS_ROOM_GLOBAL)
                        continue;
                config_tree_append_value(s->old, keys[i].path, &old);
                config_tree_append_value(s->tree, keys[i].path, &new);
                const char *was = text_of(&old), *is = text_of(&new);

                if (streq(was, is))
                        continue;
                any = true;
                if (*was)
                        print_line(coloured, '-', keys[i].path, was);
                if (*is)
                        print_line(coloured, '+', keys[i].path, is);
        }
        any |= show_destinations(s->old, s->tree, '-', coloured);
        any |= show_destinations(s->tree, s->old, '+', coloured);
        if (*s->secret)
                printf(_("%s%s/%s: a new password\n"), s->options->credentials_dir,
                       setup_encrypts(s) ? ".encrypted" : "", setup_credential(s));
        return any;
}

/* The folder and the name of the settings file. */
static int open_folder(const Setup *s, StateDir **ret, const char **ret_name)
{
        char folder[PATH_MAX];
        const char *slash = strrchr(s->config, '/');

        string_copy(folder, sizeof(folder), s->config);
        *ret_name = slash ? slash + 1 : s->config;
        return state_dir_open(slash ? dirname(folder) : ".", ret);
}

/* As FILE.bak, in its own mode. */
static int keep_old(const Setup *s, StateDir *d, const char *name, mode_t mode)
{
        _cleanup_free_ char *text = NULL;
        char backup[STATE_NAME_MAX];
        size_t size;
        int r;

        if (!s->exists)
                return 0;
        (void)snprintf(backup, sizeof(backup), "%s.bak", name);
        r = state_dir_read(d, name, &text, &size);
        return r < 0 ? r : state_dir_write(d, backup, text, size, mode, STATE_WRITE_DURABLE);
}

static int prepare_settings(const Setup *s, StateDir *d, const char *name)
{
        _cleanup_text_ Text text = {0};
        struct stat st;
        mode_t mode = s->exists && stat(s->config, &st) == 0 ? st.st_mode & 0777 : 0644;
        int r;

        config_tree_render(s->tree, s->model, &text);
        r = text_error(&text);
        if (r >= 0)
                r = keep_old(s, d, name, mode);
        return r < 0 ? r : state_dir_prepare(d, name, text.data, text.size, mode, STATE_WRITE_DURABLE);
}

/* A new password beside old settings would go to the old server, so where there is no room for one of the
 * two neither is changed. */
static int write_both(Setup *s)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        const char *name;
        int r = open_folder(s, &d, &name);

        if (r >= 0)
                r = prepare_settings(s, d, name);
        if (r < 0)
                return setup_complain(s->config, strerror(-r));
        r = setup_write_credential(s);
        if (r != EXIT_SUCCESS) {
                state_dir_discard(d, name);
                return r;
        }
        r = state_dir_commit(d, name, STATE_WRITE_DURABLE);
        if (r < 0)
                return setup_complain(s->config, strerror(-r));
        if (s->exists)
                printf(_("%s is written; as it was before it is %s.bak\n"), s->config, s->config);
        else
                printf(_("%s is written\n"), s->config);
        return EXIT_SUCCESS;
}

static int restart(const Setup *s)
{
        static const char *const reload[] = {"systemctl", "daemon-reload", NULL},
                                 *const enable[] = {"systemctl", "enable", "--quiet", "ipherald.service",
                                                    NULL},
                                 *const start[] = {"systemctl", "restart", "ipherald.service", NULL};
        int r;

        if (!s->is_default) {
                printf("%s\n", _("These are not the service's own files: who uses them is to be restarted"));
                return EXIT_SUCCESS;
        }
        if (sd_booted() <= 0) {
                printf("%s\n", _("systemd does not run here: the service starts with these settings"));
                return EXIT_SUCCESS;
        }
        r = setup_run(reload, NULL, 0);
        if (r == 0)
                r = setup_run(enable, NULL, 0);
        if (r == 0)
                r = setup_run(start, NULL, 0);
        if (r != 0) {
                fprintf(stderr, "ipherald setup: systemctl: %s\n",
                        r < 0 ? strerror(-r) : _("it failed; journalctl -u ipherald says why"));
                return EXIT_FAILURE;
        }
        printf("%s\n", _("The service is started again; `ipherald status` shows what it does"));
        return EXIT_SUCCESS;
}

int setup_apply(Setup *s)
{
        int r;

        setup_ask_hold();
        r = write_both(s);
        return r == EXIT_SUCCESS ? restart(s) : r;
}
