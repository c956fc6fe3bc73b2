/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "assert-text.h"
#include "base/string-util.h"
#include "ip.h"
#include "mail/message.h"
#include "mail/template.h"

static Notice notice(const char *new4, const char *old4, const char *new6, const char *old6)
{
        Notice n = {
                .message_id = "20261124.1@example.com",
                .date = {.seconds = 1795511887, .utc_offset = 9 * 3600},
                .facts = {.new = {ip(new4), ip(new6)},
                          .old = {ip(old4), ip(old6)},
                          .interface = {"eth0", "eth1"},
                          .host = "router",
                          .changed = {.seconds = 1795511887, .utc_offset = 9 * 3600}},
        };
        return n;
}

/* The whole mail to N recipients, as text. */
static Text render(const Notice *n, size_t n_to)
{
        char addresses[NOTICE_RECIPIENTS_MAX][64], *to[NOTICE_RECIPIENTS_MAX], from[] = "home@example.com";
        Order order = {.mail = {.from = from}, .n_others = 1};
        Text t = {0};

        order.others[0].address = ip("192.168.1.1");
        string_copy(order.others[0].interface, IFNAMSIZ, "br0");
        for (size_t i = 0; i < n_to; i++) {
                (void)snprintf(addresses[i], sizeof(addresses[i]), "somebody-%zu@example.com", i);
                to[i] = addresses[i];
        }
        assert_int_equal(message_render(&order, n, to, n_to, &t), 0);
        return t;
}

/* CRLF alone ends a line, and none is longer than 998 (or, of ASCII prose and headers, than 78 where it can
 * be). */
static void assert_lines(const Text *t, size_t most)
{
        const char *p = t->data;

        while (*p) {
                size_t n = strcspn(p, "\r\n");

                assert_true(n <= most);
                assert_int_equal(p[n], '\r');
                assert_int_equal(p[n + 1], '\n');
                p += n + 2;
        }
}

static void a_change_is_told_plainly(void **state)
{
        Notice n = notice("203.0.113.2", "203.0.113.1", NULL, NULL);
        _cleanup_text_ Text t = render(&n, 1);

        assert_contains(&t, "From: home@example.com\r\n");
        assert_contains(&t, "\r\nTo: somebody-0@example.com\r\n");
        assert_contains(&t, "\r\nSubject: [router] IP address changed: 203.0.113.2 (was 203.0.113.1)\r\n");
        assert_contains(&t, "\r\nDate: Tue, 24 Nov 2026 18:18:07 +0900\r\n");
        assert_contains(&t, "\r\nMessage-ID: <20261124.1@example.com>\r\n");
        assert_contains(&t, "\r\nAuto-Submitted: auto-generated\r\n");
        assert_contains(&t, "\r\n\r\n203.0.113.2\r\n\r\n");
        assert_contains(&t, "\r\nOld IPv4 address: 203.0.113.1\r\n");
        assert_contains(&t, "\r\nInterface: eth0\r\n");
        assert_contains(&t, "\r\nIPv6: none now\r\n");
        assert_contains(&t, "\r\nTime: 2026-11-24 18:18:07 +09:00\r\n");
        assert_contains(&t, "  192.168.1.1 (br0)\r\n");
        assert_contains(&t, "\r\nX-Ipherald-IPv4: 203.0.113.2\r\n");
        assert_null(strstr(t.data, "X-Ipherald-IPv6:"));
        assert_contains(&t, "It can be reached from outside");
        assert_lines(&t, 78);
}

static void subjects_say_what_is_new(void **state)
{
        static const struct {
                const char *new4, *old4, *new6, *old6, *subject;
        } cases[] = {
                {"203.0.113.1", NULL, NULL, NULL, "[router] IP address: 203.0.113.1"},
                {"203.0.113.2", "203.0.113.1", "2001:db8::1", "2001:db8::1",
                 "[router] IP address changed: 203.0.113.2 (was 203.0.113.1)"},
                {"203.0.113.1", "203.0.113.1", "2001:db8::2", "2001:db8::1",
                 "[router] IP address changed: 2001:db8::2 (was 2001:db8::1)"},
                {"203.0.113.2", "203.0.113.1", "2001:db8::2", NULL,
                 "[router] IP address changed: 203.0.113.2 (was 203.0.113.1), 2001:db8::2"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice(cases[i].new4, cases[i].old4, cases[i].new6, cases[i].old6);
                _cleanup_text_ Text t = {0};

                assert_int_equal(template_subject(&(Order){0}, &n, &t), 0);
                assert_string_equal(t.data, cases[i].subject);
        }
}

static void a_test_says_so(void **state)
{
        const Order order = {.test = true};
        Notice n = notice("203.0.113.1", NULL, NULL, NULL);
        _cleanup_text_ Text subject = {0}, body = {0};

        assert_int_equal(template_subject(&order, &n, &subject), 0);
        assert_string_equal(subject.data, "[router] Test: IP address: 203.0.113.1");
        assert_int_equal(template_body(&order, &n, &body), 0);
        assert_ptr_equal(strstr(body.data, "This is a test"), body.data);
}

static void what_cannot_be_reached_is_said(void **state)
{
        static const struct {
                const char *address, *words;
        } cases[] = {
                {"192.168.1.7", "private address"},
                {"100.64.0.1", "carrier-grade NAT"},
                {"192.0.0.2", "DS-Lite"},
                {"fd00::1", "unique local address"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool is_ipv6 = strchr(cases[i].address, ':');
                Notice n = notice(is_ipv6 ? NULL : cases[i].address, NULL, is_ipv6 ? cases[i].address : NULL,
                                  NULL);
                _cleanup_text_ Text t = render(&n, 1);

                assert_contains(&t, "It can't be reached from outside");
                assert_contains(&t, cases[i].words);
                assert_contains(&t, "a VPN can't come in this way");
                assert_null(strstr(t.data, "into the VPN app"));
        }
}

/* A phone that is given the other address finds nobody there. */
static void what_to_do_names_what_can_be_reached(void **state)
{
        static const struct {
                const char *new4, *old4, *new6, *old6, *words;
        } cases[] = {
                {"203.0.113.2", "203.0.113.1", "2001:db8::1", "2001:db8::1", "put the IPv4 address into"},
                {"203.0.113.2", "203.0.113.1", "2001:db8::2", NULL, "put the IPv4/IPv6 address into"},
                {"100.64.0.2", "100.64.0.1", "2001:db8::2", "2001:db8::1", "put the IPv6 address into"},
                {"100.64.0.2", "100.64.0.1", "2001:db8::1", "2001:db8::1",
                 "nothing, if the VPN app uses IPv6: that address is as before"},
                {"100.64.0.2", "100.64.0.1", "fd00::1", "fd00::2", "a VPN can't come in this way"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice(cases[i].new4, cases[i].old4, cases[i].new6, cases[i].old6);
                _cleanup_text_ Text t = render(&n, 1);

                assert_contains(&t, cases[i].words);
                assert_lines(&t, 78);
        }
}

/* Another half of the machine's own is another address of the same network. */
static void a_prefix_is_told_where_it_changed(void **state)
{
        Notice same = notice("203.0.113.1", NULL, "2001:db8:1:2::7", "2001:db8:1:2::8");
        Notice other = notice("203.0.113.1", NULL, "2001:db8:1:2::7", "2001:db8:1:3::7");
        Notice first = notice("203.0.113.1", NULL, "2001:db8:1:2::7", NULL);
        _cleanup_text_ Text with_same = render(&same, 1), with_other = render(&other, 1),
                            with_first = render(&first, 1);

        assert_null(strstr(with_same.data, "Prefix"));
        assert_contains(&with_other, "\r\nPrefix: 2001:db8:1:2::/64 (was 2001:db8:1:3::/64)\r\n");
        assert_null(strstr(with_first.data, "Prefix"));
}

/* IPv4's past in NOTICE: two addresses that are known, of N that came between. */
static void add_past(Notice *n, uint64_t n_between)
{
        Past *p = &n->facts.past[FAMILY_IPV4];

        p->n_last = 2;
        p->last[0] = ip("203.0.113.9");
        p->last[1] = ip("203.0.113.8");
        p->last_since[0] = p->last_since[1] = n->facts.changed;
        p->n_between = n_between;
}

static void what_came_between_is_listed(void **state)
{
        Notice n = notice("203.0.113.2", "203.0.113.1", NULL, NULL);

        add_past(&n, 1);
        _cleanup_text_ Text one = render(&n, 1);
        assert_contains(&one, "\r\n\r\nIPv4 addresses since your last mail, the newest first:\r\n"
                              "  203.0.113.9 (since 2026-11-24 18:18:07 +09:00)\r\n"
                              "IPv4 addresses before, the newest first:\r\n"
                              "  203.0.113.8 (since 2026-11-24 18:18:07 +09:00)\r\n\r\n");
        add_past(&n, 5);
        _cleanup_text_ Text five = render(&n, 1);
        assert_contains(&five, "  203.0.113.8 (since 2026-11-24 18:18:07 +09:00)\r\n"
                               "  and 3 before these, which are not known any more\r\n\r\n");
        add_past(&n, 0);
        _cleanup_text_ Text none = render(&n, 1);
        assert_null(strstr(none.data, "since your last mail"));
        assert_contains(&none, "\r\n\r\nIPv4 addresses before, the newest first:\r\n  203.0.113.9 (since ");
}

static void how_long_it_was_gone_is_said(void **state)
{
        static const struct {
                const char *new;
                int64_t seconds;
                const char *said;
        } cases[] = {
                {"203.0.113.2", 45, "to 2026-11-24 18:18:52 +09:00 (45 s).\r\n"},
                {"203.0.113.2", 150, "(2 min).\r\n"},
                {"203.0.113.2", 11520,
                 "There was no IPv4 address from 2026-11-24 18:18:07 +09:00\r\n"
                 "to 2026-11-24 21:30:07 +09:00 (3 h 12 min).\r\n"},
                {"203.0.113.2", 2 * 86400 + 3 * 3600, "(2 d 3 h).\r\n"},
                {"203.0.113.2", -60, "no IPv4 address for a time, until 2026-11-24 18:17:07 +09:00.\r\n"},
                {NULL, 0, "There has been no IPv4 address since 2026-11-24 18:18:07 +09:00.\r\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice(cases[i].new, "203.0.113.1", "2001:db8::1", NULL);
                Past *p = &n.facts.past[FAMILY_IPV4];

                p->away = true;
                p->gone = p->back = n.facts.changed;
                p->back.seconds += cases[i].seconds;
                _cleanup_text_ Text t = render(&n, 1);
                assert_contains(&t, cases[i].said);
                assert_lines(&t, 78);
        }
}

static void it_is_said_in_japanese_too(void **state)
{
        static const struct {
                int64_t seconds;
                const char *said;
        } cases[] = {
                {45, " まで (45秒)\n"},
                {150, " まで (2分)\n"},
                {11520, " まで (3時間12分)\n"},
                {2 * 86400 + 3 * 3600, " まで (2日3時間)\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice("203.0.113.2", "203.0.113.1", NULL, NULL);
                Past *p = &n.facts.past[FAMILY_IPV4];
                _cleanup_text_ Text body = {0};

                n.facts.language = LANGUAGE_JA;
                p->away = true;
                p->gone = p->back = n.facts.changed;
                p->back.seconds += cases[i].seconds;
                assert_int_equal(template_body(&(Order){0}, &n, &body), 0);
                assert_contains(&body, cases[i].said);
        }
}

static void a_hundred_recipients_are_folded(void **state)
{
        Notice n = notice("203.0.113.1", NULL, NULL, NULL);
        _cleanup_text_ Text t = render(&n, NOTICE_RECIPIENTS_MAX);

        assert_lines(&t, 78);
        assert_contains(&t, "somebody-0@example.com,");
        assert_contains(&t, "somebody-99@example.com\r\n");
}

static void long_headers_are_folded_and_unfold_to_themselves(void **state)
{
        Notice n = notice("203.0.113.250", "203.0.113.251", "2001:db8:1234:5678:9abc:def0:1234:5678",
                          "2001:db8:1234:5678:9abc:def0:1234:5679");
        _cleanup_text_ Text t = render(&n, 1);
        char *subject = strstr(t.data, "Subject: "), unfolded[512];
        size_t k = 0;

        for (const char *p = subject; strncmp(p, "\r\nDate", 6) != 0; p++)
                if (*p != '\r' && *p != '\n')
                        unfolded[k++] = *p;
        unfolded[k] = '\0';
        assert_string_equal(unfolded,
                            "Subject: [router] IP address changed: 203.0.113.250 (was 203.0.113.251), "
                            "2001:db8:1234:5678:9abc:def0:1234:5678 "
                            "(was 2001:db8:1234:5678:9abc:def0:1234:5679)");
        assert_lines(&t, 78);
}

static void a_long_host_name_passes_no_line(void **state)
{
        Notice n = notice("203.0.113.2", "203.0.113.1", NULL, NULL);

        string_copy(n.facts.host, sizeof(n.facts.host), "gateway-of-the-house.tokyo.example.ne.jp");
        _cleanup_text_ Text t = render(&n, 1);
        assert_lines(&t, 78);
}

static void what_is_not_ascii_is_encoded(void **state)
{
        Notice n = notice("203.0.113.1", NULL, NULL, NULL);

        string_copy(n.facts.host, sizeof(n.facts.host), "家のルーター家のルーター家のルーター");
        _cleanup_text_ Text t = render(&n, 1);
        assert_contains(&t, "Subject: =?UTF-8?B?");
        assert_contains(&t, "Content-Transfer-Encoding: base64\r\n");
        for (size_t i = 0; i < t.size; i++)
                assert_true((unsigned char)t.data[i] < 0x80);
        assert_lines(&t, 76); /* RFC 2047, 2 */
}

/* Nothing that stands in a name can begin a header of its own. */
static void headers_cannot_be_injected(void **state)
{
        Notice n = notice("203.0.113.1", NULL, NULL, NULL);

        string_copy(n.facts.host, sizeof(n.facts.host), "a\r\nBcc: evil@example.com\r\n\r\nbody");
        _cleanup_text_ Text t = render(&n, 1);
        assert_null(strstr(t.data, "\nBcc:"));
        assert_contains(&t, "Subject: =?UTF-8?B?");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_change_is_told_plainly),
                cmocka_unit_test(subjects_say_what_is_new),
                cmocka_unit_test(a_test_says_so),
                cmocka_unit_test(what_cannot_be_reached_is_said),
                cmocka_unit_test(what_to_do_names_what_can_be_reached),
                cmocka_unit_test(a_prefix_is_told_where_it_changed),
                cmocka_unit_test(what_came_between_is_listed),
                cmocka_unit_test(how_long_it_was_gone_is_said),
                cmocka_unit_test(it_is_said_in_japanese_too),
                cmocka_unit_test(a_hundred_recipients_are_folded),
                cmocka_unit_test(long_headers_are_folded_and_unfold_to_themselves),
                cmocka_unit_test(a_long_host_name_passes_no_line),
                cmocka_unit_test(what_is_not_ascii_is_encoded),
                cmocka_unit_test(headers_cannot_be_injected),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
