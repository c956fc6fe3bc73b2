/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "decide/notice.h"
#include "ip.h"

static Facts some_facts(void)
{
        return (Facts){.new = {ip("203.0.113.2"), ip("2001:db8::2")},
                       .old = {ip("203.0.113.1"), ip("2001:db8::1")},
                       .mac = "00:00:5e:00:53:01"};
}

static bool is_equal(Facts b)
{
        Facts a = some_facts();

        assert_int_equal(facts_equal(&a, &b), facts_equal(&b, &a));
        return facts_equal(&a, &b);
}

static void whatever_is_news_makes_other_facts(void **state)
{
        Facts b = some_facts();

        assert_true(is_equal(b));
        b.changed.seconds = 1;
        b.past[FAMILY_IPV4].n_last = 1;
        string_copy(b.host, sizeof(b.host), "router");
        string_copy(b.interface[FAMILY_IPV4], IFNAMSIZ, "eth0");
        assert_true(is_equal(b)); /* these are told along */
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                b = some_facts();
                b.new[f] = ip("192.0.2.9");
                assert_false(is_equal(b));
                b = some_facts();
                b.old[f] = (IpAddress){0};
                assert_false(is_equal(b));
                b = some_facts();
                b.past[f].n_between = 1;
                assert_false(is_equal(b));
                b = some_facts();
                b.past[f].away = true;
                assert_false(is_equal(b));
        }
        b = some_facts();
        b.still = true;
        assert_false(is_equal(b));
        b = some_facts();
        b.language = LANGUAGE_JA;
        assert_false(is_equal(b));
        b = some_facts();
        b.mac[0] = '\0';
        assert_false(is_equal(b));
        b = some_facts();
        b.content.template[0] = '/';
        assert_false(is_equal(b));
}

static void a_notice_has_room_for_so_many(void **state)
{
        Notice n = {0};

        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++) {
                assert_int_equal(notice_add_recipient(&n, "a@example.com"), 0);
                assert_int_equal(notice_add_header_to(&n, "b@example.com"), 0);
        }
        assert_int_equal(notice_add_recipient(&n, "c@example.com"), -E2BIG);
        assert_int_equal(notice_add_header_to(&n, "c@example.com"), -E2BIG);
        assert_int_equal(n.n_recipients, NOTICE_RECIPIENTS_MAX);
        assert_string_equal(n.recipients[0], "a@example.com");
        assert_string_equal(n.header_to[0], "b@example.com");
        notice_done(&n);
        assert_int_equal(n.n_recipients, 0);
        assert_int_equal(n.n_header_to, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_is_news_makes_other_facts),
                cmocka_unit_test(a_notice_has_room_for_so_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
