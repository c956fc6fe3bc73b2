/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "assert-text.h"
#include "base/base64.h"
#include "base/string-util.h"
#include "ip.h"
#include "mail/content.h"
#include "mail/message.h"
#include "mail/template.h"
#include "mail/words.h"

/* One order with one notice, and files that a test adds. */
typedef struct Scene {
        Order order;
        Notice notice;
        OrderFile files[4];
} Scene;

static Scene scene(const char *new4, const char *old4, const char *new6, const char *old6)
{
        Scene s = {.notice = {
                           .message_id = "20261124.1@example.com",
                           .date = {.seconds = 1795511887, .utc_offset = 9 * 3600},
                           .facts = {.new = {ip(new4), ip(new6)},
                                     .old = {ip(old4), ip(old6)},
                                     .interface = {"ppp0", "ppp0"},
                                     .host = "router",
                                     .changed = {.seconds = 1795511887, .utc_offset = 9 * 3600}},
                   }};
        return s;
}

/* NAME and DATA stay the caller's. */
static void add_file(Scene *s, char *name, char *data, size_t size)
{
        s->files[s->order.n_files++] = (OrderFile){.name = name, .data = data, .size = size};
        s->order.files = s->files;
}

static void use_template(Scene *s, const char *name)
{
        string_copy(s->notice.facts.content.template, CONTENT_NAME_MAX, name);
}

static void use_attachment(Scene *s, const char *name)
{
        MailContent *c = &s->notice.facts.content;

        string_copy(c->attachments[c->n_attachments++], CONTENT_NAME_MAX, name);
}

static Content make(Scene *s)
{
        Content c = {0};

        assert_int_equal(content_make(&s->order, &s->notice, &c), 0);
        return c;
}

static Text render(Scene *s)
{
        char from[] = "home@example.com", to[] = "me@example.com", *accepted[] = {to};
        Text t = {0};

        s->order.mail.from = from;
        assert_int_equal(message_render(&s->order, &s->notice, accepted, 1, &t), 0);
        return t;
}

static void a_template_is_the_body_whole(void **state)
{
        char name[] = "/etc/ipherald/mail.txt", data[] = "Hello,\r\n%{address} (%{host})\rBye, %{ipv6}";
        Scene s = scene("203.0.113.9", "203.0.113.7", NULL, NULL);

        add_file(&s, name, data, strlen(data));
        use_template(&s, name);
        _cleanup_content_ Content c = make(&s);
        assert_string_equal(c.body.data, "Hello,\n203.0.113.9 (router)\nBye, none\n");
        _cleanup_text_ Text t = render(&s);
        assert_contains(&t, "\r\nSubject: [router] IP address changed: 203.0.113.9 (was 203.0.113.7)\r\n");
        assert_contains(&t, "\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHello,\r\n203.0.113.9 (router)\r\n");
}

static void each_line_of_a_body_ends_with_lf(void **state)
{
        static const char *const cases[][2] = {
                {"a", "a\n"},
                {"a\n", "a\n"},
                {"a\r", "a\n"},
                {"a\r\n", "a\n"},
                {"\r\rb\n\r", "\n\nb\n\n"},
                {"\r\n\r\n\n\r", "\n\n\n\n"},
                {"a\rb\nc\n\rd", "a\nb\nc\n\nd\n"},
        };
        char name[] = "/a";

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Scene s = scene("203.0.113.9", NULL, NULL, NULL);
                char data[16];

                string_copy(data, sizeof(data), cases[i][0]);
                add_file(&s, name, data, strlen(data));
                use_template(&s, name);
                _cleanup_content_ Content c = make(&s);
                assert_string_equal(c.body.data, cases[i][1]);
        }
}

/* What looks like headers, an end or a boundary stays in the body. */
static void a_template_reaches_no_header(void **state)
{
        char name[] = "/a", data[] = "Bcc: evil@example.net\n\n.\n%{host}\n";
        Scene s = scene("203.0.113.9", NULL, NULL, NULL), plain = s;

        add_file(&s, name, data, strlen(data));
        use_template(&s, name);
        _cleanup_text_ Text with = render(&s), without = render(&plain);
        const char *body = strstr(with.data, "\r\n\r\n");
        size_t n = (size_t)(body - with.data);
        assert_int_equal(strstr(without.data, "\r\n\r\n") - without.data, n);
        assert_memory_equal(with.data, without.data, n);
        assert_string_equal(body, "\r\n\r\nBcc: evil@example.net\r\n\r\n.\r\nrouter\r\n");
}

static void a_bad_template_gives_way_to_the_built_in_mail(void **state)
{
        char name[] = "/etc/ipherald/mail.txt";
        struct {
                char *data;
                size_t size;
        } cases[] = {
                {(char[]){"%{adress}"}, 9}, {(char[]){"%{host"}, 6}, {(char[]){"a\0b"}, 3},
                {(char[]){"\xff"}, 1},      {(char[]){""}, 0},       {NULL, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (Language l = 0; l < LANGUAGE_COUNT; l++) {
                        Scene s = scene("203.0.113.9", "203.0.113.7", NULL, NULL);
                        _cleanup_text_ Text expected = {0};

                        s.notice.facts.language = l;
                        add_file(&s, name, cases[i].data, cases[i].size);
                        use_template(&s, name);
                        _cleanup_content_ Content c = make(&s);
                        assert_int_equal(template_body(&s.order, &s.notice, &expected), 0);
                        text_append_string(&expected, "\n");
                        words_append(&expected, WORDS_TEMPLATE_UNUSED, l, name, NULL);
                        assert_string_equal(c.body.data, expected.data);
                }
}

static void assert_short(Scene *s, const char *expected)
{
        _cleanup_text_ Text t = {0};

        assert_int_equal(template_short(&s->order, &s->notice, &t), 0);
        assert_string_equal(t.data, expected);
        assert_true(t.size <= TEMPLATE_SHORT_MAX);
}

static void the_short_text_has_a_line_for_each_news(void **state)
{
        Scene s = scene("203.0.113.9", "203.0.113.7", "2001:db8::1", "2001:db8::1");

        assert_short(&s, "203.0.113.9 (was 203.0.113.7) ppp0 18:18\n");
        s = scene("203.0.113.9", NULL, NULL, "2001:db8::1");
        assert_short(&s, "203.0.113.9 ppp0 18:18\nIPv6: none now (was 2001:db8::1)\n");
        s = scene("203.0.113.9", "203.0.113.9", NULL, NULL);
        assert_short(&s, "IPv4: 203.0.113.9 (as before)\nIPv6: none now\n");
        s.order.test = true;
        s.notice.facts.language = LANGUAGE_JA;
        s.notice.facts.old[FAMILY_IPV4] = ip("203.0.113.7");
        assert_short(&s, "テスト: 203.0.113.9 (以前は 203.0.113.7) ppp0 18:18\n");
}

static void the_short_text_stays_short(void **state)
{
        static const char new6[] = "2001:1db8:1000:2000:3000:4000:5000:6000";
        static const char old6[] = "2001:1db8:1000:2000:3000:4000:5000:7000";

        for (Language l = 0; l < LANGUAGE_COUNT; l++) {
                Scene s = scene("203.200.113.109", "203.200.113.107", new6, old6);
                _cleanup_text_ Text t = {0};

                s.notice.facts.language = l;
                for (Family f = 0; f < FAMILY_COUNT; f++)
                        string_copy(s.notice.facts.interface[f], IFNAMSIZ, "a-long-name-015");
                assert_int_equal(template_short(&s.order, &s.notice, &t), 0);
                assert_in_range(t.size, 100, TEMPLATE_SHORT_MAX);
                assert_contains(&t, new6);
                assert_contains(&t, "203.200.113.109");
                assert_lacks(&t, "a-long-name");
        }
}

static void an_attachment_is_filled(void **state)
{
        char name[] = "/etc/ipherald/wg-home.conf", data[] = "[Peer]\r\nEndpoint = %{endpoint}:51820\r\n";
        Scene s = scene(NULL, NULL, "2001:db8::2", "2001:db8::1");

        add_file(&s, name, data, strlen(data));
        use_attachment(&s, name);
        _cleanup_content_ Content c = make(&s);
        assert_int_equal(c.n_attachments, 1);
        assert_string_equal(c.attachments[0].name, "wg-home.conf");
        assert_string_equal(c.attachments[0].data.data, "[Peer]\r\nEndpoint = [2001:db8::2]:51820\r\n");
        _cleanup_text_ Text t = render(&s), again = render(&s), encoded = {0};
        assert_string_equal(t.data, again.data);
        base64_append(&encoded, c.attachments[0].data.data, c.attachments[0].data.size);
        assert_contains(&t, encoded.data);
        assert_contains(&t, "\r\nContent-Type: multipart/mixed; boundary=\"=_");
        assert_contains(&t, "\r\nContent-Disposition: attachment;\r\n filename=\"wg-home.conf\"\r\n\r\n");
        assert_contains(&t, "\r\n\r\n2001:db8::2\r\n\r\n");
}

/* A phone that took it would lose the address that it has. */
static void an_attachment_without_its_address_stays_away(void **state)
{
        char name[] = "ipherald.wg.conf", data[] = "Endpoint = %{ipv4}:51820\n";
        Scene s = scene(NULL, "203.0.113.7", "2001:db8::2", NULL);

        add_file(&s, name, data, strlen(data));
        use_attachment(&s, name);
        _cleanup_content_ Content c = make(&s);
        assert_int_equal(c.n_attachments, 0);
        assert_contains(&c.body, "exist at present:\nipherald.wg.conf\n");
        _cleanup_text_ Text t = render(&s);
        assert_lacks(&t, "multipart");
}

static void what_is_no_text_goes_as_it_is(void **state)
{
        char name[] = "/k.p12", data[] = "\x30\x82\0%{nonsense}\xff";
        Scene s = scene("203.0.113.9", NULL, NULL, NULL);

        add_file(&s, name, data, sizeof(data) - 1);
        use_attachment(&s, name);
        _cleanup_content_ Content c = make(&s);
        assert_int_equal(c.n_attachments, 1);
        assert_int_equal(c.attachments[0].data.size, sizeof(data) - 1);
        assert_memory_equal(c.attachments[0].data.data, data, sizeof(data) - 1);
        assert_string_equal(c.attachments[0].type, "application/octet-stream");
}

static void what_cannot_be_attached_is_told(void **state)
{
        char bad[] = "/bad.conf", data[] = "%{adress}", good[] = "/good.txt", text[] = "x", gone[] = "/gone";
        Scene s = scene("203.0.113.9", NULL, NULL, NULL);

        add_file(&s, bad, data, strlen(data));
        add_file(&s, good, text, strlen(text));
        add_file(&s, gone, NULL, 0);
        s.files[2].error = -ENOENT;
        use_attachment(&s, bad);
        use_attachment(&s, good);
        use_attachment(&s, gone);
        use_attachment(&s, "/unheard-of");
        _cleanup_content_ Content c = make(&s);
        assert_int_equal(c.n_attachments, 1);
        assert_string_equal(c.attachments[0].name, "good.txt");
        assert_contains(&c.body, "could not be used:\n/bad.conf\n");
        assert_contains(&c.body, "could not be used:\n/gone\n");
        assert_contains(&c.body, "could not be used:\n/unheard-of\n");
        assert_lacks(&c.body, "good.txt");
        content_done(&c);
        assert_memory_equal(&c, &(Content){0}, sizeof(c));
}

static void names_are_harmless_and_types_known(void **state)
{
        static const struct {
                const char *name, *shown, *type;
        } cases[] = {
                {"/a/b.conf", "b.conf", "text/plain; charset=utf-8"},
                {"/B.TXT", "B.TXT", "text/plain; charset=utf-8"},
                {"/a.mobileconfig", "a.mobileconfig", "application/x-apple-aspen-config"},
                {"ipherald.home.sswan", "home.sswan", "application/vnd.strongswan.profile"},
                {"ipherald.home", "home", "application/octet-stream"},
                {"/a.ovpn", "a.ovpn", "application/x-openvpn-profile"},
                {"/a.json", "a.json", "application/json"},
                {"/a.xml", "a.xml", "application/xml"},
                {"/.conf", "_conf", "application/octet-stream"},
                {"/a\"b\\c\r\nd;\x7f.txt", "a_b_c__d__.txt", "text/plain; charset=utf-8"},
                {"/\xe5\xae\xb6.conf", "___.conf", "text/plain; charset=utf-8"},
                {"/a/", "_", "application/octet-stream"},
                {"/a/0189AZaz.-_+@b", "0189AZaz.-_+@b", "application/octet-stream"},
                {"/a!#,:;<=>?[]^`{|}~.txt", "a_________________.txt", "text/plain; charset=utf-8"},
                {"/..txt", "_.txt", "text/plain; charset=utf-8"},
                {"a.txt", "a.txt", "text/plain; charset=utf-8"},
        };
        char data[] = "x";

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Scene s = scene("203.0.113.9", NULL, NULL, NULL);
                char name[CONTENT_NAME_MAX];

                string_copy(name, sizeof(name), cases[i].name);
                add_file(&s, name, data, 1);
                use_attachment(&s, name);
                _cleanup_content_ Content c = make(&s);
                assert_int_equal(c.n_attachments, 1);
                assert_string_equal(c.attachments[0].name, cases[i].shown);
                assert_string_equal(c.attachments[0].type, cases[i].type);
        }
}

/* A text that holds the boundary of its own mail is encoded, and ends no part. */
static void no_text_holds_the_boundary(void **state)
{
        char name[] = "/a.txt", data[] = "x", template[] = "/t", text[64];
        Scene s = scene("203.0.113.9", NULL, NULL, NULL);

        add_file(&s, name, data, 1);
        use_attachment(&s, name);
        _cleanup_text_ Text first = render(&s);
        const char *boundary = strstr(first.data, "boundary=\"");
        assert_non_null(boundary);
        boundary += strlen("boundary=\"");
        (void)snprintf(text, sizeof(text), "--%.*s--\n", (int)strcspn(boundary, "\""), boundary);
        add_file(&s, template, text, strlen(text));
        use_template(&s, template);
        _cleanup_text_ Text t = render(&s);
        text[strlen(text) - 1] = '\0';
        const char *end = strstr(t.data, text);
        assert_non_null(end);
        assert_string_equal(end + strlen(text), "\r\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_template_is_the_body_whole),
                cmocka_unit_test(each_line_of_a_body_ends_with_lf),
                cmocka_unit_test(a_template_reaches_no_header),
                cmocka_unit_test(a_bad_template_gives_way_to_the_built_in_mail),
                cmocka_unit_test(the_short_text_has_a_line_for_each_news),
                cmocka_unit_test(the_short_text_stays_short),
                cmocka_unit_test(an_attachment_is_filled),
                cmocka_unit_test(an_attachment_without_its_address_stays_away),
                cmocka_unit_test(what_is_no_text_goes_as_it_is),
                cmocka_unit_test(what_cannot_be_attached_is_told),
                cmocka_unit_test(names_are_harmless_and_types_known),
                cmocka_unit_test(no_text_holds_the_boundary),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
