/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of the parser, whatever comes next: it stays within its bounds, takes no more than one
 * reply, and no reply has lines of two codes.
 *
 * sources: src/mail/smtp-reply.c tests/proof/text-model.c tests/proof/libc.c
 * options: -DTEXT_ROOM=12 --unwind 13 --unwindset smtp_reply_feed.0:2 */
#include "mail/smtp-reply.h"

#include "proof.h"
#include "valid.h"

#define MORE_MAX 2

/* With its buffer: the first call of all, which makes it, is left to the tests. */
static Text any_text(char room[static TEXT_ROOM])
{
        return (Text){.data = room, .capacity = TEXT_ROOM, .size = any_size(TEXT_ROOM - 1)};
}

int main(void)
{
        char line_room[TEXT_ROOM], text_room[TEXT_ROOM], room[MORE_MAX];
        SmtpReplyParser p = {
                .reply = {.code = nondet_unsigned(), .text = any_text(text_room)},
                .line = any_text(line_room),
                .n_lines = nondet_size(),
                .size = nondet_size(),
                .complete = nondet_bool(),
        };
        size_t size = any_size(MORE_MAX), taken = SIZE_MAX;
        const char *data = last_octets(room, size);
        size_t line_max = any_size(SMTP_REPLY_AUTH_LINE_MAX);

        for (size_t i = 0; i < sizeof(p.reply.enhanced); i++)
                p.reply.enhanced[i] = nondet_char();
        assume(smtp_reply_parser_is_valid(&p, line_max));
        /* A line that goes on, and what follows it, are two steps. */
        assume(size < 2 || data[0] != '\n' || p.line.size < 4 || p.line.data[3] != '-');
        const SmtpReplyParser before = p;
        int r = smtp_reply_feed(&p, data, size, line_max, &taken);

        if (r == SMTP_REPLY_MALFORMED || r < 0) {
                claim(r == SMTP_REPLY_MALFORMED || r == -ENOMEM);
                claim(taken == SIZE_MAX);
                return 0;
        }
        claim(smtp_reply_parser_is_valid(&p, line_max));
        claim(p.complete == (r == SMTP_REPLY_COMPLETE));
        claim(r == SMTP_REPLY_COMPLETE ? taken > 0 && taken <= size && data[taken - 1] == '\n'
                                       : taken == size);
        if (!before.complete) {
                claim(before.n_lines == 0 || p.reply.code == before.reply.code);
                claim(p.size == before.size + taken);
        }
        return 0;
}
