/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of the POP3 client, whatever comes: the name and the password are sent under TLS alone, a
 * login succeeds by the +OK to PASS alone, and a line stays in its buffer. The invariant holds from the
 * first, so it holds of all states that come.
 *
 * sources: tests/proof/text-sizes.c
 * options: --unwind 14 --unwindset memchr.0:9 */
#include "mail/pop3-client.c"

#include "proof.h"

#define LINE_SHORT 6 /* octets of a line that comes to its end here */
#define MORE_MAX   3

static char account[] = "a", password[] = "b";

void *memchr(const void *s, int c, size_t n)
{
        const unsigned char *p = s;

        for (size_t i = 0; i < n; i++)
                if (p[i] == (unsigned char)c)
                        return (void *)(p + i);
        return NULL;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
        claim(__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n) && n <= MORE_MAX);
        for (size_t i = 0; i < MORE_MAX; i++)
                if (i < n)
                        ((char *)to)[i] = ((const char *)from)[i];
        return to;
}

int sasl_text_reveals(const SaslIdentity *who, const char *text)
{
        return nondet_bool();
}

void string_copy(char *ret, size_t size, const char *s)
{
        claim(__CPROVER_w_ok(ret, size) && size > 0);
        ret[0] = '\0';
}

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(__CPROVER_w_ok(ret, ret_size) && ret_size > 0);
        ret[0] = '\0';
}

int snprintf(char *s, size_t size, const char *format, ...)
{
        claim(__CPROVER_w_ok(s, size) && size > 0);
        s[0] = '\0';
        return 0;
}

void text_drop_front(Text *t, size_t size)
{
        claim(size <= t->size);
        t->size -= size;
}

/* The last guard of the password. */
void abort(void)
{
        claim(!"no reply leads to the password in clear text");
        assume(false);
}

static bool is_valid(const Pop3Client *c)
{
        if (c->pending > POP3_QUIT || c->mode > POP3_DONE || c->n_line > sizeof(c->line))
                return false;
        if (c->mode == POP3_STARTING_TLS && (c->pending != POP3_STLS || c->tls || c->ended))
                return false;
        if (c->mode == POP3_DONE)
                return true;
        switch (c->pending) {
        case POP3_STLS:
                return !c->tls && !c->ended;
        case POP3_USER:
        case POP3_PASS:
                return c->tls && c->identity.secret && !c->ended;
        default:
                return (c->pending == POP3_QUIT) == c->ended;
        }
}

static void feed(Pop3Client *c)
{
        char room[MORE_MAX];
        size_t size = any_size(sizeof(room));
        const char *data = last_octets(room, size);
        bool ends = size > 0 && memchr(data, '\n', size);
        const Pop3Command pending = c->pending;
        const bool was_ended = c->ended;

        assume(!ends || c->n_line <= LINE_SHORT);
        int r = pop3_client_feed(c, data, size, nondet_u64());
        if (r < 0 || was_ended || !c->ended || c->result.outcome != OUTCOME_NONE)
                return;
        claim(pending == POP3_PASS && c->line[0] == '+' && c->line[1] == 'O' && c->line[2] == 'K');
}

int main(void)
{
        Pop3Client any, *c = &any;

        c->identity.account = account;
        c->identity.secret = nondet_bool() ? password : NULL;
        c->out = (Text){.data = account, .size = nondet_bool()};
        assume((int)c->pending >= 0 && (int)c->mode >= 0 && is_valid(c));
        switch (nondet_int()) {
        case 0:
                if (pop3_client_new(&(Pop3Parameters){.tls = nondet_bool()}, 0, &c) < 0)
                        return 0;
                break;
        case 1:
                assume(c->mode == POP3_STARTING_TLS);
                if (pop3_client_tls_up(c, 0) < 0)
                        return 0;
                break;
        case 2:
                pop3_client_written(c, any_size(c->out.size), 0);
                break;
        case 3:
                pop3_client_tick(c, nondet_u64());
                break;
        default:
                feed(c);
        }
        claim(c->out.failed || is_valid(c));
        return 0;
}
