/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The words of a mail, as the facts choose them; whole mails stand in tests/mails. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "assert-text.h"
#include "base/string-util.h"
#include "ip.h"
#include "mail/template.h"

static Notice notice(const char *new4, const char *old4, const char *new6, const char *old6)
{
        return (Notice){.facts = {.new = {ip(new4), ip(new6)},
                                  .old = {ip(old4), ip(old6)},
                                  .host = "router",
                                  .changed = {.seconds = 1795511887, .utc_offset = 9 * 3600}}};
}

static Text body(const Notice *n)
{
        Text t = {0};

        assert_int_equal(template_body(&(Order){0}, n, &t), 0);
        return t;
}

/* Who knows an address that is not this machine's own, and what it is worth to somebody outside. */
static void who_says_so_is_said(void **state)
{
        static const struct {
                Source source;
                Nat nat;
                const char *address, *says, *is_worth;
        } cases[] = {
                {SOURCE_GATEWAY, NAT_NONE, "203.0.113.1", "as the router says", "forwards its port"},
                {SOURCE_STUN, NAT_ROUTER, "203.0.113.1", "as STUN servers see it", "forwards its port"},
                {SOURCE_FILE, NAT_DOUBLE, "203.0.113.1", "as the file of watch.file says", "(double NAT)"},
                {SOURCE_GATEWAY, NAT_CGN, "203.0.113.1", "as the router says", "carrier-grade NAT"},
                {SOURCE_STUN, NAT_DISAGREE, "203.0.113.1", "as STUN", "Another source says 192.0.2.7. "},
                {SOURCE_GATEWAY, NAT_ROUTER, "100.64.0.1", "as the router says", "100.64.0.0/10"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice(cases[i].address, NULL, NULL, NULL);

                n.facts.origin[FAMILY_IPV4] = (Origin){cases[i].source, cases[i].nat, ip("192.0.2.7")};
                _cleanup_text_ Text t = body(&n);
                assert_contains(&t, cases[i].says);
                assert_contains(&t, cases[i].is_worth);
                assert_lacks(&t, "unless a firewall");
        }
}

/* The lines about the past of IPv4, and what stands around them. */
static void the_past_has_its_lines(void **state)
{
        static const char then[] = " (since 2026-11-24 18:18:07 +09:00)\n";
        static const struct {
                size_t n_last;
                uint64_t n_between;
                const char *lines; /* '9' and '8': the address with that octet */
        } cases[] = {
                {0, 0, ""},
                {1, 0, "\nIPv4 addresses before, the newest first:\n9"},
                {1, 1, "\nIPv4 addresses since your last mail, the newest first:\n9"},
                {0, 1,
                 "\nIPv4 addresses since your last mail, the newest first:\n"
                 "  and 1 before these, which are not known any more\n"},
                {2, 2, "\nIPv4 addresses since your last mail, the newest first:\n98"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice("203.0.113.2", NULL, NULL, NULL);
                Past *p = &n.facts.past[FAMILY_IPV4];
                _cleanup_text_ Text expected = {0};

                p->n_last = cases[i].n_last;
                p->n_between = cases[i].n_between;
                p->last[0] = ip("203.0.113.9");
                p->last[1] = ip("203.0.113.8");
                p->last_since[0] = p->last_since[1] = n.facts.changed;
                text_append_string(&expected, "off and on.\n");
                for (const char *c = cases[i].lines; *c; c++)
                        if (*c == '9' || *c == '8')
                                text_appendf(&expected, "  203.0.113.%c%s", *c, then);
                        else
                                text_append(&expected, c, 1);
                text_append_string(&expected, "\nThis mail was sent by ");
                _cleanup_text_ Text t = body(&n);
                assert_contains(&t, expected.data);
        }
}

/* In the two largest units, cut off. */
static void a_time_has_its_units(void **state)
{
        static const struct {
                int64_t seconds;
                const char *said;
        } cases[] = {
                {0, "(0 s)"},
                {1, "(1 s)"},
                {59, "(59 s)"},
                {60, "(1 min)"},
                {3599, "(59 min)"},
                {3600, "(1 h 0 min)"},
                {86399, "(23 h 59 min)"},
                {86400, "(1 d 0 h)"},
                {86400 * 2 - 1, "(1 d 23 h)"},
                {86400 * 1000, "(1000 d 0 h)"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Notice n = notice("203.0.113.2", NULL, NULL, NULL);
                Past *p = &n.facts.past[FAMILY_IPV4];

                p->away = true;
                p->gone = p->back = n.facts.changed;
                p->back.seconds += cases[i].seconds;
                _cleanup_text_ Text t = body(&n);
                assert_contains(&t, cases[i].said);
        }
}

/* IPv6 has a past as IPv4 has. */
static void each_family_has_its_past(void **state)
{
        Notice n = notice("203.0.113.2", NULL, "2001:db8::2", NULL);
        Past *p = &n.facts.past[FAMILY_IPV6];

        p->away = true;
        p->gone = p->back = n.facts.changed;
        p->n_last = 1;
        p->last[0] = ip("2001:db8::9");
        p->last_since[0] = n.facts.changed;
        _cleanup_text_ Text t = body(&n);
        assert_contains(&t, "\nThere was no IPv6 address from 2026-11-24 18:18:07 +09:00\n"
                            "to 2026-11-24 18:18:07 +09:00 (0 s).\n");
        assert_contains(&t, "\nIPv6 addresses before, the newest first:\n  2001:db8::9 (since ");
        assert_lacks(&t, "IPv4 addresses before");
        assert_lacks(&t, "no IPv4");
}

/* A prefix is the first 64 bits. */
static void the_prefix_is_the_network(void **state)
{
        Notice n = notice(NULL, NULL, "2001:db8:1:2:ff07::7", "2001:db8:1:ff:8000::7");
        Notice same = notice(NULL, NULL, "2001:db8:1:2:ff07::7", "2001:db8:1:2:8000::7");
        _cleanup_text_ Text t = body(&n), with_same = body(&same);

        assert_contains(&t, "\nPrefix: 2001:db8:1:2::/64 (was 2001:db8:1:ff::/64)\n");
        assert_lacks(&with_same, "Prefix");
}

/* What is not known has no line. */
static void what_is_empty_is_left_out(void **state)
{
        Notice n = notice("203.0.113.2", "203.0.113.1", NULL, NULL);
        _cleanup_text_ Text t = body(&n), with = {0};
        Order order = {.n_others = 2,
                       .others = {{.interface = "br0", .address = ip("192.168.1.1")},
                                  {.interface = "br1", .address = ip("192.168.2.1")}}};

        assert_lacks(&t, "Interface");
        assert_lacks(&t, "Phone");
        assert_lacks(&t, "Other addresses");
        string_copy(n.facts.interface[FAMILY_IPV4], IFNAMSIZ, "eth0");
        string_copy(n.facts.mac, sizeof(n.facts.mac), "02:00:5e:10:00:01");
        assert_int_equal(template_body(&order, &n, &with), 0);
        assert_contains(&with, "\nInterface: eth0\n");
        assert_contains(&with, "\nPhone: 02:00:5e:10:00:01\n");
        assert_contains(&with, "\nOther addresses of this machine:\n"
                               "  192.168.1.1 (br0)\n  192.168.2.1 (br1)\n");
}

/* Each family where it is news alone. */
static void either_family_may_be_the_news(void **state)
{
        Notice four = notice("203.0.113.2", "203.0.113.1", "2001:db8::1", "2001:db8::1");
        Notice six = notice("203.0.113.1", "203.0.113.1", "2001:db8::2", "2001:db8::1");
        _cleanup_text_ Text of_four = body(&four), of_six = body(&six);

        assert_contains(&of_four, "has changed.\n\nNew IPv4 address:\n\n203.0.113.2\n\n");
        assert_contains(&of_four, "\nIPv6: 2001:db8::1 (as before)\nTime: ");
        assert_contains(&of_six, "has changed.\n\nNew IPv6 address:\n\n2001:db8::2\n\n");
        assert_contains(&of_six, "\nIPv4: 203.0.113.1 (as before)\nTime: ");
}

static void assert_short(const Notice *n, const char *expected)
{
        _cleanup_text_ Text t = {0};

        assert_int_equal(template_short(&(Order){0}, n, &t), 0);
        assert_string_equal(t.data, expected);
}

static void the_short_text_tells_what_is_news(void **state)
{
        Notice first = notice("203.0.113.2", NULL, NULL, NULL);
        Notice six = notice(NULL, NULL, "2001:db8::2", NULL);
        Notice lost = notice(NULL, "203.0.113.2", NULL, NULL);
        Notice other = notice("203.0.113.2", "203.0.113.2", NULL, "2001:db8::2");

        assert_short(&first, "203.0.113.2 18:18\n");
        assert_short(&six, "2001:db8::2 18:18\n");
        assert_short(&lost, "IPv4: none now (was 203.0.113.2)\n");
        assert_short(&other, "IPv6: none now (was 2001:db8::2)\n");
}

/* The interfaces stay away where the text would pass its limit, and only there. */
static void the_short_text_is_as_long_as_it_may(void **state)
{
        static const char form[] = "203.100.113.200 (was 203.100.113.100) %s 18:18\n"
                                   "2001:1db8:1111:2222:3333:4444:5555:6666 (was "
                                   "2001:1db8:1111:2222:3333:4444:5555:7777) %s 18:18\n";
        Notice n = notice("203.100.113.200", "203.100.113.100", "2001:1db8:1111:2222:3333:4444:5555:6666",
                          "2001:1db8:1111:2222:3333:4444:5555:7777");
        bool seen = false;

        for (size_t size = 1; size < 2 * IFNAMSIZ - 2; size++) {
                char *four = n.facts.interface[FAMILY_IPV4], *six = n.facts.interface[FAMILY_IPV6];
                char expected[TEMPLATE_SHORT_MAX * 2];

                memset(four, 'e', MIN(size, (size_t)IFNAMSIZ - 1));
                if (size >= IFNAMSIZ)
                        memset(six, 'e', size - IFNAMSIZ + 1);
                string_copy(six, IFNAMSIZ, *six ? six : "x");
                (void)snprintf(expected, sizeof(expected), form, four, six);
                seen = seen || strlen(expected) == TEMPLATE_SHORT_MAX;
                if (strlen(expected) > TEMPLATE_SHORT_MAX)
                        (void)snprintf(expected, sizeof(expected), "%s",
                                       "203.100.113.200 (was 203.100.113.100) 18:18\n"
                                       "2001:1db8:1111:2222:3333:4444:5555:6666 (was "
                                       "2001:1db8:1111:2222:3333:4444:5555:7777) 18:18\n");
                assert_short(&n, expected);
        }
        assert_true(seen);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_says_so_is_said),
                cmocka_unit_test(the_past_has_its_lines),
                cmocka_unit_test(a_time_has_its_units),
                cmocka_unit_test(each_family_has_its_past),
                cmocka_unit_test(the_prefix_is_the_network),
                cmocka_unit_test(what_is_empty_is_left_out),
                cmocka_unit_test(either_family_may_be_the_news),
                cmocka_unit_test(the_short_text_tells_what_is_news),
                cmocka_unit_test(the_short_text_is_as_long_as_it_may),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
