/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of an exchange by any mechanism, whatever the challenge: none goes on for longer than its
 * mechanism has answers, none that can be proven is believed before it is, a password or token goes out by
 * the mechanisms that send it alone, by LOGIN as the second answer, and what is kept ends.
 *
 * sources: tests/proof/libc.c
 * options: --unwind 34 --unwindset strlen.0:34,memchr.0:34 */
#include "mail/sasl.c"

#include "mail/sasl-scram.h"

#include "proof.h"
#include "valid-sasl.h"

#define CHALLENGE_MAX 8

static char account[] = "a", secret[] = "b", host[] = "c";
static bool secret_said;

void text_reserve(Text *t, size_t size)
{
        t->failed = t->failed || nondet_bool();
}

void text_append(Text *t, const void *data, size_t size)
{
        claim(size == 0 || __CPROVER_r_ok(data, size));
        t->failed = t->failed || nondet_bool();
        t->size += size;
}

void text_append_string(Text *t, const char *s)
{
        secret_said = secret_said || s == secret;
        text_append(t, s, strlen(s));
}

void text_appendf(Text *t, const char *format, ...)
{
        text_append(t, host, 1);
}

/* As scram-first.c and scram-final.c prove it: the first answer proves nothing. */
int scram_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret)
{
        int r = nondet_bool() ? -EIO : (int)any_size(SASL_TOO_COSTLY);

        claim(size == 0 || __CPROVER_r_ok(challenge, size));
        x->proven = x->proven || (x->n_answers > 0 && r == SASL_ANSWERED && nondet_bool());
        return r;
}

int scram_start(const SaslExchange *x, Text *ret)
{
        text_append_string(ret, x->who->account);
        return text_error(ret);
}

void scram_append_name(Text *t, const char *name)
{
        text_append_string(t, name);
}

int hmac_md5(const void *key, size_t key_size, const void *data, size_t size, uint8_t ret[static MD5_SIZE])
{
        claim(key == secret && (size == 0 || __CPROVER_r_ok(data, size)));
        __CPROVER_havoc_slice(ret, MD5_SIZE);
        return nondet_bool() ? -EIO : 0;
}

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim((size == 0 || __CPROVER_r_ok(data, size)) && __CPROVER_w_ok(ret, ret_size) && ret_size > 0);
        ret[0] = '\0';
}

static void claim_choice(void)
{
        unsigned mechanisms = nondet_unsigned();
        const SaslMethod *m = sasl_choose(mechanisms);

        claim(m ? (mechanisms & sasl_method_bit(m)) != 0 : (mechanisms & SASL_ALL) == 0);
        claim(!m || (mechanisms & (unsigned)(sasl_method_bit(m) - 1)) == 0);
}

int main(void)
{
        char room[CHALLENGE_MAX];
        size_t size = any_size(sizeof(room));
        const SaslIdentity who = {.account = account, .secret = secret, .host = host};
        SaslExchange x;
        Text answer = {0};

        claim_choice();
        x.method = &methods[any_size(ELEMENTSOF(methods) - 1)];
        x.who = &who;
        x.reason[0] = '\0';
        const SaslMechanism bit = x.method->bit;
        const unsigned before = x.n_answers, most = x.method->n_answers;
        const bool due = x.initial_due;

        assume(sasl_exchange_is_valid(&x) && before <= most && (!due || x.method->start));
        int r = sasl_answer(&x, last_octets(room, size), size, &answer);

        claim((r >= 0 && r <= SASL_TOO_COSTLY) || r == -ENOMEM || r == -EIO);
        claim(sasl_exchange_is_valid(&x) && x.n_answers <= most);
        claim(x.n_answers == before + (r == SASL_ANSWERED && !due));
        claim((due ? size == 0 : before < most) || (r == SASL_UNEXPECTED && answer.size == 0));
        claim(!secret_said || (bit & (SASL_WITH_TOKEN | SASL_PLAIN | SASL_LOGIN)));
        claim(!secret_said || (bit == SASL_LOGIN ? before == 1 : due));
        return 0;
}
