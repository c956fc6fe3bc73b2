/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of the POP3 client, whatever comes: the name and the password are sent under TLS alone, a
 * login succeeds by the +OK to PASS alone, and a line stays in its buffer. The invariant holds from the
 * first, so it holds of all states that come.
 *
 * sources: tests/proof/mail-stubs.c tests/proof/libc.c
 * options: --unwind 14 --unwindset memchr.0:9,memcpy.0:4 */
#include "mail/pop3-client.c"

#include "proof.h"

#define LINE_SHORT 6 /* octets of a line that comes to its end here */
#define MORE_MAX   3

static char account[] = "a", password[] = "b";
static const Pop3Client *client;

void text_reserve(Text *t, size_t size)
{
        t->failed = t->failed || nondet_bool();
}

void text_append(Text *t, const void *data, size_t size)
{
        t->failed = t->failed || nondet_bool();
        t->size += t->failed ? 0 : size;
}

void text_append_string(Text *t, const char *s)
{
        claim(client->tls || (s != account && s != password));
        text_append(t, s, strlen(s));
}

void text_wipe(Text *t)
{
        t->size = 0;
}

void text_erase(Text *t)
{
        *t = (Text){0};
}

void text_drop_front(Text *t, size_t size)
{
        claim(size <= t->size);
        t->size -= size;
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

        client = c;
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
