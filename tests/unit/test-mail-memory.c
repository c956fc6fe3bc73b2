/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What makes an order or a mail when memory fails once, at the first request of a step, its second, and so
 * on to its last: the step says -ENOMEM, and what was taken is given back. No half of a mail goes out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "failing-memory.h"

#include "base/string-util.h"
#include "ip.h"
#include "mail/content.h"
#include "mail/message.h"
#include "mail/placeholder.h"
#include "mail/template.h"

static char from[] = "home@example.com", to[] = "me@example.com", server[] = "mail.example.com",
            helo[] = "router.example.com", account[] = "the account", *accepted[] = {to};

static OrderFile files[] = {
        {.name = (char[]){"/text"},
         .data = (char[]){"%{host} \xe3\x81\xaf %{address}, %{changed}, and no longer %{ipv4_old}.\n\n"}},
        {.name = (char[]){"/bad"}, .data = (char[]){"%{adress}"}},
        {.name = (char[]){"/wg.conf"},
         .data = (char[]){"[Interface]\nAddress = 10.8.0.2/32\n\n[Peer]\nEndpoint = %{endpoint}:51820\n"}},
        {.name = (char[]){"/k.bin"}, .data = (char[]){"\xff\xfe"}},
        {.name = (char[]){"/none.conf"}, .data = (char[]){"%{ipv6}"}},
};

typedef struct Scene {
        Order order;
        Notice notice;
} Scene;

static Past a_past(WallTime t)
{
        Past p = {.n_last = 1, .last = {ip("203.0.113.9")}, .last_since = {t}, .n_between = 1, .away = true};

        p.gone = p.back = t;
        p.back.seconds += 40000;
        return p;
}

/* The longer the host's name, the earlier what grows has to. */
static Scene scene(size_t host_size, Language l, const char *template, bool attach)
{
        Scene s = {
                .order = {.mail = {.from = from,
                                   .server = server,
                                   .port = 25,
                                   .helo = helo,
                                   .account = account,
                                   .security = SECURITY_TLS},
                          .n_notices = 1,
                          .test = true,
                          .n_others = 1,
                          .n_files = ELEMENTSOF(files),
                          .files = files},
                .notice = {.message_id = "20261124.1@example.com",
                           .date = {.seconds = 1795511887},
                           .facts = {.new = {ip("203.0.113.2")},
                                     .old = {ip("203.0.113.1"), ip("2001:db8::1")},
                                     .interface = {"eth0"},
                                     .changed = {.seconds = 1795511887},
                                     .mac = "02:00:5e:10:00:01",
                                     .language = l},
                           .n_recipients = 1,
                           .recipients = accepted,
                           .n_header_to = 1,
                           .header_to = accepted},
        };
        MailContent *c = &s.notice.facts.content;

        s.notice.facts.past[FAMILY_IPV4] = a_past(s.notice.facts.changed);
        memset(s.notice.facts.host, 'h', host_size);
        string_copy(c->template, CONTENT_NAME_MAX, template);
        for (; attach && c->n_attachments < ATTACHMENTS_MAX - 1; c->n_attachments++)
                string_copy(c->attachments[c->n_attachments], CONTENT_NAME_MAX,
                            files[c->n_attachments + 2].name);
        if (attach)
                string_copy(c->attachments[c->n_attachments++], CONTENT_NAME_MAX, "/gone");
        s.order.others[0].address = ip("192.168.1.1");
        string_copy(s.order.others[0].interface, IFNAMSIZ, "br0");
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                files[i].size = strlen(files[i].data);
        return s;
}

typedef int (*Making)(Scene *s, Text *ret);

static int subject(Scene *s, Text *ret)
{
        return template_subject(&s->order, &s->notice, ret);
}

static int body(Scene *s, Text *ret)
{
        return template_body(&s->order, &s->notice, ret);
}

static int push(Scene *s, Text *ret)
{
        return template_short(&s->order, &s->notice, ret);
}

static int fill(Scene *s, Text *ret)
{
        return placeholders_fill(files[0].data, files[0].size, &s->notice.facts, true, ret);
}

static int content(Scene *s, Text *ret)
{
        _cleanup_content_ Content c = {0};
        int r = content_make(&s->order, &s->notice, &c);

        if (r < 0)
                return r;
        memory.counts = false; /* what follows is the test's own */
        text_append(ret, c.body.data, c.body.size);
        for (size_t i = 0; i < c.n_attachments; i++) {
                text_append_string(ret, c.attachments[i].name);
                text_append(ret, c.attachments[i].data.data, c.attachments[i].data.size);
        }
        return r;
}

static int mail(Scene *s, Text *ret)
{
        return message_render(&s->order, &s->notice, accepted, 1, ret);
}

static int format(Scene *s, Text *ret)
{
        s->order.notices = &s->notice;
        return order_format(&s->order, ret);
}

static int parse(Scene *s, Text *ret)
{
        _cleanup_(order_freep) Order *o = NULL;
        _cleanup_text_ Text document = {0};
        bool counts = memory.counts;
        int r;

        memory.counts = false;
        assert_int_equal(format(s, &document), 0);
        memory.counts = counts;
        r = order_parse(document.data, document.size, &o);
        memory.counts = false;
        return r < 0 ? r : order_format(o, ret);
}

/* How many requests of STEP were failed, one at a time. */
static unsigned fail_each(Making step, Scene *s)
{
        _cleanup_text_ Text expected = {0};

        assert_int_equal(step(s, &expected), 0);
        for (unsigned n = 0;; n++) {
                _cleanup_text_ Text t = {0};
                int r;

                memory.left = n;
                memory.failed = false;
                memory.counts = true;
                r = step(s, &t);
                memory.counts = false;
                assert_int_equal(r, memory.failed ? -ENOMEM : 0);
                if (memory.failed)
                        continue;
                assert_int_equal(t.size, expected.size);
                assert_memory_equal(t.data, expected.data, t.size);
                return n;
        }
}

static void no_step_trips_over_memory(void **state)
{
        static const struct {
                Making step;
                const char *template;
                bool attach;
                unsigned least; /* requests, so that each is failed in earnest */
        } steps[] = {
                {subject, "", false, 1},     {body, "", false, 5},        {push, "", false, 2},
                {fill, "", false, 2},        {content, "", true, 8},      {content, "/text", true, 8},
                {content, "short", true, 6}, {content, "/bad", false, 6}, {mail, "", false, 10},
                {mail, "/text", false, 6},   {mail, "", true, 15},        {format, "/text", true, 5},
                {parse, "/text", true, 10},
        };

        for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                for (Language l = 0; l < LANGUAGE_COUNT; l++)
                        for (size_t host_size = 1; host_size < 140; host_size += 6) {
                                Scene s = scene(host_size, l, steps[i].template, steps[i].attach);

                                assert_in_range(fail_each(steps[i].step, &s), steps[i].least, 100);
                        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_step_trips_over_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
