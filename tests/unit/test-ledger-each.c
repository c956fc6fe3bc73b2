/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the ledger does to each of several destinations and mails, the last like the first, and what it says
 * of an address that comes and goes. */

#include "decide-world.h"

#define N 3

/* Three destinations that wait and two mails, with no time ahead of NOW. */
static World world_of_several(void)
{
        World w = world_new(N);
        MailRecord *m;

        world_settle(&w, "203.0.113.1", NULL);
        w.ledger->account.backoff = (Backoff){.row = OUTCOME_TEMPORARY, .due = USEC_PER_DAY};
        for (size_t i = 0; i < N; i++) {
                DestinationRecord *d = &w.ledger->destinations[i];

                d->backoff = (Backoff){.row = OUTCOME_DESTINATION_TEMPORARY, .due = USEC_PER_DAY};
                d->hour = (Hour){.begin = 1, .gos = 3, .said = true};
        }
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(ledger_add_mail(w.ledger, &m), 0);
                assert_int_equal(notice_add_recipient(&m->notice, "to0@example.com"), 0);
                m->goes = 1;
        }
        return w;
}

static void a_new_boot_begins_all_anew(void **state)
{
        World w = world_of_several();
        Ledger *l = w.ledger;

        l->account.hold = (Hold){.active = true, .held_until = 9, .releases = 2, .releases_since = 7};
        ledger_start(l, "boot-2", WORLD_UNKNOWN_WAIT, w.now);
        assert_string_equal(l->boot_id, "boot-2");
        assert_false(l->settled);
        assert_true(l->account.backoff.last == w.now && l->account.backoff.due == 0);
        assert_true(l->account.hold.due == w.now + USEC_PER_HOUR);
        assert_true(l->account.hold.ask);
        assert_true(l->account.hold.held_until == 0);
        assert_int_equal(l->account.hold.releases, 0);
        assert_true(l->account.hold.releases_since == 0);
        for (size_t i = 0; i < N; i++) {
                assert_true(l->destinations[i].backoff.last == w.now && l->destinations[i].backoff.due == 0);
                assert_int_equal(l->destinations[i].hour.gos, 0);
        }
        for (size_t i = 0; i < 2; i++)
                assert_true(l->mails[i].go == w.now && l->mails[i].due == w.now + WORLD_UNKNOWN_WAIT);
        world_done(&w);
}

static void assert_brought_forward(const World *w, usec_t due)
{
        for (size_t i = 0; i < N; i++)
                assert_true(w->ledger->destinations[i].backoff.due == due);
}

static void each_wait_is_brought_forward(void **state)
{
        World w = world_of_several();

        ledger_start(w.ledger, "boot-1", WORLD_UNKNOWN_WAIT, w.now);
        assert_brought_forward(&w, USEC_PER_MIN);
        world_done(&w);

        w = world_of_several();
        ledger_route_changed(w.ledger);
        assert_brought_forward(&w, USEC_PER_MIN);
        world_done(&w);

        w = world_of_several();
        w.ledger->account.hold = (Hold){.active = true, .ask = true};
        ledger_release(w.ledger, w.now);
        assert_brought_forward(&w, w.now);
        assert_false(w.ledger->account.hold.ask);
        world_done(&w);

        w = world_of_several();
        world_settle(&w, "203.0.113.2", NULL);
        assert_brought_forward(&w, USEC_PER_MIN);
        for (size_t i = 0; i < N; i++)
                assert_false(w.ledger->destinations[i].hour.said);
        world_done(&w);
}

/* One time that lies ahead, whose ever it is, says that the clock began anew. */
static void any_time_ahead_is_another_boot(void **state)
{
        for (size_t which = 0;; which++) {
                World w = world_of_several();
                Ledger *l = w.ledger;
                usec_t *times[] = {&l->account.backoff.last,
                                   &l->destinations[0].backoff.last,
                                   &l->destinations[1].hour.begin,
                                   &l->destinations[0].hour.begin,
                                   &l->destinations[2].backoff.last,
                                   &l->destinations[2].hour.begin,
                                   &l->mails[0].go,
                                   &l->mails[1].go};

                if (which < ELEMENTSOF(times))
                        *times[which] = w.now + 1;
                ledger_start(l, "boot-1", WORLD_UNKNOWN_WAIT, w.now);
                assert_int_equal(l->account.backoff.last == w.now, which < ELEMENTSOF(times));
                world_done(&w);
                if (which == ELEMENTSOF(times))
                        break;
        }
}

static SettledChange settle(World *w, const char *address, Source source, bool expected)
{
        Selection s = {.family[FAMILY_IPV4] = {.address = ip(address), .origin.source = source}};
        SettledChange change[FAMILY_COUNT];

        string_copy(s.family[FAMILY_IPV4].interface, IFNAMSIZ, address ? "eth0" : "gone0");
        assert_int_equal(ledger_settle(w->ledger, &s, (WallTime){.seconds = 1764000000}, change), expected);
        assert_int_equal(change[FAMILY_IPV4].changed, expected);
        assert_false(change[FAMILY_IPV6].changed || change[FAMILY_IPV6].gone);
        return change[FAMILY_IPV4];
}

static void what_changed_is_said(void **state)
{
        World w = world_new(1);
        const AddressRecord *r = &w.ledger->addresses[FAMILY_IPV4];
        IpAddress now[FAMILY_COUNT] = {{0}}, first = ip("203.0.113.1");
        SettledChange change = settle(&w, NULL, SOURCE_INTERFACE, false);

        assert_false(change.gone);
        change = settle(&w, "203.0.113.1", SOURCE_INTERFACE, true);
        assert_false(change.gone || ip_address_is_set(&change.old));
        assert_true(r->returned == 0); /* there was none before it was away */
        ledger_addresses(w.ledger, now);
        assert_true(ip_address_equal(&now[FAMILY_IPV4], &first));
        assert_false(ip_address_is_set(&now[FAMILY_IPV6]));
        change = settle(&w, "203.0.113.2", SOURCE_FILE, true);
        assert_false(change.gone);
        assert_true(ip_address_equal(&change.old, &first));
        assert_int_equal(r->origin.source, SOURCE_FILE);
        change = settle(&w, NULL, SOURCE_INTERFACE, true);
        assert_true(change.gone);
        assert_string_equal(r->interface, "eth0"); /* where it was */
        assert_int_equal(r->origin.source, SOURCE_FILE);
        (void)settle(&w, NULL, SOURCE_INTERFACE, false);
        world_done(&w);
}

static void an_address_of_either_family_is_new_to_a_hold(void **state)
{
        AddressRecord addresses[FAMILY_COUNT] = {0};
        Hold h = {0};

        assert_false(hold_take_addresses(&h, addresses));
        addresses[FAMILY_IPV6].address = ip("2606:4700::1");
        assert_true(hold_take_addresses(&h, addresses));
        assert_false(hold_take_addresses(&h, addresses));
        addresses[FAMILY_IPV4].address = ip("1.1.1.1");
        assert_true(hold_take_addresses(&h, addresses));
}

static void an_hour_begins_with_its_first_mail(void **state)
{
        Hour h = {.said = true};

        hour_count(&h, USEC_PER_MIN);
        assert_true(h.begin == USEC_PER_MIN);
        assert_false(h.said);
        h.said = true;
        hour_count(&h, 2 * USEC_PER_MIN);
        assert_true(h.begin == USEC_PER_MIN && h.gos == 2);
        assert_false(h.said);
}

/* A ledger that was lost in part may have last addresses and no numbers. */
static void numbers_that_were_lost_make_nothing_up(void **state)
{
        AddressRecord r = {.address = ip("203.0.113.1"), .number = 1, .n_last = 1};

        assert_false(address_record_was_away(&r, 0));
        assert_false(address_record_was_away(&r, 1));
        r.returned = 1;
        assert_true(address_record_was_away(&r, 0));
        assert_false(address_record_was_away(&r, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_new_boot_begins_all_anew),
                cmocka_unit_test(each_wait_is_brought_forward),
                cmocka_unit_test(any_time_ahead_is_another_boot),
                cmocka_unit_test(what_changed_is_said),
                cmocka_unit_test(an_address_of_either_family_is_new_to_a_hold),
                cmocka_unit_test(an_hour_begins_with_its_first_mail),
                cmocka_unit_test(numbers_that_were_lost_make_nothing_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
