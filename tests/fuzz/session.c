/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <sanitizer/allocator_interface.h>

#include "base/string-util.h"
#include "fuzz.h"

#define PIECE_SIZE    7                 /* octets of a small write */
#define MEMORY_MAX    ((size_t)1 << 20) /* octets of a session, the wire's own among them */
#define LONGEST_LIMIT (10 * USEC_PER_MIN)

/* With FUZZ_TRACE in the environment the conversation is shown: how an input that fails is read. */
static void trace(const char *who, const char *data, size_t size)
{
        static int shown = -1;

        if (shown < 0)
                shown = getenv("FUZZ_TRACE") != NULL;
        if (shown)
                fprintf(stderr, "%s %.*s\n", who, (int)size, data);
}

bool session_over(const Session *s)
{
        return (session_wants(s) & (SMTP_WANT_CLOSE | SMTP_WANT_DONE)) != 0;
}

unsigned session_wants(const Session *s)
{
        return smtp_client_wants(s->client);
}

static void look_at_words(const Session *s, const Result *r)
{
        require(string_is_clean(r->server_text) && string_is_clean(r->cause));
        require(!wire_reveals(&s->wire, r->server_text, strlen(r->server_text)));
        require(!wire_reveals(&s->wire, r->cause, strlen(r->cause)));
}

static void look_at(Session *s)
{
        usec_t deadline;
        Result heard;

        smtp_client_tick(s->client, s->now);
        deadline = smtp_client_deadline(s->client);
        require(session_over(s) == (deadline == USEC_INFINITY));
        require(session_over(s) || (deadline > s->now && deadline <= s->now + LONGEST_LIMIT));
        require(session_over(s) || !s->wire.broken);
        require(session_over(s) || !s->stopped);
        require(__sanitizer_get_current_allocated_bytes() < s->memory + MEMORY_MAX);
        while (smtp_client_take_heard(s->client, &heard))
                look_at_words(s, &heard);
}

void session_begin(Session *s, const Scene *scene, bool in_octets)
{
        const SmtpParameters parameters = {.order = &scene->order,
                                           .secret = scene->secret,
                                           .helo = "host.example.com",
                                           .tls = scene->order.mail.security == SECURITY_TLS,
                                           .timeouts = smtp_timeouts_default};

        *s = (Session){.now = USEC_PER_HOUR,
                       .in_octets = in_octets,
                       .memory = __sanitizer_get_current_allocated_bytes()};
        wire_init(&s->wire, scene);
        require(smtp_client_new(&parameters, s->now, &s->client) == 0);
        look_at(s);
}

void session_write(Session *s, size_t max)
{
        size_t total = 0;

        do {
                const char *data;
                size_t size, n;

                smtp_client_output(s->client, &data, &size);
                require((size > 0) == ((session_wants(s) & SMTP_WANT_WRITE) != 0));
                if (size == 0)
                        break;
                wire_handed(&s->wire, data, size);
                n = MIN(size, max - total);
                if (s->in_octets)
                        n = MIN(n, (size_t)PIECE_SIZE);
                trace("C:", data, n);
                s->wire.received += n;
                total += n;
                smtp_client_written(s->client, n, s->now);
        } while (total < max);
        look_at(s);
}

static void feed_piece(Session *s, const uint8_t *data, size_t size)
{
        /* Of exactly its size. */
        _cleanup_free_ char *copy = fuzz_copy(data, size);

        if (session_over(s))
                return;
        trace("S:", copy, size);
        require(smtp_client_feed(s->client, copy, size, s->now) == 0);
        wire_said(&s->wire, copy, size);
        look_at(s);
}

void session_feed(Session *s, const void *data, size_t size)
{
        size_t piece = s->in_octets ? 1 : size;

        for (size_t i = 0; i < size; i += piece)
                feed_piece(s, (const uint8_t *)data + i, piece);
}

void session_eof(Session *s)
{
        smtp_client_eof(s->client, "end of file", s->now);
        require(session_over(s));
        look_at(s);
}

void session_wait(Session *s, usec_t span)
{
        usec_t deadline = smtp_client_deadline(s->client);

        if (session_over(s))
                return;
        s->now = MIN(s->now + span, deadline - 1);
        look_at(s);
        require(!session_over(s));
}

void session_time_out(Session *s)
{
        if (session_over(s))
                return;
        s->now = smtp_client_deadline(s->client);
        smtp_client_tick(s->client, s->now);
        require(session_over(s));
        look_at(s);
}

void session_tls(Session *s, bool up)
{
        static const Result refused = {
                .outcome = OUTCOME_INSECURE, .step = STEP_TLS, .cause = "certificate"};

        if (up) {
                require(smtp_client_tls_up(s->client, s->now) == 0);
                s->wire.tls = true;
        } else {
                smtp_client_tls_failed(s->client, &refused);
                require(session_over(s));
        }
        look_at(s);
}

void session_commit(Session *s, bool go)
{
        size_t notice, n;
        const uint8_t *accepted;

        smtp_client_commit_question(s->client, &notice, &accepted, &n);
        require(notice < s->wire.scene->order.n_notices && n > 0);
        for (size_t i = 0; i < n; i++) {
                unsigned code = wire_recipient_code(&s->wire, notice, accepted[i]);

                require(code >= 250 && code <= 252);
                require(i == 0 || accepted[i - 1] < accepted[i]);
        }
        s->wire.go[notice] = go;
        s->stopped = !go;
        require(smtp_client_commit_answer(s->client, go, s->now) == 0);
        look_at(s);
}

static void look_at_result(const Session *s, const Result *r, Text *ret)
{
        look_at_words(s, r);
        require(r->outcome != OUTCOME_LOGIN_REFUSED || s->wire.refused);
        text_appendf(ret, "%s step=%s code=%u %s hint=%s text=%s cause=%s\n", outcome_name(r->outcome),
                     step_name(r->step), r->code, r->enhanced, r->hint, r->server_text, r->cause);
}

/* Told means accepted: what is said of a mail against what the server said to its dot. */
static void look_at_mail(const Session *s, size_t i, const Result *r)
{
        const Unit *body = wire_body(&s->wire, i);
        unsigned code = body ? body->code : 0;
        bool taken = code >= 200 && code < 300 && code != 221 && s->wire.dot[i];

        require(r->outcome != OUTCOME_NONE);
        require((r->outcome == OUTCOME_DELIVERED) == taken);
        require(r->outcome != OUTCOME_UNKNOWN || s->wire.dot[i]);
        require(!s->wire.dot[i] || taken || r->outcome == OUTCOME_UNKNOWN || code >= 400);
        require(r->outcome != OUTCOME_STOPPED || s->stopped);
}

static void look_at_recipients(const Session *s, size_t i, Text *ret)
{
        for (size_t k = 0; k < s->wire.scene->notices[i].n_recipients; k++) {
                unsigned code = wire_recipient_code(&s->wire, i, k);
                Result r;

                if (!smtp_client_recipient_result(s->client, i, k, &r))
                        continue;
                require(r.code == 0 || r.code == code);
                require((r.outcome == OUTCOME_NONE) == (r.code >= 250 && r.code <= 252));
                look_at_result(s, &r, ret);
        }
}

void session_end(Session *s, Text *ret)
{
        unsigned wants = session_wants(s);
        const char *data;
        size_t size;
        Result r;

        require(wants == SMTP_WANT_CLOSE || wants == SMTP_WANT_DONE);
        require(smtp_client_feed(s->client, "250 late\r\n", 10, s->now) == 0 && session_wants(s) == wants);
        smtp_client_output(s->client, &data, &size);
        require(size == 0);

        smtp_client_session_result(s->client, &r);
        look_at_result(s, &r, ret);
        text_appendf(ret, "%s %s\n", wants == SMTP_WANT_DONE ? "done" : "close",
                     smtp_client_may_try_next(s->client) ? "next" : "");
        for (size_t i = 0; i < s->wire.scene->order.n_notices; i++) {
                require(smtp_client_transaction_result(s->client, i, &r));
                look_at_mail(s, i, &r);
                look_at_result(s, &r, ret);
                look_at_recipients(s, i, ret);
        }
        text_append(ret, s->wire.stream.data, s->wire.stream.size);
        require(!ret->failed);
        s->client = smtp_client_free(s->client);
        wire_done(&s->wire);
}
