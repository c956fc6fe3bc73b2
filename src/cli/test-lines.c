/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/test-lines.h"

#include <stdio.h>

#include "base/text.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "daemon/clock.h"
#include "mail/hint.h"

/* A line stands there as soon as its step begins: who waits sees for what. Steps, codes and the server's
 * words are as they are in the journal; so are causes, which the mailer words in English. */

void test_lines_begin(TestLines *ret)
{
        *ret = (TestLines){.begin = clock_now(), .coloured = terminal_is_coloured()};
}

static void print_line(TestLines *l, Step step, Style style, const char *words)
{
        char when[32], where[16];
        double elapsed = (double)(clock_now() - l->begin) / (double)USEC_PER_SEC;

        (void)snprintf(when, sizeof(when), "%8.3f s  ", elapsed);
        (void)snprintf(where, sizeof(where), *words ? "%-9s " : "%s",
                       step == l->step ? "" : step_name(step));
        terminal_print(l->coloured, STYLE_FAINT, when);
        printf("%s", where);
        terminal_print(l->coloured, style, words);
        printf("\n");
        l->step = step;
}

/* "250 2.1.5 Ok", or "+OK Logged in.", and what we have to say to it. */
static void append_words(Text *t, const Result *r)
{
        if (r->code > 0)
                text_appendf(t, "%u%s%s%s%s", r->code, *r->enhanced ? " " : "", r->enhanced,
                             *r->server_text ? " " : "", r->server_text);
        else
                text_append_string(t, r->server_text);
        if (*r->cause)
                text_appendf(t, "%s%s", r->code > 0 || *r->server_text ? ": " : "", r->cause);
}

static void append_fact(Text *t, Fact fact, const Result *r)
{
        switch (fact) {
        case FACT_REPLY:
        case FACT_FAILURE:
                append_words(t, r);
                return;
        case FACT_UNCONFINED:
                text_append_string(t, _("the mailer is not confined: this kernel has no Landlock for it"));
                return;
        case FACT_TLS:
                text_append_string(t, r->server_text);
                return;
        case FACT_CERTIFICATE:
                text_appendf(t, _("certificate for %s"),
                             *r->server_text ? r->server_text : _("no server at all"));
                return;
        case FACT_ISSUER:
                text_appendf(t, _("issued by %s"), r->server_text);
                return;
        case FACT_EXPIRY:
                text_appendf(t, _("valid until %s"), r->server_text);
                return;
        case FACT_OFFERED:
                text_appendf(t, _("login methods offered: %s"), r->server_text);
                return;
        case FACT_METHOD:
                text_appendf(t, _("login method taken: %s"), r->server_text);
                return;
        case FACT_COUNT:
                break;
        }
}

static bool append_report(Text *t, const Report *report, const char *to)
{
        const Result *r = &report->result;

        switch (report->type) {
        case REPORT_ALIVE:
                text_append_string(t, _("still waiting"));
                return true;
        case REPORT_STEP:
                text_append_string(t, r->step == STEP_RESOLVE ? r->server : r->cause);
                return true;
        case REPORT_FACT:
                append_fact(t, report->fact, r);
                return true;
        case REPORT_RECIPIENT:
                text_appendf(t, "%s: ", to);
                append_words(t, r);
                return true;
        case REPORT_TRANSACTION:
                append_words(t, r);
                return r->outcome == OUTCOME_DELIVERED;
        case REPORT_COMMIT:
        case REPORT_SESSION:
        case REPORT_TYPE_COUNT:
                break;
        }
        return false;
}

void test_lines_report(TestLines *l, const Report *report, const char *to)
{
        _cleanup_text_ Text t = {0};
        Step step = report->type == REPORT_ALIVE ? l->step : report->result.step;

        if (!append_report(&t, report, to) || text_error(&t) < 0)
                return;
        if (report->type == REPORT_STEP)
                l->step = STEP_NONE; /* another address, another connect */
        print_line(l, step, STYLE_PLAIN, t.data ? t.data : "");
}

void test_lines_remark(TestLines *l, const char *words)
{
        print_line(l, l->step, STYLE_ADVICE, words);
}

void test_lines_good(TestLines *l, const char *words)
{
        terminal_print(l->coloured, STYLE_GOOD, words);
        printf("\n");
}

void test_lines_failed(TestLines *l, const Result *failure, const char *to)
{
        _cleanup_text_ Text t = {0}, words = {0};
        const char *hint = hint_text(failure->hint, messages_language());

        append_words(&words, failure);
        if (failure->step != STEP_NONE)
                /* TRANSLATORS: the name of a step, such as auth. */
                text_appendf(&t, _("Failed at the step %s"), step_name(failure->step));
        else
                text_append_string(&t, _("Failed"));
        if (*to)
                text_appendf(&t, ": %s", to);
        text_appendf(&t, ": %s", words.data ? words.data : outcome_name(failure->outcome));
        if (text_error(&t) < 0 || text_error(&words) < 0)
                return;
        terminal_print(l->coloured, STYLE_BAD, t.data);
        printf("\n");
        if (!hint)
                return;
        text_wipe(&t);
        text_appendf(&t, _("Hint: %s"), hint);
        terminal_print(l->coloured, STYLE_ADVICE, t.data ? t.data : hint);
        printf("\n");
}
