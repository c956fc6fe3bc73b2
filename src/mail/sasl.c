/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/sasl.h"

#include "base/base64.h"
#include "base/string-util.h"
#include "mail/sasl-scram.h"

/* Each mechanism is a row: how it starts, and what it answers to the Nth challenge. An exchange ends by
 * itself after the row's last answer, so that no server can keep it going. Every buffer that holds a secret
 * is reserved at its full size first, since growth would leave a copy behind, and is overwritten at its
 * end. */

/* A quotation is recognised by this many octets in a row: servers cut what they quote. */
#define REVEALING_BASE64 8  /* and of hexadecimal */
#define REVEALING_RAW    16 /* of the secret, which may be shorter */

/* Around account and secret in each of the messages below. */
#define MESSAGE_EXTRA 64

struct SaslMethod {
        SaslMechanism bit;
        bool one_round_trip;
        bool mutual;                                    /* the server proves itself, too */
        int (*start)(const SaslExchange *x, Text *ret); /* NULL: no initial response */
        int (*answer)(SaslExchange *x, const void *challenge, size_t size, Text *ret);
        unsigned n_answers; /* without the initial response */
};

static void reserve_message(const SaslExchange *x, Text *ret)
{
        text_reserve(ret, 3 * strlen(x->who->account) + strlen(x->who->secret) + strlen(x->who->host) +
                                  MESSAGE_EXTRA);
}

/* RFC 4422, A: who we want to be, or nothing where the certificate says it. */
static int external_start(const SaslExchange *x, Text *ret)
{
        text_append_string(ret, x->who->account ? x->who->account : "");
        return text_error(ret);
}

/* RFC 7628, 3.1 */
static int oauthbearer_start(const SaslExchange *x, Text *ret)
{
        reserve_message(x, ret);
        text_append_string(ret, "n,a=");
        scram_append_name(ret, x->who->account);
        text_appendf(ret, ",\001host=%s\001port=%u\001auth=Bearer ", x->who->host, x->who->port);
        text_append_string(ret, x->who->secret);
        text_append_string(ret, "\001\001");
        return text_error(ret);
}

/* https://developers.google.com/gmail/imap/xoauth2-protocol */
static int xoauth2_start(const SaslExchange *x, Text *ret)
{
        reserve_message(x, ret);
        text_append_string(ret, "user=");
        text_append_string(ret, x->who->account);
        text_append_string(ret, "\001auth=Bearer ");
        text_append_string(ret, x->who->secret);
        text_append_string(ret, "\001\001");
        return text_error(ret);
}

/* A challenge is the reason why the token is refused, as JSON. The refusal itself is the reply to our
 * answer. */
static void keep_reason(SaslExchange *x, const void *challenge, size_t size)
{
        string_make_harmless(challenge, size, x->reason, sizeof(x->reason));
}

/* RFC 7628, 3.2.3 */
static int oauthbearer_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        keep_reason(x, challenge, size);
        text_append_string(ret, "\001");
        return text_error(ret);
}

static int xoauth2_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        keep_reason(x, challenge, size);
        return SASL_ANSWERED;
}

/* RFC 4616: no authorization identity, NUL, account, NUL, password. */
static int plain_start(const SaslExchange *x, Text *ret)
{
        reserve_message(x, ret);
        text_append(ret, "", 1);
        text_append(ret, x->who->account, strlen(x->who->account) + 1);
        text_append_string(ret, x->who->secret);
        return text_error(ret);
}

/* draft-murchison-sasl-login: the account, then the password. What the prompts say is not looked at: they
 * differ from server to server, their order does not. */
static int login_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        text_append_string(ret, x->n_answers == 0 ? x->who->account : x->who->secret);
        return text_error(ret);
}

/* RFC 2195, 2: the account, a space, the keyed digest of the challenge. */
static int cram_md5_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        static const char digits[] = "0123456789abcdef";
        uint8_t digest[MD5_SIZE];
        int r;

        r = hmac_md5(x->who->secret, strlen(x->who->secret), challenge, size, digest);
        if (r < 0)
                return r;
        for (size_t i = 0; i < sizeof(digest); i++) {
                x->response[2 * i] = digits[digest[i] >> 4];
                x->response[2 * i + 1] = digits[digest[i] & 15];
        }
        reserve_message(x, ret);
        text_append_string(ret, x->who->account);
        text_append_string(ret, " ");
        text_append_string(ret, x->response);
        return text_error(ret);
}

static const SaslMethod methods[] = {
        {SASL_EXTERNAL, .one_round_trip = true, .start = external_start},
        {SASL_OAUTHBEARER, .start = oauthbearer_start, .answer = oauthbearer_answer, .n_answers = 1},
        {SASL_XOAUTH2, .start = xoauth2_start, .answer = xoauth2_answer, .n_answers = 1},
        {SASL_SCRAM_SHA_256, .mutual = true, .start = scram_start, .answer = scram_answer, .n_answers = 2},
        {SASL_PLAIN, .one_round_trip = true, .start = plain_start},
        {SASL_LOGIN, .answer = login_answer, .n_answers = 2},
        {SASL_CRAM_MD5, .answer = cram_md5_answer, .n_answers = 1},
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
                        return SASL_UNEXPECTED;
                x->initial_due = false;
                r = sasl_initial_response(x, ret);
                return r < 0 ? r : SASL_ANSWERED;
        }
        if (x->n_answers >= x->method->n_answers)
                return SASL_UNEXPECTED;
        r = x->method->answer(x, challenge, size, ret);
        x->n_answers += r == SASL_ANSWERED;
        return r;
}

bool sasl_may_succeed(const SaslExchange *x)
{
        return !x->method->mutual || x->proven;
}

/* Whether TEXT holds N octets of S in a row, or S where that is shorter: its first, its last, or those from
 * a multiple of N on, so that whatever is longer than two times N is found wherever it was cut. */
static bool contains_part(const Text *text, const char *s, size_t n)
{
        size_t size = strlen(s);

        n = MIN(n, size);
        if (n == 0)
                return false;
        for (size_t i = 0; i + n <= size; i += n)
                if (memmem(text->data, text->size, s + i, n))
                        return true;
        return memmem(text->data, text->size, s + size - n, n);
}

/* TEXT without the case of letters, in which some servers write the commands that they quote. */
static int fold(const char *text, Text *ret)
{
        text_append_string(ret, text);
        if (!ret->failed)
                string_lower(ret->data);
        return text_error(ret);
}

/* FOLDED: what fold() made. BEGIN and END bound the characters of base64 that count; END may be SIZE_MAX. */
static int contains_base64(const Text *folded, const void *data, size_t size, size_t begin, size_t end)
{
        _cleanup_secret_ Text encoded = {0};

        base64_append(&encoded, data, size);
        if (text_error(&encoded) < 0)
                return -ENOMEM;
        encoded.data[MIN(end, encoded.size)] = '\0';
        string_lower(encoded.data);
        return contains_part(folded, encoded.data + begin, REVEALING_BASE64);
}

/* Base64 of a message that holds SECRET, whatever the message is: what stands before the secret gives it one
 * of three forms, since four characters hold three octets. Each is looked for without the characters that
 * neighbours take part in. */
static int contains_base64_within(const Text *folded, const char *secret)
{
        size_t n = strlen(secret);
        int r = 0;

        for (size_t before = 0; r == 0 && before < 3; before++) {
                _cleanup_secret_ Text message = {0};

                text_reserve(&message, before + n);
                text_append(&message, "\0", before);
                text_append_string(&message, secret);
                if (text_error(&message) < 0)
                        return -ENOMEM;
                r = contains_base64(folded, message.data, message.size, (4 * before + 2) / 3,
                                    4 * (before + n) / 3);
        }
        return r;
}

int sasl_text_reveals(const SaslIdentity *who, const char *text)
{
        static int (*const messages[])(const SaslExchange *, Text *) = {plain_start, oauthbearer_start,
                                                                        xoauth2_start};
        const Text raw = {.data = (char *)text, .size = strlen(text)};
        const SaslExchange x = {.who = who};
        _cleanup_secret_ Text folded = {0};
        int r;

        if (!who->secret || !*who->secret || !*text)
                return 0;
        if (contains_part(&raw, who->secret, REVEALING_RAW))
                return 1;
        r = fold(text, &folded);
        if (r >= 0)
                r = contains_base64_within(&folded, who->secret);
        for (size_t i = 0; r == 0 && who->account && i < ELEMENTSOF(messages); i++) {
                _cleanup_secret_ Text message = {0};

                r = messages[i](&x, &message);
                if (r >= 0)
                        r = contains_base64(&folded, message.data, message.size, 0, SIZE_MAX);
        }
        return r;
}

int sasl_exchange_is_quoted(const SaslExchange *x, const char *text)
{
        _cleanup_secret_ Text message = {0}, folded = {0};

        if (!*x->response || !*text)
                return 0;
        text_appendf(&message, "%s %s", x->who->account, x->response);
        if (text_error(&message) < 0 || fold(text, &folded) < 0)
                return -ENOMEM;
        if (contains_part(&folded, x->response, REVEALING_BASE64))
                return 1;
        return contains_base64(&folded, message.data, message.size, 0, SIZE_MAX);
}
