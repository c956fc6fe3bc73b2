/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chain of sources, as a table: what each says, what stands settled, and what comes of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "address/outside.h"
#include "base/string-util.h"
#include "ip.h"

#define OWN "192.168.1.5"

#define OFF     "off"
#define ASKING  "asking"
#define SILENT  "silent"
#define NOTHING ""

typedef struct Row {
        const char *own;                   /* the interface's address */
        const char *gateway, *stun, *file; /* OFF, ASKING, SILENT, or the address that is known */
        const char *was, *was_origin;      /* settled */
        const char *address, *origin;      /* what comes of it */
} Row;

static const Row rows[] = {
        /* the first that knows a public one */
        {OWN, "203.0.113.7", SILENT, OFF, NOTHING, NOTHING, "203.0.113.7", "gateway/router/none"},
        {OWN, SILENT, "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "stun/router/none"},
        {OWN, ASKING, "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "stun/router/none"},
        {OWN, SILENT, SILENT, "203.0.113.7", NOTHING, NOTHING, "203.0.113.7", "file/router/none"},
        {OWN, "203.0.113.7", "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "gateway/router/none"},
        /* they disagree */
        {OWN, "203.0.113.7", "198.51.100.9", OFF, NOTHING, NOTHING, "203.0.113.7",
         "gateway/disagree/198.51.100.9"},
        {OWN, "100.64.0.5", "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "stun/cgn/100.64.0.5"},
        {OWN, "192.0.0.2", "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "stun/cgn/192.0.0.2"},
        {OWN, "10.0.0.2", "203.0.113.7", OFF, NOTHING, NOTHING, "203.0.113.7", "stun/double/10.0.0.2"},
        {OWN, "10.0.0.2", "203.0.113.7", "203.0.113.9", NOTHING, NOTHING, "203.0.113.7",
         "stun/double/10.0.0.2"},
        /* none is public */
        {OWN, "100.64.0.5", SILENT, OFF, NOTHING, NOTHING, "100.64.0.5", "gateway/cgn/none"},
        {OWN, "10.0.0.2", OFF, OFF, "203.0.113.7", "gateway/router/none", "10.0.0.2", "gateway/double/none"},
        /* nobody knows: what was known from a source stands, or that there was none */
        {OWN, SILENT, SILENT, SILENT, "203.0.113.7", "gateway/router/none", "203.0.113.7",
         "gateway/router/none"},
        {OWN, ASKING, OFF, OFF, "203.0.113.7", "stun/router/none", "203.0.113.7", "stun/router/none"},
        {OWN, OFF, OFF, OFF, "203.0.113.7", "file/router/none", "203.0.113.7", "file/router/none"},
        {OWN, SILENT, OFF, OFF, NOTHING, "gateway/router/none", NOTHING, "gateway/router/none"},
        /* during the first question all stands; without an answer the interface's own counts */
        {OWN, ASKING, SILENT, OFF, NOTHING, NOTHING, NOTHING, "interface/none/none"},
        {OWN, ASKING, OFF, OFF, "192.168.1.4", NOTHING, "192.168.1.4", "interface/none/none"},
        {OWN, SILENT, SILENT, OFF, NOTHING, NOTHING, OWN, "interface/none/none"},
        /* what stands is from one that is asked anew: only those before it are believed meanwhile */
        {OWN, ASKING, "198.51.100.9", OFF, "203.0.113.7", "gateway/router/none", "203.0.113.7",
         "gateway/router/none"},
        {OWN, SILENT, "198.51.100.9", OFF, "203.0.113.7", "gateway/router/none", "198.51.100.9",
         "stun/router/none"},
        {OWN, "198.51.100.9", ASKING, OFF, "203.0.113.7", "stun/router/none", "198.51.100.9",
         "gateway/router/none"},
        {OWN, ASKING, "198.51.100.9", OFF, "203.0.113.7", "stun/router/none", "198.51.100.9",
         "stun/router/none"},
        {OWN, ASKING, "198.51.100.9", OFF, NOTHING, "gateway/router/none", "198.51.100.9",
         "stun/router/none"},
        /* a public one of its own */
        {"198.51.100.1", "203.0.113.7", "203.0.113.7", "203.0.113.7", NOTHING, NOTHING, "198.51.100.1",
         "interface/none/none"},
};

static void set(OutsideReports *reports, Source source, const char *what)
{
        OutsideReport *r = &reports->of[source][FAMILY_IPV4];

        *r = (OutsideReport){.state = streq(what, OFF)      ? OUTSIDE_OFF
                                      : streq(what, ASKING) ? OUTSIDE_ASKING
                                      : streq(what, SILENT) ? OUTSIDE_SILENT
                                                            : OUTSIDE_KNOWN};
        if (r->state == OUTSIDE_KNOWN)
                r->address = ip(what);
}

static const SourceOrder whole = {SOURCE_COUNT,
                                  {SOURCE_INTERFACE, SOURCE_GATEWAY, SOURCE_STUN, SOURCE_FILE}};

static Selection own(const char *address)
{
        Selection s = {.reason[FAMILY_IPV6] = REASON_NO_DEFAULT_ROUTE};

        s.family[FAMILY_IPV4].address = ip(address);
        string_copy(s.family[FAMILY_IPV4].interface, IFNAMSIZ, "eth0");
        return s;
}

static Selection apply(const Row *row, const SourceOrder *order, bool private_addresses)
{
        OutsideSettled settled[FAMILY_COUNT] = {0};
        OutsideReports reports = {0};
        Selection s = own(row->own);

        set(&reports, SOURCE_GATEWAY, row->gateway);
        set(&reports, SOURCE_STUN, row->stun);
        set(&reports, SOURCE_FILE, row->file);
        if (*row->was)
                settled[FAMILY_IPV4].address = ip(row->was);
        if (*row->was_origin)
                assert_int_equal(origin_parse(row->was_origin, AF_INET, &settled[FAMILY_IPV4].origin), 0);
        outside_apply(order, &reports, settled, private_addresses, &s);
        return s;
}

static void test_chain(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Selection s = apply(&rows[i], &whole, true);
                const SelectedAddress *a = &s.family[FAMILY_IPV4];
                char address[IP_ADDRESS_TEXT_MAX], origin[ORIGIN_TEXT_MAX];
                bool outside = !streq(rows[i].address, rows[i].own);

                ip_address_format(&a->address, address);
                origin_format(&a->origin, origin);
                assert_string_equal(address, *rows[i].address ? rows[i].address : "none");
                assert_string_equal(origin, rows[i].origin);
                assert_string_equal(a->interface, "eth0");
                assert_int_equal(s.reason[FAMILY_IPV4],
                                 *rows[i].address ? REASON_SELECTED : REASON_OUTSIDE_UNKNOWN);
                assert_int_equal(s.n_others, outside); /* the interface's own */
                assert_int_equal(s.reason[FAMILY_IPV6], REASON_NO_DEFAULT_ROUTE);
        }
}

static void test_order(void **state)
{
        static const SourceOrder alone = {1, {SOURCE_INTERFACE}};
        static const SourceOrder turned = {3, {SOURCE_INTERFACE, SOURCE_STUN, SOURCE_GATEWAY}};
        static const Row row = {OWN, "203.0.113.7", "198.51.100.9", "203.0.113.1", NOTHING, NOTHING, "", ""};
        Selection s = apply(&row, &alone, true);
        IpAddress mine = ip(OWN), seen = ip("198.51.100.9"), said = ip("203.0.113.7");

        assert_true(ip_address_equal(&s.family[FAMILY_IPV4].address, &mine));
        s = apply(&row, &turned, true);
        assert_true(ip_address_equal(&s.family[FAMILY_IPV4].address, &seen));
        assert_int_equal(s.family[FAMILY_IPV4].origin.nat, NAT_DISAGREE);
        assert_true(ip_address_equal(&s.family[FAMILY_IPV4].origin.other, &said));
}

static void test_private_addresses(void **state)
{
        static const Row silent = {OWN, SILENT, OFF, OFF, NOTHING, NOTHING, "", ""};
        static const Row shared = {OWN, "100.64.0.5", OFF, OFF, NOTHING, NOTHING, "", ""};
        static const Row known = {OWN, "203.0.113.7", OFF, OFF, NOTHING, NOTHING, "", ""};
        const Row *without[] = {&silent, &shared};

        for (size_t i = 0; i < ELEMENTSOF(without); i++) {
                Selection s = apply(without[i], &whole, false);

                assert_false(ip_address_is_set(&s.family[FAMILY_IPV4].address));
                assert_int_equal(s.reason[FAMILY_IPV4], REASON_NONE_COUNTS);
        }
        Selection s = apply(&known, &whole, false);
        assert_int_equal(s.reason[FAMILY_IPV4], REASON_SELECTED);
        assert_true(ip_address_is_set(&s.family[FAMILY_IPV4].address));
}

static void test_asked(void **state)
{
        static const SourceOrder alone = {1, {SOURCE_INTERFACE}};
        Selection s = own(OWN);

        assert_true(outside_is_asked(&whole, &s, FAMILY_IPV4));
        assert_false(outside_is_asked(&whole, &s, FAMILY_IPV6));
        assert_false(outside_is_asked(&alone, &s, FAMILY_IPV4));
        s = own("203.0.113.7");
        assert_false(outside_is_asked(&whole, &s, FAMILY_IPV4));
}

static void test_origin_text(void **state)
{
        static const char *const bad[] = {
                "",
                "gateway",
                "gateway/router",
                "gateway/router/",
                "x/router/none",
                "gateway/x/none",
                "gateway/cgn/2001:db8::1",
                "gateway/cgn/100.64.0.5/",
                "gateway/cgn/ 100.64.0.5",
                "gateway/cgn/100.64.0.5                                                                    ",
        };
        char text[ORIGIN_TEXT_MAX];
        Origin o = {.source = SOURCE_FILE};

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(origin_parse(bad[i], AF_INET, &o), -EBADMSG);
        assert_int_equal(o.source, SOURCE_FILE);
        assert_int_equal(origin_parse("gateway/cgn/100.64.0.5", AF_INET, &o), 0);
        origin_format(&o, text);
        assert_string_equal(text, "gateway/cgn/100.64.0.5");
        o.other = ip("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff");
        origin_format(&o, text);
        assert_int_equal(origin_parse(text, AF_INET6, &o), 0);
}

static void test_reachable(void **state)
{
        IpAddress address = ip("203.0.113.7"), shared = ip("100.64.0.5");

        assert_true(origin_is_reachable(&(Origin){0}, &address));
        assert_false(origin_is_reachable(&(Origin){0}, &shared));
        assert_true(origin_is_reachable(&(Origin){SOURCE_STUN, NAT_ROUTER, {0}}, &address));
        assert_true(origin_is_reachable(&(Origin){SOURCE_STUN, NAT_DISAGREE, {0}}, &address));
        assert_false(origin_is_reachable(&(Origin){SOURCE_STUN, NAT_CGN, {0}}, &address));
        assert_false(origin_is_reachable(&(Origin){SOURCE_STUN, NAT_DOUBLE, {0}}, &address));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_chain),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_private_addresses),
                cmocka_unit_test(test_asked),
                cmocka_unit_test(test_origin_text),
                cmocka_unit_test(test_reachable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
