/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The player stands where transport and service stand: it moves octets, time, TLS and the answer to the
 * commit question. In a play that is cut or falls silent it follows the transcript up to there, ends the
 * connection or lets time pass, and looks at the invariants alone. */

#include "player.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/base64.h"
#include "mail/smtp-client.h"

/* For the reply to a dot. */
#define LONGEST_LIMIT (10 * USEC_PER_MIN)

static const char *const way_names[PLAY_WAY_COUNT] = {
        [PLAY_SEGMENTS] = "segments",
        [PLAY_OCTETS] = "octets",
        [PLAY_SPLIT] = "split",
        [PLAY_CUT] = "cut",
        [PLAY_CUT_TAKEN] = "cut, output taken",
        [PLAY_SILENT] = "silent",
};

typedef struct Player {
        Transcript *t;
        PlayOptions options;
        SmtpClient *c;
        usec_t now;
        bool tls, failed;
        bool ended;   /* a cut play is over */
        bool in_part; /* output was written in part */
        unsigned number;
        Text sent, got;       /* all that the client sent; what no line has asked for yet */
        Text server;          /* all that the server sent */
        size_t dots;          /* dots of mails that were handed out */
        size_t server_at_dot; /* how much the server had said by the last one */
        Text secrets[5];
} Player;

static _printf_(2, 3) void complain(Player *p, const char *format, ...)
{
        va_list args;

        fprintf(stderr, "%s:%u (%s, %zu): ", p->t->path, p->number, way_names[p->options.way],
                p->options.at);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fprintf(stderr, "\n");
        p->failed = true;
}

static bool reveals(const Player *p, const char *data, size_t size)
{
        for (size_t i = 0; i < ELEMENTSOF(p->secrets); i++)
                if (p->secrets[i].size > 0 && memmem(data, size, p->secrets[i].data, p->secrets[i].size))
                        return true;
        return false;
}

static void make_secrets(Player *p)
{
        const char *account = p->t->order.mail.account, *secret = p->t->secret;
        _cleanup_text_ Text plain = {0}, bearer = {0}, xoauth2 = {0};

        if (!secret)
                return;
        text_append_string(&p->secrets[0], secret);
        base64_append(&p->secrets[1], secret, strlen(secret));
        text_append(&plain, "", 1);
        text_append(&plain, account, strlen(account) + 1);
        text_append_string(&plain, secret);
        base64_append(&p->secrets[2], plain.data, plain.size);
        text_appendf(&bearer, "n,a=%s,\001host=%s\001port=%u\001auth=Bearer %s\001\001", account,
                     p->t->order.mail.server, p->t->order.mail.port, secret);
        base64_append(&p->secrets[3], bearer.data, bearer.size);
        text_appendf(&xoauth2, "user=%s\001auth=Bearer %s\001\001", account, secret);
        base64_append(&p->secrets[4], xoauth2.data, xoauth2.size);
}

/* Asks for output once and writes SIZE octets of it; false where there is none. */
static bool take_once(Player *p, size_t size)
{
        const char *data;
        size_t n;

        smtp_client_output(p->c, &data, &n);
        if ((n > 0) != ((smtp_client_wants(p->c) & SMTP_WANT_WRITE) != 0))
                complain(p, "output of %zu octets, but wants %u", n, smtp_client_wants(p->c));
        if (n == 0)
                return false;
        if (!p->tls && reveals(p, data, n))
                complain(p, "a secret in clear text");
        text_append(&p->sent, data, MIN(n, size));
        text_append(&p->got, data, MIN(n, size));
        /* A dot that was handed out counts, also where it was not written. */
        if (memmem(data, n, "\r\n.\r\n", 5) || (n >= 3 && memcmp(data, ".\r\n", 3) == 0)) {
                p->dots++;
                p->server_at_dot = p->server.size;
        }
        smtp_client_written(p->c, MIN(n, size), p->now);
        return true;
}

static void take_in_part(Player *p, size_t size)
{
        if (!take_once(p, size))
                complain(p, "the client has nothing to send");
        text_wipe(&p->got);
        p->in_part = true;
}

static void take(Player *p)
{
        while (take_once(p, SIZE_MAX))
                ;
        if (!p->in_part && p->sent.size > 0 &&
            (p->sent.size < 2 || memcmp(p->sent.data + p->sent.size - 2, "\r\n", 2) != 0))
                complain(p, "output ends within a line");
}

static void look_at_result(Player *p, const Result *r)
{
        if (reveals(p, r->server_text, strlen(r->server_text)) || reveals(p, r->cause, strlen(r->cause)))
                complain(p, "a secret in a result");
        for (const char *s = r->server_text; *s; s++)
                if ((unsigned char)*s < 0x20)
                        complain(p, "a control in the server's words");
        if (r->outcome == OUTCOME_DELIVERED &&
            (p->dots == 0 || p->server.size <= p->server_at_dot || r->code / 100 != 2))
                complain(p, "delivered without a dot and its reply");
        if (r->outcome == OUTCOME_UNKNOWN && p->dots == 0)
                complain(p, "unknown, but no dot was handed out");
        if ((r->outcome == OUTCOME_LOGIN_REFUSED || r->outcome == OUTCOME_INSECURE) && p->dots > 0)
                complain(p, "a dot without a login or without TLS");
}

/* What must be true once the session is over, however it ended. */
static void look_at_end(Player *p)
{
        unsigned wants = smtp_client_wants(p->c);
        const char *data;
        size_t n;
        Result r;

        if (wants != SMTP_WANT_CLOSE && wants != SMTP_WANT_DONE)
                complain(p, "not over: wants %u", wants);
        smtp_client_output(p->c, &data, &n);
        if (n > 0)
                complain(p, "output after the end");
        if (smtp_client_deadline(p->c) != USEC_INFINITY)
                complain(p, "a deadline after the end");
        if (smtp_client_feed(p->c, "250 late\r\n", 10, p->now) < 0 || smtp_client_wants(p->c) != wants)
                complain(p, "octets after the end change it");
        smtp_client_session_result(p->c, &r);
        look_at_result(p, &r);
        if (smtp_client_step(p->c) != r.step)
                complain(p, "its step is not its result's");
        for (size_t i = 0; i < p->t->order.n_notices; i++) {
                if (!smtp_client_transaction_result(p->c, i, &r))
                        complain(p, "mail %zu has no result", i);
                else if (r.outcome == OUTCOME_NONE)
                        complain(p, "mail %zu has no outcome", i);
                else
                        look_at_result(p, &r);
        }
        for (size_t i = 0; i < p->sent.size; i++)
                if ((p->sent.data[i] == '\n' && (i == 0 || p->sent.data[i - 1] != '\r')) ||
                    (p->sent.data[i] == '\r' && i + 1 < p->sent.size && p->sent.data[i + 1] != '\n'))
                        complain(p, "a CR or LF alone in the output");
}

static bool ends_early(const Player *p)
{
        return p->options.way >= PLAY_CUT;
}

static void end_here(Player *p)
{
        usec_t deadline;

        if (p->options.way != PLAY_CUT)
                take(p);
        if (p->options.way != PLAY_SILENT)
                smtp_client_eof(p->c, "cut", p->now);
        else if ((deadline = smtp_client_deadline(p->c)) < USEC_INFINITY) {
                if (deadline <= p->now || deadline > p->now + LONGEST_LIMIT)
                        complain(p, "a deadline out of bounds");
                smtp_client_tick(p->c, deadline);
        }
        look_at_end(p);
        p->ended = true;
}

static void feed(Player *p, const char *data, size_t size)
{
        size_t n = size, step, before;

        if (ends_early(p))
                n = MIN(n, p->options.at - p->server.size);
        for (size_t i = 0; i < n; i += step) {
                before = p->options.at > p->server.size ? p->options.at - p->server.size : n;
                step = p->options.way == PLAY_OCTETS  ? 1
                       : p->options.way == PLAY_SPLIT ? MIN(before, n - i)
                                                      : n;
                text_append(&p->server, data + i, step);
                if (smtp_client_feed(p->c, data + i, step, p->now) < 0)
                        complain(p, "no memory");
        }
        if (ends_early(p) && p->server.size == p->options.at)
                end_here(p);
}

static void expect_line(Player *p, const char *pattern)
{
        const char *end;
        _cleanup_free_ char *line = NULL;

        take(p);
        end = p->got.size > 0 ? memmem(p->got.data, p->got.size, "\r\n", 2) : NULL;
        if (!end) {
                complain(p, "the client sends nothing where this is due: %s", pattern);
                return;
        }
        line = strndup(p->got.data, (size_t)(end - p->got.data));
        if (!line || fnmatch(pattern, line, 0) != 0)
                complain(p, "the client sends: %s", line);
        text_drop_front(&p->got, (size_t)(end - p->got.data) + 2);
}

static void expect_body(Player *p, char *rest)
{
        char *words[16], *end;
        size_t n = transcript_split(rest, words, ELEMENTSOF(words));

        take(p);
        end = p->got.size > 0 ? memmem(p->got.data, p->got.size, "\r\n.\r\n", 5) : NULL;
        if (!end) {
                complain(p, "the client sends no mail");
                return;
        }
        for (size_t i = 0; i < n; i++) {
                bool has = memmem(p->got.data, (size_t)(end - p->got.data), words[i] + 1,
                                  strlen(words[i] + 1));

                if (has != (words[i][0] == '+'))
                        complain(p, "the mail: %s", words[i]);
        }
        text_drop_front(&p->got, (size_t)(end - p->got.data) + 5);
}

static void commit(Player *p, char *rest)
{
        char *words[NOTICE_RECIPIENTS_MAX + 1];
        size_t n = transcript_split(rest, words, ELEMENTSOF(words)), transaction, n_accepted;
        const uint8_t *accepted;

        if (!(smtp_client_wants(p->c) & SMTP_WANT_COMMIT)) {
                complain(p, "the client does not ask to commit");
                return;
        }
        smtp_client_commit_question(p->c, &transaction, &accepted, &n_accepted);
        if (n > 1 && n - 1 != n_accepted)
                complain(p, "%zu accepted", n_accepted);
        for (size_t i = 1; i < n && i - 1 < n_accepted; i++)
                if (accepted[i - 1] != strtoul(words[i], NULL, 10))
                        complain(p, "accepted: %u, not %s", accepted[i - 1], words[i]);
        if (smtp_client_commit_answer(p->c, streq(words[0], "go"), p->now) < 0)
                complain(p, "no memory");
}

static void handshake(Player *p, const char *rest)
{
        Result result = {.outcome = OUTCOME_INSECURE, .step = STEP_TLS, .cause = "certificate"};

        if (smtp_client_wants(p->c) != SMTP_WANT_START_TLS) {
                complain(p, "the client does not start TLS");
                return;
        }
        if (streq(rest, "fail"))
                smtp_client_tls_failed(p->c, &result);
        else {
                p->tls = true;
                if (smtp_client_tls_up(p->c, p->now) < 0)
                        complain(p, "no memory");
        }
}

/* The rest of an EXPECT line: OUTCOME and pairs. TEXT and CAUSE take all that follows. */
static void expect_result(Player *p, const Result *r, char *rest)
{
        char *word = transcript_word(&rest, " ");
        char code[16];

        if (!word || !streq(word, outcome_name(r->outcome)))
                complain(p, "outcome %s (%s %u %s%s)", outcome_name(r->outcome), step_name(r->step), r->code,
                         r->server_text, r->cause);
        (void)snprintf(code, sizeof(code), "%u", r->code);
        while ((word = transcript_word(&rest, " "))) {
                bool to_end = streq(word, "text") || streq(word, "cause");
                const char *value = transcript_word(&rest, to_end ? "" : " ");
                const char *is = streq(word, "step")       ? step_name(r->step)
                                 : streq(word, "code")     ? code
                                 : streq(word, "enhanced") ? r->enhanced
                                 : streq(word, "hint")     ? r->hint
                                 : streq(word, "text")     ? r->server_text
                                                           : r->cause;

                if (!value || (to_end ? !strstr(is, value) : !streq(is, value)))
                        complain(p, "%s: %s", word, is);
        }
}

static bool pipelining_failed(const Player *p)
{
        Result r;

        smtp_client_session_result(p->c, &r);
        return r.pipelining_failed;
}

static void expect(Player *p, char *rest)
{
        unsigned wants = smtp_client_wants(p->c);
        size_t i, k;
        int n = 0;
        Result r;

        if (strncmp(rest, "session ", 8) == 0) {
                smtp_client_session_result(p->c, &r);
                expect_result(p, &r, rest + 8);
        } else if (sscanf(rest, "mail %zu %n", &i, &n) == 1) {
                if (!smtp_client_transaction_result(p->c, i, &r))
                        r = (Result){0};
                expect_result(p, &r, rest + n);
        } else if (sscanf(rest, "rcpt %zu %zu %n", &i, &k, &n) == 2) {
                if (!smtp_client_recipient_result(p->c, i, k, &r))
                        r = (Result){.outcome = OUTCOME_NOT_BEGUN};
                expect_result(p, &r, rest + n);
        } else if (strncmp(rest, "at ", 3) == 0) {
                if (!streq(step_name(smtp_client_step(p->c)), rest + 3))
                        complain(p, "at %s", step_name(smtp_client_step(p->c)));
        } else {
                bool is = streq(rest, "done")         ? wants == SMTP_WANT_DONE
                          : streq(rest, "close")      ? wants == SMTP_WANT_CLOSE
                          : streq(rest, "open")       ? !(wants & (SMTP_WANT_DONE | SMTP_WANT_CLOSE))
                          : streq(rest, "next")       ? smtp_client_may_try_next(p->c)
                          : streq(rest, "no-next")    ? !smtp_client_may_try_next(p->c)
                          : streq(rest, "careful")    ? pipelining_failed(p)
                          : streq(rest, "no-careful") ? !pipelining_failed(p)
                                                      : false;
                if (!is)
                        complain(p, "not so: %s", rest);
        }
}

/* A segment is what stands together, in a play by segments. Returns the index of its last line. */
static size_t server_says(Player *p, size_t i)
{
        size_t max = ends_early(p) ? p->options.at - p->server.size : SIZE_MAX;
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

static void step(Player *p, size_t *i)
{
        const TranscriptLine *line = &p->t->lines[*i];
        _cleanup_free_ char *rest = strdup(line->rest);

        p->number = line->number;
        if (line->verb[0] == 'S')
                *i = server_says(p, *i);
        else if (streq(line->verb, "C:"))
                expect_line(p, rest);
        else if (streq(line->verb, "BODY"))
                expect_body(p, rest);
        else if (streq(line->verb, "TAKE"))
                take_in_part(p, strtoul(rest, NULL, 10));
        else if (streq(line->verb, "TLS"))
                handshake(p, rest);
        else if (streq(line->verb, "COMMIT"))
                commit(p, rest);
        else if (streq(line->verb, "TIME")) {
                p->now += strtoul(rest, NULL, 10) * USEC_PER_SEC;
                smtp_client_tick(p->c, p->now);
        } else if (streq(line->verb, "EOF"))
                smtp_client_eof(p->c, "end of file", p->now);
        else if (streq(line->verb, "EXPECT")) {
                if (!ends_early(p))
                        expect(p, rest);
        } else
                complain(p, "no such line: %s", line->verb);
}

static void add_result(Text *account, const char *whose, const Result *r)
{
        text_appendf(account, "%s: %s %s %u %s %s %s %s %u\n", whose, outcome_name(r->outcome),
                     step_name(r->step), r->code, r->enhanced, r->server_text, r->cause, r->hint,
                     r->pipelining_failed);
}

static void give_account(const Player *p, Text *account)
{
        Result r;

        text_append(account, p->sent.data, p->sent.size);
        smtp_client_session_result(p->c, &r);
        add_result(account, "session", &r);
        for (size_t i = 0; i < p->t->order.n_notices; i++) {
                if (smtp_client_transaction_result(p->c, i, &r))
                        add_result(account, "mail", &r);
                for (size_t k = 0; k < p->t->order.notices[i].n_recipients; k++)
                        if (smtp_client_recipient_result(p->c, i, k, &r))
                                add_result(account, "recipient", &r);
        }
}

bool play(Transcript *t, PlayOptions options, Text *account)
{
        SmtpParameters parameters = {.order = &t->order,
                                     .secret = t->secret,
                                     .helo = "host.example.com",
                                     .tls = t->order.mail.security == SECURITY_TLS,
                                     .timeouts = smtp_timeouts_default};
        Player p = {.t = t, .options = options, .now = USEC_PER_HOUR, .tls = parameters.tls};

        make_secrets(&p);
        if (smtp_client_new(&parameters, p.now, &p.c) < 0)
                abort();
        if (ends_early(&p) && options.at == 0)
                end_here(&p);
        for (size_t i = 0; i < t->n_lines && !p.ended && !p.failed; i++)
                step(&p, &i);
        if (!p.failed && !p.ended) {
                take(&p);
                if (p.got.size > 0)
                        complain(&p, "the client has sent more: %.200s", p.got.data);
                smtp_client_eof(p.c, "end of the transcript", p.now);
                look_at_end(&p);
        }
        if (account)
                give_account(&p, account);
        smtp_client_free(p.c);
        for (size_t i = 0; i < ELEMENTSOF(p.secrets); i++)
                text_done(&p.secrets[i]);
        text_done(&p.sent);
        text_done(&p.got);
        text_done(&p.server);
        return !p.failed;
}
