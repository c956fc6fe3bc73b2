/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "decide/status-text.h"
#include "record-variants.h"

/* Each field of what `ipherald status` reads: test-status.c has the whole. */

#define T     "2026-11-24T09:18:07+09:00"
#define LARGE "18446744073709551615"

/* Every field, in the order in which it is written. */
static const char every_field[] =
        "service pid=7 started-at=8 since=" T " config=/etc/a%20b%25.conf settings=kept ledger=unwritable\n"
        "mail enabled=yes server=mail.example.com:587 sending=no\n"
        "selection heard=no settled=yes settles-at=11\n"
        "address family=ipv4 address=203.0.113.9 since=" T
        " interface=eth0 origin=stun/router/none number=9 "
        "gone=2026-11-23T00:00:00+00:00 back=2026-11-23T00:00:01+00:00 returned=9 candidate=203.0.113.10 "
        "candidate-interface=eth1 candidate-origin=file/none/none reason=selected tunnel=wg0 asked=eth2\n"
        "last family=ipv4 address=203.0.113.8 since=2026-11-22T00:00:00+00:00\n"
        "last family=ipv4 address=203.0.113.7 since=2026-11-21T00:00:00+00:00\n"
        "address family=ipv6 address=none since=" T
        " interface= number=0 candidate=none candidate-interface= "
        "reason=only-tunnel tunnel=wg1 asked=\n"
        "last family=ipv6 address=2001:db8::1 since=" T "\n"
        "other family=ipv4 address=192.168.1.1 interface=eth0\n"
        "other family=ipv6 address=fd00::1 interface=eth1\n"
        "left-out family=ipv4 address=198.51.100.7 interface=eth2 verdict=no-route\n"
        "left-out family=ipv6 address=fe80::1 interface= verdict=local\n"
        "account held=yes tries=2 due=9 failed-at=" T " outcome=temporary step=rcpt code=450 enhanced=4.2.1 "
        "text=nobody%20\"here\" cause=refused hint=recipient at-server=mail.example.com:25\n"
        "destination to=a@example.com enabled=no sending=yes mac=02:00:5e:10:00:01 language=ja ipv4=no "
        "ipv6=yes "
        "template=/etc/a attach-1=/etc/b attach-2=ipherald.c attach-3=/etc/d attach-4=/etc/e remind-days=30 "
        "reminds-at=2026-12-24T09:18:07+09:00 told-ipv4=203.0.113.8 told-ipv6=none told-at=" T
        " owed=again wait=unknown due=77 attempted-ipv4=203.0.113.9 attempted-ipv6=none failed-at=" T
        " outcome=destination-permanent step=dot code=550 enhanced=5.1.1 text=no cause=refused "
        "hint=recipient "
        "at-server=mail.example.com:25\n"
        "destination to=b@example.com enabled=yes sending=no language=en ipv4=yes ipv6=no "
        "told-ipv6=2001:db8::1 "
        "told-at=" T " owed=nothing wait=nothing\n";

static int parse(const char *lines, Text *again)
{
        _cleanup_text_ Text text = {0}, written = {0};
        _cleanup_(status_freep) Status *read = NULL;
        int r;

        record_begin_document(&text, "ipherald-status", 1);
        text_append_string(&text, lines);
        record_end_document(&text);
        r = status_parse(text.data, text.size, &read);
        if (r < 0) {
                assert_null(read);
                return r;
        }
        assert_int_equal(status_format(read, &written), 0);
        append_records(&written, again);
        return r;
}

static void each_field_is_read_and_written(void **state)
{
        assert_written_again(parse, every_field);
}

static void each_field_of_the_service_is_judged(void **state)
{
        static const FieldRule rules[] = {
                {"service", "pid", true, "2147483647", "1", {"", "0", "2147483648"}},
                {"service", "started-at", true, LARGE, "0", {"", "x"}},
                {"service", "since", true, .wrong = {"", "x"}},
                {"service", "config", false, "#1023", "", {"#1024", "a%01b"}},
                {"service", "settings", true, "unusable", "good", {"", "x"}},
                {"service", "ledger", false, .wrong = {NULL}},
                {"mail", "enabled", true, "no", "yes", {"", "perhaps"}},
                {"mail", "server", false, "#287", "", {"#288"}},
                {"mail", "sending", true, "no", "yes", {"", "perhaps"}},
                {"selection", "heard", true, "no", "yes", {"", "perhaps"}},
                {"selection", "settled", true, "no", "yes", {"", "perhaps"}},
                {"selection", "settles-at", false, "18446744073709551614", "0", {"", "x", LARGE}},
                {"account", "held", true, "no", "yes", {"", "perhaps"}},
                {"account", "tries", true, "4294967295", "0", {"", "4294967296"}},
                {"account", "due", true, LARGE, "0", {"", "x"}},
                {"account", "failed-at", false, .wrong = {"", "x"}},
                {"account", "outcome", true, "unknown", .wrong = {"", "none", "x"}},
                {"account", "step", true, "pop3", "", {"x"}},
                {"account", "code", true, "599", "0", {"", "600"}},
                {"account", "enhanced", false, "#11", "", {"#12"}},
                {"account", "text", false, "#511", "", {"#512", "a%01b"}},
                {"account", "cause", false, "#383", "", {"#384"}},
                {"account", "hint", false, "#31", "", {"#32"}},
                {"account", "at-server", false, "#287", "", {"#288"}},
        };

        assert_rules(parse, every_field, rules, ELEMENTSOF(rules));
}

static void each_field_of_an_address_is_judged(void **state)
{
        static const FieldRule rules[] = {
                {"address", "family", true, .wrong = {"", "ipv5", "ipv6"}},
                {"address", "address", true, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"address", "since", true, .wrong = {"", "x"}},
                {"address", "interface", false, "#15", "", {"#16"}},
                {"address", "candidate", true, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"address", "candidate-interface", false, "#15", "", {"#16"}},
                {"address", "candidate-origin", false, "gateway/none/none", .wrong = {"", "x"}},
                {"address", "reason", true, "outside-unknown", .wrong = {"", "whim"}},
                {"address", "tunnel", false, "#15", "", {"#16"}},
                {"address", "asked", false, "#15", "", {"#16"}},
                {"last", "family", true, .wrong = {"", "ipv5", "ipv6"}},
                {"last", "address", true, .wrong = {"", "none", "x", "2001:db8::1"}},
                {"last", "since", true, .wrong = {"", "x"}},
                {"other", "family", true, .wrong = {"", "ipv5", "ipv6"}},
                {"other", "address", true, .wrong = {"", "none", "x", "2001:db8::1"}},
                {"other", "interface", false, "#15", "", {"#16"}},
                {"left-out", "family", true, .wrong = {"", "ipv5", "ipv6"}},
                {"left-out", "address", true, .wrong = {"", "none", "x", "2001:db8::1"}},
                {"left-out", "interface", false, "#15", "", {"#16"}},
                {"left-out", "verdict", true, "down", .wrong = {"", "whim"}},
        };

        assert_rules(parse, every_field, rules, ELEMENTSOF(rules));
}

static void each_field_of_a_destination_is_judged(void **state)
{
        static const FieldRule rules[] = {
                {"destination", "to", true, "c@example.com", .wrong = {"", "nobody"}},
                {"destination", "enabled", true, "no", "yes", {"", "perhaps"}},
                {"destination", "sending", true, "no", "yes", {"", "perhaps"}},
                {"destination", "mac", false, .wrong = {"", "2:0:5e:10:0:1", "02-00-5e-10-00-01"}},
                {"destination", "language", true, "en", .wrong = {"", "fr"}},
                {"destination", "ipv4", true, "no", "yes", {"", "perhaps"}},
                {"destination", "ipv6", true, "no", "yes", {"", "perhaps"}},
                {"destination", "template", false, "#127", .wrong = {"#128", "a%01b"}},
                {"destination", "attach-1", false, "#127", .wrong = {"#128", "a%01b"}},
                {"destination", "attach-4", false, "#127", .wrong = {"#128"}},
                {"destination", "remind-days", false, "4294967295", "1", {"", "0", "4294967296"}},
                {"destination", "reminds-at", false, "1970-01-01T00:00:01+00:00", .wrong = {"", "x"}},
                {"destination", "told-ipv4", false, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"destination", "told-ipv6", false, "2001:db8::1", .wrong = {"", "x", "192.0.2.1"}},
                {"destination", "told-at", true, .wrong = {"", "x"}},
                {"destination", "owed", true, .wrong = {"", "much"}},
                {"destination", "wait", true, "ready", .wrong = {"", "forever"}},
                {"destination", "due", false, "18446744073709551614", "0", {"", "x", LARGE}},
                {"destination", "attempted-ipv4", false, "none", .wrong = {"", "x", "2001:db8::1"}},
                {"destination", "attempted-ipv6", false, "2001:db8::1", .wrong = {"", "x", "192.0.2.1"}},
                {"destination", "failed-at", false, .wrong = {"", "x"}},
                {"destination", "code", true, "599", "0", {"600"}},
        };

        assert_rules(parse, every_field, rules, ELEMENTSOF(rules));
}

/* COUNT records like LINE behind a service's. */
static int parse_many(const char *line, size_t count)
{
        _cleanup_text_ Text text = {0}, again = {0};

        text_append_string(&text, "service pid=1 started-at=1 since=" T " config=/x settings=good\n");
        for (size_t i = 0; i < count; i++)
                text_append_string(&text, line);
        return parse(text.data, &again);
}

static void no_list_is_longer_than_its_room(void **state)
{
        static const struct {
                const char *line;
                size_t most;
        } lists[] = {
                {"last family=ipv4 address=192.0.2.1 since=" T "\n", LEDGER_LAST_ADDRESSES},
                {"last family=ipv6 address=2001:db8::1 since=" T "\n", LEDGER_LAST_ADDRESSES},
                {"other family=ipv4 address=192.0.2.1 interface=eth0\n", SELECTION_OTHERS_MAX},
                {"left-out family=ipv4 address=192.0.2.1 interface=eth0 verdict=down\n", LEFT_OUT_MAX},
        };

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                assert_int_equal(parse_many(lists[i].line, lists[i].most), 0);
                assert_int_equal(parse_many(lists[i].line, lists[i].most + 1), -EBADMSG);
        }
        assert_int_equal(parse_many("unknown a=b\n", 1), -EBADMSG);
}

static void without_a_service_it_is_nobodys(void **state)
{
        _cleanup_text_ Text again = {0};

        assert_int_equal(parse("", &again), -EBADMSG);
        assert_int_equal(parse("mail enabled=yes sending=no\n", &again), -EBADMSG);
}

/* Lines that are no records, in a document whose checksum holds. */
static void a_line_that_is_no_record_is_damage(void **state)
{
        static const char *const lines[] = {"Mail a=b\n", "mail enabled\n", "mail a=b a=c\n", "\n",
                                            "mail a=%zz\n"};

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                assert_int_equal(parse_many(lines[i], 1), -EBADMSG);
}

/* What a picture without these records says. */
static void what_is_missing_is_not_known(void **state)
{
        _cleanup_text_ Text text = {0};
        _cleanup_(status_freep) Status *read = NULL;

        record_begin_document(&text, "ipherald-status", 1);
        text_append_string(&text, "service pid=1 started-at=1 since=" T " config=/x settings=good\n"
                                  "destination to=a@example.com enabled=yes sending=no language=en ipv4=yes "
                                  "ipv6=yes told-at=" T " owed=nothing wait=nothing\n");
        record_end_document(&text);
        assert_int_equal(status_parse(text.data, text.size, &read), 0);
        assert_true(read->settles_at == USEC_INFINITY);
        assert_false(read->service.ledger_unwritable);
        assert_int_equal(read->account_failure.result.outcome, OUTCOME_NONE);
        assert_true(read->destinations[0].due == USEC_INFINITY);
        assert_int_equal(read->destinations[0].remind_days, 0);
        assert_false(read->destinations[0].told[FAMILY_IPV4].known);

        _cleanup_text_ Text again = {0};
        assert_int_equal(status_format(read, &again), 0);
        assert_null(strstr(again.data, "ledger="));
        assert_null(strstr(again.data, "settles-at="));
        assert_null(strstr(again.data, "failed-at="));
        assert_null(strstr(again.data, "mac="));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_field_is_read_and_written),
                cmocka_unit_test(each_field_of_the_service_is_judged),
                cmocka_unit_test(each_field_of_an_address_is_judged),
                cmocka_unit_test(each_field_of_a_destination_is_judged),
                cmocka_unit_test(no_list_is_longer_than_its_room),
                cmocka_unit_test(without_a_service_it_is_nobodys),
                cmocka_unit_test(a_line_that_is_no_record_is_damage),
                cmocka_unit_test(what_is_missing_is_not_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
