/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Where the lines of a mail end, and in which form its octets go out: RFC 5322, RFC 2045 and RFC 2047, to
 * the octet. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "assert-text.h"
#include "base/base64.h"
#include "base/string-util.h"
#include "ip.h"
#include "mail/message.h"
#include "mail/template.h"

/* An order whose notice has a template, and where N_ATTACHED is more than 0 so many files with it. */
typedef struct Scene {
        Order order;
        Notice notice;
        OrderFile files[1 + ATTACHMENTS_MAX];
} Scene;

static const char template_name[] = "/text";

static Scene scene(const char *new4, const char *old4, const char *new6, const char *old6)
{
        Scene s = {.notice = {
                           .message_id = "20261124.1@example.com",
                           .facts = {.new = {ip(new4), ip(new6)},
                                     .old = {ip(old4), ip(old6)},
                                     .host = "router"},
                   }};

        return s;
}

/* NAME and DATA stay the caller's. */
static void add_file(Scene *s, const char *name, const char *data, size_t size)
{
        s->files[s->order.n_files++] = (OrderFile){
                .name = (char *)(uintptr_t)name, .data = (char *)(uintptr_t)data, .size = size};
}

static void use_template(Scene *s, const char *text)
{
        add_file(s, template_name, text, strlen(text));
        string_copy(s->notice.facts.content.template, CONTENT_NAME_MAX, template_name);
}

static void attach(Scene *s, const char *name, const char *data, size_t size)
{
        MailContent *c = &s->notice.facts.content;

        add_file(s, name, data, size);
        string_copy(c->attachments[c->n_attachments++], CONTENT_NAME_MAX, name);
}

static Text render_to(Scene *s, char **to, size_t n_to)
{
        char from[] = "home@example.com";
        Text t = {0};

        s->order.mail.from = from;
        s->order.files = s->files;
        assert_int_equal(message_render(&s->order, &s->notice, to, n_to, &t), 0);
        return t;
}

static Text render(Scene *s)
{
        char to[] = "me@example.com", *accepted[] = {to};

        return render_to(s, accepted, 1);
}

/* Folded before a blank where the line would pass 78, but not in front of the first word. */
static void a_subject_is_folded_at_78(void **state)
{
        static const struct {
                size_t host_size;
                const char *old4, *new6, *old6, *expected;
        } rows[] = {
                {43, NULL, NULL, NULL, " IP address: 203.0.113.2\r\nDate: "},
                {44, NULL, NULL, NULL, " IP address:\r\n 203.0.113.2\r\nDate: "},
                {100, NULL, NULL, NULL, "\r\n IP address: 203.0.113.2\r\nDate: "},
                {40, "203.0.113.1", "2001:db8:1111:2222::1", "2001:db8:1111:2::1",
                 " IP address changed:\r\n"
                 " 203.0.113.2 (was 203.0.113.1), 2001:db8:1111:2222::1 (was 2001:db8:1111:2::1)\r\nDate: "},
                {40, "203.0.113.1", "2001:db8:1111:2222::1", "2001:db8:1111:22::1",
                 " IP address changed:\r\n"
                 " 203.0.113.2 (was 203.0.113.1), 2001:db8:1111:2222::1 (was\r\n"
                 " 2001:db8:1111:22::1)\r\nDate: "},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Scene s = scene("203.0.113.2", rows[i].old4, rows[i].new6, rows[i].old6);
                char expected[512];

                memset(s.notice.facts.host, 'h', rows[i].host_size);
                (void)snprintf(expected, sizeof(expected), "\r\nSubject: [%s]%s", s.notice.facts.host,
                               rows[i].expected);
                _cleanup_text_ Text t = render(&s);
                assert_contains(&t, expected);
        }
}

/* The same of addresses: A is so many octets long, B, and so on. */
static void addresses_are_folded_at_78(void **state)
{
        static const struct {
                size_t sizes[4];
                const char *expected;
        } rows[] = {
                {{35, 36, 20}, "To: A, B,\r\n C\r\n"},
                {{35, 37, 20}, "To: A,\r\n B, C\r\n"},
                {{70, 37, 37, 20}, "To: A,\r\n B, C,\r\n D\r\n"},
                {{70, 37, 38, 20}, "To: A,\r\n B,\r\n C, D\r\n"},
                {{100, 100}, "To: A,\r\n B\r\n"},
                {{100}, "To: A\r\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char addresses[4][128], *to[4];
                Scene s = scene("203.0.113.1", NULL, NULL, NULL);
                _cleanup_text_ Text expected = {0};
                size_t n = 0;

                for (; n < ELEMENTSOF(to) && rows[i].sizes[n] > 0; n++) {
                        memset(addresses[n], (int)('a' + n), rows[i].sizes[n]);
                        string_copy(addresses[n] + rows[i].sizes[n] - strlen("@example.com"), 16,
                                    "@example.com");
                        to[n] = addresses[n];
                }
                for (const char *p = rows[i].expected; *p; p++)
                        if (*p >= 'A' && *p <= 'D')
                                text_append_string(&expected, addresses[*p - 'A']);
                        else if (*p == 'T') {
                                text_append_string(&expected, "\r\nTo");
                                p++;
                        } else
                                text_append(&expected, p, 1);
                _cleanup_text_ Text t = render_to(&s, to, n);
                assert_contains(&t, expected.data);
        }
}

/* Whom it is sent to is not whom it is headed to, in a retry whose first try may have reached somebody. */
static void one_that_is_given_heads_it(void **state)
{
        char given[] = "first@example.com", *header_to[] = {given};
        Scene s = scene("203.0.113.1", NULL, NULL, NULL);

        s.notice.header_to = header_to;
        s.notice.n_header_to = 1;
        _cleanup_text_ Text t = render(&s);
        assert_contains(&t, "\r\nTo: first@example.com\r\n");
        assert_null(strstr(t.data, " me@example.com"));
}

/* ASCII that may stand in a line of at most 998 octets goes out as it is; all else is encoded. */
static void the_form_of_a_body(void **state)
{
        static const struct {
                const char *text;
                size_t line; /* of so many octets, twice, before the text; 0: none */
                bool plain;
        } rows[] = {
                {" ~\n\n}\n", 1, true},     {"\x7f\n", 1, false}, {"\t\n", 1, false},  {"a\x1f\n", 1, false},
                {"\xe5\xae\xb6", 1, false}, {"x\n", 998, true},   {"x\n", 999, false}, {"\x7f\n", 0, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Scene s = scene("203.0.113.1", NULL, NULL, NULL);
                _cleanup_text_ Text text = {0}, expected = {0};

                for (size_t k = 0; rows[i].line > 0 && k < 2 * rows[i].line + 2; k++)
                        text_append_string(&text, k % (rows[i].line + 1) == rows[i].line ? "\n" : "x");
                text_append_string(&text, rows[i].text);
                use_template(&s, text.data);
                _cleanup_text_ Text t = render(&s);
                assert_contains(&t, rows[i].plain ? "\r\nContent-Transfer-Encoding: 7bit\r\n"
                                                  : "\r\nContent-Transfer-Encoding: base64\r\n");
                if (!rows[i].plain)
                        continue;
                for (const char *p = text.data; *p; p++) {
                        if (*p == '\n')
                                text_append_string(&expected, "\r");
                        text_append(&expected, p, 1);
                }
                assert_string_equal(strstr(t.data, "\r\n\r\n") + 4, expected.data);
        }
}

/* The encoded words of the subject of a mail from HOST: none passes its line, each is whole characters where
 * it IS_TEXT, and together they say what is meant. The sizes of their lines go to SIZES. */
static size_t look_at_words(const char *host, bool is_text, size_t sizes[static 32])
{
        Scene s = scene("203.0.113.1", NULL, NULL, NULL);
        _cleanup_text_ Text meant = {0}, said = {0};
        size_t n_lines = 0;

        string_copy(s.notice.facts.host, sizeof(s.notice.facts.host), host);
        assert_int_equal(template_subject(&s.order, &s.notice, &meant), 0);
        _cleanup_text_ Text t = render(&s);
        const char *p = strstr(t.data, "Subject:");
        assert_non_null(p);
        for (const char *line = p; line == p || *line == ' '; line += sizes[n_lines++] + 2) {
                const char *word = strchr(line, ' ') + 1;
                uint8_t decoded[128];
                size_t size, word_size = strcspn(word, "\r\n");

                assert_in_range(n_lines, 0, 31);
                sizes[n_lines] = strcspn(line, "\r\n");
                assert_in_range(sizes[n_lines], 1, 76);
                assert_in_range(word_size, 12, 75);
                assert_memory_equal(word, "=?UTF-8?B?", strlen("=?UTF-8?B?"));
                assert_memory_equal(word + word_size - 2, "?=\r\n", 4);
                assert_int_equal(base64_decode(word + 10, word_size - 12, decoded, &size), 0);
                if (is_text)
                        assert_int_equal(octets_text_prefix((char *)decoded, size), size);
                text_append(&said, decoded, size);
        }
        assert_string_equal(said.data, meant.data);
        return n_lines;
}

static void words_are_encoded_by_characters(void **state)
{
        static const char *const characters[] = {
                "\xe5\xae\xb6", "\xc3\xa9", "\xc4\xbf", "\xf0\x9f\x8f\xa0", "\xf0\x9f\x8f\xb5\xe3\x81\x81",
        };

        for (size_t i = 0; i < ELEMENTSOF(characters); i++)
                for (size_t ascii = 0; ascii < 4; ascii++) {
                        char host[HOST_NAME_TEXT_MAX] = "abc";
                        size_t sizes[32], n = ascii;

                        for (; n + strlen(characters[i]) < sizeof(host); n += strlen(characters[i]))
                                memcpy(host + n, characters[i], strlen(characters[i]));
                        host[n] = '\0';
                        assert_in_range(look_at_words(host, true, sizes), 2, 31);
                }
}

/* As much as fits is in a line; what is no character at all is encoded too, and comes to its end. */
static void words_fill_their_lines(void **state)
{
        char host[HOST_NAME_TEXT_MAX] = {0};
        size_t sizes[32], n;

        memset(host, 'h', 200);
        host[0] = '\x7f';
        n = look_at_words(host, true, sizes);
        assert_in_range(n, 5, 7);
        for (size_t i = 0; i + 1 < n; i++)
                assert_int_equal(sizes[i], 73);
        string_copy(host, sizeof(host), "=?");
        assert_int_equal(look_at_words(host, true, sizes), 1);
        memset(host, '\x80', 60);
        host[60] = '\0';
        assert_in_range(look_at_words(host, false, sizes), 1, 31);
}

/* RFC 2045, 6.8: lines of 76, of which none is empty, and the octets of the file. */
static void the_lines_of_an_attachment(void **state)
{
        static const size_t sizes[] = {1, 56, 57, 58, 114, 200, 0};
        static const char head[] = "\r\n filename=\"k.bin\"\r\n\r\n";
        char data[256];

        memset(data, 0xe3, sizeof(data));
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                Scene s = scene("203.0.113.1", NULL, NULL, NULL);
                _cleanup_text_ Text encoded = {0}, expected = {0};

                base64_append(&encoded, data, sizes[i]);
                for (size_t k = 0; k < encoded.size; k += 76) {
                        text_append(&expected, encoded.data + k, MIN(encoded.size - k, (size_t)76));
                        text_append_string(&expected, "\r\n");
                }
                text_append_string(&expected, "\r\n--=_");
                attach(&s, "/k.bin", data, sizes[i]);
                _cleanup_text_ Text t = render(&s);
                const char *body = strstr(t.data, head);
                assert_non_null(body);
                assert_memory_equal(body + strlen(head), expected.data, expected.size);
        }
}

/* RFC 2046, 5.1.1: each part begins with the boundary of its mail, and the last one ends with it. */
static void each_part_has_its_place(void **state)
{
        static const char part[] = "\r\n\r\n--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                   "Content-Transfer-Encoding: base64\r\n"
                                   "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n\r\n%s";
        Scene s = scene("203.0.113.1", NULL, NULL, NULL), other;
        char boundary[64], expected[1024], *end = expected;

        use_template(&s, "Hello\n");
        attach(&s, "/a.txt", "A", 1);
        attach(&s, "/b.conf", "B", 1);
        other = s;
        string_copy(other.notice.message_id, sizeof(other.notice.message_id), "20261124.2@example.com");
        _cleanup_text_ Text t = render(&s), of_another = render(&other);
        const char *p = strstr(t.data, "Content-Type: multipart/mixed; boundary=\"");
        assert_non_null(p);
        p += strlen("Content-Type: multipart/mixed; boundary=\"");
        string_copy(boundary, MIN(sizeof(boundary), strcspn(p, "\"") + 1), p);
        assert_int_equal(strlen(boundary), strlen("=_") + 16);
        end += snprintf(end, sizeof(expected),
                        "%s\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n--%s\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: 7bit\r\n\r\nHello",
                        boundary, boundary);
        end += snprintf(end, (size_t)(expected + sizeof(expected) - end), part, boundary, "a.txt", "QQ==");
        end += snprintf(end, (size_t)(expected + sizeof(expected) - end), part, boundary, "b.conf", "Qg==");
        (void)snprintf(end, (size_t)(expected + sizeof(expected) - end), "\r\n\r\n--%s--\r\n", boundary);
        assert_string_equal(p, expected);
        assert_null(strstr(of_another.data, boundary));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_subject_is_folded_at_78),
                cmocka_unit_test(addresses_are_folded_at_78),
                cmocka_unit_test(one_that_is_given_heads_it),
                cmocka_unit_test(the_form_of_a_body),
                cmocka_unit_test(words_are_encoded_by_characters),
                cmocka_unit_test(words_fill_their_lines),
                cmocka_unit_test(the_lines_of_an_attachment),
                cmocka_unit_test(each_part_has_its_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
