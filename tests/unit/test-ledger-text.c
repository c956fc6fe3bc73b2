/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "record-variants.h"

/* A ledger in which every kind of record stands. */
static World full_world(void)
{
        World w = world_new(3);
        char id[MESSAGE_ID_MAX];
        Result refused = {.outcome = OUTCOME_DESTINATION_TEMPORARY};

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        for (unsigned i = 2; i < 9; i++) {
                char address[32];

                (void)snprintf(address, sizeof(address), "203.0.113.%u", i);
                world_settle(&w, address, NULL);
        }
        world_cut(&w, id);
        world_settle(&w, "203.0.113.99", NULL);
        Delivery *d = world_plan(&w);
        delivery_refuse(d, 0, 1, &refused, w.ledger, w.now);
        (void)world_end(&w, d, OUTCOME_LOGIN_REFUSED);
        delivery_free(d);
        d = NULL;
        w.ledger->account.backoff = (Backoff){OUTCOME_NOT_REACHED, 5, 6, 7, 8};
        return w;
}

static void what_is_written_is_read(void **state)
{
        World w = full_world();
        _cleanup_text_ Text first = {0}, second = {0}, copy = {0};
        Ledger *read;

        assert_int_equal(ledger_format(w.ledger, &first), 0);
        text_append(&copy, first.data, first.size);
        assert_int_equal(ledger_parse(copy.data, copy.size, &read), 0);
        assert_int_equal(ledger_format(read, &second), 0);
        assert_string_equal(first.data, second.data);
        assert_int_equal(read->n_destinations, 3);
        assert_int_equal(read->n_mails, 1);
        assert_int_equal(read->addresses[FAMILY_IPV4].n_last, LEDGER_LAST_ADDRESSES);
        assert_true(read->account.hold.active);
        assert_int_equal(read->account.backoff.row, OUTCOME_NOT_REACHED);
        assert_false(read->settled);
        ledger_free(read);
        world_done(&w);
}

/* Cut anywhere, or with any one bit turned, it is damaged: never half a ledger. */
static void damage_is_found(void **state)
{
        World w = full_world();
        _cleanup_text_ Text text = {0};

        assert_int_equal(ledger_format(w.ledger, &text), 0);
        for (size_t i = 0; i < text.size; i++) {
                _cleanup_text_ Text cut = {0}, flipped = {0};
                Ledger *read = NULL;

                text_append(&cut, text.data, i);
                text_append(&cut, "", 1);
                assert_int_equal(ledger_parse(cut.data, i, &read), -EBADMSG);
                text_append(&flipped, text.data, text.size);
                flipped.data[i] = (char)(flipped.data[i] ^ 1 << (i % 8));
                assert_int_equal(ledger_parse(flipped.data, flipped.size, &read), -EBADMSG);
                assert_null(read);
        }
        world_done(&w);
}

static int parse_lines(const char *kind, unsigned version, const char *lines)
{
        _cleanup_text_ Text text = {0};
        Ledger *read = NULL;
        int r;

        record_begin_document(&text, kind, version);
        text_append_string(&text, lines);
        record_end_document(&text);
        r = ledger_parse(text.data, text.size, &read);
        ledger_free(read);
        return r;
}

#define LAST      "last family=ipv4 address=192.0.2.1 since=2026-11-24T00:00:00+00:00\n"
#define LAST_FIVE LAST LAST LAST LAST LAST

static void whole_but_wrong_is_refused(void **state)
{
        static const char *const wrong[] = {
                "nonsense a=b\n",
                "account\n",
                "account settings=0000000000000000 row=destination-temporary delay=1 last=1 due=1 tries=1\n",
                "account settings=0000000000000000 row=none delay=1 last=1 due=1 tries=1\n",
                "address family=ipv4 address=2001:db8::1 since=2026-11-24T00:00:00+00:00\n",
                LAST_FIVE LAST,
                "address family=ipv4 address=none since=2026-11-24T00:00:00+00:00 number=-1\n",
                "address family=ipv4 address=none since=2026-11-24T00:00:00+00:00 returned=2\n",
                "destination to=a@example.com told-ipv4=none told-number-ipv4=x "
                "told-at=2026-11-24T00:00:00+00:00\n",
                "address family=ipv5 address=none since=2026-11-24T00:00:00+00:00\n",
                "destination to=nobody told-at=2026-11-24T00:00:00+00:00\n",
                "destination to=a@example.com told-at=yesterday\n",
                "destination to=a@example.com told-at=2026-11-24T00:00:00+00:00\n"
                "destination to=a@example.com told-at=2026-11-24T00:00:00+00:00\n",
                "destination to=a@example.com told-at=2026-11-24T00:00:00+00:00 hour=1\n",
                "destination to=a@example.com told-at=2026-11-24T00:00:00+00:00 hour=1 gos=0\n",
                "recipient to=a@example.com\n",
                "mail id=a@b date=2026-11-24T00:00:00+00:00 changed=2026-11-24T00:00:00+00:00 goes=1 go=1 "
                "due=1\n",
        };

        assert_int_equal(parse_lines("ipherald-ledger", 1, ""), 0);
        assert_int_equal(parse_lines("ipherald-ledger", 1, LAST_FIVE), 0);
        assert_int_equal(parse_lines("ipherald-ledger", 2, ""), -EPROTONOSUPPORT);
        assert_int_equal(parse_lines("ipherald-order", 1, ""), -EBADMSG);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_lines("ipherald-ledger", 1, wrong[i]), -EBADMSG);
}

#define T     "2026-11-24T09:18:07+09:00"
#define LARGE "18446744073709551615"

/* Every field, in the order in which it is written. */
static const char every_field[] =
        "boot id=boot-1\n"
        "account settings=0123456789abcdef row=not-reached delay=5 last=6 due=7 tries=8 refusals=2 "
        "hold-due=9 "
        "digest=abc from-ipv4=192.0.2.1 from-ipv6=2001:db8::1 releases=1 releases-since=3 held-until=4\n"
        "address family=ipv4 address=192.0.2.1 since=" T
        " interface=eth0 origin=gateway/router/none number=5 "
        "gone=2026-11-23T00:00:00+00:00 back=2026-11-23T00:00:01+00:00 returned=4\n"
        "last family=ipv4 address=192.0.2.2 since=2026-11-22T00:00:00+00:00\n"
        "last family=ipv4 address=192.0.2.3 since=2026-11-21T00:00:00+00:00\n"
        "address family=ipv6 address=none since=" T " interface=eth1 number=2\n"
        "last family=ipv6 address=2001:db8::2 since=" T "\n"
        "destination to=a@example.com told-ipv4=192.0.2.1 told-number-ipv4=5 told-ipv6=none "
        "told-number-ipv6=2 "
        "told-at=" T " remind-from=2026-11-25T00:00:00+00:00 sending=1@example.com hour=4 gos=3 "
        "row=destination-temporary delay=1 last=2 due=3 tries=4\n"
        "destination to=b@example.com told-ipv6=2001:db8::2 told-number-ipv6=1 told-at=" T "\n"
        "mail id=1@example.com date=" T " host=router changed=" T
        " language=en new-ipv4=192.0.2.1 old-ipv4=none "
        "number-ipv4=5 between-ipv4=0 new-ipv6=none old-ipv6=none number-ipv6=2 between-ipv6=0 goes=2 go=3 "
        "due=4\n"
        "recipient to=a@example.com\n"
        "recipient to=b@example.com\n"
        "mail id=2@example.com date=" T " host= changed=" T " language=ja new-ipv4=none old-ipv4=none "
        "number-ipv4=0 between-ipv4=0 new-ipv6=none old-ipv6=none number-ipv6=0 between-ipv6=0 goes=1 go=0 "
        "due=0\n"
        "recipient to=b@example.com\n";

static int parse_and_format(const char *lines, Text *again)
{
        _cleanup_text_ Text text = {0}, written = {0};
        _cleanup_(ledger_freep) Ledger *read = NULL;
        int r;

        record_begin_document(&text, "ipherald-ledger", 1);
        text_append_string(&text, lines);
        record_end_document(&text);
        r = ledger_parse(text.data, text.size, &read);
        if (r < 0) {
                assert_null(read);
                return r;
        }
        assert_int_equal(ledger_format(read, &written), 0);
        append_records(&written, again);
        return r;
}

static void each_field_is_judged(void **state)
{
        static const FieldRule rules[] = {
                {"boot", "id", false, "#39", "", {"#40", "a%01b"}},
                {"account", "settings", true, "ffffffffffffffff", .wrong = {"", "123", "0123456789ABCDEF"}},
                {"account", "row", false, "temporary", .wrong = {"", "none", "destination-temporary", "x"}},
                {"account", "delay", true, "86400000000", "1", {"", "0", "86400000001"}},
                {"account", "last", true, LARGE, "0", {"", "x"}},
                {"account", "due", true, LARGE, "0", {"", "x"}},
                {"account", "tries", true, "4294967295", "1", {"0", "4294967296"}},
                {"account", "refusals", false, "4294967295", "1", {"", "0", "4294967296"}},
                {"account", "hold-due", true, LARGE, "0", {"", "x"}},
                {"account", "digest", false, "#159", "", {"#160", "a%01b"}},
                {"account", "from-ipv4", false, "none", .wrong = {"x", "2001:db8::1"}},
                {"account", "from-ipv6", false, "none", .wrong = {"x", "192.0.2.1"}},
                {"account", "releases", false, "3", "0", {"", "4"}},
                {"account", "releases-since", true, LARGE, "0", {"", "x"}},
                {"account", "held-until", true, LARGE, "0", {"", "x"}},
                {"address", "family", true, .wrong = {"", "ipv5"}},
                {"address", "address", true, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"address", "since", true, .wrong = {"", "x"}},
                {"address", "interface", false, "#15", "", {"#16"}},
                {"address", "origin", false, "stun/none/none", .wrong = {"", "x"}},
                {"address", "number", false, LARGE, "0", {"", "x"}},
                {"address", "gone", true, .wrong = {"x"}},
                {"address", "back", true, .wrong = {"x"}},
                {"address", "returned", false, LARGE, "1", {"", "x"}},
                {"last", "family", true, .wrong = {"", "ipv5", "ipv6"}},
                {"last", "address", true, .wrong = {"", "none", "x", "2001:db8::1"}},
                {"last", "since", true, .wrong = {"", "x"}},
                {"destination", "to", true, .wrong = {"", "nobody", "b@example.com"}},
                {"destination", "told-ipv4", false, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"destination", "told-number-ipv4", false, LARGE, "0", {"", "x"}},
                {"destination", "told-ipv6", false, "2001:db8::1", .wrong = {"", "x", "192.0.2.1"}},
                {"destination", "told-number-ipv6", false, LARGE, "0", {"", "x"}},
                {"destination", "told-at", true, .wrong = {"", "x"}},
                {"destination", "remind-from", false, "1970-01-01T00:00:01+00:00", .wrong = {"", "x"}},
                {"destination", "sending", false, "#127", .wrong = {"x", "#128"}},
                {"destination", "hour", false, LARGE, "0", {"", "x"}},
                {"destination", "gos", true, "4294967295", "1", {"", "0", "4294967296"}},
                {"destination", "row", false, .wrong = {"", "none", "not-reached"}},
                {"destination", "delay", true, "86400000000", "1", {"0", "86400000001"}},
                {"mail", "id", true, .wrong = {"", "x", "2@example.com"}},
                {"mail", "goes", true, "4294967295", "1", {"", "0", "4294967296"}},
                {"mail", "go", true, LARGE, "0", {"", "x"}},
                {"mail", "due", true, LARGE, "0", {"", "x"}},
                {"recipient", "to", true, .wrong = {"", "nobody"}},
        };

        assert_written_again(parse_and_format, every_field);
        assert_rules(parse_and_format, every_field, rules, ELEMENTSOF(rules));
}

/* A wait, a hold, an hour and an absence are there whole, or not at all. */
static void what_has_no_begin_is_passed_over(void **state)
{
        static const struct {
                const char *lines, *again;
        } cases[] = {
                {"account settings=0000000000000000 delay=1 last=1 due=1 tries=1 hold-due=9 digest=a\n",
                 "account settings=0000000000000000\n"},
                {"account settings=0000000000000000 refusals=1 hold-due=9 digest=a releases-since=1\n",
                 "account settings=0000000000000000 refusals=1 hold-due=9 digest=a from-ipv4=none "
                 "from-ipv6=none releases=0 releases-since=0 held-until=0\n"},
                {"address family=ipv4 address=192.0.2.1 since=" T " returned=0\n",
                 "account settings=0000000000000000\n"
                 "address family=ipv4 address=192.0.2.1 since=" T " interface= number=0\n"},
                {"address family=ipv6 address=none since=" T " interface=eth0\n",
                 "account settings=0000000000000000\n"},
                {"destination to=a@example.com told-at=" T " gos=1\n",
                 "account settings=0000000000000000\ndestination to=a@example.com told-at=" T "\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_text_ Text again = {0}, expected = {0};

                assert_int_equal(parse_and_format(cases[i].lines, &again), 0);
                text_appendf(&expected, "boot id=\n%s", cases[i].again);
                assert_string_equal(again.data, expected.data);
        }
}

/* A mail has one recipient at least, and as many as a notice may have. */
static void a_mail_has_its_recipients(void **state)
{
        _cleanup_text_ Text some = {0}, again = {0}, none = {0};
        const char *mail = strstr(every_field, "mail id=1"), *end = strstr(mail, "recipient");

        text_append(&none, mail, (size_t)(end - mail));
        text_append(&some, none.data, none.size);
        assert_int_equal(parse_and_format(none.data, &again), -EBADMSG);
        text_append_string(&none, strstr(every_field, "mail id=2"));
        assert_int_equal(parse_and_format(none.data, &again), -EBADMSG);
        text_done(&none);
        text_append(&none, every_field, sizeof(every_field) - 1 - strlen("recipient to=b@example.com\n"));
        assert_int_equal(parse_and_format(none.data, &again), -EBADMSG);
        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++)
                text_append_string(&some, "recipient to=a@example.com\n");
        assert_int_equal(parse_and_format(some.data, &again), 0);
        text_append_string(&some, "recipient to=a@example.com\n");
        assert_int_equal(parse_and_format(some.data, &again), -EBADMSG);
}

/* Lines that are no records, in a document whose checksum holds. */
static void a_line_that_is_no_record_is_damage(void **state)
{
        static const char *const lines[] = {"Account a=b\n", "boot id\n", "boot id=a id=b\n", "\n",
                                            "boot id=%zz\n"};

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                _cleanup_text_ Text text = {0}, again = {0};

                text_append_string(&text, every_field);
                text_append_string(&text, lines[i]);
                assert_int_equal(parse_and_format(text.data, &again), -EBADMSG);
        }
}

static void an_address_record_is_read_or_not(void **state)
{
        const Record good = {
                .type = "address", .n_fields = 2, .fields = {{"address", "192.0.2.1"}, {"since", T}}};
        const Record wrong = {.type = "address", .n_fields = 1, .fields = {{"address", "192.0.2.1"}}};
        AddressRecord a = {0};

        assert_int_equal(address_record_read(&good, FAMILY_IPV4, &a), 0);
        assert_int_equal(address_record_read(&wrong, FAMILY_IPV4, &a), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(damage_is_found),
                cmocka_unit_test(whole_but_wrong_is_refused),
                cmocka_unit_test(each_field_is_judged),
                cmocka_unit_test(what_has_no_begin_is_passed_over),
                cmocka_unit_test(a_mail_has_its_recipients),
                cmocka_unit_test(a_line_that_is_no_record_is_damage),
                cmocka_unit_test(an_address_record_is_read_or_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
