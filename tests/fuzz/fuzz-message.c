/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mail, from any order that the mailer would take, and with any files: what goes out is a mail of the
 * headers and the parts that we mean, whatever the values are. What stands behind the order and a NUL is
 * what each file holds that its mails name; without a NUL none can be read. */

#include "base/string-util.h"
#include "fuzz.h"
#include "mail/content.h"
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

static size_t count(const char *body, const char *end, const char *line)
{
        size_t n = 0;

        while ((body = memmem(body, (size_t)(end - body), line, strlen(line)))) {
                body += strlen(line);
                n++;
        }
        return n;
}

/* One for the text, one for each attachment, and an end: nothing in them is taken for another. Where they
 * begin is known from the first line; one part alone has no boundary. */
static void look_at_parts(const char *body, const char *end, const Content *c)
{
        char boundary[64] = "\r\n";
        size_t n;

        if (c->n_attachments == 0)
                return;
        n = line_length(body, end);
        require(n > 4 && n < sizeof(boundary) - 2 && memcmp(body, "--=_", 4) == 0);
        memcpy(boundary + 2, body, n);
        require(count(body, end, boundary) == c->n_attachments + 1);
        require(memcmp(end - 4, "--\r\n", 4) == 0 && memcmp(end - 4 - n, body, n) == 0);
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

static void add_file(Order *o, const char *name, const char *text, size_t size)
{
        OrderFile *grown = reallocarray(o->files, o->n_files + 1, sizeof(OrderFile));

        require(grown);
        o->files = grown;
        grown[o->n_files++] = (OrderFile){
                .name = fuzz_copy(name, strlen(name)),
                .data = fuzz_copy(text, size),
                .size = size,
        };
}

/* A name twice makes a file twice; the first is taken. */
static void add_files(Order *o, const char *text, size_t size)
{
        for (size_t i = 0; i < o->n_notices; i++) {
                const MailContent *c = &o->notices[i].facts.content;

                if (content_name_is_file(c->template))
                        add_file(o, c->template, text, size);
                for (size_t k = 0; k < c->n_attachments; k++)
                        add_file(o, c->attachments[k], text, size);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *files = size > 0 ? memchr(data, 0, size) : NULL;
        size_t order_size = files ? (size_t)(files - data) : size, document_size;
        _cleanup_free_ char *document = fuzz_document(data, order_size, &document_size);
        _cleanup_(order_freep) Order *o = NULL;

        if (order_parse(document, document_size, &o) < 0)
                return 0;
        if (files)
                add_files(o, (const char *)files + 1, size - order_size - 1);
        for (size_t i = 0; i < o->n_notices; i++) {
                const Notice *n = &o->notices[i];
                _cleanup_text_ Text mail = {0}, again = {0};
                _cleanup_content_ Content content = {0};
                const char *body, *end;

                require(message_render(o, n, n->recipients, n->n_recipients, &mail) == 0);
                end = mail.data + mail.size;
                body = look_at_headers(mail.data, end);
                look_at_body(body, end);
                require(content_make(o, n, &content) == 0);
                look_at_parts(body, end, &content);
                look_at_stuffing(&mail);
                require(message_render(o, n, n->recipients, n->n_recipients, &again) == 0);
                require(fuzz_equal(&mail, &again));
        }
        return 0;
}
