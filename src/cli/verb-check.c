/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/content-check.h"
#include "cli/load-settings.h"
#include "cli/machine-check.h"
#include "cli/verbs.h"
#include "decide/outcome.h"
#include "settings/advice.h"

/* Looks at the settings file, at the files that its mails are made of, and at what there is on this machine:
 * nothing is connected to or changed, and no name is looked up but watch.name, so it may be run at any time,
 * on any file, by anyone who can read it. */

static void print_pop(const MailSettings *m)
{
        char server[RESULT_SERVER_MAX];

        mail_settings_format_pop_server(m, server, sizeof(server));
        printf("login as %s by POP3 before: %s %s\n", m->account, server, security_name(m->pop_security));
}

static void print_mail(const Settings *s)
{
        const MailSettings *m = &s->mail;
        char server[RESULT_SERVER_MAX];
        size_t disabled = s->n_destinations - settings_count_enabled(s);

        if (!m->enabled) {
                puts("mail off: changes go to the journal alone");
                return;
        }
        mail_settings_format_server(m, server, sizeof(server));
        printf("mail on: %s %s, %zu destination%s", server, security_name(m->security), s->n_destinations,
               s->n_destinations == 1 ? "" : "s");
        if (disabled > 0)
                printf(" (%zu disabled)", disabled);
        printf("\nfrom %s, ", m->from);
        if (m->method == AUTH_METHOD_NONE)
                puts("no login");
        else if (m->method == AUTH_METHOD_POP_BEFORE_SMTP)
                print_pop(m);
        else if (m->account)
                printf("login as %s\n", m->account);
        else
                puts("login by certificate");
}

static void print_watch(const Settings *s)
{
        const char *separator = "";

        printf("watching ");
        for (size_t i = 0; i < s->watch.n_interfaces; i++)
                printf("%s%s", i > 0 ? " " : "", s->watch.interfaces[i]);
        if (s->watch.n_interfaces == 0)
                printf("whichever interface carries the default route");
        printf(", ");
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (s->watch.family[f]) {
                        printf("%s%s", separator, family_name(f));
                        separator = " and ";
                }
        for (size_t i = 1; i < s->sources.n; i++)
                printf("%s%s", i > 1 ? ", " : "; outside by ", source_name(s->sources.source[i]));
        printf("; settled after %g s, %g s at most\n", (double)s->settle_quiet / (double)USEC_PER_SEC,
               (double)s->watch.settle_limit / (double)USEC_PER_SEC);
}

static void print_warnings(SettingsFaults *warnings)
{
        const SettingsFault *entries;
        size_t n;

        settings_faults_sort(warnings);
        entries = settings_faults_entries(warnings, &n);
        for (size_t i = 0; i < n; i++) {
                fprintf(stderr, "%s:", entries[i].file);
                if (entries[i].line > 0)
                        fprintf(stderr, "%u:", entries[i].line);
                fprintf(stderr, " warning: %s\n", entries[i].text);
        }
}

/* How many faults there are, or -ENOMEM. */
static int look(const Options *options, const Settings *settings, const SettingsPlaces *places)
{
        _cleanup_(settings_faults_freep) SettingsFaults *warnings = NULL;
        int r = settings_faults_new(&warnings);

        if (r >= 0)
                r = settings_advise(settings, places, warnings);
        if (r >= 0)
                r = machine_check(settings, places, options, warnings);
        if (r < 0)
                return r;
        print_warnings(warnings);
        return content_check(settings, options->credentials_dir, stdout, stderr);
}

int verb_check(const Options *options)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;
        int r = load_settings_placed("check", options->config, stdout, &settings, &places);

        if (r != EXIT_SUCCESS)
                return r;
        r = look(options, settings, places);
        if (r < 0)
                fprintf(stderr, "ipherald check: %s\n", strerror(-r));
        if (r != 0)
                return EXIT_FAILURE;
        print_mail(settings);
        print_watch(settings);
        return EXIT_SUCCESS;
}
