/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As smtp-reply.c, from the states that it leaves out: no line is complete, there is no buffer for the words
 * of any, nor perhaps one for the line that has begun.
 *
 * sources: src/mail/smtp-reply.c tests/proof/text-model.c tests/proof/libc.c
 * options: -DTEXT_ROOM=9 --unwind 10 --unwindset smtp_reply_feed.0:2 */
#include "mail/smtp-reply.h"

#include "proof.h"
#include "valid.h"

#define MORE_MAX 1

static char *line_room, words_room[TEXT_ROOM];
static bool line_is_made;

/* The buffers that the model of Text makes, large enough from the first: that of the line before that of the
 * words. */
void *malloc(size_t size)
{
        claim(size == TEXT_ROOM);
        if (nondet_bool())
                return NULL;
        if (line_is_made)
                return words_room;
        line_is_made = true;
        return line_room;
}

int main(void)
{
        char begun[TEXT_ROOM], room[MORE_MAX];
        SmtpReplyParser p = {0};
        size_t size = any_size(MORE_MAX), taken = SIZE_MAX;
        const char *data = last_octets(room, size);
        size_t line_max = any_size(SMTP_REPLY_AUTH_LINE_MAX);

        line_room = begun;
        line_is_made = nondet_bool();
        if (line_is_made) {
                p.line = (Text){.data = begun, .capacity = TEXT_ROOM, .size = any_size(TEXT_ROOM - 1)};
                p.size = nondet_size();
        }
        assume(smtp_reply_parser_is_valid(&p, line_max));
        const size_t before = p.size;
        int r = smtp_reply_feed(&p, data, size, line_max, &taken);

        if (r == SMTP_REPLY_MALFORMED || r < 0) {
                claim(r == SMTP_REPLY_MALFORMED || r == -ENOMEM);
                claim(taken == SIZE_MAX);
                return 0;
        }
        claim(smtp_reply_parser_is_valid(&p, line_max));
        claim(p.complete == (r == SMTP_REPLY_COMPLETE) && p.size == before + taken);
        claim(r == SMTP_REPLY_COMPLETE ? taken > 0 && taken <= size && data[taken - 1] == '\n'
                                       : taken == size);
        return 0;
}
