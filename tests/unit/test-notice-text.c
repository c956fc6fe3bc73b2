/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants those first */
#include <cmocka.h>

#include "base/string-util.h"
#include "decide/notice-text.h"
#include "ip.h"
#include "record-variants.h"

#define T "2026-11-24T09:18:07+09:00"

/* Every field, as it stands in a ledger and in an order. */
static const char full[] =
        "mail id=1@example.com date=" T " host=router changed=2026-11-24T09:18:06+09:00 language=ja "
        "mac=02:00:5e:10:00:01 still=yes template=/a attach-0=/b attach-1=ipherald.c attach-2=/d "
        "attach-3=/e "
        "new-ipv4=203.0.113.9 old-ipv4=203.0.113.8 interface-ipv4=ppp0 origin-ipv4=gateway/cgn/100.64.0.5 "
        "number-ipv4=9 last-ipv4-0=2026-11-23T00:00:00+00:00,203.0.113.8 "
        "last-ipv4-1=2026-11-22T00:00:00+00:00,203.0.113.7 last-ipv4-2=" T ",203.0.113.6 "
        "last-ipv4-3=" T ",203.0.113.5 last-ipv4-4=" T ",203.0.113.4 between-ipv4=2 gone-ipv4=" T
        " back-ipv4=2026-11-24T09:18:08+09:00 "
        "new-ipv6=2001:db8::9 old-ipv6=none interface-ipv6=eth0 number-ipv6=3 "
        "last-ipv6-0=" T ",2001:db8::8 between-ipv6=0\n";

/* The least that a notice has. */
static const char least[] = "mail id=1@example.com date=" T " changed=" T "\n";

static int read_notice(const char *line, Notice *ret)
{
        _cleanup_text_ Text text = {0};
        RecordReader reader;
        Record record;

        record_begin_document(&text, "notice", 1);
        text_append_string(&text, line);
        record_end_document(&text);
        assert_int_equal(record_open_document(text.data, text.size, "notice", 1, &reader), 0);
        assert_int_equal(record_read(&reader, &record), 1);
        return notice_read_fields(&record, ret);
}

static int parse(const char *line, Text *again)
{
        Notice n = {.message_id = "untouched"};
        int r = read_notice(line, &n);

        if (r < 0) {
                assert_string_equal(n.message_id, "untouched");
                return r;
        }
        record_begin(again, "mail");
        notice_write_fields(again, &n);
        record_end(again);
        return r;
}

static void each_field_is_read_and_written(void **state)
{
        Notice n;

        assert_written_again(parse, full);
        assert_int_equal(read_notice(full, &n), 0);
        assert_string_equal(n.message_id, "1@example.com");
        assert_string_equal(n.facts.interface[FAMILY_IPV6], "eth0");
        assert_int_equal(n.facts.past[FAMILY_IPV4].n_last, PAST_ADDRESSES_MAX);
        assert_true(n.facts.past[FAMILY_IPV4].away);
        assert_int_equal(n.facts.origin[FAMILY_IPV4].nat, NAT_CGN);
        assert_int_equal(n.facts.content.n_attachments, 4);
        assert_string_equal(n.facts.content.attachments[3], "/e");
}

static void what_is_missing_is_the_least(void **state)
{
        Notice n;

        assert_int_equal(read_notice(least, &n), 0);
        assert_string_equal(n.facts.host, "");
        assert_string_equal(n.facts.mac, "");
        assert_string_equal(n.facts.content.template, "");
        assert_int_equal(n.facts.content.n_attachments, 0);
        assert_int_equal(n.facts.language, LANGUAGE_EN);
        assert_false(n.facts.still);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                assert_false(ip_address_is_set(&n.facts.new[f]) || ip_address_is_set(&n.facts.old[f]));
                assert_string_equal(n.facts.interface[f], "");
                assert_int_equal(n.facts.origin[f].source, SOURCE_INTERFACE);
                assert_true(n.facts.number[f] == 0 && n.facts.past[f].n_between == 0);
                assert_int_equal(n.facts.past[f].n_last, 0);
                assert_false(n.facts.past[f].away);
        }
}

static void each_field_is_judged(void **state)
{
        static const FieldRule rules[] = {
                {"mail", "id", true, .wrong = {"", "1", "@b", "a@", "a@b@c", "a%20b@c"}},
                {"mail", "id", true, .wrong = {"<a@b", "a@b>", "a<b@c", "a@@b", "a@b@", "%c3%a4@b"}},
                {"mail", "date", true, .wrong = {"", "yesterday", "2026-11-24T09:18:07"}},
                {"mail", "changed", true, .wrong = {"", "yesterday"}},
                {"mail", "host", false, "#253", "", {"#254", "a%01b"}},
                {"mail", "language", false, "en", .wrong = {"", "fr"}},
                {"mail", "mac", false,
                 .wrong = {"", "2:0:5e:10:0:1", "02-00-5e-10-00-01", "02:00:5E:10:00:01"}},
                {"mail", "still", false, .wrong = {"", "no"}},
                {"mail", "template", false, "short", "ipherald.a", {"", "relative"}},
                {"mail", "attach-0", false, "/x", "ipherald.x", {"", "relative", "short"}},
                {"mail", "attach-4", false, .wrong = {"/f"}},
                {"mail", "new-ipv4", false, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"mail", "old-ipv4", false, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"mail", "new-ipv6", false, "none", .wrong = {"", "x", "192.0.2.1"}},
                {"mail", "old-ipv6", false, "2001:db8::1", .wrong = {"", "x", "192.0.2.1"}},
                {"mail", "interface-ipv4", false, "#15", .wrong = {"#16", "a%0ab"}},
                {"mail", "interface-ipv6", false, "#15", .wrong = {"#16"}},
                {"mail", "origin-ipv4", false, "file/none/none", .wrong = {"", "file/none/2001:db8::1"}},
                {"mail",
                 "number-ipv4",
                 false,
                 "18446744073709551615",
                 "0",
                 {"", "-1", "18446744073709551616"}},
                {"mail", "number-ipv6", false, "18446744073709551615", "0", {"x"}},
                {"mail", "last-ipv4-0", false,
                 .wrong = {"", T, T ",", T ",x", T ",2001:db8::1", ",192.0.2.1"}},
                {"mail", "last-ipv4-0", false, .wrong = {"x,192.0.2.1", T T ",192.0.2.1"}},
                {"mail", "last-ipv4-4", false, .wrong = {"x"}},
                {"mail", "last-ipv6-0", false, .wrong = {T ",192.0.2.1"}},
                {"mail", "between-ipv4", false, "18446744073709551615", "0", {"", "x"}},
                {"mail", "gone-ipv4", false, .wrong = {"", "x"}},
                {"mail", "back-ipv4", true, .wrong = {"", "x"}},
        };

        assert_rules(parse, full, rules, ELEMENTSOF(rules));
}

static void a_message_id_has_its_room(void **state)
{
        char id[MESSAGE_ID_MAX + 1];

        memset(id, 'a', sizeof(id));
        id[5] = '@';
        id[MESSAGE_ID_MAX] = '\0';
        assert_false(message_id_is_valid(id));
        id[MESSAGE_ID_MAX - 1] = '\0';
        assert_true(message_id_is_valid(id));
        assert_true(message_id_is_valid("a@b"));
}

/* Of what each reader is said to return. */
static void a_reader_says_what_there_is(void **state)
{
        Record r = {.type = "x",
                    .n_fields = 6,
                    .fields = {{"address", "192.0.2.1"},
                               {"bad", "?"},
                               {"number", "7"},
                               {"time", T},
                               {"origin", "stun/none/none"},
                               {"control", "\001"}}};
        IpAddress a, expected = ip("192.0.2.1");
        Origin o = {0};
        WallTime t;
        uint64_t n;
        char text[4];

        assert_int_equal(record_get_family_address(&r, "address", FAMILY_IPV4, &a), 1);
        assert_true(ip_address_equal(&a, &expected));
        assert_int_equal(record_get_family_address(&r, "none", FAMILY_IPV4, &a), 0);
        assert_int_equal(record_get_family_address(&r, "address", FAMILY_IPV6, &a), -EBADMSG);
        assert_int_equal(record_get_optional_u64(&r, "number", &n), 0);
        assert_int_equal(n, 7);
        assert_int_equal(record_get_optional_u64(&r, "none", &n), 0);
        assert_int_equal(n, 0);
        assert_int_equal(record_get_optional_u64(&r, "bad", &n), -EBADMSG);
        assert_int_equal(record_get_wall_time(&r, "time", &t), 0);
        assert_int_equal(record_get_wall_time(&r, "none", &t), -ENOENT);
        assert_int_equal(record_get_wall_time(&r, "bad", &t), -EBADMSG);
        assert_int_equal(record_get_string(&r, "number", text, sizeof(text)), 0);
        assert_string_equal(text, "7");
        assert_int_equal(record_get_string(&r, "none", text, sizeof(text)), 0);
        assert_string_equal(text, "");
        assert_int_equal(record_get_string(&r, "address", text, sizeof(text)), -EBADMSG);
        assert_int_equal(record_get_string(&r, "control", text, sizeof(text)), -EBADMSG);
        assert_int_equal(record_get_origin(&r, "none", FAMILY_IPV4, &o), 0);
        assert_int_equal(o.source, SOURCE_INTERFACE);
        assert_int_equal(record_get_origin(&r, "origin", FAMILY_IPV4, &o), 0);
        assert_int_equal(o.source, SOURCE_STUN);
        assert_int_equal(record_get_origin(&r, "bad", FAMILY_IPV4, &o), -EBADMSG);
}

/* A later version may know more addresses before: these are passed over. */
static void no_more_are_read_than_there_is_room_for(void **state)
{
        _cleanup_text_ Text more = {0};
        Notice n;

        vary_field(full, &(FieldRule){"mail", "last-ipv4-5", false, .wrong = {NULL}}, T ",192.0.2.1", &more);
        assert_int_equal(read_notice(more.data, &n), 0);
        assert_int_equal(n.facts.past[FAMILY_IPV4].n_last, PAST_ADDRESSES_MAX);
}

/* A time of any length overflows nothing. */
static void a_long_time_is_none(void **state)
{
        char value[100] = "";
        Notice n;

        for (size_t i = 0; i + 20 < sizeof(value); i++) {
                _cleanup_text_ Text line = {0};

                memset(value, '2', i);
                memcpy(value + i, ",192.0.2.1", sizeof(",192.0.2.1"));
                vary_field(full, &(FieldRule){"mail", "last-ipv4-0", false, .wrong = {NULL}}, value, &line);
                assert_int_equal(read_notice(line.data, &n), -EBADMSG);
        }
}

/* One that is not there is no gap: what comes behind it is passed over. */
static void a_list_ends_where_one_is_missing(void **state)
{
        Notice n;

        assert_int_equal(read_notice("mail id=1@example.com date=" T " changed=" T
                                     " attach-0=/a attach-2=/c "
                                     "last-ipv4-1=" T ",192.0.2.1 last-ipv6-0=" T ",2001:db8::1\n",
                                     &n),
                         0);
        assert_int_equal(n.facts.content.n_attachments, 1);
        assert_int_equal(n.facts.past[FAMILY_IPV4].n_last, 0);
        assert_int_equal(n.facts.past[FAMILY_IPV6].n_last, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_field_is_read_and_written),
                cmocka_unit_test(what_is_missing_is_the_least),
                cmocka_unit_test(each_field_is_judged),
                cmocka_unit_test(a_message_id_has_its_room),
                cmocka_unit_test(a_list_ends_where_one_is_missing),
                cmocka_unit_test(a_reader_says_what_there_is),
                cmocka_unit_test(no_more_are_read_than_there_is_room_for),
                cmocka_unit_test(a_long_time_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
