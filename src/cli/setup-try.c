/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/string-util.h"
#include "cli/load-settings.h"
#include "cli/setup.h"
#include "cli/test-run.h"
#include "store/state-file.h"

/* What was answered is tried as the service would do it: it becomes a settings file and a credential, in a
 * folder in memory that this program alone can enter, and goes by the service's own reader and mailer. */

#define PATIENCE (15 * USEC_PER_SEC)

int setup_make_folder(Setup *s)
{
        (void)snprintf(s->folder, sizeof(s->folder), "%s/ipherald-setup.XXXXXX",
                       geteuid() == 0 ? "/run" : "/tmp");
        if (!mkdtemp(s->folder)) {
                *s->folder = '\0';
                return -errno;
        }
        setup_ask_guard(s->folder, setup_credential(s));
        return 0;
}

static int write_files(const Setup *s)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        _cleanup_text_ Text text = {0};
        int r;

        config_tree_render(s->tree, s->model, &text);
        r = text_error(&text);
        if (r >= 0)
                r = state_dir_open(s->folder, &d);
        if (r >= 0)
                r = state_dir_write(d, "settings", text.data, text.size, 0600, STATE_WRITE_VOLATILE);
        if (r >= 0 && *s->secret)
                r = state_dir_write(d, setup_credential(s), s->secret, strlen(s->secret), 0600,
                                    STATE_WRITE_VOLATILE);
        return r;
}

static int load(const Setup *s, Settings **ret)
{
        char path[PATH_MAX + 16];

        (void)snprintf(path, sizeof(path), "%s/settings", s->folder);
        return load_settings("setup", path, stderr, ret) == EXIT_SUCCESS ? 0 : -EINVAL;
}

static int prepare(Setup *s, Settings **ret)
{
        int r = setup_make_folder(s);

        if (r >= 0)
                r = write_files(s);
        if (r >= 0)
                return load(s, ret);
        fprintf(stderr, "ipherald setup: %s: %s\n", s->folder, strerror(-r));
        return r;
}

void setup_sweep(void)
{
        setup_ask_sweep();
        setup_ask_guard(NULL, NULL);
}

int setup_try(Setup *s, bool send, Step *ret_step)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        TestRun run = {.verb = "setup", .send = send, .patience = PATIENCE};
        int r = prepare(s, &settings);

        *ret_step = STEP_NONE;
        if (r >= 0) {
                settings->mail.enabled = true;
                run.settings = settings;
                run.credentials_dir = *s->secret ? s->folder : s->options->credentials_dir;
                r = test_run(&run, ret_step) == EXIT_SUCCESS;
        }
        setup_sweep();
        return r;
}

int setup_check(Setup *s)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        int r = prepare(s, &settings);

        setup_sweep();
        return r;
}
