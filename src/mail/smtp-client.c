/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/smtp-client.h"

#include <stdio.h>

#include "mail/hint.h"
#include "mail/smtp-client-private.h"

/* The client is a queue of commands that wait for their replies, oldest first, and the command that is next
 * once none is left. A reply belongs to the oldest command; the row of the table says what it means. What
 * the server says out of turn (with nothing pending, before the command was written, behind the 220 of
 * STARTTLS) is a protocol error, and so is what the parser refuses.
 *
 * Failure policy: memory is the only error. Everything a server can do is a result. A protocol error cuts
 * the connection. Until the first octet of a dot was handed out nothing was delivered, and the failure is
 * temporary; from then until its reply the transaction's fate is unknown; the reply settles it, whatever
 * comes after. */

const SmtpTimeouts smtp_timeouts_default = {
        .greeting = 5 * USEC_PER_MIN,
        .command = 5 * USEC_PER_MIN,
        .auth = 5 * USEC_PER_MIN,
        .data = 2 * USEC_PER_MIN,
        .block = 3 * USEC_PER_MIN,
        .dot = 10 * USEC_PER_MIN,
        .quit = 5 * USEC_PER_SEC,
        .reply = 2 * USEC_PER_MIN,
};

int smtp_client_new(const SmtpParameters *parameters, usec_t now, SmtpClient **ret)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = NULL;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        c->parameters = *parameters;
        c->order = parameters->order;
        c->tls = parameters->tls;
        c->identity = (SaslIdentity){
                .account = c->order->mail.account,
                .secret = parameters->secret && *parameters->secret ? parameters->secret : NULL,
                .host = c->order->mail.server,
                .port = c->order->mail.port,
        };
        memcpy(c->identity.nonce, parameters->nonce, sizeof(parameters->nonce));
        c->transactions = calloc(c->order->n_notices + 1, sizeof(*c->transactions));
        if (!c->transactions)
                return -ENOMEM;
        for (size_t i = 0; i < c->order->n_notices; i++) {
                c->transactions[i].recipients = calloc(c->order->notices[i].n_recipients,
                                                       sizeof(*c->transactions[i].recipients));
                if (!c->transactions[i].recipients)
                        return -ENOMEM;
        }
        c->pending[c->n_pending++] = (SmtpCommand){.type = SMTP_GREETING};
        c->progress = now;
        *ret = TAKE_PTR(c);
        return 0;
}

SmtpClient *smtp_client_free(SmtpClient *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; c->transactions && i < c->order->n_notices; i++) {
                for (size_t k = 0; c->transactions[i].recipients && k < c->order->notices[i].n_recipients;
                     k++)
                        free(c->transactions[i].recipients[k]);
                free(c->transactions[i].recipients);
        }
        free(c->transactions);
        free(c->heard);
        smtp_reply_done(&c->parser);
        text_erase(&c->out);
        explicit_bzero(&c->exchange, sizeof(c->exchange));
        free(c);
        return NULL;
}

static bool is_over(const SmtpClient *c)
{
        return c->mode == SMTP_CLOSING || c->mode == SMTP_DONE;
}

static bool has_output(const SmtpClient *c)
{
        return !is_over(c) && c->out_base + c->out.size > c->written;
}

unsigned smtp_client_wants(const SmtpClient *c)
{
        unsigned want = has_output(c) ? SMTP_WANT_WRITE : 0;

        switch (c->mode) {
        case SMTP_TALKING:
                return want | SMTP_WANT_READ;
        case SMTP_STARTING_TLS:
                return SMTP_WANT_START_TLS;
        case SMTP_COMMITTING:
                return want | SMTP_WANT_COMMIT | SMTP_WANT_READ;
        case SMTP_CLOSING:
                return SMTP_WANT_CLOSE;
        case SMTP_DONE:
                break;
        }
        return SMTP_WANT_DONE;
}

static usec_t timeout_of(const SmtpClient *c, SmtpCommandType type)
{
        usec_t timeout;

        memcpy(&timeout, (const char *)&c->parameters.timeouts + smtp_commands[type].timeout,
               sizeof(timeout));
        return timeout;
}

usec_t smtp_client_deadline(const SmtpClient *c)
{
        usec_t deadline;

        if (is_over(c))
                return USEC_INFINITY;
        if (has_output(c) && !c->ended)
                deadline = usec_add(c->progress, c->parameters.timeouts.block);
        else if (c->mode == SMTP_TALKING)
                deadline = usec_add(c->progress, timeout_of(c, c->pending[0].type));
        else
                deadline = usec_add(c->progress, c->parameters.timeouts.command);
        if (smtp_reply_has_begun(&c->parser))
                deadline = MIN(deadline, usec_add(c->reply_since, c->parameters.timeouts.reply));
        return deadline;
}

/* The server did not understand a command (500) or not at this place (503), which the client had put there
 * rightly. To DATA 503 is right where nobody was accepted, and behind a dot nothing is pipelined. */
static bool is_out_of_order(const SmtpClient *c, const SmtpCommand *command, const SmtpReply *reply)
{
        if (reply->code != 500 && reply->code != 503)
                return false;
        return command->type < SMTP_DATA ||
               (command->type == SMTP_DATA && c->transactions[command->transaction].n_accepted > 0);
}

static void take_unasked_reply(SmtpClient *c, const SmtpReply *reply)
{
        Result result;

        if (reply->code != 421) {
                smtp_session_break(c, smtp_client_step(c),
                                   "the server sent a reply that nothing had asked for", NULL);
                return;
        }
        smtp_result_make(c, OUTCOME_TEMPORARY, smtp_client_step(c), reply, NULL, NULL, &result);
        smtp_session_close(c, &result);
}

/* The server's reply to the oldest command, or one that nobody asked for. */
static int take_reply(SmtpClient *c, const SmtpReply *reply)
{
        SmtpCommand command;
        const SmtpCommandInfo *info;
        bool early, out_of_order;
        Result result;
        int r;

        if (c->n_pending == 0) {
                take_unasked_reply(c, reply);
                return 0;
        }

        command = c->pending[0];
        info = &smtp_commands[command.type];
        early = command.end > c->reply_written;
        if (reply->code == 421 && !info->owns_421) {
                smtp_result_make(c, OUTCOME_TEMPORARY, smtp_client_step(c), reply, NULL, NULL, &result);
                if (command.type == SMTP_BODY)
                        smtp_transaction_set(c, command.transaction, &result);
                smtp_session_close(c, &result);
                return 0;
        }
        /* A body may be refused before its end. */
        if (early && (command.type != SMTP_BODY || reply->code < 400)) {
                smtp_session_break(c, smtp_client_step(c), "the server answered before the command was sent",
                                   NULL);
                return 0;
        }
        memmove(c->pending, c->pending + 1, --c->n_pending * sizeof(c->pending[0]));
        if (command.discard) {
                if (reply->code == 354)
                        smtp_session_break(c, info->step,
                                           "the server wants a mail whose sender or login it has refused",
                                           NULL);
                return 0;
        }
        out_of_order = is_out_of_order(c, &command, reply);
        if (out_of_order)
                smtp_suspect_pipelining(c);
        /* It speaks of the flight, not of the mail: careful mode soon finds out what the server thinks of
         * that. AUTH comes first in its flight, and its reply is what it says. */
        if (out_of_order && c->pipelining_failed && command.type > SMTP_AUTH) {
                smtp_result_make(c, OUTCOME_TEMPORARY, info->step, reply, NULL, "", &result);
                smtp_session_close(c, &result);
                return 0;
        }
        r = smtp_result_hear(c, &command, reply);
        return r < 0 ? r : info->reply(c, &command, reply);
}

static bool waits_for(const SmtpClient *c, SmtpCommandType type)
{
        return c->n_pending > 0 && c->pending[0].type == type;
}

/* A TLS record (alert or handshake) where a greeting is due: the port speaks TLS from the first octet. */
static bool is_tls_record(const SmtpClient *c, const char *data)
{
        return waits_for(c, SMTP_GREETING) && !c->tls && !smtp_reply_has_begun(&c->parser) &&
               (data[0] == 0x15 || data[0] == 0x16);
}

int smtp_client_feed(SmtpClient *c, const void *data, size_t size, usec_t now)
{
        const char *p = data;
        int r, status;

        while (size > 0 && !is_over(c)) {
                size_t taken;

                if (c->mode == SMTP_STARTING_TLS) {
                        smtp_session_break(c, smtp_client_step(c),
                                           "octets in clear text follow the reply to STARTTLS", NULL);
                        return 0;
                }
                if (is_tls_record(c, p)) {
                        smtp_session_break(c, smtp_client_step(c),
                                           "the server speaks TLS where a greeting is due",
                                           HINT_PORT_SPEAKS_TLS);
                        return 0;
                }
                if (!smtp_reply_has_begun(&c->parser)) {
                        c->reply_since = now;
                        c->reply_written = c->written;
                }
                status = smtp_reply_feed(
                        &c->parser, p, size,
                        waits_for(c, SMTP_AUTH) ? SMTP_REPLY_AUTH_LINE_MAX : SMTP_REPLY_LINE_MAX, &taken);
                if (status < 0)
                        return status;
                if (status == SMTP_REPLY_MALFORMED) {
                        smtp_session_break(c, smtp_client_step(c), "the server sent what is no SMTP reply",
                                           NULL);
                        return 0;
                }
                p += taken;
                size -= taken;
                if (status == SMTP_REPLY_MORE)
                        return 0;
                c->progress = now;
                r = take_reply(c, &c->parser.reply);
                if (r < 0)
                        return r;
                smtp_flight_settle(c);
                if (c->mode != SMTP_TALKING || c->n_pending > 0)
                        continue;
                r = smtp_flight_send(c);
                if (r < 0)
                        return r;
        }
        return 0;
}

void smtp_client_eof(SmtpClient *c, const char *cause, usec_t now)
{
        if (!is_over(c))
                smtp_session_lost(c, cause);
}

void smtp_client_tick(SmtpClient *c, usec_t now)
{
        char cause[RESULT_CAUSE_MAX];
        usec_t deadline = smtp_client_deadline(c);

        if (now < deadline)
                return;
        if (has_output(c))
                (void)snprintf(cause, sizeof(cause), "time limit: the server does not take what it is sent");
        else if (smtp_reply_has_begun(&c->parser) &&
                 now >= usec_add(c->reply_since, c->parameters.timeouts.reply))
                (void)snprintf(cause, sizeof(cause), "time limit: the server's reply does not end");
        else if (c->mode == SMTP_TALKING)
                (void)snprintf(cause, sizeof(cause), "time limit: no reply to %s",
                               smtp_commands[c->pending[0].type].name);
        else if (c->mode == SMTP_STARTING_TLS)
                (void)snprintf(cause, sizeof(cause), "time limit: the TLS handshake does not end");
        else
                (void)snprintf(cause, sizeof(cause), "time limit: no answer whether the mail may go");
        if (c->mode == SMTP_TALKING)
                smtp_suspect_pipelining(c);
        smtp_session_lost(c, cause);
}

void smtp_client_output(SmtpClient *c, const char **ret, size_t *ret_size)
{
        size_t size = 0;

        if (has_output(c))
                size = MIN(c->out.size - (size_t)(c->written - c->out_base), (size_t)SMTP_OUTPUT_MAX);
        c->handed = MAX(c->handed, c->written + size);
        *ret = size > 0 ? c->out.data + (c->written - c->out_base) : NULL;
        *ret_size = size;
}

void smtp_client_written(SmtpClient *c, size_t size, usec_t now)
{
        assert(size <= c->handed - c->written);
        if (size == 0)
                return;
        c->written += size;
        c->progress = now;
        if (c->written == c->out_base + c->out.size) {
                text_wipe(&c->out);
                c->out_base = c->written;
        }
}

int smtp_client_tls_up(SmtpClient *c, usec_t now)
{
        assert(c->mode == SMTP_STARTING_TLS);
        /* RFC 3207, 4.2: what was learnt in clear text is forgotten. */
        c->capabilities = (SmtpCapabilities){0};
        c->tls = true;
        c->mode = SMTP_TALKING;
        c->progress = now;
        c->next = (SmtpCommand){.type = SMTP_EHLO};
        return smtp_flight_send(c);
}

void smtp_client_tls_failed(SmtpClient *c, const Result *result)
{
        assert(c->mode == SMTP_STARTING_TLS);
        smtp_session_close(c, result);
}

void smtp_client_commit_question(const SmtpClient *c, size_t *ret_transaction, const uint8_t **ret_accepted,
                                 size_t *ret_n_accepted)
{
        assert(c->mode == SMTP_COMMITTING);
        *ret_transaction = c->committing;
        *ret_accepted = c->transactions[c->committing].accepted;
        *ret_n_accepted = c->transactions[c->committing].n_accepted;
}

int smtp_client_commit_answer(SmtpClient *c, bool go, usec_t now)
{
        Result result;

        assert(c->mode == SMTP_COMMITTING);
        if (!go) {
                smtp_result_make(c, OUTCOME_STOPPED, STEP_DATA, NULL, NULL, NULL, &result);
                smtp_transaction_set(c, c->committing, &result);
                smtp_session_close(c, &(Result){.outcome = OUTCOME_NONE});
                return 0;
        }
        /* A reply that began before the body can't be the body's. */
        if (smtp_reply_has_begun(&c->parser)) {
                smtp_session_break(c, smtp_client_step(c),
                                   "the server sent a reply that nothing had asked for", NULL);
                return 0;
        }
        c->mode = SMTP_TALKING;
        c->progress = now;
        c->next = (SmtpCommand){.type = SMTP_BODY, .transaction = c->committing};
        return smtp_flight_send(c);
}

Step smtp_client_step(const SmtpClient *c)
{
        switch (c->mode) {
        case SMTP_STARTING_TLS:
                return STEP_TLS;
        case SMTP_COMMITTING:
                return STEP_DATA;
        case SMTP_CLOSING:
        case SMTP_DONE:
                return c->session.step;
        case SMTP_TALKING:
                break;
        }
        assert(c->n_pending > 0);
        if (c->pending[0].type == SMTP_BODY && c->transactions[c->pending[0].transaction].dot >= c->handed)
                return STEP_BODY;
        return smtp_commands[c->pending[0].type].step;
}

bool smtp_client_take_heard(SmtpClient *c, Result *ret)
{
        if (c->n_heard == 0)
                return false;
        *ret = c->heard[0];
        memmove(c->heard, c->heard + 1, --c->n_heard * sizeof(*c->heard));
        return true;
}

const char *smtp_client_method(const SmtpClient *c, const char **ret_offered)
{
        *ret_offered = c->capabilities.auth_list;
        return c->exchange.method ? sasl_mechanism_name(sasl_method_bit(c->exchange.method)) : NULL;
}

bool smtp_client_recipient_result(const SmtpClient *c, size_t transaction, size_t recipient, Result *ret)
{
        const Result *result = c->transactions[transaction].recipients[recipient];

        if (!result)
                return false;
        *ret = *result;
        return true;
}

bool smtp_client_transaction_result(const SmtpClient *c, size_t transaction, Result *ret)
{
        if (!c->transactions[transaction].final)
                return false;
        *ret = c->transactions[transaction].result;
        return true;
}

void smtp_client_session_result(const SmtpClient *c, Result *ret)
{
        *ret = c->session;
        ret->pipelining_failed = c->pipelining_failed;
}

bool smtp_client_may_try_next(const SmtpClient *c)
{
        return c->may_try_next;
}
