/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server.h"

#include "base/base64.h"
#include "fuzz.h"
#include "login.h"

/* The kinds of reply stand in a table. Half the choices are good ones, so that a conversation that gets far
 * is likely enough to be found. */

static unsigned good_code(const Wire *w, size_t i)
{
        _cleanup_text_ Text challenge = {0};

        switch (w->units[i].type) {
        case UNIT_CONNECTION:
        case UNIT_STARTTLS:
                return 220;
        case UNIT_AUTH:
        case UNIT_ANSWER:
                return login_challenge(w, i, &challenge) ? 334 : 235;
        case UNIT_DATA:
                return 354;
        case UNIT_QUIT:
                return 221;
        case UNIT_EHLO:
        case UNIT_HELO:
        case UNIT_RSET:
        case UNIT_MAIL:
        case UNIT_RCPT:
        case UNIT_BODY:
        case UNIT_COUNT:
                break;
        }
        return 250;
}

/* What is offered: each bit of the choice leaves one out. */
static void offer(Choices *c, Text *ret)
{
        static const char *const keywords[] = {
                "STARTTLS",     "PIPELINING", "AUTH PLAIN LOGIN", "AUTH SCRAM-SHA-256 CRAM-MD5",
                "SIZE 1000000", "SMTPUTF8",   "8BITMIME",         "AUTH EXTERNAL OAUTHBEARER XOAUTH2",
        };
        static const char *const oddities[] = {
                "",         "AUTH=LOGIN", "AUTH LOGIN", "AUTH GSSAPI",
                "SIZE 100", "SIZE x9",    "size 0",     "starttls auth plain"};
        unsigned left_out = choose(c, 256);

        text_append_string(ret, "250-smtp.example.com\r\n");
        for (size_t i = 0; i < ELEMENTSOF(keywords); i++)
                if (!(left_out & 1U << i))
                        text_appendf(ret, "250-%s\r\n", keywords[i]);
        text_appendf(ret, "250 %s\r\n", oddities[choose(c, ELEMENTSOF(oddities))]);
}

static void good(Choices *c, const Wire *w, size_t i, Text *ret)
{
        UnitType type = w->units[i].type;

        if (type == UNIT_EHLO)
                offer(c, ret);
        else if (type == UNIT_AUTH || type == UNIT_ANSWER) {
                _cleanup_text_ Text challenge = {0};
                bool goes_on = login_challenge(w, i, &challenge);

                text_appendf(ret, "%s%s\r\n", goes_on ? "334 " : "235 2.7.0 fine",
                             challenge.size > 0 ? challenge.data : "");
        } else
                text_appendf(ret, "%u 2.0.0 fine\r\n", good_code(w, i));
}

static void with_code(Choices *c, const Wire *w, size_t i, Text *ret)
{
        static const unsigned codes[] = {421, 450, 451, 452, 454, 500, 501, 502, 503, 504, 530,
                                         534, 535, 538, 550, 552, 554, 555, 220, 221, 235, 250,
                                         251, 252, 253, 334, 354, 150, 650, 299, 399, 560};

        text_appendf(ret, "%u not as asked\r\n", codes[choose(c, ELEMENTSOF(codes))]);
}

static void in_lines(Choices *c, const Wire *w, size_t i, Text *ret)
{
        unsigned code = good_code(w, i);

        for (unsigned n = choose(c, 256); n > 0; n--)
                text_appendf(ret, "%u-one of many\r\n", code);
        text_appendf(ret, "%u the last\r\n", code);
}

static void bare(Choices *c, const Wire *w, size_t i, Text *ret)
{
        text_appendf(ret, "%u\r\n", good_code(w, i));
}

/* Some servers quote what they refuse, and some what they take. */
static void quoting(Choices *c, const Wire *w, size_t i, Text *ret)
{
        const Unit *u = &w->units[i];
        size_t size = MIN(u->end, w->stream.size) - u->begin;

        text_appendf(ret, "%u what is ", choose(c, 2) == 0 ? 535 : good_code(w, i));
        if (size > 2)
                text_append(ret, w->stream.data + u->begin, MIN(size - 2, (size_t)400));
        text_append_string(ret, "\r\n");
}

static void mixed(Choices *c, const Wire *w, size_t i, Text *ret)
{
        text_appendf(ret, "%u-fine\r\n%u not fine\r\n", good_code(w, i), 500 + choose(c, 60));
}

static void broken_line(Choices *c, const Wire *w, size_t i, Text *ret)
{
        static const char *const ends[] = {"\n", "\r", "\r\r\n", "\x1b[2J\r\n", "\xff\r\n"};

        text_appendf(ret, "%u fine%s", good_code(w, i), ends[choose(c, ELEMENTSOF(ends))]);
        if (choose(c, 2) == 1)
                text_append(ret, "\0\r\n", 3);
}

/* The rest may follow, as the next reply or as octets. */
static void cut(Choices *c, const Wire *w, size_t i, Text *ret)
{
        size_t before = ret->size;

        good(c, w, i, ret);
        ret->size = before + 1 + choose(c, 255) % (ret->size - before);
}

static void twice(Choices *c, const Wire *w, size_t i, Text *ret)
{
        good(c, w, i, ret);
        (choose(c, 2) == 0 ? good : with_code)(c, w, i, ret);
}

/* Of all mechanisms, in and out of place; our nonce in base64 is a row of A. */
static void challenge(Choices *c, const Wire *w, size_t i, Text *ret)
{
        static const char *const challenges[] = {
                "",
                "Password:",
                "{\"status\":\"401\"}",
                "r=AAAAAAAAAAAAAAAAAAAAx,s=c2FsdA==,i=2",
                "r=AAAAAAAAAAAAAAAAAAAAx,s=c2FsdA==,i=600001",
                "r=AAAAAAAAAAAAAAAAAAAA,s=c2FsdA==,i=1",
                "r=BAAAAAAAAAAAAAAAAAAAx,s=c2FsdA==,i=1",
                "r=AAAAAAAAAAAAAAAAAAAAx,s=c2FsdA=,i=1",
                "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "e=invalid-proof",
        };
        const char *message = challenges[choose(c, ELEMENTSOF(challenges))];

        text_append_string(ret, "334 ");
        if (choose(c, 8) == 7)
                text_append_string(ret, "=");
        base64_append(ret, message, strlen(message));
        text_append_string(ret, "\r\n");
}

static void long_line(Choices *c, const Wire *w, size_t i, Text *ret)
{
        text_appendf(ret, "%u %0*d\r\n", good_code(w, i), 1 + (int)choose(c, 256) * 64, 0);
}

static void octets(Choices *c, const Wire *w, size_t i, Text *ret)
{
        size_t n = MIN((size_t)choose(c, 32), (size_t)(c->end - c->p));

        text_append(ret, c->p, n);
        c->p += n;
}

void server_reply(Choices *c, const Wire *w, Text *ret)
{
        static void (*const kinds[])(Choices * c, const Wire *w, size_t i, Text *ret) = {
                good,    good,  good,        good,      good,      good,      good,      good,
                good,    good,  good,        with_code, with_code, with_code, in_lines,  bare,
                quoting, mixed, broken_line, cut,       twice,     challenge, long_line, octets,
        };

        /* Out of turn to what has not come yet; with all answered, to what came last. */
        kinds[choose(c, ELEMENTSOF(kinds))](c, w, MIN(w->n_replied, w->n_units - 1), ret);
        require(!ret->failed);
}

void server_reply_to_all(Choices *c, const Wire *w, Text *ret)
{
        for (size_t i = w->n_replied; i < w->n_units && w->units[i].end <= w->received; i++)
                good(c, w, i, ret);
        require(!ret->failed);
}
