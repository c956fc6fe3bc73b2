/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What decides when memory fails once, at the first request of a step, its second, and so on to its last:
 * the step says -ENOMEM, or does all the same; the ledger tells nobody anything else by it, and what was
 * taken is given back. */

#include "decide-world.h"
#include "failing-memory.h"

#include "decide/status-text.h"

/* Two destinations; what to0 was sent is unknown. */
static World world_with_an_unknown(void)
{
        World w = world_new(2);
        char id[MESSAGE_ID_MAX];

        w.settings->destinations[1].enabled = false;
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        world_cut(&w, id);
        w.settings->destinations[1].enabled = true;
        w.now += WORLD_UNKNOWN_WAIT;
        return w;
}

typedef int (*Doing)(World *w);

static int plan(World *w)
{
        _cleanup_(delivery_freep) Delivery *d = NULL;
        PlanInput input = {.settings = w->settings,
                           .host = "router",
                           .message_id_left = "a",
                           .message_id_right = "b",
                           .now = w->now,
                           .wall = {.seconds = 1764000000}};
        int r = plan_delivery(w->ledger, &input, &d);

        assert_true(r < 0 || d->n_transactions == 2);
        return r;
}

static int commit(World *w)
{
        _cleanup_(delivery_freep) Delivery *d = NULL;
        uint8_t first = 0;
        int r = 0;

        memory.counts = false;
        d = world_plan(w);
        memory.counts = true;
        for (size_t i = 0; i < 2 && r >= 0; i++) {
                size_t n_mails = w->ledger->n_mails;

                r = delivery_commit(d, i, &first, 1, w->ledger, WORLD_UNKNOWN_WAIT, w->now);
                assert_int_equal(d->transactions[i].committed, r >= 0);
                assert_int_equal(w->ledger->n_mails, n_mails + (r >= 0 && i == 1));
        }
        return r;
}

static int take_settings(World *w)
{
        int r = ledger_take_settings(w->ledger, w->settings);

        assert_int_equal(w->ledger->n_destinations, 2);
        assert_int_equal(w->ledger->n_mails, 1);
        return r;
}

static int restart(World *w)
{
        _cleanup_text_ Text text = {0};
        _cleanup_(ledger_freep) Ledger *read = NULL;
        int r = ledger_format(w->ledger, &text);

        if (r < 0)
                return r;
        r = ledger_parse(text.data, text.size, &read);
        assert_true(r < 0 || (read->n_destinations == 2 && read->n_mails == 1));
        return r;
}

static int status(World *w)
{
        _cleanup_(status_freep) Status *s = NULL, *read = NULL;
        _cleanup_text_ Text text = {0};
        Settle settle = {0};
        Failures failures = {0};
        int r = status_take(
                &(StatusInput){.service = {.pid = 7, .started_at = 8, .config = "/etc/ipherald.conf"},
                               .ledger = w->ledger,
                               .settings = w->settings,
                               .settle = &settle,
                               .failures = &failures},
                &s);

        if (r < 0)
                return r;
        assert_int_equal(s->n_destinations, 2);
        r = status_format(s, &text);
        if (r < 0)
                return r;
        r = status_parse(text.data, text.size, &read);
        assert_true(r < 0 || read->n_destinations == 2);
        return r;
}

/* Nobody is told that a failure was not noted: it is shown, and does nothing. */
static int note_failures(World *w)
{
        Failures failures = {0};
        const Result result = result_of(OUTCOME_DESTINATION_PERMANENT);
        bool all;

        failures_note(&failures, "a@example.com", &result, (WallTime){0});
        failures_note(&failures, "b@example.com", &result, (WallTime){0});
        failures_note(&failures, "b@example.com", &result, (WallTime){0});
        all = failures.n_destinations == 2;
        assert_true(failures_find(&failures, "b@example.com") != NULL);
        failures_done(&failures);
        return all ? 0 : -ENOMEM;
}

static void no_step_trips_over_memory(void **state)
{
        static const struct {
                Doing step;
                unsigned least; /* requests, so that each is failed in earnest */
        } steps[] = {{plan, 9},    {commit, 5}, {take_settings, 3},
                     {restart, 5}, {status, 5}, {note_failures, 4}};

        for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                for (unsigned n = 0;; n++) {
                        World w = world_with_an_unknown();
                        int r;

                        memory.left = n;
                        memory.failed = false;
                        memory.counts = true;
                        r = steps[i].step(&w);
                        memory.counts = false;
                        if (!memory.failed)
                                assert_true(r >= 0);
                        else if (steps[i].step != note_failures)
                                assert_int_equal(r, -ENOMEM);
                        assert_false(w.ledger->destinations[0].told[FAMILY_IPV4].known);
                        world_done(&w);
                        if (!memory.failed) {
                                assert_in_range(n, steps[i].least, 200);
                                break;
                        }
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_step_trips_over_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
