/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "smtp-stubs.h"

#include "base/base64.h"
#include "base/string-util.h"
#include "mail/hint.h"
#include "proof.h"

struct SaslMethod {
        bool one_round_trip;
};

static SaslMethod method;
static SmtpClient *client;
static char word[] = "x";

/* Objects of their own: CBMC follows a pointer into a large one far more slowly. */
static char *recipients[SCENE_RECIPIENTS] = {word, word};
static Notice notice = {.recipients = recipients};
static Result *results[SCENE_RECIPIENTS], result;
static SmtpTransaction transaction;
static Order order = {.n_notices = 1, .notices = &notice};

void scene_make(SmtpClient *c)
{
        SmtpTransaction any;

        client = c;
        method.one_round_trip = nondet_bool();
        notice.n_recipients = 1 + any_size(SCENE_RECIPIENTS - 1);
        transaction = any;
        transaction.recipients = results;
        for (size_t k = 0; k < SCENE_RECIPIENTS; k++)
                results[k] = nondet_bool() ? &result : NULL;
        order.mail.from = order.mail.account = order.mail.server = word;
        order.mail.security = nondet_unsigned() % (SECURITY_NONE + 1);
        order.mail.method = nondet_unsigned() % (AUTH_METHOD_POP_BEFORE_SMTP + 1);
        order.careful = nondet_bool();
        c->order = c->parameters.order = &order;
        c->transactions = &transaction;
        c->exchange.method = nondet_bool() ? &method : NULL;
        c->exchange.who = &c->identity;
        c->identity.account = c->identity.host = word;
        c->identity.secret = nondet_bool() ? word : NULL;
        c->parameters.helo = word;
        c->out = (Text){.data = word, .size = nondet_size()};
        c->heard = NULL;
        c->committing = c->next.transaction = 0;
        c->next.recipient = any_size(SCENE_RECIPIENTS - 1);
        c->n_pending = any_size(SCENE_PENDING);
        for (size_t i = 0; i < SCENE_PENDING; i++) {
                c->pending[i].transaction = 0;
                c->pending[i].recipient = any_size(SCENE_RECIPIENTS - 1);
        }
}

void smtp_capabilities_parse(const char *text, SmtpCapabilities *ret)
{
        SmtpCapabilities any;

        any.auth_list[1] = '\0';
        *ret = any;
}

/* What makes octets of the secret, or of a proof of it. */
static int credential(void)
{
        claim(client->tls && client->order->mail.security != SECURITY_NONE);
        return nondet_bool() ? 0 : nondet_bool() ? -EIO : -ENOMEM;
}

int sasl_initial_response(const SaslExchange *x, Text *ret)
{
        int r = credential();

        return r < 0 ? r : nondet_bool();
}

int sasl_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        int r = credential(), status = nondet_int();

        assume(status >= SASL_ANSWERED && status <= SASL_TOO_COSTLY);
        return r < 0 ? r : status;
}

const SaslMethod *sasl_choose(unsigned mechanisms)
{
        return mechanisms ? &method : NULL;
}

SaslMechanism sasl_method_bit(const SaslMethod *m)
{
        return SASL_PLAIN;
}

bool sasl_method_is_one_round_trip(const SaslMethod *m)
{
        return m->one_round_trip;
}

bool sasl_may_succeed(const SaslExchange *x)
{
        return nondet_bool();
}

int sasl_exchange_is_quoted(const SaslExchange *x, const char *text)
{
        return nondet_bool();
}

const char *sasl_mechanism_name(SaslMechanism m)
{
        return word;
}

unsigned mail_settings_usable_mechanisms(const MailSettings *m)
{
        return nondet_unsigned();
}

const char *hint_for_result(const Result *r, const MailSettings *mail)
{
        return word;
}

bool octets_are_ascii(const char *data, size_t size)
{
        return nondet_bool();
}

void base64_append(Text *t, const void *data, size_t size)
{
        text_append(t, data, any_size(20000));
}

int base64_decode(const char *s, size_t size, uint8_t *ret, size_t *ret_size)
{
        *ret_size = 0;
        return nondet_bool() ? 0 : -EINVAL;
}

void explicit_bzero(void *s, size_t n)
{
}

/* Of what is pending, the oldest of which goes: the only use here. */
void *memmove(void *to, const void *from, size_t n)
{
        claim(to == client->pending && from == client->pending + 1 &&
              n == client->n_pending * sizeof(SmtpCommand));
        for (size_t i = 0; i < SCENE_PENDING - 1; i++)
                client->pending[i] = client->pending[i + 1];
        return to;
}
