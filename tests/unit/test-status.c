/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "decide/status-text.h"

typedef struct Scene {
        World world;
        Settle settle;
        Failures failures;
        Network *network; /* NULL: none */
} Scene;

static Scene scene_new(size_t n)
{
        Scene s = {.world = world_new(n)};

        world_settle(&s.world, "203.0.113.1", NULL);
        s.settle.heard = true;
        s.settle.candidate.family[FAMILY_IPV4].address = ip("203.0.113.1");
        s.settle.candidate.reason[FAMILY_IPV6] = REASON_ONLY_TUNNEL;
        string_copy(s.settle.candidate.tunnel[FAMILY_IPV6], IFNAMSIZ, "wg0");
        return s;
}

static void scene_done(Scene *s)
{
        failures_done(&s->failures);
        network_free(s->network);
        world_done(&s->world);
}

static Status *take(const Scene *s, const Delivery *sending)
{
        const StatusInput input = {
                .service = {.pid = 7, .started_at = 8, .config = "/etc/a b%.conf"},
                .ledger = s->world.ledger,
                .settings = s->world.settings,
                .settle = &s->settle,
                .network = s->network,
                .sending = sending,
                .failures = &s->failures,
        };
        Status *status = NULL;

        assert_int_equal(status_take(&input, &status), 0);
        return status;
}

static Result refused(Outcome outcome)
{
        return (Result){.outcome = outcome,
                        .step = STEP_RCPT,
                        .code = 550,
                        .enhanced = "5.1.1",
                        .server_text = "nobody \"here\"",
                        .hint = "recipient",
                        .server = "mail.example.com:587"};
}

static void who_is_sent_to(void **state)
{
        Scene s = scene_new(2);
        _cleanup_(delivery_freep) Delivery *d = world_plan(&s.world);
        Result r = refused(OUTCOME_DESTINATION_PERMANENT);
        Status *status;

        delivery_refuse(d, 0, 1, &r, s.world.ledger, s.world.now);
        status = take(&s, d);
        assert_true(status->sending && status->destinations[0].sending);
        assert_false(status->destinations[1].sending);
        assert_int_equal(status->destinations[0].wait, WAIT_READY);
        assert_int_equal(status->destinations[0].owed, STATUS_OWED_NEW);
        assert_int_equal(status->destinations[1].wait, WAIT_FAILED);
        status_free(status);

        d->transactions[0].closed = true;
        status = take(&s, d);
        assert_false(status->destinations[0].sending);
        status_free(status);
        scene_done(&s);
}

static void what_is_unknown_is_owed_again(void **state)
{
        Scene s = scene_new(1);
        char id[MESSAGE_ID_MAX];
        Status *status;
        IpAddress a = ip("203.0.113.1");

        world_cut(&s.world, id);
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].owed, STATUS_OWED_AGAIN);
        assert_int_equal(status->destinations[0].wait, WAIT_UNKNOWN);
        assert_true(ip_address_equal(&status->destinations[0].attempted[FAMILY_IPV4], &a));
        assert_true(status->destinations[0].due == s.world.now + WORLD_UNKNOWN_WAIT);
        status_free(status);
        scene_done(&s);
}

static void failures_are_the_last_ones(void **state)
{
        Failures f = {0};
        Result first = refused(OUTCOME_DESTINATION_TEMPORARY), second = refused(OUTCOME_UNKNOWN);

        assert_null(failures_find(&f, "a@example.com"));
        failures_note(&f, "a@example.com", &first, (WallTime){.seconds = 1});
        failures_note(&f, "b@example.com", &first, (WallTime){.seconds = 2});
        failures_note(&f, "a@example.com", &second, (WallTime){.seconds = 3});
        assert_int_equal(failures_find(&f, "a@example.com")->at.seconds, 3);
        assert_int_equal(failures_find(&f, "a@example.com")->result.outcome, OUTCOME_UNKNOWN);
        failures_forget(&f, "a@example.com");
        failures_forget(&f, "c@example.com");
        assert_null(failures_find(&f, "a@example.com"));
        assert_int_equal(failures_find(&f, "b@example.com")->at.seconds, 2);
        failures_done(&f);
}

/* The account's failure is one of now: a clock that was cleared has none. */
static void a_failure_ends_with_its_clock(void **state)
{
        Scene s = scene_new(1);
        Result r = refused(OUTCOME_TEMPORARY);
        Status *status;

        failures_note_account(&s.failures, &r, (WallTime){.seconds = 1});
        status = take(&s, NULL);
        assert_int_equal(status->account_failure.result.outcome, OUTCOME_NONE);
        status_free(status);
        backoff_put_off(&s.world.ledger->account.backoff, OUTCOME_TEMPORARY, s.world.now, 0);
        status = take(&s, NULL);
        assert_int_equal(status->account_failure.result.code, 550);
        assert_int_equal(status->destinations[0].wait, WAIT_DEFERRED);
        status_free(status);
        scene_done(&s);
}

static void add_address(Scene *s, int ifindex, const char *text)
{
        const Address a = {.ip = ip(text), .peer = ip(text), .ifindex = ifindex, .prefered = 60};

        assert_int_equal(network_put_address(s->network, &a), 1);
}

static void what_is_left_out_says_why(void **state)
{
        Scene s = scene_new(1);
        const Link lo = {.ifindex = 1, .name = "lo", .up = true};
        Status *status;

        assert_int_equal(network_new(&s.network), 0);
        assert_int_equal(network_put_link(s.network, &lo), 1);
        add_address(&s, 1, "127.0.0.1");
        status = take(&s, NULL);
        assert_int_equal(status->n_left_out, 0);
        status_free(status);
        for (unsigned i = 1; i <= LEFT_OUT_MAX + 1; i++) {
                char text[32];

                (void)snprintf(text, sizeof(text), "192.0.2.%u", i);
                add_address(&s, 7, text);
        }
        status = take(&s, NULL);
        assert_int_equal(status->n_left_out, LEFT_OUT_MAX);
        assert_int_equal(status->left_out[0].verdict, VERDICT_DOWN);
        status_free(status);
        s.settle.heard = false;
        status = take(&s, NULL);
        assert_int_equal(status->n_left_out, 0);
        status_free(status);
        scene_done(&s);
}

static void the_next_reminder_is_known(void **state)
{
        Scene s = scene_new(1);
        DestinationRecord *d = &s.world.ledger->destinations[0];
        Status *status;

        s.world.settings->destinations[0].remind_days = 2;
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].reminds_at.seconds, 0); /* nothing was told yet */
        status_free(status);
        d->told[FAMILY_IPV4] = (Told){true, ip("203.0.113.1")};
        d->told_at = (WallTime){.seconds = 1790000000, .utc_offset = 32400};
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].reminds_at.seconds, 1790000000 + 2 * 86400);
        status_free(status);
        d->remind_from = (WallTime){.seconds = 1790000005};
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].reminds_at.seconds, 1790000005 + 2 * 86400);
        status_free(status);
        scene_done(&s);
}

/* A state in which every kind of record stands. */
static Status *full_status(Scene *s)
{
        char id[MESSAGE_ID_MAX];
        Result r = refused(OUTCOME_DESTINATION_PERMANENT);

        for (unsigned i = 2; i < 9; i++) {
                char address[32];

                (void)snprintf(address, sizeof(address), "203.0.113.%u", i);
                world_settle(&s->world, address, "2001:db8::1");
        }
        world_settle(&s->world, NULL, "2001:db8::1");
        world_settle(&s->world, "203.0.113.9", "2001:db8::1");
        world_cut(&s->world, id);
        string_copy(s->world.settings->destinations[0].mac, MAC_TEXT_MAX, "02:00:5e:10:00:01");
        s->world.settings->destinations[0].language = LANGUAGE_JA;
        s->world.settings->destinations[0].family[FAMILY_IPV6] = false;
        s->world.ledger->account.hold = (Hold){.active = true, .refusals = 2, .due = s->world.now + 9};
        s->world.settings->destinations[0].content = (MailContent){
                "/etc/a text", 2, {"/etc/b", "ipherald.c"}};
        s->world.settings->destinations[0].remind_days = 30;
        s->settle.open = true;
        s->settle.since = s->settle.first = s->world.now;
        s->settle.candidate.n_others = 2;
        s->settle.candidate.others[0].address = ip("192.168.1.1");
        s->settle.candidate.others[1].address = ip("fd00::1");
        assert_int_equal(network_new(&s->network), 0);
        assert_int_equal(network_put_link(s->network, &(Link){.ifindex = 2, .name = "eth0", .up = true}), 1);
        add_address(s, 2, "198.51.100.7");
        add_address(s, 3, "198.51.100.8");
        failures_note_account(&s->failures, &r, (WallTime){.seconds = 5, .utc_offset = 32400});
        failures_note(&s->failures, "to1@example.com", &r, (WallTime){.seconds = 6});
        return take(s, NULL);
}

static void what_is_written_is_read(void **state)
{
        Scene s = scene_new(3);
        Status *status = full_status(&s), *read = NULL;
        _cleanup_text_ Text first = {0}, second = {0}, copy = {0};

        assert_int_equal(status_format(status, &first), 0);
        text_append(&copy, first.data, first.size);
        assert_int_equal(status_parse(copy.data, copy.size, &read), 0);
        assert_int_equal(status_format(read, &second), 0);
        assert_string_equal(first.data, second.data);
        assert_string_equal(read->service.config, "/etc/a b%.conf");
        assert_int_equal(read->family[FAMILY_IPV4].settled.n_last, LEDGER_LAST_ADDRESSES);
        assert_string_equal(read->family[FAMILY_IPV6].tunnel, "wg0");
        assert_string_equal(read->destinations[0].mac, "02:00:5e:10:00:01");
        assert_int_equal(read->destinations[0].language, LANGUAGE_JA);
        assert_false(read->destinations[0].family[FAMILY_IPV6]);
        assert_true(read->destinations[1].family[FAMILY_IPV6]);
        assert_true(address_record_was_away(&read->family[FAMILY_IPV4].settled, 0));
        assert_int_equal(read->n_others, 2);
        assert_true(mail_content_equal(&read->destinations[0].content,
                                       &s.world.settings->destinations[0].content));
        assert_int_equal(read->destinations[0].remind_days, 30);
        assert_int_equal(read->destinations[1].remind_days, 0);
        assert_int_equal(read->n_left_out, 2);
        assert_string_equal(read->left_out[0].interface, "eth0");
        assert_int_equal(read->left_out[0].verdict, VERDICT_NO_ROUTE);
        assert_string_equal(read->left_out[1].interface, "");
        assert_int_equal(read->left_out[1].verdict, VERDICT_DOWN);
        assert_true(read->held && read->tries == 2);
        assert_true(read->settles_at == status->settles_at && read->settles_at != USEC_INFINITY);
        assert_string_equal(read->destinations[1].failure.result.server_text, "nobody \"here\"");
        assert_int_equal(read->destinations[0].failure.result.outcome, OUTCOME_NONE);
        status_free(read);
        status_free(status);
        scene_done(&s);
}

/* Cut anywhere, or with any one bit turned, it is damaged. */
static void damage_is_found(void **state)
{
        Scene s = scene_new(3);
        Status *status = full_status(&s), *read = NULL;
        _cleanup_text_ Text text = {0};

        assert_int_equal(status_format(status, &text), 0);
        for (size_t i = 0; i < text.size; i++) {
                _cleanup_text_ Text cut = {0}, flipped = {0};

                text_append(&cut, text.data, i);
                if (i > 0)
                        assert_int_equal(status_parse(cut.data, cut.size, &read), -EBADMSG);
                text_append(&flipped, text.data, text.size);
                flipped.data[i] = (char)(flipped.data[i] ^ 1 << (i % 8));
                assert_int_equal(status_parse(flipped.data, flipped.size, &read), -EBADMSG);
        }
        status_free(status);
        scene_done(&s);
}

static int parse_lines(unsigned version, const char *lines)
{
        _cleanup_text_ Text text = {0};
        Status *read = NULL;
        int r;

        record_begin_document(&text, "ipherald-status", version);
        text_append_string(&text, "service pid=1 started-at=1 since=2026-11-24T00:00:00+00:00 config=/x "
                                  "settings=good\n");
        text_append_string(&text, lines);
        record_end_document(&text);
        r = status_parse(text.data, text.size, &read);
        status_free(read);
        return r;
}

#define SINCE      " since=2026-11-24T00:00:00+00:00"
#define TOLD       " told-at=2026-11-24T00:00:00+00:00 "
#define WISHES     "destination to=a@example.com enabled=yes sending=no"
#define ENTRY      WISHES " language=en ipv4=yes ipv6=yes" TOLD
#define OTHER      "other family=ipv4 address=192.0.2.1\n"
#define FOUR_OTHER OTHER OTHER OTHER OTHER

static void whole_but_wrong_is_refused(void **state)
{
        static const char *const wrong[] = {
                "nonsense a=b\n",
                "service pid=0 started-at=1" SINCE " config=/x settings=good\n",
                "service pid=1 started-at=1" SINCE " config=/x settings=fine\n",
                "mail enabled=perhaps sending=no\n",
                "selection heard=yes settled=yes settles-at=never\n",
                "address family=ipv4 address=2001:db8::1" SINCE " candidate=none reason=selected\n",
                "address family=ipv4 address=192.0.2.1" SINCE " candidate=none reason=whim\n",
                "last family=ipv4 address=none" SINCE "\n",
                "other family=ipv4 address=none\n",
                FOUR_OTHER FOUR_OTHER FOUR_OTHER FOUR_OTHER OTHER,
                "account held=no tries=0 due=soon\n",
                "left-out family=ipv4 address=192.0.2.1 interface=eth0 verdict=whim\n",
                "left-out family=ipv4 address=none interface=eth0 verdict=down\n",
                ENTRY "owed=new wait=ready remind-days=0\n",
                ENTRY "owed=new wait=ready remind-days=3 reminds-at=soon\n",
                "account held=no tries=0 due=0 failed-at=2026-11-24T00:00:00+00:00 outcome=none step= "
                "code=0\n",
                ENTRY "owed=much wait=nothing\n",
                ENTRY "owed=new wait=forever\n",
                "destination to=nobody enabled=yes sending=no language=en ipv4=yes ipv6=yes" TOLD
                "owed=new wait=ready\n",
                WISHES " language=fr ipv4=yes ipv6=yes" TOLD "owed=new wait=ready\n",
                WISHES " language=en ipv4=yes" TOLD "owed=new wait=ready\n",
                WISHES " mac=2:0:5e:10:0:1 language=en ipv4=yes ipv6=yes" TOLD "owed=new wait=ready\n",
                "address family=ipv4 address=none" SINCE
                " number=2 returned=2 candidate=none reason=selected\n",
        };

        assert_int_equal(parse_lines(1, ENTRY "owed=new wait=ready due=5\n"), 0);
        assert_int_equal(parse_lines(1, FOUR_OTHER FOUR_OTHER FOUR_OTHER FOUR_OTHER), 0);
        assert_int_equal(parse_lines(2, ""), -EPROTONOSUPPORT);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_lines(1, wrong[i]), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_is_sent_to),
                cmocka_unit_test(what_is_unknown_is_owed_again),
                cmocka_unit_test(failures_are_the_last_ones),
                cmocka_unit_test(a_failure_ends_with_its_clock),
                cmocka_unit_test(what_is_left_out_says_why),
                cmocka_unit_test(the_next_reminder_is_known),
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(damage_is_found),
                cmocka_unit_test(whole_but_wrong_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
