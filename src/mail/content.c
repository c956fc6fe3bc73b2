/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/content.h"

#include "base/string-util.h"
#include "mail/placeholder.h"
#include "mail/template.h"
#include "mail/words.h"

/* An attachment keeps its octets, line ends too: a phone takes it as the file that it was. So it goes out as
 * base64, text or not. */

void content_done(Content *c)
{
        text_done(&c->body);
        for (size_t i = 0; i < ELEMENTSOF(c->attachments); i++)
                text_done(&c->attachments[i].data);
        *c = (Content){0};
}

/* NULL where it could not be read. */
static const OrderFile *find_file(const Order *order, const char *name)
{
        for (size_t i = 0; i < order->n_files; i++)
                if (streq(order->files[i].name, name))
                        return order->files[i].data ? &order->files[i] : NULL;
        return NULL;
}

/* CRLF and a lone CR to LF; a last line without its end gets one. */
static void append_with_lf(Text *t, const Text *from)
{
        for (size_t i = 0; i < from->size; i++) {
                char c = from->data[i];

                if (c != '\r')
                        text_append(t, &c, 1);
                if (c == '\r' ? from->data[i + 1] != '\n' : c != '\n' && i + 1 == from->size)
                        text_append_string(t, "\n");
        }
}

/* A sentence about the file of that name, below the text of the mail. */
static void append_about(Text *t, Words w, Language l, const char *name)
{
        char shown[CONTENT_NAME_MAX];

        string_make_harmless(name, strlen(name), shown, sizeof(shown));
        text_append_string(t, "\n");
        words_append(t, w, l, shown, NULL);
}

static int make_body(const Order *order, const Notice *notice, Text *ret)
{
        const char *template = notice->facts.content.template;
        const OrderFile *file = find_file(order, template);
        _cleanup_text_ Text filled = {0};
        int r = -ENOENT;

        if (!*template)
                return template_body(order, notice, ret);
        if (streq(template, CONTENT_SHORT))
                return template_short(order, notice, ret);
        /* An empty file is a mistake, and would be an empty mail. */
        if (file && file->size > 0)
                r = placeholders_fill(file->data, file->size, &notice->facts, false, &filled);
        if (r == -ENOMEM)
                return r;
        if (r == 0)
                append_with_lf(ret, &filled);
        else {
                (void)template_body(order, notice, ret);
                append_about(ret, WORDS_TEMPLATE_UNUSED, notice->facts.language, template);
        }
        return text_error(ret);
}

/* What the reader's file is called: the last part of a path, or what follows "ipherald." in a credential's
 * name; what could end the quotes, name a folder or hide a file is '_'. */
static void make_name(const char *name, char ret[static CONTENT_NAME_MAX])
{
        const char *slash = strrchr(name, '/');

        if (content_name_is_credential(name))
                name += strlen(CONTENT_CREDENTIAL_PREFIX);
        else if (slash)
                name = slash + 1;
        string_copy(ret, CONTENT_NAME_MAX, *name ? name : "_");
        for (char *p = ret; *p; p++) {
                bool harmless = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                                (*p >= 'a' && *p <= 'z') || strchr("-_+@", *p) || (*p == '.' && p > ret);

                if (!harmless)
                        *p = '_';
        }
}

/* By the suffix, which is what the apps on a phone claim: nothing of a format is known here. */
static const char *type_of(const char *name)
{
        static const struct {
                const char *suffix, *type;
        } types[] = {
                {".conf", "text/plain; charset=utf-8"},
                {".txt", "text/plain; charset=utf-8"},
                {".json", "application/json"},
                {".xml", "application/xml"},
                {".mobileconfig", "application/x-apple-aspen-config"},
                {".sswan", "application/vnd.strongswan.profile"},
                {".ovpn", "application/x-openvpn-profile"},
        };
        const char *suffix = strrchr(name, '.');

        for (size_t i = 0; suffix && i < ELEMENTSOF(types); i++)
                if (string_equal_nocase(suffix, types[i].suffix))
                        return types[i].type;
        return "application/octet-stream";
}

/* Adds the file of that name, or to the body why not. */
static int attach(const Order *order, const Facts *facts, const char *name, Content *c)
{
        Attachment *a = &c->attachments[c->n_attachments];
        const OrderFile *file = find_file(order, name);
        int r = -ENOENT;

        make_name(name, a->name);
        a->type = type_of(a->name);
        if (file && octets_text_prefix(file->data, file->size) == file->size)
                r = placeholders_fill(file->data, file->size, facts, true, &a->data);
        else if (file) {
                text_append(&a->data, file->data, file->size);
                r = text_error(&a->data);
        }
        if (r == -ENOMEM)
                return r;
        if (r == 0)
                c->n_attachments++;
        else
                append_about(&c->body, r == -ENODATA ? WORDS_ATTACHMENT_NO_ADDRESS : WORDS_ATTACHMENT_UNUSED,
                             facts->language, name);
        return text_error(&c->body);
}

int content_make(const Order *order, const Notice *notice, Content *ret)
{
        const MailContent *content = &notice->facts.content;
        int r = make_body(order, notice, &ret->body);

        for (size_t i = 0; r >= 0 && i < content->n_attachments; i++)
                r = attach(order, &notice->facts, content->attachments[i], ret);
        return r;
}
