/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mail, from any order that the mailer would take: what goes out is a mail of the headers that we mean,
 * whatever the values are. */

#include "base/string-util.h"
#include "fuzz.h"
#include "mail/message.h"
#include "mail/smtp-data.h"

/* The length of the line at LINE, without the CRLF that must end it. */
static size_t line_length(const char *line, const char *end)
{
        const char *lf = memchr(line, '\n', (size_t)(end - line));

        require(lf && lf > line && lf[-1] == '\r');
        require(!memchr(line, '\r', (size_t)(lf - 1 - line)));
        return (size_t)(lf - 1 - line);
}

/* Every header once, those of the addresses where there are some, and nothing else before the empty line.
 * Returns the body. */
static const char *look_at_headers(const char *mail, const char *end)
{
        static const char *const names[] = {
                "From: ",
                "To: ",
                "Subject: ",
                "Date: ",
                "Message-ID: ",
                "X-Ipherald-IPv4: ",
                "X-Ipherald-IPv6: ",
                "MIME-Version: ",
                "Auto-Submitted: ",
                "Content-Type: ",
                "Content-Transfer-Encoding: ",
        };
        size_t seen = 0;

        for (;;) {
                size_t n = line_length(mail, end);

                if (n == 0)
                        break;
                require(n <= 998);
                for (size_t i = 0; i < n; i++)
                        require((uint8_t)mail[i] >= 0x20);
                if (mail[0] != ' ') {
                        while (seen < ELEMENTSOF(names) && names[seen][0] == 'X' &&
                               strncmp(mail, names[seen], strlen(names[seen])) != 0)
                                seen++;
                        require(seen < ELEMENTSOF(names) &&
                                strncmp(mail, names[seen], strlen(names[seen])) == 0);
                        seen++;
                } else
                        require(seen > 0 && n > 1 && mail[1] != ' ');
                /* UTF-8 in From and To alone (RFC 6532). */
                require(seen <= 2 || octets_are_ascii(mail, n));
                mail += n + 2;
        }
        require(seen == ELEMENTSOF(names));
        return mail + 2;
}

static void look_at_body(const char *body, const char *end)
{
        while (body < end) {
                size_t n = line_length(body, end);

                require(n <= 998);
                for (size_t i = 0; i < n; i++)
                        require(body[i] >= 0x20 && body[i] <= 0x7e);
                body += n + 2;
        }
}

/* What a server makes of what follows DATA must be the mail. */
static void look_at_stuffing(const Text *mail)
{
        _cleanup_text_ Text stuffed = {0}, received = {0};
        const char *p, *end;

        smtp_data_append_stuffed(&stuffed, mail->data, mail->size);
        require(!stuffed.failed);
        end = stuffed.data + stuffed.size;
        for (p = stuffed.data; p < end;) {
                size_t n = line_length(p, end), dot = *p == '.';

                require(!(n == 1 && dot));
                text_append(&received, p + dot, n + 2 - dot);
                p += n + 2;
        }
        require(!received.failed && fuzz_equal(&received, mail));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(order_freep) Order *o = NULL;
        _cleanup_free_ char *document = fuzz_document(data, size, &size);

        if (order_parse(document, size, &o) < 0)
                return 0;
        for (size_t i = 0; i < o->n_notices; i++) {
                const Notice *n = &o->notices[i];
                _cleanup_text_ Text mail = {0}, again = {0};
                const char *end;

                require(message_render(o, n, n->recipients, n->n_recipients, &mail) == 0);
                end = mail.data + mail.size;
                look_at_body(look_at_headers(mail.data, end), end);
                look_at_stuffing(&mail);
                require(message_render(o, n, n->recipients, n->n_recipients, &again) == 0);
                require(fuzz_equal(&mail, &again));
        }
        return 0;
}
