/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/string-util.h"
#include "cli/load-settings.h"
#include "cli/messages.h"
#include "cli/test-lines.h"
#include "cli/verbs.h"
#include "daemon/mail-test.h"

/* The settings, the session and its lines. It neither reads nor writes what the service knows: no ledger, no
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
                return complain(options->config, _("mail.server or mail.from is not set"));
        if (!options->no_send && settings_count_enabled(s) == 0)
                return complain(options->config,
                                _("no destination is enabled: --to names one, --no-send does without"));
        *ret_off = !s->mail.enabled;
        s->mail.enabled = true;
        *ret = TAKE_PTR(s);
        return EXIT_SUCCESS;
}

static void print_head(const MailSettings *m, bool off)
{
        char server[RESULT_SERVER_MAX], pop_server[RESULT_SERVER_MAX];

        mail_settings_format_server(m, server, sizeof(server));
        mail_settings_format_pop_server(m, pop_server, sizeof(pop_server));
        if (m->method == AUTH_METHOD_NONE)
                printf(_("Testing %s (%s), without a login\n"), server, security_name(m->security));
        else if (m->method == AUTH_METHOD_POP_BEFORE_SMTP)
                printf(_("Testing %s (%s), after a login as %s by POP3 at %s (%s)\n"), server,
                       security_name(m->security), m->account, pop_server, security_name(m->pop_security));
        else if (m->account)
                printf(_("Testing %s (%s), with a login as %s\n"), server, security_name(m->security),
                       m->account);
        else
                printf(_("Testing %s (%s), with a login by certificate\n"), server,
                       security_name(m->security));
        if (off)
                printf("%s\n", _("mail.enabled is false: the service itself mails nothing"));
}

static void on_report(const Report *report, const char *to, void *userdata)
{
        test_lines_report(userdata, report, to);
}

static void on_again(void *userdata)
{
        test_lines_remark(userdata,
                          _("the server failed at commands that came together: once more, one at a time"));
}

static void print_no_address(const Selection *selection)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char why[256];

                selection_explain(selection, f, why, sizeof(why));
                printf(_("No %s address counts: %s\n"), family_name(f), why);
        }
        printf("%s\n", _("There is nothing to tell; --no-send tries the login alone"));
}

static int print_end(TestLines *lines, const MailTest *test, const MailTestResult *result)
{
        char words[256];

        if (!result->owed) {
                print_no_address(&result->selection);
                return EXIT_FAILURE;
        }
        if (test->send)
                (void)snprintf(words, sizeof(words),
                               _("The server has accepted the mail for %zu of %zu destinations"),
                               result->n_accepted, result->n_recipients);
        else if (test->settings->mail.method == AUTH_METHOD_NONE)
                string_copy(words, sizeof(words), _("The server answers; no mail was sent"));
        else
                string_copy(words, sizeof(words), _("The login works; no mail was sent"));
        if (result->failure.outcome == OUTCOME_NONE) {
                test_lines_good(lines, words);
                return EXIT_SUCCESS;
        }
        if (result->n_accepted > 0)
                test_lines_good(lines, words);
        test_lines_failed(lines, &result->failure, result->failed_to);
        return EXIT_FAILURE;
}

int verb_test(const Options *options)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        TestLines lines;
        MailTestResult result;
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

        const MailTest test = {
                .settings = settings,
                .credentials_dir = options->credentials_dir,
                .send = !options->no_send,
                .heard = on_report,
                .again = on_again,
                .userdata = &lines,
        };
        /* As it happens, also into a pipe. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        print_head(&settings->mail, off);
        test_lines_begin(&lines);
        r = mail_test_run(&test, &result);
        if (r < 0)
                return complain(_("the mailer could not start"), strerror(-r));
        return print_end(&lines, &test, &result);
}
