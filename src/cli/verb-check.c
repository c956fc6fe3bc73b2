/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli/verbs.h"
#include "decide/outcome.h"
#include "store/config-file.h"

/* Looks at the settings file alone: nothing is looked up, connected to or changed, so it may be run at any
 * time, on any file, by anyone who can read it. */

static int print_faults(const SettingsFaults *faults)
{
        size_t n;
        const SettingsFault *entries = settings_faults_entries(faults, &n);

        for (size_t i = 0; i < n; i++) {
                _cleanup_text_ Text t = {0};

                settings_fault_format(entries + i, &t);
                if (text_error(&t) < 0)
                        return -ENOMEM;
                puts(t.data);
        }
        return 0;
}

static void print_mail(const Settings *s)
{
        const MailSettings *m = &s->mail;
        char server[RESULT_SERVER_MAX];
        size_t disabled = 0;

        if (!m->enabled) {
                puts("mail off: changes go to the journal alone");
                return;
        }
        for (size_t i = 0; i < s->n_destinations; i++)
                disabled += !s->destinations[i].enabled;
        mail_settings_format_server(m, server, sizeof(server));
        printf("mail on: %s %s, %zu destination%s", server, security_name(m->security), s->n_destinations,
               s->n_destinations == 1 ? "" : "s");
        if (disabled > 0)
                printf(" (%zu disabled)", disabled);
        printf("\nfrom %s, ", m->from);
        if (m->method == AUTH_METHOD_NONE)
                puts("no login");
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
        printf("; settled after %g s, %g s at most\n", (double)s->settle_quiet / (double)USEC_PER_SEC,
               (double)s->watch.settle_limit / (double)USEC_PER_SEC);
}

int verb_check(const Options *options)
{
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_(settings_freep) Settings *settings = NULL;
        int r;

        r = config_file_load(options->config, &settings, &faults);
        if (r >= 0 && !settings)
                r = print_faults(faults);
        if (r < 0) {
                fprintf(stderr, "ipherald: cannot read %s: %s\n", options->config, strerror(-r));
                return EXIT_FAILURE;
        }
        if (!settings)
                return EXIT_FAILURE;
        print_mail(settings);
        print_watch(settings);
        return EXIT_SUCCESS;
}
