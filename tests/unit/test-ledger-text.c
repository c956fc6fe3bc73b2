/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(damage_is_found),
                cmocka_unit_test(whole_but_wrong_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
