/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The invariants: what a harness assumes of the state before the call, claims of it afterwards, and what
 * unit tests hold of the states that really come. */

#include "base/text.h"
#include "mail/smtp-reply.h"

/* A text is without a buffer, or has room for a NUL behind its octets, and the NUL. */
static inline bool text_is_valid(const Text *t)
{
        if (!t->data)
                return t->size == 0 && t->capacity == 0;
        return t->size < t->capacity && t->data[t->size] == '\0';
}

/* Of a reply: three digits of RFC 5321, 4.2. */
static inline bool smtp_code_is_valid(unsigned code)
{
        return code >= 200 && code < 560 && code / 10 % 10 <= 5;
}

/* An enhanced code is "", or "C." and digits and dots, C being the first digit of CODE. */
static inline bool smtp_enhanced_is_valid(const char enhanced[static RESULT_ENHANCED_MAX], unsigned code)
{
        size_t n = 0;

        for (; n < RESULT_ENHANCED_MAX && enhanced[n]; n++)
                if (enhanced[n] != '.' && (enhanced[n] < '0' || enhanced[n] > '9'))
                        return false;
        return n == 0 || (n >= 5 && n < RESULT_ENHANCED_MAX && (unsigned)(enhanced[0] - '0') == code / 100);
}

/* Between two calls that went well. LINE_MAX: of the line that has begun. */
static inline bool smtp_reply_parser_is_valid(const SmtpReplyParser *p, size_t line_max)
{
        if (!text_is_valid(&p->line) || !text_is_valid(&p->reply.text) || p->line.failed ||
            p->reply.text.failed || p->size > SMTP_REPLY_SIZE_MAX || p->n_lines > SMTP_REPLY_LINES_MAX)
                return false;
        if (p->line.size > line_max || p->line.size + p->reply.text.size > p->size ||
            (p->line.size > 0 && memchr(p->line.data, '\n', p->line.size)))
                return false;
        if (p->n_lines == 0)
                return !p->complete && p->reply.text.size == 0 && !*p->reply.enhanced && p->reply.code == 0;
        return smtp_code_is_valid(p->reply.code) &&
               smtp_enhanced_is_valid(p->reply.enhanced, p->reply.code) && p->reply.text.data &&
               (p->complete ? p->line.size == 0 : p->n_lines < SMTP_REPLY_LINES_MAX);
}
