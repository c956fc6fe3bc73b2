/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "ip.h"
#include "mail/message.h"
#include "mail/words.h"

/* Whole mails, as they go out but for their line ends, in NAME.LANGUAGE.eml. What a reader sees
 * of each stands beside it (shown.py).
 *
 *     test-mails FOLDER [write]     holds them against the mails of FOLDER, or writes those anew */

static const char *folder;
static bool write_anew;

typedef struct Scene {
        const char *name;
        bool test;
        const char *new4, *old4, *new6, *old6, *mac;
        bool past;                         /* of IPv4: another address in between, and an hour without any */
        const char *template, *attachment; /* NULL: none; see the files below */
        bool still;
        Origin origin; /* of IPv4 */
} Scene;

static const Scene scenes[] = {
        {"change", false, "203.0.113.2", "203.0.113.1", "2001:db8::1", "2001:db8::1", "02:00:5e:10:00:01",
         true},
        {"both", false, "198.51.100.7", "203.0.113.1", "2001:db8:2::1", "2001:db8:1::1", "", false},
        {"first", false, "192.168.1.7", NULL, NULL, NULL, "", false},
        {"still", false, "203.0.113.2", "203.0.113.2", "2001:db8::1", "2001:db8::1", "", false,
         .still = true},
        {"outside", false, "203.0.113.2", "203.0.113.1", NULL, NULL, "", false,
         .origin = {SOURCE_GATEWAY, NAT_ROUTER}},
        {"shared", false, "203.0.113.2", "203.0.113.1", NULL, NULL, "", false,
         .origin = {SOURCE_STUN, NAT_CGN, {AF_INET, {100, 64, 0, 5}}}},
        {"test", true, "100.64.0.1", NULL, "2001:db8::1", NULL, "", false},
        {"short", false, "203.0.113.2", "203.0.113.1", "2001:db8:2::1", "2001:db8:1::1", "", false,
         .template = "short"},
        {"own", false, "203.0.113.2", "203.0.113.1", "2001:db8::1", "2001:db8::1", "", false,
         .template = "/etc/ipherald/mail.txt", .attachment = "ipherald.wg-home.conf"},
        {"attached", false, "203.0.113.2", "203.0.113.1", NULL, NULL, "", false,
         .attachment = "ipherald.wg-home.conf"},
};

/* The first can't be used: no placeholder has that name. */
static OrderFile files[] = {
        {.name = (char[]){"/etc/ipherald/mail.txt"},
         .data = (char[]){"%{host} \xe3\x81\xaf %{address}\n%{adress}\n"}},
        {.name = (char[]){"ipherald.wg-home.conf"},
         .data = (char[]){"[Interface]\nAddress = 10.8.0.2/32\n\n[Peer]\nEndpoint = %{endpoint}:51820\n"}},
};

static void add_past(Facts *facts)
{
        Past *p = &facts->past[FAMILY_IPV4];

        p->n_last = 2;
        p->last[0] = ip("203.0.113.77");
        p->last[1] = ip("203.0.113.1");
        p->last_since[0] = p->last_since[1] = p->gone = p->back = facts->changed;
        p->last_since[0].seconds -= 7200;
        p->last_since[1].seconds -= 9 * 86400;
        p->n_between = 1;
        p->away = true;
        p->gone.seconds -= 3840;
}

static void render(const Scene *s, Language l, Text *ret)
{
        char from[] = "home@example.com", to[] = "me@example.com", *accepted[] = {to};
        Order order = {.mail = {.from = from},
                       .test = s->test,
                       .n_others = 1,
                       .n_files = ELEMENTSOF(files),
                       .files = files};
        Notice n = {
                .message_id = "20261124.1@example.com",
                .date = {.seconds = 1795511887, .utc_offset = 9 * 3600},
                .facts = {.new = {ip(s->new4), ip(s->new6)},
                          .old = {ip(s->old4), ip(s->old6)},
                          .origin = {s->origin},
                          .interface = {"ppp0", "ppp0"},
                          .host = "router",
                          .still = s->still,
                          .changed = {.seconds = 1795511884, .utc_offset = 9 * 3600},
                          .language = l},
        };

        if (s->past)
                add_past(&n.facts);
        string_copy(n.facts.mac, sizeof(n.facts.mac), s->mac);
        if (s->template)
                string_copy(n.facts.content.template, CONTENT_NAME_MAX, s->template);
        if (s->attachment) {
                n.facts.content.n_attachments = 1;
                string_copy(n.facts.content.attachments[0], CONTENT_NAME_MAX, s->attachment);
        }
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                files[i].size = strlen(files[i].data);
        order.others[0].address = ip("192.168.1.1");
        string_copy(order.others[0].interface, IFNAMSIZ, "br0");
        assert_int_equal(message_render(&order, &n, accepted, 1, ret), 0);
}

static FILE *open_mail(const char *name, Language l, const char *mode)
{
        char path[4096];

        (void)snprintf(path, sizeof(path), "%s/%s.%s.eml", folder, name, language_name(l));
        FILE *f = fopen(path, mode);
        if (!f)
                fail_msg("%s: no such mail", path);
        return f;
}

static void expected(const char *name, Language l, Text *ret)
{
        FILE *f = open_mail(name, l, "r");
        char chunk[4096];
        size_t n;

        while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
                text_append(ret, chunk, n);
        assert_int_equal(fclose(f), 0);
        assert_non_null(ret->data);
}

static void write_mail(const char *name, Language l, const Text *mail)
{
        FILE *f = open_mail(name, l, "w");

        assert_int_equal(fwrite(mail->data, 1, mail->size, f), mail->size);
        assert_int_equal(fclose(f), 0);
}

static void drop_carriage_returns(Text *t)
{
        size_t n = 0;

        for (size_t i = 0; i < t->size; i++)
                if (t->data[i] != '\r')
                        t->data[n++] = t->data[i];
        t->data[n] = '\0';
        t->size = n;
}

static void mails_are_as_they_stand_there(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(scenes); i++)
                for (Language l = 0; l < LANGUAGE_COUNT; l++) {
                        _cleanup_text_ Text mail = {0}, file = {0};

                        render(&scenes[i], l, &mail);
                        drop_carriage_returns(&mail);
                        if (write_anew)
                                write_mail(scenes[i].name, l, &mail);
                        expected(scenes[i].name, l, &file);
                        if (!streq(mail.data, file.data))
                                fail_msg("%s.%s.eml is another by now", scenes[i].name, language_name(l));
                }
}

/* No sentence is missing in a language, and each has a place for the same values. */
static void languages_say_the_same(void **state)
{
        for (Words w = 0; w < WORDS_COUNT; w++) {
                bool first[LANGUAGE_COUNT], second[LANGUAGE_COUNT], line[LANGUAGE_COUNT];

                for (Language l = 0; l < LANGUAGE_COUNT; l++) {
                        _cleanup_text_ Text t = {0};

                        words_append(&t, w, l, "<a>", "<b>");
                        assert_true(t.size > 0);
                        assert_null(strpbrk(t.data, "{}"));
                        first[l] = strstr(t.data, "<a>");
                        second[l] = strstr(t.data, "<b>");
                        line[l] = t.data[t.size - 1] == '\n';
                }
                assert_int_equal(first[LANGUAGE_EN], first[LANGUAGE_JA]);
                assert_int_equal(second[LANGUAGE_EN], second[LANGUAGE_JA]);
                assert_int_equal(line[LANGUAGE_EN], line[LANGUAGE_JA]);
        }
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mails_are_as_they_stand_there),
                cmocka_unit_test(languages_say_the_same),
        };

        assert_true(argc == 2 || (argc == 3 && streq(argv[2], "write")));
        folder = argv[1];
        write_anew = argc == 3;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
