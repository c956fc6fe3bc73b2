/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include "base/base64.h"
#include "fuzz.h"
#include "login.h"

const char *const unit_names[UNIT_COUNT] = {
        [UNIT_CONNECTION] = "connection",
        [UNIT_EHLO] = "EHLO",
        [UNIT_HELO] = "HELO",
        [UNIT_STARTTLS] = "STARTTLS",
        [UNIT_AUTH] = "AUTH",
        [UNIT_ANSWER] = "answer",
        [UNIT_RSET] = "RSET",
        [UNIT_MAIL] = "MAIL",
        [UNIT_RCPT] = "RCPT",
        [UNIT_DATA] = "DATA",
        [UNIT_BODY] = "mail",
        [UNIT_QUIT] = "QUIT",
};

void wire_init(Wire *w, const Scene *scene)
{
        *w = (Wire){.scene = scene, .n_units = 1, .tls = scene->order.mail.security == SECURITY_TLS};
}

void wire_done(Wire *w)
{
        text_done(&w->stream);
        text_done(&w->challenge);
        smtp_reply_done(&w->parser);
}

/* Base64 of what holds the secret behind OFFSET octets, without the characters that their neighbours take
 * part in; where the client has said it so. */
static bool quotes(const Wire *w, const char *data, size_t size, size_t offset)
{
        const char *secret = w->scene->secret;
        _cleanup_text_ Text plain = {0}, encoded = {0};
        size_t begin = (8 * offset + 5) / 6, end = 8 * (offset + strlen(secret)) / 6;

        text_append(&plain, "\0", offset);
        text_append_string(&plain, secret);
        base64_append(&encoded, plain.data, plain.size);
        if (w->stream.size == 0)
                return false;
        require(!encoded.failed);
        return memmem(data, size, encoded.data + begin, end - begin) &&
               memmem(w->stream.data, w->stream.size, encoded.data + begin, end - begin);
}

bool wire_reveals(const Wire *w, const char *data, size_t size)
{
        const char *secret = w->scene->secret;

        if (!secret || size == 0)
                return false;
        return memmem(data, size, secret, strlen(secret)) || quotes(w, data, size, 0) ||
               quotes(w, data, size, 1) || quotes(w, data, size, 2);
}

unsigned wire_recipient_code(const Wire *w, size_t notice, size_t recipient)
{
        unsigned code = 0;

        for (size_t i = 0; i < w->n_units; i++)
                if (w->units[i].type == UNIT_RCPT && w->units[i].notice == notice &&
                    w->units[i].recipient == recipient && !w->units[i].void_reply)
                        code = w->units[i].code;
        return code;
}

static bool is_accepted(const Wire *w, size_t notice, size_t recipient)
{
        unsigned code = wire_recipient_code(w, notice, recipient);

        return code >= 250 && code <= 252;
}

static bool any_accepted(const Wire *w, size_t notice)
{
        for (size_t k = 0; k < w->scene->notices[notice].n_recipients; k++)
                if (is_accepted(w, notice, k))
                        return true;
        return false;
}

static Unit *last_unit(Wire *w)
{
        return &w->units[w->n_units - 1];
}

static Unit *add_unit(Wire *w, UnitType type, size_t begin, size_t end)
{
        size_t notice = last_unit(w)->notice;

        require(w->n_units < UNITS_MAX);
        w->units[w->n_units++] = (Unit){.type = type, .begin = begin, .end = end, .notice = notice};
        return last_unit(w);
}

static void find_recipient(const Wire *w, const char *line, size_t size, Unit *rcpt)
{
        for (size_t i = 0; i < w->scene->order.n_notices; i++)
                for (size_t k = 0; k < w->scene->notices[i].n_recipients; k++) {
                        const char *address = w->scene->recipients[i][k];

                        if (memmem(line, size, address, strlen(address))) {
                                rcpt->notice = i;
                                rcpt->recipient = k;
                                return;
                        }
                }
        require(!"a recipient that is none");
}

/* What may be said, and when, whatever the server does. */
static void look_at_command(const Wire *w, const Unit *u, size_t size)
{
        const MailSettings *m = &w->scene->order.mail;
        bool greets = u->type == UNIT_EHLO || u->type == UNIT_STARTTLS || u->type == UNIT_QUIT;

        require(size + 2 <= (u->type == UNIT_ANSWER ? 12288 : 512));
        require(w->tls || m->security == SECURITY_NONE || greets);
        require(w->tls || (u->type != UNIT_AUTH && u->type != UNIT_ANSWER));
        require(!w->tls || u->type != UNIT_STARTTLS);
        require(u->type != UNIT_HELO || (m->security == SECURITY_NONE && m->method == AUTH_METHOD_NONE));
}

static void add_command(Wire *w, const char *line, size_t size, size_t end)
{
        static const struct {
                const char *begin;
                UnitType type;
        } verbs[] = {
                {"EHLO host.example.com", UNIT_EHLO},
                {"HELO host.example.com", UNIT_HELO},
                {"STARTTLS", UNIT_STARTTLS},
                {"AUTH ", UNIT_AUTH},
                {"RSET", UNIT_RSET},
                {"MAIL FROM:<", UNIT_MAIL},
                {"RCPT TO:<", UNIT_RCPT},
                {"DATA", UNIT_DATA},
                {"QUIT", UNIT_QUIT},
        };
        UnitType last = last_unit(w)->type, type = UNIT_COUNT;

        require(last != UNIT_QUIT);
        if ((last == UNIT_AUTH || last == UNIT_ANSWER) && last_unit(w)->code == 334)
                type = UNIT_ANSWER;
        for (size_t i = 0; i < ELEMENTSOF(verbs) && type == UNIT_COUNT; i++)
                if (size >= strlen(verbs[i].begin) &&
                    memcmp(line, verbs[i].begin, strlen(verbs[i].begin)) == 0)
                        type = verbs[i].type;
        require(type != UNIT_COUNT);

        Unit *u = add_unit(w, type, end - size - 2, end);
        if (type == UNIT_RCPT)
                find_recipient(w, line, size, u);
        look_at_command(w, u, size);
}

/* A mail's first octet, or that of a lone dot. */
static void begin_mail(Wire *w)
{
        size_t notice = last_unit(w)->notice;

        require(w->scene->order.mail.method == AUTH_METHOD_NONE || w->logged_in);
        require(w->go[notice] == any_accepted(w, notice));
        add_unit(w, UNIT_BODY, w->parsed, SIZE_MAX);
}

static void end_mail(Wire *w, size_t end)
{
        Unit *u = last_unit(w);
        const Notice *n = &w->scene->notices[u->notice];
        const char *mail = w->stream.data + u->begin;
        size_t size = end - u->begin;
        const char *body = memmem(mail, size, "\r\n\r\n", 4);

        u->end = end;
        if (!any_accepted(w, u->notice)) {
                require(size == 3);
                return;
        }
        w->dot[u->notice] = true;
        require(body);
        for (size_t k = 0; k < n->n_recipients; k++) {
                const char *to = n->recipients[k];

                require((memmem(mail, (size_t)(body - mail), to, strlen(to)) != NULL) ==
                        is_accepted(w, u->notice, k));
        }
}

static bool is_in_mail(Wire *w)
{
        const Unit *last = last_unit(w);

        return last->type == UNIT_BODY && last->end == SIZE_MAX;
}

static void take_line(Wire *w, size_t size)
{
        const char *line = w->stream.data + w->parsed;
        size_t end = w->parsed + size + 2;

        require(!memchr(line, '\r', size) && !memchr(line, '\0', size));
        if (!is_in_mail(w) && last_unit(w)->type == UNIT_DATA && last_unit(w)->code == 354)
                begin_mail(w);
        if (!is_in_mail(w))
                add_command(w, line, size, end);
        else if (size == 1 && line[0] == '.')
                end_mail(w, end);
        else
                require(size <= 999 && (size < 2 || line[0] != '.' || line[1] == '.'));
        w->parsed = end;
}

void wire_handed(Wire *w, const char *data, size_t size)
{
        size_t known = w->stream.size - w->received;

        require(size >= known);
        require(known == 0 || memcmp(w->stream.data + w->received, data, known) == 0);
        text_append(&w->stream, data + known, size - known);
        require(!w->stream.failed);
        require(w->tls || !wire_reveals(w, w->stream.data, w->stream.size));

        /* Whole lines alone are handed out, but where a large mail is cut. */
        while (w->parsed < w->stream.size) {
                const char *line = w->stream.data + w->parsed;
                const char *lf = memchr(line, '\n', w->stream.size - w->parsed);

                if (!lf)
                        break;
                require(lf > line && lf[-1] == '\r');
                take_line(w, (size_t)(lf - 1 - line));
        }
        require(w->parsed == w->stream.size || size == 16384);
}

/* The replies to all that stands behind unit I are passed over by the client. */
static void avoid_behind(Wire *w, size_t i)
{
        while (++i < w->n_units)
                w->units[i].void_reply = true;
}

/* A login's reply: a challenge that goes on, or its end. */
static void take_login_reply(Wire *w, const SmtpReply *reply)
{
        w->logged_in = reply->code == 235 && login_is_proven(w, w->n_replied);
        w->refused = reply->code >= 400;
        if (reply->code == 504 || reply->code == 534)
                avoid_behind(w, w->n_replied);
        text_done(&w->challenge);
        text_append(&w->challenge, reply->text.data, reply->text.size);
}

static void take_reply(Wire *w, const SmtpReply *reply)
{
        Unit *u = &w->units[w->n_replied];
        unsigned code = reply->code;

        if (w->n_replied == w->n_units) {
                w->broken = true;
                return;
        }
        /* A mail may be refused before its end; nothing else may be answered before it has come. */
        w->broken = u->end > w->received_at_reply;
        if (w->broken && (u->type != UNIT_BODY || code < 400))
                return;
        u->code = code;
        if ((u->type == UNIT_AUTH || u->type == UNIT_ANSWER) && !u->void_reply)
                take_login_reply(w, reply);
        if (u->type == UNIT_MAIL && code == 555)
                avoid_behind(w, w->n_replied);
        w->n_replied++;
}

/* Where nothing is due yet it is not known what will be, so the longer limit holds. */
static size_t line_max(const Wire *w)
{
        const Unit *u = &w->units[w->n_replied];
        bool in_auth = w->n_replied == w->n_units || u->type == UNIT_AUTH || u->type == UNIT_ANSWER;

        return in_auth ? SMTP_REPLY_AUTH_LINE_MAX : SMTP_REPLY_LINE_MAX;
}

void wire_said(Wire *w, const char *data, size_t size)
{
        while (size > 0 && !w->broken) {
                size_t taken = 0;
                int r;

                if (!smtp_reply_has_begun(&w->parser))
                        w->received_at_reply = w->received;
                r = smtp_reply_feed(&w->parser, data, size, line_max(w), &taken);
                require(r >= 0);
                if (r == SMTP_REPLY_MALFORMED)
                        w->broken = true;
                else if (r == SMTP_REPLY_COMPLETE)
                        take_reply(w, &w->parser.reply);
                data += taken;
                size -= taken;
        }
}

const Unit *wire_body(const Wire *w, size_t notice)
{
        for (size_t i = 0; i < w->n_units; i++)
                if (w->units[i].type == UNIT_BODY && w->units[i].notice == notice)
                        return &w->units[i];
        return NULL;
}
