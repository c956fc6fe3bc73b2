/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The POP3 client against any octets from the server. The first octet says whether TLS comes first and
 * whether the handshake goes well; what follows is the server's, line by line, each when the client has said
 * what it wants. In whatever segments it comes, the same must come of it. */

#include "choices.h"
#include "fuzz.h"
#include "mail/pop3-client.h"

#define SECRET "hunter2secret"

typedef struct Session {
        Pop3Client *c;
        bool tls, tls_good;
        Text *sent;
} Session;

/* One command a time, each once at most and in this order, the password within TLS alone. */
static void look_at_output(Session *s, const char *data, size_t size)
{
        static const char *const order[] = {"STLS\r\n", "USER me\r\n", "PASS " SECRET "\r\n", "QUIT\r\n"};
        const char *all = s->sent->data ? s->sent->data : "";
        size_t i = 0;

        while (i < ELEMENTSOF(order) && !(strlen(order[i]) == size && memcmp(order[i], data, size) == 0))
                i++;
        require(i < ELEMENTSOF(order));
        for (size_t k = i; k < ELEMENTSOF(order); k++)
                require(!strstr(all, order[k]));
        require(i != 0 || !s->tls);
        require((i != 1 && i != 2) || s->tls);
        require(i != 2 || strstr(all, order[1]));
        text_append(s->sent, data, size);
}

static void satisfy(Session *s)
{
        const Result bad = {.outcome = OUTCOME_INSECURE, .cause = "certificate"};

        for (unsigned wants; (wants = pop3_client_wants(s->c)) & (POP3_WANT_WRITE | POP3_WANT_START_TLS);) {
                const char *data;
                size_t size;

                if (wants & POP3_WANT_WRITE) {
                        pop3_client_output(s->c, &data, &size);
                        look_at_output(s, data, size);
                        pop3_client_written(s->c, size, 1);
                } else if (s->tls_good) {
                        s->tls = true;
                        require(pop3_client_tls_up(s->c, 1) == 0);
                } else
                        pop3_client_tls_failed(s->c, &bad);
        }
}

static void look_at_end(const Session *s, Text *ret)
{
        Result r;

        require(pop3_client_wants(s->c) == POP3_WANT_DONE);
        require(pop3_client_deadline(s->c) == USEC_INFINITY);
        pop3_client_result(s->c, &r);
        require(r.step == STEP_POP3 && r.code == 0);
        require(!strstr(r.server_text, SECRET) && !strstr(r.cause, SECRET));
        require(r.outcome != OUTCOME_NONE || strstr(s->sent->data, "PASS "));
        require(!pop3_client_may_try_next(s->c) || s->sent->size == 0);
        text_append(ret, s->sent->data, s->sent->size);
        text_appendf(ret, "%s %s %s", outcome_name(r.outcome), r.server_text, r.cause);
}

static void play(unsigned choice, const uint8_t *p, const uint8_t *end, bool in_octets, Text *ret)
{
        _cleanup_text_ Text sent = {0};
        const Pop3Parameters parameters = {
                .account = "me", .password = SECRET, .tls = choice & 1, .timeouts = pop3_timeouts_default};
        Session s = {.tls = choice & 1, .tls_good = choice & 2, .sent = &sent};

        require(pop3_client_new(&parameters, 1, &s.c) == 0);
        while (p < end) {
                const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
                size_t n = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p), step = in_octets ? 1 : n;

                for (size_t i = 0; i < n; i += step) {
                        _cleanup_free_ char *copy = fuzz_copy(p + i, step);

                        require(pop3_client_feed(s.c, copy, step, 1) == 0);
                }
                satisfy(&s);
                p += n;
        }
        pop3_client_eof(s.c, "end of file");
        look_at_end(&s, ret);
        pop3_client_free(s.c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_text_ Text whole = {0}, in_octets = {0};
        Choices c = {data, data + size};
        unsigned choice = choose(&c, 4);

        play(choice, c.p, c.end, false, &whole);
        play(choice, c.p, c.end, true, &in_octets);
        require(fuzz_equal(&whole, &in_octets));
        return 0;
}
