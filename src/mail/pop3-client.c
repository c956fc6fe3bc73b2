/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/pop3-client.h"

#include <stdio.h>

#include "base/string-util.h"
#include "base/text.h"
#include "mail/hint.h"
#include "mail/sasl.h"

/* One command at a time waits for its reply, a line that begins with +OK or -ERR; the row of the table says
 * what either means. So whatever stands behind a reply is out of turn: a protocol error, behind the +OK of
 * STLS above all, where somebody between may have put it. So is what comes before the next command was sent,
 * and what is no reply.
 *
 * Failure policy: memory is the only error. Everything a server can do is a result, with the step pop3. Once
 * the login was answered the result stands, and QUIT is a courtesy that lets the server free the mailbox. */

const Pop3Timeouts pop3_timeouts_default = {
        .reply = 5 * USEC_PER_MIN,
        .quit = 5 * USEC_PER_SEC,
};

/* A command is what a reply answers; the greeting counts as one. */
typedef enum Pop3Command {
        POP3_GREETING,
        POP3_STLS,
        POP3_USER,
        POP3_PASS,
        POP3_QUIT,
} Pop3Command;

typedef enum Pop3Mode {
        POP3_TALKING,      /* a reply is due */
        POP3_STARTING_TLS, /* the owner does the handshake */
        POP3_DONE,
} Pop3Mode;

struct Pop3Client {
        SaslIdentity identity;
        Pop3Timeouts timeouts;
        Pop3Mode mode;
        Pop3Command pending;
        bool tls;   /* up and verified */
        bool ended; /* the result is final; at most QUIT goes on */
        bool may_try_next;
        bool has_heard;
        Text out; /* what was not written yet */
        size_t n_line;
        char line[POP3_LINE_MAX];
        usec_t progress; /* when the last reply ended, or octets were written */
        Result heard, result;
};

int pop3_client_new(const Pop3Parameters *parameters, usec_t now, Pop3Client **ret)
{
        Pop3Client *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->identity = (SaslIdentity){
                .account = parameters->account, .secret = parameters->password, .host = ""};
        c->timeouts = parameters->timeouts;
        c->tls = parameters->tls;
        c->progress = now;
        *ret = c;
        return 0;
}

Pop3Client *pop3_client_free(Pop3Client *c)
{
        if (!c)
                return NULL;
        text_erase(&c->out);
        free(c);
        return NULL;
}

unsigned pop3_client_wants(const Pop3Client *c)
{
        switch (c->mode) {
        case POP3_TALKING:
                return POP3_WANT_READ | (c->out.size > 0 ? POP3_WANT_WRITE : 0U);
        case POP3_STARTING_TLS:
                return POP3_WANT_START_TLS;
        case POP3_DONE:
                break;
        }
        return POP3_WANT_DONE;
}

/* Octets of a reply that come one by one do not put it off. */
usec_t pop3_client_deadline(const Pop3Client *c)
{
        if (c->mode == POP3_DONE)
                return USEC_INFINITY;
        return usec_add(c->progress, c->ended ? c->timeouts.quit : c->timeouts.reply);
}

/* WORDS: the server's, or NULL. Those that quote the login are left out. */
static void make_result(const Pop3Client *c, Outcome outcome, const char *words, const char *cause,
                        const char *hint, Result *ret)
{
        Result result = {.outcome = outcome, .step = STEP_POP3};

        if (words && sasl_text_reveals(&c->identity, words) != 0)
                cause = "the server's words quote the login and are left out";
        else if (words)
                string_make_harmless(words, strlen(words), result.server_text, sizeof(result.server_text));
        if (cause)
                string_copy(result.cause, sizeof(result.cause), cause);
        if (hint)
                string_copy(result.hint, sizeof(result.hint), hint);
        *ret = result;
}

static void close_with(Pop3Client *c, const Result *result)
{
        if (!c->ended)
                c->result = *result;
        c->ended = true;
        c->mode = POP3_DONE;
        text_wipe(&c->out);
}

/* Where it is over already, nothing changes. */
static void cut(Pop3Client *c, Outcome outcome, const char *cause, const char *hint)
{
        Result result;

        c->may_try_next = c->pending == POP3_GREETING;
        make_result(c, outcome, NULL, cause, hint, &result);
        close_with(c, &result);
}

/* A protocol error: the connection must not be used any more. */
static void break_off(Pop3Client *c, const char *cause)
{
        cut(c, OUTCOME_TEMPORARY, cause, NULL);
}

/* The connection can't be used any more: end of file, time limit. */
static void lose(Pop3Client *c, const char *cause)
{
        bool reached = c->pending != POP3_GREETING && c->mode != POP3_STARTING_TLS;

        cut(c, reached ? OUTCOME_TEMPORARY : OUTCOME_NOT_REACHED, cause, NULL);
}

static int send_command(Pop3Client *c, Pop3Command command, const char *word, const char *argument)
{
        c->pending = command;
        /* At once, so that the buffer does not move and leave a copy of the password behind. */
        text_reserve(&c->out, POP3_COMMAND_MAX);
        text_append_string(&c->out, word);
        text_append_string(&c->out, argument);
        text_append(&c->out, "\r\n", 2);
        return text_error(&c->out);
}

static int end(Pop3Client *c, const Result *result)
{
        c->result = *result;
        c->ended = true;
        return send_command(c, POP3_QUIT, "QUIT", "");
}

static int fail(Pop3Client *c, Outcome outcome, const char *words, const char *cause, const char *hint)
{
        Result result;

        make_result(c, outcome, words, cause, hint, &result);
        return end(c, &result);
}

static bool fits(const char *word, const char *argument)
{
        return strlen(word) + strlen(argument) + strlen("\r\n") <= POP3_COMMAND_MAX;
}

/* RFC 2449, 4 and 8; RFC 3206, 4. A code that is more than that ("[SYS/TEMP/DB]") is one of its kind. */
static bool is_temporary(const char *words)
{
        static const char *const codes[] = {"[IN-USE", "[LOGIN-DELAY", "[SYS/TEMP"};

        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                size_t n = strlen(codes[i]);

                if (strncasecmp(words, codes[i], n) == 0 && (words[n] == ']' || words[n] == '/'))
                        return true;
        }
        return false;
}

static int refused(Pop3Client *c, const char *line)
{
        bool temporary = line[4] && is_temporary(line + strlen("-ERR "));

        return fail(c, temporary ? OUTCOME_TEMPORARY : OUTCOME_LOGIN_REFUSED, line, NULL, NULL);
}

static int log_in(Pop3Client *c)
{
        if (!c->identity.secret || !*c->identity.secret)
                return fail(c, OUTCOME_SETTINGS, NULL, "no password", HINT_POP_CREDENTIAL);
        if (!fits("USER ", c->identity.account) || !fits("PASS ", c->identity.secret))
                return fail(c, OUTCOME_SETTINGS, NULL, "the account or the password is too long for POP3",
                            NULL);
        return send_command(c, POP3_USER, "USER ", c->identity.account);
}

static int greeting_ok(Pop3Client *c)
{
        return c->tls ? log_in(c) : send_command(c, POP3_STLS, "STLS", "");
}

/* No login was refused: none was tried. */
static int greeting_err(Pop3Client *c, const char *line)
{
        Result result;

        c->may_try_next = true;
        make_result(c, OUTCOME_TEMPORARY, line, NULL, NULL, &result);
        close_with(c, &result);
        return 0;
}

static int stls_ok(Pop3Client *c)
{
        c->mode = POP3_STARTING_TLS;
        return 0;
}

static int stls_err(Pop3Client *c, const char *line)
{
        return fail(c, OUTCOME_INSECURE, line, "the server does not turn to TLS", HINT_POP_SERVER);
}

/* The one place where the password is written. No reply can lead there without TLS, so it would be a fault
 * of ours, and the last of our faults that may go unnoticed. */
static int user_ok(Pop3Client *c)
{
        if (!c->tls)
                abort();
        return send_command(c, POP3_PASS, "PASS ", c->identity.secret);
}

static int pass_ok(Pop3Client *c)
{
        return end(c, &(Result){.outcome = OUTCOME_NONE, .step = STEP_POP3});
}

static int quit_ok(Pop3Client *c)
{
        c->mode = POP3_DONE;
        return 0;
}

static int quit_err(Pop3Client *c, const char *line)
{
        c->mode = POP3_DONE;
        return 0;
}

static const struct {
        const char *name; /* for a person */
        int (*ok)(Pop3Client *c);
        int (*err)(Pop3Client *c, const char *line);
} commands[] = {
        [POP3_GREETING] = {"the connection", greeting_ok, greeting_err},
        [POP3_STLS] = {"STLS", stls_ok, stls_err},
        [POP3_USER] = {"USER", user_ok, refused},
        [POP3_PASS] = {"PASS", pass_ok, refused},
        [POP3_QUIT] = {"QUIT", quit_ok, quit_err},
};

/* RFC 1939, 3: the indicator, in upper case, then SP and words, or nothing. */
static bool begins_with(const char *line, const char *indicator)
{
        size_t n = strlen(indicator);

        return strncmp(line, indicator, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

static int take_reply(Pop3Client *c, const char *line)
{
        if (begins_with(line, "-ERR"))
                return commands[c->pending].err(c, line);
        if (!begins_with(line, "+OK")) {
                break_off(c, "the server sent what is no POP3 reply");
                return 0;
        }
        if (!c->ended) {
                make_result(c, OUTCOME_NONE, line, NULL, NULL, &c->heard);
                c->has_heard = true;
        }
        return commands[c->pending].ok(c);
}

/* LINE with its CRLF, which is cut off. */
static int take_line(Pop3Client *c)
{
        size_t n = c->n_line - 1;

        c->n_line = 0;
        if (n == 0 || c->line[n - 1] != '\r' || memchr(c->line, '\r', n - 1) || memchr(c->line, '\0', n)) {
                break_off(c, "the server sent what is no POP3 reply");
                return 0;
        }
        c->line[n - 1] = '\0';
        return take_reply(c, c->line);
}

/* A TLS record (alert or handshake) where a greeting is due: the port speaks TLS from the first octet. */
static bool is_tls_record(const Pop3Client *c, char first)
{
        return c->pending == POP3_GREETING && !c->tls && c->n_line == 0 && (first == 0x15 || first == 0x16);
}

static void break_off_behind_reply(Pop3Client *c)
{
        break_off(c, c->mode == POP3_STARTING_TLS ? "octets in clear text follow the reply to STLS"
                                                  : "the server sent a reply that nothing had asked for");
}

int pop3_client_feed(Pop3Client *c, const void *data, size_t size, usec_t now)
{
        const char *p = data, *lf;
        size_t n;
        int r;

        if (c->mode == POP3_DONE || size == 0)
                return 0;
        if (c->mode == POP3_STARTING_TLS || c->out.size > 0) {
                break_off_behind_reply(c);
                return 0;
        }
        if (is_tls_record(c, *p)) {
                cut(c, OUTCOME_TEMPORARY, "the server speaks TLS where a greeting is due", HINT_POP_SERVER);
                return 0;
        }
        lf = memchr(p, '\n', size);
        n = lf ? (size_t)(lf - p) + 1 : size;
        if (n > sizeof(c->line) - c->n_line) {
                break_off(c, "the server sent what is no POP3 reply");
                return 0;
        }
        memcpy(c->line + c->n_line, p, n);
        c->n_line += n;
        if (!lf)
                return 0;
        c->progress = now;
        r = take_line(c);
        if (n < size)
                break_off_behind_reply(c);
        return r;
}

void pop3_client_eof(Pop3Client *c, const char *cause)
{
        lose(c, cause);
}

void pop3_client_tick(Pop3Client *c, usec_t now)
{
        char cause[RESULT_CAUSE_MAX];

        if (now < pop3_client_deadline(c))
                return;
        if (c->mode == POP3_STARTING_TLS)
                (void)snprintf(cause, sizeof(cause), "time limit: the TLS handshake does not end");
        else
                (void)snprintf(cause, sizeof(cause), "time limit: no reply to %s",
                               commands[c->pending].name);
        lose(c, cause);
}

void pop3_client_output(const Pop3Client *c, const char **ret, size_t *ret_size)
{
        *ret = c->out.data;
        *ret_size = c->out.size;
}

void pop3_client_written(Pop3Client *c, size_t size, usec_t now)
{
        c->progress = now;
        if (size == c->out.size)
                text_wipe(&c->out);
        else
                text_drop_front(&c->out, size);
}

int pop3_client_tls_up(Pop3Client *c, usec_t now)
{
        assert(c->mode == POP3_STARTING_TLS);
        c->tls = true;
        c->mode = POP3_TALKING;
        c->progress = now;
        return log_in(c);
}

void pop3_client_tls_failed(Pop3Client *c, const Result *result)
{
        Result r = *result;

        r.step = STEP_POP3;
        close_with(c, &r);
}

bool pop3_client_take_heard(Pop3Client *c, Result *ret)
{
        if (!c->has_heard)
                return false;
        *ret = c->heard;
        c->has_heard = false;
        return true;
}

void pop3_client_result(const Pop3Client *c, Result *ret)
{
        *ret = c->result;
}

bool pop3_client_may_try_next(const Pop3Client *c)
{
        return c->may_try_next;
}
