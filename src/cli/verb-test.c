/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/string-util.h"
#include "cli/load-settings.h"
#include "cli/messages.h"
#include "cli/test-run.h"
#include "cli/verbs.h"

/* The settings, and the session. It neither reads nor writes what the service knows: no ledger, no
 * hold. So it also tries a login that the service holds back. */

static int complain(const char *what, const char *why)
{
        fprintf(stderr, "ipherald test: %s: %s\n", what, why);
        return EXIT_FAILURE;
}

/* The settings of this test: EXIT_SUCCESS and RET, or what to exit with. RET_OFF: mail.enabled is false. */
static int settings_for_test(const Options *options, Settings **ret, bool *ret_off)
{
        _cleanup_(settings_freep) Settings *s = NULL;
        int r = load_settings("test", options->config, stderr, &s);

        if (r != EXIT_SUCCESS)
                return r;
        if (options->to) {
                r = settings_tell_only(s, options->to);
                if (r < 0)
                        return complain(options->to, strerror(-r));
        }
        if (!s->mail.server || !s->mail.from)
                return complain(options->config,
                                _("mail.server or mail.from is not set: sudo ipherald setup asks for them"));
        if (!options->no_send && settings_count_enabled(s) == 0)
                return complain(options->config,
                                _("no destination is enabled: --to names one, --no-send does without"));
        *ret_off = !s->mail.enabled;
        s->mail.enabled = true;
        *ret = TAKE_PTR(s);
        return EXIT_SUCCESS;
}

int verb_test(const Options *options)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        Step failed;
        bool off;
        int r;

        messages_begin();
        if (options->to && !mail_address_is_valid(options->to)) {
                fprintf(stderr, "ipherald test: --to: %s\n", _("this is no mail address"));
                return EXIT_USAGE;
        }
        r = settings_for_test(options, &settings, &off);
        if (r != EXIT_SUCCESS)
                return r;

        const TestRun run = {
                .verb = "test",
                .settings = settings,
                .credentials_dir = options->credentials_dir,
                .send = !options->no_send,
                .off = off,
        };
        return test_run(&run, &failed);
}
