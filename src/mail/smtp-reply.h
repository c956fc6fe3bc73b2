/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Replies of an SMTP server (RFC 5321, 4.2; enhanced codes: RFC 2034), read octet by octet within bounds. */

#include "base/text.h"
#include "decide/outcome.h"

#define SMTP_REPLY_LINE_MAX      512   /* octets of a line with its CRLF (RFC 5321, 4.5.3.1.5) */
#define SMTP_REPLY_AUTH_LINE_MAX 12288 /* the same while AUTH is under way (RFC 4954, 4) */
#define SMTP_REPLY_LINES_MAX     128   /* lines of one reply */
#define SMTP_REPLY_SIZE_MAX      32768 /* octets of one reply */

typedef struct SmtpReply {
        unsigned code;                      /* 200 to 559, each digit as RFC 5321 has it */
        char enhanced[RESULT_ENHANCED_MAX]; /* of the first line, of the code's own class; or "" */
        Text text; /* each line's words without the codes, LF between lines; not made harmless; never without
                      data */
} SmtpReply;

typedef struct SmtpReplyParser {
        SmtpReply reply;
        Text line;
        size_t n_lines, size;
        bool complete;
} SmtpReplyParser;

typedef enum SmtpReplyStatus {
        SMTP_REPLY_MORE,      /* all octets taken, the reply goes on */
        SMTP_REPLY_COMPLETE,  /* parser->reply holds until the next call */
        SMTP_REPLY_MALFORMED, /* the parser is of no use from here on */
} SmtpReplyStatus;

/* Takes octets up to the end of one reply; RET_TAKEN says how many, so that what stands behind it is seen.
 * LINE_MAX: octets of a line. The status, or -ENOMEM.
 *
 * Malformed: a code that is not 2yz to 5yz with y from 0 to 5, or not followed by SP, '-' or the line's end;
 * lines of one reply with different codes; NUL; CR or LF alone; anything over a bound. The last line may
 * lack its SP. Other controls and octets over 127 are passed on in the text. */
int smtp_reply_feed(SmtpReplyParser *p, const char *data, size_t size, size_t line_max, size_t *ret_taken);

/* Whether a part of a reply was read. */
bool smtp_reply_has_begun(const SmtpReplyParser *p);

void smtp_reply_reset(SmtpReplyParser *p);
void smtp_reply_done(SmtpReplyParser *p);
