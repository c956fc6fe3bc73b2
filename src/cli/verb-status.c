/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "cli/messages.h"
#include "cli/name-check.h"
#include "cli/status-json.h"
#include "cli/status-lines.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "daemon/clock.h"
#include "daemon/status-file.h"
#include "store/config-file.h"
#include "store/read-file.h"

/* What the service wrote down of itself, told to a person or a program. It asks nobody else: neither the
 * kernel nor the ledger, which is the service's alone; but for what DNS says, where the settings name a
 * name, which the service never looks up. */

/* The unit that has FOLDER for its own; NULL: it is somebody's by hand. */
static const char *unit_of(const char *folder)
{
        const char *name = strrchr(folder, '/');

        name = name ? name + 1 : folder;
        return *name && strncmp(folder, STATUS_FOLDER, strlen(STATUS_FOLDER)) == 0 ? name : NULL;
}

static void append_command(Text *t, const char *folder, const char *verb)
{
        const char *unit = unit_of(folder);

        if (unit)
                text_appendf(t, "sudo systemctl %s %s", verb, unit);
        else
                text_appendf(t, "ipherald run --runtime-dir %s", folder);
}

/* Why there is nothing to tell, and the next command to type. */
static void complain(const char *folder, int error)
{
        _cleanup_text_ Text t = {0};

        if (error == -ENOENT || error == -ESRCH) {
                text_append_string(&t, error == -ENOENT ? _("the service is not running")
                                                        : _("the service has ended without a word"));
                text_append_string(&t, ": ");
                append_command(&t, folder, "start");
        } else if (error == -EPROTONOSUPPORT) {
                text_appendf(&t, "%s: ", _("the service that runs is of another version"));
                append_command(&t, folder, "restart");
        } else
                text_appendf(&t, "%s/" STATUS_FILE_NAME ": %s", folder,
                             error == -EBADMSG ? _("it can't be read as what the service writes")
                                               : read_file_error(error));
        if (text_error(&t) >= 0)
                fprintf(stderr, "ipherald status: %s\n", t.data);
}

/* Settings that hold a fault are told of already; what they name is not known. */
static bool look_up(const Status *s, Text *words)
{
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_(settings_freep) Settings *settings = NULL;
        _cleanup_text_ Text found = {0};
        IpAddress here[FAMILY_COUNT] = {0};
        NameVerdict verdict;
        const char *name, *form;

        if (config_file_load(s->service.config, &settings, &faults) < 0 || !settings ||
            !settings->watched_name)
                return false;
        for (Family f = 0; f < FAMILY_COUNT && s->settled; f++)
                here[f] = s->family[f].settled.address;
        name = settings->watched_name;
        verdict = name_check(name, here, &found);
        if (verdict == NAME_UNKNOWN)
                form = _("has no address for %s: %s");
        else
                form = verdict == NAME_OLD ? _("for %s still says %s") : _("for %s says %s");
        text_appendf(words, form, name, found.data ? found.data : _("none"));
        return verdict == NAME_OLD;
}

int verb_status(const Options *options)
{
        _cleanup_(status_freep) Status *s = NULL;
        _cleanup_text_ Text t = {0};
        const char *folder = options->runtime_dir ? options->runtime_dir : STATUS_FOLDER;
        int r;

        messages_begin();
        r = status_file_read(folder, &s);
        if (r < 0 && (!options->json || (r != -ENOENT && r != -ESRCH))) {
                complain(folder, r);
                return EXIT_FAILURE;
        }
        if (options->json)
                status_json(s, &t);
        else {
                _cleanup_text_ Text dns = {0};
                bool dns_is_old = look_up(s, &dns);
                const StatusForm form = {
                        .coloured = terminal_is_coloured(),
                        .width = terminal_width(),
                        .wall = clock_wall(),
                        .now = clock_now(),
                        .dns = dns.data,
                        .dns_is_old = dns_is_old,
                };
                status_lines(s, &form, &t);
        }
        if (text_error(&t) < 0) {
                fprintf(stderr, "ipherald status: %s\n", strerror(ENOMEM));
                return EXIT_FAILURE;
        }
        (void)fwrite(t.data, 1, t.size, stdout);
        return s ? EXIT_SUCCESS : EXIT_FAILURE;
}
