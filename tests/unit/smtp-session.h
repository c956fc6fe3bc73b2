/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Leads the SMTP client into each of its states, as a good server would, or one that is just so odd as the
 * state needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../proof/valid-client.h"

/* A state is a command that waits for its reply, or one of those in which none does. */
enum {
        STARTING_TLS = SMTP_COMMAND_COUNT,
        COMMITTING,
        BODY, /* SMTP_BODY before its dot was handed out */
        STATE_COUNT,
};

typedef struct Play {
        Security security;
        bool pipelining, careful, test;
        bool by_challenges;             /* LOGIN alone, else PLAIN or, where that is not taken, LOGIN */
        unsigned n_mails, n_recipients; /* of each mail; 0 is 1 */
} Play;

static const char *secret = "secret";

static char *recipients[NOTICE_RECIPIENTS_MAX] = {(char *)"a@example.org"};

static Notice notices[] = {
        {.message_id = "1@host.example.com", .recipients = recipients},
        {.message_id = "2@host.example.com", .recipients = recipients},
};

static Order order = {
        .mail = {.enabled = true,
                 .server = (char *)"smtp.example.com",
                 .port = 587,
                 .from = (char *)"from@example.com",
                 .account = (char *)"me@example.com"},
        .notices = notices,
};

static inline int try_new_client(const Play *p, SmtpClient **ret)
{
        const SmtpParameters parameters = {.order = &order,
                                           .secret = secret,
                                           .helo = "host.example.com",
                                           .tls = p->security == SECURITY_TLS,
                                           .timeouts = smtp_timeouts_default};

        order.n_notices = p->n_mails;
        order.careful = p->careful;
        order.test = p->test;
        order.mail.security = p->security;
        order.mail.mechanisms = p->by_challenges ? SASL_LOGIN : SASL_PLAIN | SASL_LOGIN;
        order.mail.method = p->security == SECURITY_NONE ? AUTH_METHOD_NONE : AUTH_METHOD_SMTP;
        for (size_t i = 1; i < p->n_recipients; i++)
                recipients[i] = recipients[0];
        for (size_t i = 0; i < ELEMENTSOF(notices); i++) {
                notices[i].n_recipients = MAX(p->n_recipients, 1U);
                notices[i].facts.new[FAMILY_IPV4] = (IpAddress){.family = AF_INET, .octets = {192, 0, 2, 1}};
        }
        return smtp_client_new(&parameters, 0, ret);
}

static inline SmtpClient *new_client(const Play *p)
{
        SmtpClient *c;

        assert_int_equal(try_new_client(p, &c), 0);
        return c;
}

static inline unsigned state_of(const SmtpClient *c)
{
        switch (c->mode) {
        case SMTP_TALKING:
                return smtp_client_step(c) == STEP_BODY ? BODY : (unsigned)c->pending[0].type;
        case SMTP_STARTING_TLS:
                return STARTING_TLS;
        case SMTP_COMMITTING:
                return COMMITTING;
        case SMTP_CLOSING:
        case SMTP_DONE:
                break;
        }
        return STATE_COUNT;
}

/* To be in STATE the server has to be like this. */
static inline const char *odd_answer(const SmtpClient *c, unsigned state)
{
        unsigned at = state_of(c);

        if (state == SMTP_HELO && at == SMTP_EHLO)
                return "502 what?\r\n";
        if (state == SMTP_AUTH_CANCEL && at == SMTP_AUTH)
                return "334 \r\n";
        if ((state == SMTP_RSET || state == SMTP_LONE_DOT) && at == SMTP_RCPT &&
            c->pending[0].transaction == 0)
                return "550 nobody\r\n";
        if (state != SMTP_LONE_DOT && at == SMTP_DATA &&
            c->transactions[c->pending[0].transaction].n_accepted == 0)
                return "554 nobody\r\n";
        return NULL;
}

static inline unsigned good_code(unsigned state)
{
        return state == SMTP_GREETING || state == SMTP_STARTTLS ? 220
               : state == SMTP_AUTH                             ? 235
               : state == SMTP_DATA                             ? 354
               : state == SMTP_QUIT                             ? 221
                                                                : 250;
}

/* To a command, or in a state. */
static inline const char *good_answer_to(const SmtpClient *c, const Play *p, unsigned state)
{
        static char line[256];

        if (state == SMTP_EHLO)
                (void)snprintf(line, sizeof(line), "250-x\r\n%s%s250 SIZE\r\n",
                               p->pipelining ? "250-PIPELINING\r\n" : "",
                               c->tls ? "250-AUTH PLAIN LOGIN\r\n" : "250-STARTTLS\r\n");
        else if (state == SMTP_AUTH && sasl_method_bit(c->exchange.method) == SASL_LOGIN &&
                 c->exchange.n_answers < 2)
                return "334 VXNlcm5hbWU6\r\n";
        else
                (void)snprintf(line, sizeof(line), "%u ok\r\n", good_code(state));
        return line;
}

static inline const char *good_answer(const SmtpClient *c, const Play *p)
{
        return good_answer_to(c, p, state_of(c));
}

/* Does what the client wants but read; stops in STATE. */
static inline void serve(SmtpClient *c, unsigned state)
{
        while (state_of(c) != state) {
                unsigned wants = smtp_client_wants(c);
                const char *data;
                size_t size;

                if (wants & SMTP_WANT_WRITE) {
                        smtp_client_output(c, &data, &size);
                        smtp_client_written(c, size, 0);
                } else if (wants & SMTP_WANT_START_TLS)
                        assert_int_equal(smtp_client_tls_up(c, 0), 0);
                else if (wants & SMTP_WANT_COMMIT)
                        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
                else
                        return;
                assert_true(smtp_client_is_valid(c));
        }
}

static inline void write_out(SmtpClient *c)
{
        const char *data;
        size_t size;

        while (smtp_client_wants(c) & SMTP_WANT_WRITE) {
                smtp_client_output(c, &data, &size);
                smtp_client_written(c, size, 0);
        }
}

static inline void say(SmtpClient *c, const char *reply)
{
        assert_int_equal(smtp_client_feed(c, reply, strlen(reply), 0), 0);
        assert_true(smtp_client_is_valid(c));
}

/* Leads C on to STATE; false where the session ends before. */
static inline bool lead(SmtpClient *c, const Play *p, unsigned state)
{
        for (unsigned n = 0; n < 64; n++) {
                serve(c, state);
                if (state_of(c) == state)
                        return true;
                if (state_of(c) == STATE_COUNT)
                        return false;
                const char *odd = odd_answer(c, state);
                say(c, odd ? odd : good_answer(c, p));
        }
        fail_msg("the session has no end");
        return false;
}

/* A client that has just come to STATE for the (OCCURRENCE + 1)st time, with what it has to say there not
 * written yet; NULL where no session does. */
static inline SmtpClient *stalled_in(const Play *p, unsigned state, unsigned occurrence)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(p);

        if (!lead(c, p, state))
                return NULL;
        for (; occurrence > 0; occurrence--) {
                write_out(c);
                say(c, good_answer(c, p));
                if (!lead(c, p, state))
                        return NULL;
        }
        return TAKE_PTR(c);
}

/* The same with everything written, so that only the answer is missing. */
static inline SmtpClient *client_in(const Play *p, unsigned state, unsigned occurrence)
{
        SmtpClient *c = stalled_in(p, state, occurrence);

        if (c && state != BODY)
                write_out(c);
        return c;
}
