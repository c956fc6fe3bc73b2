/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads transcripts. A file that cannot be understood is a fault of the test, and ends it. */

#include "transcript.h"

#include <stdio.h>

#include "mail/sasl.h"

static _Noreturn void refuse(const Transcript *t, unsigned number, const char *what)
{
        fprintf(stderr, "%s:%u: %s\n", t->path, number, what);
        abort();
}

static char *copy(const char *s)
{
        char *c = strdup(s);

        if (!c)
                abort();
        return c;
}

char *transcript_word(char **rest, const char *delimiters)
{
        char *word;

        do
                word = strsep(rest, delimiters);
        while (word && !*word);
        return word;
}

size_t transcript_split(char *rest, char **words, size_t max)
{
        size_t n = 0;

        for (char *w; n < max && (w = transcript_word(&rest, " "));)
                words[n++] = w;
        return n;
}

static void append_address(char ***list, size_t *n, const char *address)
{
        *list = reallocarray(*list, *n + 1, sizeof(char *));
        if (!*list)
                abort();
        (*list)[(*n)++] = copy(address);
}

static void add_addresses(char ***list, size_t *n, const char *word)
{
        char address[256];
        unsigned long count;

        if (word[0] != '#') {
                append_address(list, n, word);
                return;
        }
        /* Long ones, so that a hundred are more than what is handed out at once. */
        count = strtoul(word + 1, NULL, 10);
        for (unsigned long i = 0; i < count; i++) {
                (void)snprintf(address, sizeof(address), "u%lu@%060d.%060d.%060d.example.com", i, 0, 0, 0);
                append_address(list, n, address);
        }
}

static void set_mail(Transcript *t, char **words, size_t n)
{
        Notice *notice = &t->notices[t->order.n_notices++];

        (void)snprintf(notice->message_id, sizeof(notice->message_id), "%zu@host.example.com",
                       t->order.n_notices);
        notice->date = notice->facts.changed = (WallTime){.seconds = 1790000000};
        (void)snprintf(notice->facts.host, sizeof(notice->facts.host), "host.example.com");
        (void)snprintf(notice->facts.interface[FAMILY_IPV4], IFNAMSIZ, "eth0");
        notice->facts.new[FAMILY_IPV4] = (IpAddress){.family = AF_INET,
                                                     .octets = {192, 0, 2, (uint8_t)t->order.n_notices}};
        for (size_t i = 0; i < n; i++)
                add_addresses(&notice->recipients, &notice->n_recipients, words[i]);
}

static void set_value(Transcript *t, unsigned number, char **words, size_t n)
{
        MailSettings *mail = &t->order.mail;
        const char *key = words[0];

        if (streq(key, "to") && n > 1 && t->order.n_notices < ELEMENTSOF(t->notices))
                set_mail(t, words + 1, n - 1);
        else if (streq(key, "header-to") && t->order.n_notices > 0) {
                Notice *notice = &t->notices[t->order.n_notices - 1];

                for (size_t i = 1; i < n; i++)
                        add_addresses(&notice->header_to, &notice->n_header_to, words[i]);
        } else if (streq(key, "login") && n == 3) {
                mail->method = AUTH_METHOD_SMTP;
                mail->account = copy(words[1]);
                t->secret = copy(words[2]);
        } else if (streq(key, "token") && n == 3) {
                mail->method = AUTH_METHOD_SMTP;
                mail->account = copy(words[1]);
                mail->token_file = copy("/run/token");
                t->secret = copy(words[2]);
        } else if (streq(key, "certificate")) {
                mail->method = AUTH_METHOD_SMTP;
                mail->certificate = copy("/etc/client.pem");
                if (n == 2)
                        mail->account = copy(words[1]);
        } else if (streq(key, "no-password")) {
                mail->method = AUTH_METHOD_SMTP;
                mail->account = copy("me@example.com");
        } else if (streq(key, "careful"))
                t->order.careful = true;
        else if (streq(key, "security") && n == 2)
                mail->security = streq(words[1], "tls")    ? SECURITY_TLS
                                 : streq(words[1], "none") ? SECURITY_NONE
                                                           : SECURITY_STARTTLS;
        else if (streq(key, "mechanisms")) {
                mail->mechanisms = 0;
                for (size_t i = 1; i < n; i++) {
                        SaslMechanism mechanism;

                        if (sasl_mechanism_from_name(words[i], &mechanism) < 0)
                                refuse(t, number, "no such mechanism");
                        mail->mechanisms |= mechanism;
                }
        } else if (streq(key, "port") && n == 2)
                mail->port = (uint16_t)strtoul(words[1], NULL, 10);
        else if (streq(key, "from") && n == 2) {
                free(mail->from);
                mail->from = copy(words[1]);
        } else
                refuse(t, number, "no such setting");
}

static void read_line(Transcript *t, unsigned number, char *line)
{
        char *rest = strchr(line, ' '), *words[16];
        TranscriptLine *l;

        if (!*line || *line == '#')
                return;
        if (rest)
                *rest++ = '\0';
        if (streq(line, "set") && rest) {
                set_value(t, number, words, transcript_split(rest, words, ELEMENTSOF(words)));
                return;
        }
        if (t->n_lines >= TRANSCRIPT_LINES_MAX)
                refuse(t, number, "too many lines");
        l = &t->lines[t->n_lines++];
        *l = (TranscriptLine){.number = number, .verb = line, .rest = rest ? rest : line + strlen(line)};
}

static char *read_file(const char *path)
{
        FILE *f = fopen(path, "re");
        char *data = NULL;
        size_t room = 0;

        if (!f || getdelim(&data, &room, '\0', f) < 0)
                abort();
        fclose(f);
        return data;
}

Transcript *transcript_load(const char *path)
{
        Transcript *t = calloc(1, sizeof(*t));
        unsigned number = 1;

        if (!t)
                abort();
        t->path = copy(path);
        t->order.mail = (MailSettings){.enabled = true,
                                       .server = copy("smtp.example.com"),
                                       .port = 587,
                                       .from = copy("from@example.com"),
                                       .mechanisms = SASL_ALL};
        t->order.notices = t->notices;
        t->data = read_file(path);
        for (char *p = t->data, *end; *p; p = end, number++) {
                end = strchr(p, '\n');
                if (!end)
                        refuse(t, number, "the last line has no end");
                *end++ = '\0';
                read_line(t, number, p);
        }
        if (t->order.n_notices == 0)
                set_mail(t, (char *[]){(char *)"a@example.org"}, 1);
        return t;
}

static void free_list(char **list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(list[i]);
        free(list);
}

Transcript *transcript_free(Transcript *t)
{
        if (!t)
                return NULL;
        for (size_t i = 0; i < t->order.n_notices; i++) {
                free_list(t->notices[i].recipients, t->notices[i].n_recipients);
                free_list(t->notices[i].header_to, t->notices[i].n_header_to);
        }
        free(t->order.mail.server);
        free(t->order.mail.from);
        free(t->order.mail.account);
        free(t->order.mail.token_file);
        free(t->order.mail.certificate);
        free(t->secret);
        free(t->path);
        free(t->data);
        free(t);
        return NULL;
}

static char unescape(char c)
{
        switch (c) {
        case 'r':
                return '\r';
        case 'n':
                return '\n';
        case 't':
                return '\t';
        case 'e':
                return '\033';
        case '0':
                return '\0';
        default:
                return c;
        }
}

void transcript_server_octets(const TranscriptLine *line, size_t max, Text *ret)
{
        const char *p = line->rest;
        unsigned long count = 1;

        if (streq(line->verb, "S*")) {
                char *end;

                count = strtoul(p, &end, 10);
                p = *end ? end + 1 : end;
        }
        for (; count > 0 && ret->size < max; count--)
                for (const char *q = p; *q; q++) {
                        char c = *q == '\\' && q[1] ? unescape(*++q) : *q;

                        text_append(ret, &c, 1);
                }
        if (streq(line->verb, "S:"))
                text_append_string(ret, "\r\n");
}

size_t transcript_server_size(const Transcript *t)
{
        _cleanup_text_ Text octets = {0};

        for (size_t i = 0; i < t->n_lines; i++)
                if (t->lines[i].verb[0] == 'S')
                        transcript_server_octets(&t->lines[i], SIZE_MAX, &octets);
        return octets.size;
}
