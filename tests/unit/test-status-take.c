/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "decide/status.h"

/* What of ledger, settings, selection and session stands in the picture. */

typedef struct Scene {
        World world;
        Settle settle;
        Failures failures;
} Scene;

static Scene scene_new(size_t n)
{
        Scene s = {.world = world_new(n)};

        world_settle(&s.world, "203.0.113.1", "2001:db8::1");
        s.settle.heard = true;
        return s;
}

static void scene_done(Scene *s)
{
        failures_done(&s->failures);
        world_done(&s->world);
}

static Status *take(const Scene *s, const Delivery *sending)
{
        const StatusInput input = {
                .service = {.pid = 7, .started_at = 8, .config = "/etc/x.conf"},
                .ledger = s->world.ledger,
                .settings = s->world.settings,
                .settle = &s->settle,
                .sending = sending,
                .failures = &s->failures,
        };
        Status *status = NULL;

        assert_int_equal(status_take(&input, &status), 0);
        return status;
}

static void assert_address(const IpAddress *a, const char *expected)
{
        IpAddress e = ip(expected);

        assert_true(ip_address_equal(a, &e));
}

static void the_selection_is_taken(void **state)
{
        Scene s = scene_new(1);
        Selection *c = &s.settle.candidate;
        Status *status;

        c->family[FAMILY_IPV4] = (SelectedAddress){.address = ip("203.0.113.2"), .interface = "ppp0"};
        c->reason[FAMILY_IPV6] = REASON_NO_ADDRESS;
        string_copy(c->tunnel[FAMILY_IPV4], IFNAMSIZ, "wg0");
        string_copy(c->asked[FAMILY_IPV6], IFNAMSIZ, "eth1");
        c->n_others = 1;
        c->others[0].address = ip("192.168.1.1");
        status = take(&s, NULL);
        assert_int_equal(status->service.pid, 7);
        assert_true(status->heard && status->settled && status->mail_enabled);
        assert_string_equal(status->server, "mail.example.com:587");
        assert_address(&status->family[FAMILY_IPV4].settled.address, "203.0.113.1");
        assert_address(&status->family[FAMILY_IPV6].settled.address, "2001:db8::1");
        assert_address(&status->family[FAMILY_IPV4].candidate.address, "203.0.113.2");
        assert_string_equal(status->family[FAMILY_IPV4].candidate.interface, "ppp0");
        assert_int_equal(status->family[FAMILY_IPV6].reason, REASON_NO_ADDRESS);
        assert_string_equal(status->family[FAMILY_IPV4].tunnel, "wg0");
        assert_string_equal(status->family[FAMILY_IPV6].tunnel, "");
        assert_string_equal(status->family[FAMILY_IPV6].asked, "eth1");
        assert_int_equal(status->n_others, 1);
        assert_address(&status->others[0].address, "192.168.1.1");
        assert_int_equal(status->n_left_out, 0);
        assert_true(status->settles_at == USEC_INFINITY);
        status_free(status);

        s.settle.heard = s.world.ledger->settled = s.world.settings->mail.enabled = false;
        status = take(&s, NULL);
        assert_false(status->heard || status->settled || status->mail_enabled);
        assert_false(ip_address_is_set(&status->family[FAMILY_IPV4].candidate.address));
        assert_address(&status->family[FAMILY_IPV4].settled.address, "203.0.113.1");
        assert_int_equal(status->family[FAMILY_IPV6].reason, REASON_SELECTED);
        assert_string_equal(status->family[FAMILY_IPV4].tunnel, "");
        assert_string_equal(status->family[FAMILY_IPV6].asked, "");
        status_free(status);
        scene_done(&s);
}

/* Where a family is gone that was settled, it is waited for longer. */
static void it_says_when_it_settles(void **state)
{
        Scene s = scene_new(1);
        Status *status;

        s.settle.open = true;
        s.settle.first = s.settle.since = 100;
        s.world.settings->settle_quiet = 5;
        s.world.settings->watch.settle_limit = 70;
        s.settle.candidate.family[FAMILY_IPV4].address = ip("203.0.113.2");
        status = take(&s, NULL);
        assert_true(status->settles_at == 170);
        status_free(status);
        s.settle.candidate.family[FAMILY_IPV6].address = ip("2001:db8::2");
        status = take(&s, NULL);
        assert_true(status->settles_at == 105);
        status_free(status);
        scene_done(&s);
}

/* What the account waits for: the hold of its login, or its clock. */
static void the_account_is_taken(void **state)
{
        static const struct {
                bool held;
                usec_t hold_due, due;
                Outcome row;
                unsigned expected_tries;
                usec_t expected_due;
                bool expected_failure;
        } cases[] = {
                {false, 90, 50, OUTCOME_TEMPORARY, 3, 50, true},
                {false, 90, 0, OUTCOME_NONE, 3, 0, false},
                {true, 90, 50, OUTCOME_NONE, 2, 90, true},
                {true, 90, 95, OUTCOME_TEMPORARY, 2, 95, true},
        };
        Scene s = scene_new(1);
        AccountRecord *a = &s.world.ledger->account;
        Result r = {.outcome = OUTCOME_TEMPORARY};

        failures_note_account(&s.failures, &r, (WallTime){.seconds = 1});
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                a->hold = (Hold){.active = cases[i].held, .due = cases[i].hold_due, .refusals = 2};
                a->backoff = (Backoff){.row = cases[i].row, .due = cases[i].due, .tries = 3};
                Status *status = take(&s, NULL);
                assert_int_equal(status->held, cases[i].held);
                assert_int_equal(status->tries, cases[i].expected_tries);
                assert_true(status->account_due == cases[i].expected_due);
                assert_int_equal(status->account_failure.result.outcome == OUTCOME_TEMPORARY,
                                 cases[i].expected_failure);
                status_free(status);
        }
        scene_done(&s);
}

static void what_the_settings_say_is_taken(void **state)
{
        Scene s = scene_new(2);
        DestinationSettings *settings = &s.world.settings->destinations[0];
        DestinationRecord *records = s.world.ledger->destinations;
        Status *status;

        string_copy(settings->mac, sizeof(settings->mac), "02:00:5e:10:00:01");
        settings->language = LANGUAGE_JA;
        settings->family[FAMILY_IPV4] = false;
        settings->content = (MailContent){"short", 1, {"/a"}};
        settings->remind_days = 2;
        records[0].told[FAMILY_IPV6] = (Told){true, ip("2001:db8::7"), 5};
        records[0].told_at = (WallTime){.seconds = 1790000000, .utc_offset = 32400};
        s.world.settings->n_destinations = 1;
        status = take(&s, NULL);
        const StatusDestination *d = status->destinations;
        assert_int_equal(status->n_destinations, 2);
        assert_string_equal(d[0].to, "to0@example.com");
        assert_true(d[0].enabled);
        assert_string_equal(d[0].mac, "02:00:5e:10:00:01");
        assert_int_equal(d[0].language, LANGUAGE_JA);
        assert_false(d[0].family[FAMILY_IPV4]);
        assert_true(d[0].family[FAMILY_IPV6]);
        assert_true(mail_content_equal(&d[0].content, &settings->content));
        assert_int_equal(d[0].remind_days, 2);
        assert_int_equal(d[0].reminds_at.seconds, 1790000000 + 2 * 86400);
        assert_int_equal(d[0].reminds_at.utc_offset, 32400);
        assert_false(d[0].told[FAMILY_IPV4].known);
        assert_true(d[0].told[FAMILY_IPV6].known && d[0].told[FAMILY_IPV6].number == 5);
        assert_address(&d[0].told[FAMILY_IPV6].address, "2001:db8::7");
        assert_int_equal(d[0].told_at.seconds, 1790000000);

        /* One that the settings do not list any more. */
        assert_string_equal(d[1].to, "to1@example.com");
        assert_false(d[1].enabled || d[1].family[FAMILY_IPV4] || d[1].family[FAMILY_IPV6]);
        assert_int_equal(d[1].wait, WAIT_DISABLED);
        status_free(status);

        /* A clock that was not set counts no days. */
        records[0].told_at.seconds = 1000;
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].reminds_at.seconds, 0);
        assert_int_equal(status->destinations[0].reminds_at.utc_offset, 0);
        status_free(status);
        s.world.settings->n_destinations = 2;
        scene_done(&s);
}

static void each_is_owed_its_own(void **state)
{
        Scene s = scene_new(3);
        DestinationRecord *d = s.world.ledger->destinations;
        Result r = {.outcome = OUTCOME_DESTINATION_TEMPORARY};
        Status *status;

        assert_int_equal(world_deliver(&s.world), 1);
        d[1].reminder = true;
        d[2].told[FAMILY_IPV6].known = false;
        d[2].backoff = (Backoff){.row = OUTCOME_DESTINATION_TEMPORARY, .due = 77};
        failures_note(&s.failures, "to2@example.com", &r, (WallTime){.seconds = 3});
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].owed, STATUS_OWED_NOTHING);
        assert_int_equal(status->destinations[0].wait, WAIT_NOTHING);
        assert_true(status->destinations[0].due == USEC_INFINITY);
        assert_int_equal(status->destinations[0].failure.result.outcome, OUTCOME_NONE);
        assert_int_equal(status->destinations[1].owed, STATUS_OWED_REMINDER);
        assert_true(status->destinations[1].due == 0);
        assert_int_equal(status->destinations[2].owed, STATUS_OWED_NEW);
        assert_int_equal(status->destinations[2].wait, WAIT_DEFERRED);
        assert_true(status->destinations[2].due == 77);
        assert_int_equal(status->destinations[2].failure.at.seconds, 3);
        for (size_t i = 0; i < 3; i++) {
                assert_false(status->destinations[i].sending);
                assert_false(ip_address_is_set(&status->destinations[i].attempted[FAMILY_IPV4]));
        }
        status_free(status);
        scene_done(&s);
}

static void what_was_attempted_is_told_of_both_families(void **state)
{
        Scene s = scene_new(1);
        char id[MESSAGE_ID_MAX];
        Status *status;

        world_cut(&s.world, id);
        status = take(&s, NULL);
        assert_int_equal(status->destinations[0].owed, STATUS_OWED_AGAIN);
        assert_address(&status->destinations[0].attempted[FAMILY_IPV4], "203.0.113.1");
        assert_address(&status->destinations[0].attempted[FAMILY_IPV6], "2001:db8::1");
        status_free(status);
        scene_done(&s);
}

/* Are to0, to1 and to2 in the session D, as "+" and "-"? */
static void assert_sending(const Scene *s, const Delivery *d, const char *expected)
{
        char said[4] = "";
        Status *status = take(s, d);

        assert_true(status->sending);
        for (size_t i = 0; i < 3; i++)
                said[i] = status->destinations[i].sending ? '+' : '-';
        assert_string_equal(said, expected);
        status_free(status);
}

/* Two transactions: to0 and to1 in the first, to2 in the second. */
static void a_session_carries_whom_it_may_still_tell(void **state)
{
        Scene s = scene_new(3);
        s.world.settings->destinations[2].language = LANGUAGE_JA;
        _cleanup_(delivery_freep) Delivery *d = world_plan(&s.world);
        Transaction *first = &d->transactions[0];

        assert_int_equal(d->n_transactions, 2);
        assert_sending(&s, d, "+++");
        first->refused[0] = true;
        assert_sending(&s, d, "-++");
        first->committed = true;
        assert_sending(&s, d, "--+");
        first->accepted[1] = true;
        assert_sending(&s, d, "-++");
        d->transactions[1].stopped = true;
        assert_sending(&s, d, "-+-");
        first->closed = true;
        assert_sending(&s, d, "---");
        Status *status = take(&s, d);
        assert_int_equal(status->destinations[1].wait, WAIT_READY);
        assert_true(status->destinations[1].due == 0);
        status_free(status);
        scene_done(&s);
}

/* While it is told, it waits for nothing, whatever its clock says. */
static void what_is_sent_waits_for_nothing(void **state)
{
        Scene s = scene_new(1);
        _cleanup_(delivery_freep) Delivery *d = world_plan(&s.world);

        s.world.ledger->destinations[0].backoff = (Backoff){.row = OUTCOME_DESTINATION_TEMPORARY, .due = 77};
        Status *status = take(&s, d);
        assert_int_equal(status->destinations[0].wait, WAIT_READY);
        assert_true(status->destinations[0].due == USEC_INFINITY);
        status_free(status);
        scene_done(&s);
}

static void nobody_to_tell_is_a_picture_too(void **state)
{
        Scene s = scene_new(0);
        Status *status = take(&s, NULL);

        assert_int_equal(status->n_destinations, 0);
        status_free(status);
        status_free(NULL);
        scene_done(&s);
}

static void each_name_is_read_again(void **state)
{
        WaitReason wait = WAIT_HELD;
        StatusOwed owed = STATUS_OWED_NEW;
        StatusSettings settings = STATUS_SETTINGS_KEPT;

        assert_int_equal(wait_from_name("x", &wait), -EINVAL);
        assert_int_equal(status_owed_from_name("x", &owed), -EINVAL);
        assert_int_equal(status_settings_from_name("x", &settings), -EINVAL);
        assert_true(wait == WAIT_HELD && owed == STATUS_OWED_NEW && settings == STATUS_SETTINGS_KEPT);
        for (WaitReason w = 0; w < WAIT_COUNT; w++) {
                assert_int_equal(wait_from_name(wait_name(w), &wait), 0);
                assert_int_equal(wait, w);
        }
        for (StatusOwed o = 0; o < STATUS_OWED_COUNT; o++) {
                assert_int_equal(status_owed_from_name(status_owed_name(o), &owed), 0);
                assert_int_equal(owed, o);
        }
        for (StatusSettings x = 0; x < STATUS_SETTINGS_COUNT; x++) {
                assert_int_equal(status_settings_from_name(status_settings_name(x), &settings), 0);
                assert_int_equal(settings, x);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_selection_is_taken),
                cmocka_unit_test(it_says_when_it_settles),
                cmocka_unit_test(the_account_is_taken),
                cmocka_unit_test(what_the_settings_say_is_taken),
                cmocka_unit_test(each_is_owed_its_own),
                cmocka_unit_test(what_was_attempted_is_told_of_both_families),
                cmocka_unit_test(a_session_carries_whom_it_may_still_tell),
                cmocka_unit_test(what_is_sent_waits_for_nothing),
                cmocka_unit_test(nobody_to_tell_is_a_picture_too),
                cmocka_unit_test(each_name_is_read_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
