/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/smtp-reply.h"

/* A reply is one or more lines of one code: "250-" goes on, "250 " and "250" end it. The parser holds one
 * line and the text of the lines before it, both bounded, and judges each line as soon as it ends; a line
 * that has grown past its limit is refused without waiting for its end.
 *
 * It is strict where leniency would let one reply look like two: a lone CR or LF, a NUL and a change of code
 * within a reply are malformed, since a server, or somebody between, that sends them cannot be counted on to
 * mean what we read. It is lenient where nothing depends on it: the words may hold anything else, and
 * whoever shows them makes them harmless. */

bool smtp_reply_has_begun(const SmtpReplyParser *p)
{
        return !p->complete && (p->n_lines > 0 || p->line.size > 0);
}

void smtp_reply_reset(SmtpReplyParser *p)
{
        text_wipe(&p->line);
        text_wipe(&p->reply.text);
        p->reply.code = 0;
        p->reply.enhanced[0] = '\0';
        p->n_lines = p->size = 0;
        p->complete = false;
}

void smtp_reply_done(SmtpReplyParser *p)
{
        text_erase(&p->line);
        text_erase(&p->reply.text);
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* The length of an enhanced status code of class KLASS that begins WORDS and ends there or before a space;
 * 0 where there is none. RFC 3463, 2: class "." 1*3digit "." 1*3digit. */
static size_t enhanced_length(const char *words, size_t size, char klass)
{
        size_t n = 1;

        if (size < 5 || words[0] != klass || klass == '3')
                return 0;
        for (unsigned part = 0; part < 2; part++) {
                size_t digits = 0;

                if (n >= size || words[n++] != '.')
                        return 0;
                for (; n < size && is_digit(words[n]); n++)
                        digits++;
                if (digits < 1 || digits > 3)
                        return 0;
        }
        return n == size || words[n] == ' ' ? n : 0;
}

static bool line_code(const char *line, size_t size, unsigned *ret)
{
        if (size < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '5' ||
            !is_digit(line[2]))
                return false;
        if (size > 3 && line[3] != ' ' && line[3] != '-')
                return false;
        *ret = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 + (unsigned)(line[2] - '0');
        return true;
}

/* LINE without its CRLF. False where it is malformed. */
static bool take_line(SmtpReplyParser *p, const char *line, size_t size)
{
        size_t head = MIN(size, sizeof("250 ") - 1), n_words = size - head, n_enhanced;
        const char *words = line + head;
        unsigned code;

        if (memchr(line, '\r', size) || memchr(line, '\0', size) || !line_code(line, size, &code) ||
            (p->n_lines > 0 && code != p->reply.code))
                return false;

        n_enhanced = enhanced_length(words, n_words, line[0]);
        if (p->n_lines == 0) {
                p->reply.code = code;
                memcpy(p->reply.enhanced, words, n_enhanced);
                p->reply.enhanced[n_enhanced] = '\0';
        } else
                text_append(&p->reply.text, "\n", 1);
        if (n_enhanced > 0 && n_enhanced < n_words)
                n_enhanced++;
        text_append(&p->reply.text, words + n_enhanced, n_words - n_enhanced);

        p->n_lines++;
        p->complete = size == 3 || line[3] == ' ';
        return p->complete || p->n_lines < SMTP_REPLY_LINES_MAX;
}

int smtp_reply_feed(SmtpReplyParser *p, const char *data, size_t size, size_t line_max, size_t *ret_taken)
{
        size_t taken = 0;

        if (p->complete)
                smtp_reply_reset(p);
        while (taken < size && !p->complete) {
                const char *lf = memchr(data + taken, '\n', size - taken);
                size_t n = lf ? (size_t)(lf - (data + taken)) + 1 : size - taken;

                if (n > line_max - MIN(line_max, p->line.size) || n > SMTP_REPLY_SIZE_MAX - p->size)
                        return SMTP_REPLY_MALFORMED;
                text_append(&p->line, data + taken, n);
                if (text_error(&p->line) < 0)
                        return -ENOMEM;
                p->size += n;
                taken += n;
                if (!lf)
                        break;
                if (p->line.size < 2 || p->line.data[p->line.size - 2] != '\r' ||
                    !take_line(p, p->line.data, p->line.size - 2))
                        return SMTP_REPLY_MALFORMED;
                if (text_error(&p->reply.text) < 0)
                        return -ENOMEM;
                text_wipe(&p->line);
        }
        *ret_taken = taken;
        return p->complete ? SMTP_REPLY_COMPLETE : SMTP_REPLY_MORE;
}
