/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader of replies. The first octet says how the octets are cut into segments: the same replies must
 * come out whatever it says. */

#include "fuzz.h"
#include "mail/smtp-reply.h"

static void look_at(const SmtpReply *reply)
{
        unsigned code = reply->code;

        require(code >= 200 && code <= 559 && code / 10 % 10 <= 5);
        require(reply->text.size < SMTP_REPLY_SIZE_MAX);
        require(reply->text.size == 0 || !memchr(reply->text.data, '\0', reply->text.size));
        require(reply->text.size == 0 || !memchr(reply->text.data, '\r', reply->text.size));
        require(strlen(reply->enhanced) < sizeof(reply->enhanced));
        require(!*reply->enhanced || reply->enhanced[0] == (char)('0' + code / 100));
}

/* Appends what comes out, a line a reply, to RET. */
static void read_all(const uint8_t *data, size_t size, size_t segment, size_t line_max, Text *ret)
{
        SmtpReplyParser parser = {0};

        for (size_t at = 0; at < size;) {
                size_t n = MIN(segment, size - at), taken = 0;
                _cleanup_free_ char *copy = fuzz_copy(data + at, n);
                int r = smtp_reply_feed(&parser, copy, n, line_max, &taken);

                require(r >= 0 && parser.line.size <= line_max);
                if (r == SMTP_REPLY_MALFORMED) {
                        text_append_string(ret, "malformed\n");
                        break;
                }
                require(taken > 0 && taken <= n);
                require(r == SMTP_REPLY_COMPLETE || taken == n);
                require(smtp_reply_has_begun(&parser) == (r == SMTP_REPLY_MORE));
                at += taken;
                if (r == SMTP_REPLY_COMPLETE) {
                        look_at(&parser.reply);
                        text_appendf(ret, "%u %s ", parser.reply.code, parser.reply.enhanced);
                        text_append(ret, parser.reply.text.data, parser.reply.text.size);
                        text_append(ret, "\n", 1);
                }
        }
        smtp_reply_done(&parser);
        require(!ret->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_text_ Text whole = {0}, cut = {0};
        size_t line_max;

        if (size == 0)
                return 0;
        line_max = data[0] & 1 ? SMTP_REPLY_AUTH_LINE_MAX : SMTP_REPLY_LINE_MAX;
        read_all(data + 1, size - 1, SIZE_MAX, line_max, &whole);
        read_all(data + 1, size - 1, (data[0] >> 1) + 1U, line_max, &cut);
        require(fuzz_equal(&whole, &cut));
        return 0;
}
