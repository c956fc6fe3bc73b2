/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/test-run.h"

#include <stdio.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/test-lines.h"
#include "daemon/mail-test.h"

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

int test_run(const TestRun *run, Step *ret_failed)
{
        TestLines lines;
        MailTestResult result;
        const MailTest test = {
                .settings = run->settings,
                .credentials_dir = run->credentials_dir,
                .send = run->send,
                .heard = on_report,
                .again = on_again,
                .userdata = &lines,
                .patience = run->patience,
        };
        int r;

        *ret_failed = STEP_NONE;
        /* As it happens, also into a pipe. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        print_head(&run->settings->mail, run->off);
        test_lines_begin(&lines);
        r = mail_test_run(&test, &result);
        if (r < 0) {
                fprintf(stderr, "ipherald %s: %s: %s\n", run->verb, _("the mailer could not start"),
                        strerror(-r));
                return EXIT_FAILURE;
        }
        *ret_failed = result.failure.step;
        return print_end(&lines, &test, &result);
}
