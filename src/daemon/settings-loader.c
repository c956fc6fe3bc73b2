/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings-loader.h"

#include <syslog.h>

#include "base/string-util.h"
#include "journal/events.h"
#include "store/config-file.h"

#define NOBODY "nobody@invalid"

static void log_fault(const SettingsFault *fault)
{
        _cleanup_(event_freep) Event *e = NULL;
        _cleanup_text_ Text text = {0};

        settings_fault_format(fault, &text);
        if (text_error(&text) < 0 || event_new(EVENT_CONFIG_ERROR, &e) < 0)
                return;
        event_appendf(e, " %s", text.data);
        event_log(e);
}

static int name_nobody(Settings *s)
{
        int r;

        for (size_t i = 0; i < s->n_destinations; i++)
                free(s->destinations[i].to);
        free(s->destinations);
        s->n_destinations = 0;
        s->destinations = calloc(1, sizeof(DestinationSettings));
        if (!s->destinations)
                return -ENOMEM;
        s->n_destinations = 1;
        r = destination_settings_init(&s->destinations[0], NOBODY);
        return r < 0 ? r : string_replace(&s->mail.from, NOBODY);
}

static int complete_for_dry_run(Settings *s)
{
        s->mail.enabled = true;
        s->mail.method = AUTH_METHOD_NONE; /* nothing is sent: no credential is wanted */
        if (s->mail.from && settings_count_enabled(s) > 0)
                return 0;
        log_line(LOG_NOTICE,
                 "No usable settings that name a sender and a destination: the mail is from and to " NOBODY);
        return name_nobody(s);
}

int settings_load_logged(const char *path, bool dry_run, Settings **ret)
{
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_(settings_freep) Settings *s = NULL;
        const SettingsFault *entries;
        size_t n;
        int r = config_file_load(path, &s, &faults);

        if (r >= 0 && s && dry_run)
                r = complete_for_dry_run(s);
        if (r < 0)
                return r;
        if (s) {
                if (!s->mail.enabled)
                        log_line(LOG_NOTICE,
                                 "Mail is off in %s (mail.enabled): changes are told to the log alone",
                                 path);
                *ret = TAKE_PTR(s);
                return 1;
        }
        entries = settings_faults_entries(faults, &n);
        for (size_t i = 0; i < n; i++)
                log_fault(&entries[i]);
        return 0;
}

int settings_load_for_start(const char *path, bool dry_run, Settings **ret, bool *ret_usable)
{
        _cleanup_(settings_freep) Settings *s = NULL;
        int r = settings_load_logged(path, dry_run, &s);

        if (r < 0)
                return r;
        *ret_usable = r > 0 || dry_run;
        if (r == 0) {
                r = settings_new(&s);
                if (r >= 0 && dry_run)
                        r = complete_for_dry_run(s);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(s);
        return 0;
}
