/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scene.h"

#include <stdio.h>

#include "base/string-util.h"

static void choose_notice(Choices *c, Scene *s, size_t i)
{
        Notice *n = &s->notices[i];
        unsigned international = choose(c, 8);

        (void)snprintf(n->message_id, sizeof(n->message_id), "%zu@host.example.com", i);
        string_copy(n->facts.host, sizeof(n->facts.host), "host.example.com");
        n->facts.new[FAMILY_IPV4] = (IpAddress){.family = AF_INET, .octets = {192, 0, 2, (uint8_t)i}};
        n->n_recipients = 1 + choose(c, SCENE_RECIPIENTS);
        n->recipients = s->recipients[i];
        for (size_t k = 0; k < n->n_recipients; k++) {
                (void)snprintf(s->addresses[i][k], sizeof(s->addresses[i][k]), "%s%zu%zu@example.org",
                               international == k + 1 ? "\xc3\xbc" : "u", i, k);
                s->recipients[i][k] = s->addresses[i][k];
        }
}

static const char *choose_secret(Choices *c)
{
        static char long_secret[600];

        switch (choose(c, 8)) {
        case 1:
                return NULL;
        case 2:
                memset(long_secret, 'x', sizeof(long_secret) - 1);
                return long_secret;
        case 3:
                return "p\xc3\xa4ssword";
        default:
                return "hunter2secret";
        }
}

static void choose_login(Choices *c, Scene *s)
{
        MailSettings *m = &s->order.mail;
        unsigned means = choose(c, 8);

        m->method = AUTH_METHOD_SMTP;
        m->mechanisms = SASL_ALL & ~choose(c, SASL_ALL + 1);
        m->account = (char *)(means == 4 ? "me,=@example.com" : "me@example.com");
        m->token_file = (char *)(means & 1 ? "/run/token" : NULL);
        m->certificate = (char *)(means & 2 ? "/etc/own.pem" : NULL);
        s->secret = choose_secret(c);
}

static void choose_account(Choices *c, Scene *s)
{
        static const Security securities[] = {SECURITY_STARTTLS, SECURITY_TLS, SECURITY_NONE};
        MailSettings *m = &s->order.mail;

        m->security = securities[choose(c, ELEMENTSOF(securities))];
        m->server = (char *)"smtp.example.com";
        m->port = 587;
        m->from = (char *)(choose(c, 16) == 1 ? "h\xc3\xb6me@example.com" : "home@example.com");
        s->order.careful = choose(c, 8) == 1;
        if (choose(c, 4) != 1)
                choose_login(c, s);
}

void scene_choose(Choices *c, Scene *ret)
{
        *ret = (Scene){0};
        choose_account(c, ret);
        ret->order.notices = ret->notices;
        ret->order.test = choose(c, 8) == 1;
        ret->order.n_notices = choose(c, SCENE_NOTICES) + !ret->order.test;
        for (size_t i = 0; i < ret->order.n_notices; i++)
                choose_notice(c, ret, i);
}
