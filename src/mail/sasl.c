/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/sasl.h"

#include "base/base64.h"

/* Each mechanism is a row: how it starts, and what it answers to the Nth challenge. An exchange ends by
 * itself after the row's last answer, so that no server can keep it going. Every buffer that holds a secret
 * is reserved at its full size first, since growth would leave a copy behind, and is overwritten at its
 * end. */

/* A quotation is recognised by this many octets of its beginning: servers cut what they quote. */
#define REVEALING_PREFIX 8

struct SaslMethod {
        SaslMechanism bit;
        bool one_round_trip;
        int (*start)(const SaslExchange *x, Text *ret); /* NULL: no initial response */
        int (*answer)(const SaslExchange *x, const void *challenge, size_t size, Text *ret);
        unsigned n_answers; /* without the initial response */
};

/* RFC 4616: no authorization identity, NUL, account, NUL, password. */
static int plain_start(const SaslExchange *x, Text *ret)
{
        size_t n_account = strlen(x->account), n_password = strlen(x->password);

        text_reserve(ret, n_account + n_password + 2);
        text_append(ret, "", 1);
        text_append(ret, x->account, n_account);
        text_append(ret, "", 1);
        text_append(ret, x->password, n_password);
        return text_error(ret);
}

/* draft-murchison-sasl-login: the account, then the password. What the prompts say is not looked at: they
 * differ from server to server, their order does not. */
static int login_answer(const SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        const char *s = x->n_answers == 0 ? x->account : x->password;

        text_append(ret, s, strlen(s));
        return text_error(ret);
}

static const SaslMethod methods[] = {
        {.bit = SASL_PLAIN, .one_round_trip = true, .start = plain_start},
        {.bit = SASL_LOGIN, .answer = login_answer, .n_answers = 2},
};

const SaslMethod *sasl_choose(unsigned mechanisms)
{
        for (size_t i = 0; i < ELEMENTSOF(methods); i++)
                if (mechanisms & methods[i].bit)
                        return &methods[i];
        return NULL;
}

SaslMechanism sasl_method_bit(const SaslMethod *m)
{
        return m->bit;
}

bool sasl_method_is_one_round_trip(const SaslMethod *m)
{
        return m->one_round_trip;
}

int sasl_initial_response(const SaslExchange *x, Text *ret)
{
        int r;

        if (!x->method->start)
                return 0;
        r = x->method->start(x, ret);
        return r < 0 ? r : 1;
}

int sasl_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        int r;

        if (x->initial_due) {
                if (size > 0)
                        return -EPROTO;
                r = sasl_initial_response(x, ret);
                if (r < 0)
                        return r;
                x->initial_due = false;
                return 0;
        }
        if (x->n_answers >= x->method->n_answers)
                return -EPROTO;
        r = x->method->answer(x, challenge, size, ret);
        if (r < 0)
                return r;
        x->n_answers++;
        return 0;
}

static int contains_base64(const char *text, const void *data, size_t size)
{
        _cleanup_secret_ Text encoded = {0};

        base64_append(&encoded, data, size);
        if (text_error(&encoded) < 0)
                return -ENOMEM;
        if (encoded.size > REVEALING_PREFIX)
                encoded.data[REVEALING_PREFIX] = '\0';
        return strstr(text, encoded.data) != NULL;
}

int sasl_text_reveals(const char *account, const char *password, const char *text)
{
        _cleanup_secret_ Text plain = {0};
        SaslExchange x = {.account = account, .password = password};
        int r;

        if (!*password)
                return 0;
        if (strstr(text, password))
                return 1;
        r = contains_base64(text, password, strlen(password));
        if (r != 0)
                return r;
        r = plain_start(&x, &plain);
        return r < 0 ? r : contains_base64(text, plain.data, plain.size);
}
