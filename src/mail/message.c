/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/message.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/checksum.h"
#include "mail/content.h"
#include "mail/template.h"

/* Headers are built from values that were checked when they came in (settings, order); a control that got
 * through would be encoded, since only printable ASCII goes out as it is. A body of ASCII with short lines
 * goes out as it is (7bit), any other as base64: no server's 8BITMIME is needed. */

#define LINE_AIM         78
#define LINE_MAX_OCTETS  998
#define BASE64_LINE      76
#define ENCODED_LINE_MAX 76 /* RFC 2047, 2: of a line with an encoded word, which so has 75 at most */

static bool is_printable_ascii(const char *s, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (s[i] < 0x20 || s[i] > 0x7e)
                        return false;
        return true;
}

/* Appends "NAME: VALUE", folded before a blank where the line would pass LINE_AIM (RFC 5322, 2.2.3). */
static void append_folded(Text *t, const char *name, const char *value)
{
        size_t column = strlen(name) + 1;

        text_appendf(t, "%s:", name);
        while (*value) {
                size_t n = strcspn(value, " ");

                if (column + 1 + n > LINE_AIM && column > strlen(name) + 1) {
                        text_append_string(t, "\r\n");
                        column = 0;
                }
                text_append_string(t, " ");
                text_append(t, value, n);
                column += 1 + n;
                value += n + (value[n] == ' ');
        }
        text_append_string(t, "\r\n");
}

/* Unstructured text that is not plain ASCII, as B-encoded words, none of which ends inside a character. */
static void append_encoded(Text *t, const char *name, const char *value)
{
        static const char open[] = "=?UTF-8?B?", close[] = "?=";
        size_t column = strlen(name) + 2;
        const char *separator = " ";

        text_appendf(t, "%s:", name);
        while (*value) {
                size_t room = (ENCODED_LINE_MAX - column - strlen(open) - strlen(close)) / 4 * 3;
                size_t n = MIN(strlen(value), room);

                while (n > 1 && ((uint8_t)value[n] & 0xc0) == 0x80)
                        n--;
                text_appendf(t, "%s%s", separator, open);
                base64_append(t, value, n);
                text_append_string(t, close);
                separator = "\r\n ";
                column = 1;
                value += n;
        }
        text_append_string(t, "\r\n");
}

static void append_header(Text *t, const char *name, const char *value)
{
        /* The longest word is the host's name. */
        static_assert(HOST_NAME_TEXT_MAX + LINE_AIM <= LINE_MAX_OCTETS, "no line gets too long by a word");

        if (is_printable_ascii(value, strlen(value)) && !strstr(value, "=?"))
                append_folded(t, name, value);
        else
                append_encoded(t, name, value);
}

static void append_address_header(Text *t, const char *name, char *const *addresses, size_t n)
{
        size_t column = strlen(name) + 1;

        text_appendf(t, "%s:", name);
        for (size_t i = 0; i < n; i++) {
                size_t size = strlen(addresses[i]) + 1;

                if (i > 0 && column + 1 + size > LINE_AIM) {
                        text_append_string(t, "\r\n");
                        column = 0;
                }
                text_appendf(t, " %s%s", addresses[i], i + 1 < n ? "," : "");
                column += 1 + size;
        }
        text_append_string(t, "\r\n");
}

/* X-Ipherald-IPv4: and X-Ipherald-IPv6:, for filters; left out where the family has no address. */
static void append_facts(Text *t, const Facts *facts)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char address[IP_ADDRESS_TEXT_MAX];

                if (!ip_address_is_set(&facts->new[f]))
                        continue;
                ip_address_format(&facts->new[f], address);
                text_appendf(t, "X-Ipherald-%s: %s\r\n", family_name(f), address);
        }
}

static void append_headers(Text *t, const Order *order, const Notice *notice, char *const *accepted,
                           size_t n, const char *subject)
{
        bool given = notice->n_header_to > 0;
        char date[WALL_TIME_TEXT_MAX];

        wall_time_format_mail(notice->date, date);
        append_address_header(t, "From", &order->mail.from, 1);
        append_address_header(t, "To", given ? notice->header_to : accepted,
                              given ? notice->n_header_to : n);
        append_header(t, "Subject", subject);
        append_header(t, "Date", date);
        text_appendf(t, "Message-ID: <%s>\r\n", notice->message_id);
        append_facts(t, &notice->facts);
        text_append_string(t, "MIME-Version: 1.0\r\n"
                              "Auto-Submitted: auto-generated\r\n");
}

/* Can the body go out as it is? */
static bool body_is_7bit(const Text *body)
{
        size_t column = 0;

        for (size_t i = 0; i < body->size; i++) {
                bool ends = body->data[i] == '\n';

                column = ends ? 0 : column + 1;
                if (column > LINE_MAX_OCTETS || !(ends || is_printable_ascii(body->data + i, 1)))
                        return false;
        }
        return true;
}

/* LF to CRLF. */
static void append_lines(Text *t, const Text *body)
{
        for (size_t i = 0; i < body->size; i++)
                if (body->data[i] == '\n')
                        text_append_string(t, "\r\n");
                else
                        text_append(t, body->data + i, 1);
}

static void append_base64_lines(Text *t, const Text *crlf)
{
        for (size_t i = 0; i < crlf->size; i += BASE64_LINE / 4 * 3) {
                base64_append(t, crlf->data + i, MIN(crlf->size - i, (size_t)(BASE64_LINE / 4 * 3)));
                text_append_string(t, "\r\n");
        }
}

/* A text/plain part, headers and all; the whole of a mail without attachments. Where it stands between
 * BOUNDARY (else NULL), that must not be in it. */
static void append_text_part(Text *t, const Text *body, const char *boundary)
{
        _cleanup_text_ Text crlf = {0};
        bool plain = body_is_7bit(body) && !(boundary && strstr(body->data, boundary));

        text_append_string(t, "Content-Type: text/plain; charset=utf-8\r\n");
        text_appendf(t, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "base64");
        if (plain)
                append_lines(t, body);
        else {
                append_lines(&crlf, body);
                append_base64_lines(t, &crlf);
        }
        t->failed = t->failed || crlf.failed;
}

/* RFC 2046, 5.1.1. The boundary comes from the Message-ID, so that a mail that is sent again is the same;
 * "=_" is in no base64. */
static void append_multipart(Text *t, const Notice *notice, const Content *content)
{
        char boundary[40];

        (void)snprintf(boundary, sizeof(boundary), "=_%016llx",
                       (unsigned long long)fnv1a_string(FNV1A_INIT, notice->message_id));
        text_appendf(t, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n", boundary);
        text_appendf(t, "Content-Transfer-Encoding: 7bit\r\n\r\n--%s\r\n", boundary);
        append_text_part(t, &content->body, boundary);
        for (size_t i = 0; i < content->n_attachments; i++) {
                const Attachment *a = &content->attachments[i];

                text_appendf(t, "\r\n--%s\r\nContent-Type: %s\r\n", boundary, a->type);
                text_append_string(t, "Content-Transfer-Encoding: base64\r\n");
                text_appendf(t, "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n\r\n", a->name);
                append_base64_lines(t, &a->data);
        }
        text_appendf(t, "\r\n--%s--\r\n", boundary);
}

int message_render(const Order *order, const Notice *notice, char *const *accepted, size_t n_accepted,
                   Text *ret)
{
        _cleanup_content_ Content content = {0};
        _cleanup_text_ Text subject = {0};
        int r;

        r = template_subject(order, notice, &subject);
        if (r >= 0)
                r = content_make(order, notice, &content);
        if (r < 0)
                return r;
        append_headers(ret, order, notice, accepted, n_accepted, subject.data);
        if (content.n_attachments > 0)
                append_multipart(ret, notice, &content);
        else
                append_text_part(ret, &content.body, NULL);
        return text_error(ret);
}
