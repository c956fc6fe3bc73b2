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

static void choose_account(Choices *c, Scene *s)
{
        static const Security securities[] = {SECURITY_STARTTLS, SECURITY_TLS, SECURITY_NONE};
        MailSettings *m = &s->order.mail;

        m->security = securities[choose(c, ELEMENTSOF(securities))];
        m->server = (char *)"smtp.example.com";
        m->port = 587;
        m->from = (char *)(choose(c, 16) == 1 ? "h\xc3\xb6me@example.com" : "home@example.com");
        m->mechanisms = SASL_ALL & ~choose(c, SASL_ALL);
        if (choose(c, 4) == 1)
                return;
        m->method = AUTH_METHOD_SMTP;
        m->account = (char *)"me@example.com";
        s->password = choose(c, 16) == 1 ? NULL : "hunter2secret";
}

void scene_choose(Choices *c, Scene *ret)
{
        *ret = (Scene){0};
        choose_account(c, ret);
        ret->order.notices = ret->notices;
        ret->order.n_notices = 1 + choose(c, SCENE_NOTICES);
        for (size_t i = 0; i < ret->order.n_notices; i++)
                choose_notice(c, ret, i);
}
