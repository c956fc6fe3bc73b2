/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The player of POP3's transcripts: it moves octets, time and TLS, as player.c does for SMTP. */

#include "player.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>

#include "mail/pop3-client.h"

#define LONGEST_LIMIT (5 * USEC_PER_MIN)

typedef struct Player {
        Transcript *t;
        PlayOptions options;
        Pop3Client *c;
        usec_t now;
        bool tls, failed;
        bool ended; /* a cut play is over */
        unsigned number;
        Text sent, got;  /* all that the client sent; what no line has asked for yet */
        size_t n_server; /* how many octets the server sent */
} Player;

static _printf_(2, 3) void complain(Player *p, const char *format, ...)
{
        va_list args;

        fprintf(stderr, "%s:%u (way %d, %zu): ", p->t->path, p->number, p->options.way, p->options.at);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fprintf(stderr, "\n");
        p->failed = true;
}

static bool reveals(const Player *p, const char *data, size_t size)
{
        const char *secret = p->t->secret;

        return secret && memmem(data, size, secret, strlen(secret));
}

/* SIZE octets of the output are written; false where there is none. */
static bool take_once(Player *p, size_t size)
{
        const char *data;
        size_t n;

        pop3_client_output(p->c, &data, &n);
        if ((n > 0) != ((pop3_client_wants(p->c) & POP3_WANT_WRITE) != 0))
                complain(p, "output of %zu octets, but wants %u", n, pop3_client_wants(p->c));
        if (n == 0)
                return false;
        if (!p->tls && reveals(p, data, n))
                complain(p, "the password in clear text");
        if (n > POP3_COMMAND_MAX || memchr(data, '\n', n) != data + n - 1)
                complain(p, "more than a command");
        text_append(&p->sent, data, MIN(n, size));
        text_append(&p->got, data, MIN(n, size));
        pop3_client_written(p->c, MIN(n, size), p->now);
        return true;
}

/* What must be true once the session is over, however it ended. */
static void look_at_end(Player *p)
{
        const char *data;
        size_t n;
        Result r;

        if (pop3_client_wants(p->c) != POP3_WANT_DONE)
                complain(p, "not over: wants %u", pop3_client_wants(p->c));
        pop3_client_output(p->c, &data, &n);
        if (n > 0)
                complain(p, "output after the end");
        if (pop3_client_deadline(p->c) != USEC_INFINITY)
                complain(p, "a deadline after the end");
        if (pop3_client_feed(p->c, "+OK late\r\n", 10, p->now) < 0 ||
            pop3_client_wants(p->c) != POP3_WANT_DONE)
                complain(p, "octets after the end change it");
        pop3_client_result(p->c, &r);
        if (r.step != STEP_POP3)
                complain(p, "the step is %s", step_name(r.step));
        if (r.outcome == OUTCOME_NONE && !memmem(p->sent.data, p->sent.size, "PASS ", 5))
                complain(p, "logged in without a password");
        if (pop3_client_may_try_next(p->c) && p->sent.size > 0)
                complain(p, "the next address, and yet something was said");
        if (reveals(p, r.server_text, strlen(r.server_text)) || reveals(p, r.cause, strlen(r.cause)))
                complain(p, "the password in a result");
        for (const char *s = r.server_text; *s; s++)
                if ((unsigned char)*s < 0x20)
                        complain(p, "a control in the server's words");
}

static bool ends_early(const Player *p)
{
        return p->options.way >= PLAY_CUT;
}

static void end_here(Player *p)
{
        usec_t deadline;

        if (p->options.way != PLAY_CUT)
                (void)take_once(p, SIZE_MAX);
        if (p->options.way != PLAY_SILENT)
                pop3_client_eof(p->c, "cut");
        else if ((deadline = pop3_client_deadline(p->c)) < USEC_INFINITY) {
                if (deadline <= p->now || deadline > p->now + LONGEST_LIMIT)
                        complain(p, "a deadline out of bounds");
                pop3_client_tick(p->c, deadline - 1);
                if (pop3_client_wants(p->c) == POP3_WANT_DONE)
                        complain(p, "over before the deadline");
                pop3_client_tick(p->c, deadline);
        }
        look_at_end(p);
        p->ended = true;
}

static void feed(Player *p, const char *data, size_t size)
{
        size_t n = size, step, before;

        if (ends_early(p))
                n = MIN(n, p->options.at - p->n_server);
        for (size_t i = 0; i < n; i += step) {
                before = p->options.at > p->n_server ? p->options.at - p->n_server : n;
                step = p->options.way == PLAY_OCTETS  ? 1
                       : p->options.way == PLAY_SPLIT ? MIN(before, n - i)
                                                      : n;
                p->n_server += step;
                if (pop3_client_feed(p->c, data + i, step, p->now) < 0)
                        complain(p, "no memory");
        }
        if (ends_early(p) && p->n_server == p->options.at)
                end_here(p);
}

static size_t server_says(Player *p, size_t i)
{
        size_t max = ends_early(p) ? p->options.at - p->n_server : SIZE_MAX;
        _cleanup_text_ Text octets = {0};

        if (p->got.size > 0 && !ends_early(p))
                complain(p, "the client has sent more: %.200s", p->got.data);
        for (;; i++) {
                transcript_server_octets(&p->t->lines[i], max, &octets);
                if (i + 1 == p->t->n_lines || p->t->lines[i + 1].verb[0] != 'S')
                        break;
        }
        feed(p, octets.data, octets.size);
        return i;
}

static void expect_line(Player *p, const char *pattern)
{
        _cleanup_free_ char *line = NULL;

        (void)take_once(p, SIZE_MAX);
        if (p->got.size < 2) {
                complain(p, "the client sends nothing where this is due: %s", pattern);
                return;
        }
        line = strndup(p->got.data, p->got.size - 2);
        if (!line || fnmatch(pattern, line, 0) != 0)
                complain(p, "the client sends: %s", line);
        text_wipe(&p->got);
}

static void handshake(Player *p, const char *rest)
{
        const Result result = {.outcome = OUTCOME_INSECURE, .step = STEP_TLS, .cause = "certificate"};

        if (pop3_client_wants(p->c) != POP3_WANT_START_TLS) {
                complain(p, "the client does not start TLS");
                return;
        }
        p->tls = !streq(rest, "fail");
        if (!p->tls)
                pop3_client_tls_failed(p->c, &result);
        else if (pop3_client_tls_up(p->c, p->now) < 0)
                complain(p, "no memory");
}

static void expect_result(Player *p, char *rest)
{
        char *word = transcript_word(&rest, " ");
        Result r;

        pop3_client_result(p->c, &r);
        if (!word || !streq(word, outcome_name(r.outcome)))
                complain(p, "outcome %s (%s %s)", outcome_name(r.outcome), r.server_text, r.cause);
        while ((word = transcript_word(&rest, " "))) {
                bool to_end = streq(word, "text") || streq(word, "cause");
                const char *value = transcript_word(&rest, to_end ? "" : " ");
                const char *is = streq(word, "step")   ? step_name(r.step)
                                 : streq(word, "hint") ? r.hint
                                 : streq(word, "text") ? r.server_text
                                                       : r.cause;

                if (!value || (to_end ? !strstr(is, value) : !streq(is, value)))
                        complain(p, "%s: %s", word, is);
        }
}

static void expect(Player *p, char *rest)
{
        bool over = pop3_client_wants(p->c) == POP3_WANT_DONE, next = pop3_client_may_try_next(p->c);
        bool is = streq(rest, "done")      ? over
                  : streq(rest, "open")    ? !over
                  : streq(rest, "next")    ? next
                  : streq(rest, "no-next") ? !next
                                           : false;

        if (strncmp(rest, "session ", 8) == 0)
                expect_result(p, rest + 8);
        else if (!is)
                complain(p, "not so: %s", rest);
}

static void step(Player *p, size_t *i)
{
        const TranscriptLine *line = &p->t->lines[*i];
        _cleanup_free_ char *rest = strdup(line->rest);

        p->number = line->number;
        if (line->verb[0] == 'S')
                *i = server_says(p, *i);
        else if (streq(line->verb, "C:"))
                expect_line(p, rest);
        else if (streq(line->verb, "TAKE")) {
                (void)take_once(p, strtoul(rest, NULL, 10));
                text_wipe(&p->got);
        } else if (streq(line->verb, "TLS"))
                handshake(p, rest);
        else if (streq(line->verb, "TIME")) {
                p->now += strtoul(rest, NULL, 10) * USEC_PER_SEC;
                pop3_client_tick(p->c, p->now);
        } else if (streq(line->verb, "EOF"))
                pop3_client_eof(p->c, "end of file");
        else if (streq(line->verb, "EXPECT")) {
                if (!ends_early(p))
                        expect(p, rest);
        } else
                complain(p, "no such line: %s", line->verb);
}

static void give_account(const Player *p, Text *account)
{
        Result r, heard = {0};

        (void)pop3_client_take_heard(p->c, &heard);
        pop3_client_result(p->c, &r);
        text_append(account, p->sent.data, p->sent.size);
        text_appendf(account, "%s %s %s %s: %s\n", outcome_name(r.outcome), r.server_text, r.cause, r.hint,
                     heard.server_text);
}

bool play(Transcript *t, PlayOptions options, Text *account)
{
        const Pop3Parameters parameters = {.account = t->order.mail.account,
                                           .password = t->secret,
                                           .tls = t->order.mail.security == SECURITY_TLS,
                                           .timeouts = pop3_timeouts_default};
        Player p = {.t = t, .options = options, .now = USEC_PER_HOUR, .tls = parameters.tls};

        if (pop3_client_new(&parameters, p.now, &p.c) < 0)
                abort();
        if (ends_early(&p) && options.at == 0)
                end_here(&p);
        for (size_t i = 0; i < t->n_lines && !p.ended && !p.failed; i++)
                step(&p, &i);
        if (!p.failed && !p.ended) {
                if (take_once(&p, SIZE_MAX))
                        complain(&p, "the client has sent more: %.200s", p.got.data);
                pop3_client_eof(p.c, "end of the transcript");
                look_at_end(&p);
        }
        if (account)
                give_account(&p, account);
        pop3_client_free(p.c);
        text_done(&p.sent);
        text_done(&p.got);
        return !p.failed;
}
