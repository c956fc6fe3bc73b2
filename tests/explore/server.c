/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server.h"

#include <stdio.h>

#include "check.h"

static void close_transaction(State *s, const Scene *scene, size_t i, Outcome how)
{
        const Result result = {.outcome = how};

        if (!delivery_close(s->delivery, i, &result, s->ledger, service_wall(s), NOW))
                violate(s, "a result that fits is taken for nonsense");
        spec_close(&s->world, (unsigned)i, how, scene);
        service_save(s);
}

/* Behind what the model was told of it. */
static void leave_session(State *s, const Scene *scene, Outcome how)
{
        const Result result = {.outcome = how};
        char digest[16];

        (void)snprintf(digest, sizeof(digest), "digest-%u", (unsigned)s->world.credential);
        (void)delivery_end(s->delivery, &result, digest, s->ledger, NOW);
        s->delivery = delivery_free(s->delivery);
        memset(s->world.sending, 0, sizeof(s->world.sending));
        s->world.asks = s->world.account = s->world.at = s->world.n = 0;
        service_save(s);
        if (!s->crashed)
                service_advance(s, scene);
}

static void end_session(State *s, const Scene *scene, Outcome how)
{
        spec_end(&s->world, how, scene);
        leave_session(s, scene, how);
}

/* The transactions behind the one that the session is at were not begun. */
static void end_early(State *s, const Scene *scene, Outcome current, Outcome session)
{
        for (size_t i = s->world.at; i < s->world.n && !s->crashed; i++)
                close_transaction(s, scene, i, i == s->world.at ? current : OUTCOME_NOT_BEGUN);
        if (!s->crashed)
                end_session(s, scene, session);
}

static void go_on(State *s, const Scene *scene)
{
        if (s->crashed)
                return;
        s->world.at++;
        if (s->world.at == s->world.n)
                end_session(s, scene, OUTCOME_NONE);
}

void server_fails(State *s, const Scene *scene, Outcome row)
{
        end_early(s, scene, row, row);
}

void server_mailer_dies(State *s, const Scene *scene)
{
        end_session(s, scene, OUTCOME_TEMPORARY);
}

static void ask_to_commit(State *s, const Scene *scene, const uint8_t *indexes, size_t n, uint64_t accepted)
{
        World *w = &s->world;
        bool may = spec_may_commit(w, accepted);
        bool forgotten = !ledger_mail(s->ledger, s->delivery->transactions[w->at].notice.message_id);

        if (delivery_may_commit(s->delivery, w->at, indexes, n, s->ledger, service_settings(s)) != may) {
                violate(s, may ? "a mail is stopped that is still true"
                               : "a mail goes out that is superseded, or that nobody wants any more");
                return;
        }
        if (!may) {
                w->sending[w->at].stopped = 1;
                close_transaction(s, scene, w->at, OUTCOME_STOPPED);
                if (!s->crashed)
                        end_session(s, scene, OUTCOME_NONE);
                return;
        }
        if (delivery_commit(s->delivery, w->at, indexes, n, s->ledger, UNKNOWN_WAIT, NOW) < 0)
                abort();
        spec_commit(w, accepted, forgotten, scene);
        service_save(s);
        if (!s->crashed)
                check_record(s);
}

void server_takes(State *s, const Scene *scene, uint64_t accepted, Outcome refusal)
{
        World *w = &s->world;
        const Notice *n = &s->delivery->transactions[w->at].notice;
        const Result refused = {.outcome = refusal, .step = STEP_RCPT};
        uint8_t indexes[READERS];
        size_t n_accepted = 0;

        for (size_t k = 0; k < n->n_recipients; k++) {
                unsigned r = reader_of(n->recipients[k]);

                if (accepted & 1U << r) {
                        indexes[n_accepted++] = (uint8_t)k;
                        continue;
                }
                delivery_refuse(s->delivery, w->at, k, &refused, s->ledger, NOW);
                spec_refuse(w, r, refusal, scene);
        }
        if (n_accepted > 0) {
                ask_to_commit(s, scene, indexes, n_accepted, accepted);
                return;
        }
        close_transaction(s, scene, w->at, refusal);
        go_on(s, scene);
}

static void mailbox_gets(World *w)
{
        const Sending *t = &w->sending[w->at];

        for (unsigned r = 0; r < READERS; r++)
                if (t->accepted & 1U << r) {
                        w->believes[r] = t->place;
                        w->excused[r] = 0;
                }
}

void server_loses_line(State *s, const Scene *scene, bool taken)
{
        if (taken && s->world.sending[s->world.at].committed)
                mailbox_gets(&s->world);
        delivery_supersede(s->delivery);
        if (spec_supersede(&s->world))
                spec_end(&s->world, OUTCOME_NONE, scene);
        s->world.active = 0;
        leave_session(s, scene, OUTCOME_NONE);
}

void server_ends(State *s, const Scene *scene, End how)
{
        static const Outcome outcomes[ENDS] = {
                [END_ACCEPTED] = OUTCOME_DELIVERED,
                [END_TEMPORARY] = OUTCOME_DESTINATION_TEMPORARY,
                [END_PERMANENT] = OUTCOME_DESTINATION_PERMANENT,
                [END_CUT_BEFORE] = OUTCOME_TEMPORARY,
                [END_CUT_TAKEN] = OUTCOME_UNKNOWN,
                [END_CUT_LOST] = OUTCOME_UNKNOWN,
        };

        if (how == END_ACCEPTED || how == END_CUT_TAKEN || how == END_DIED_TAKEN)
                mailbox_gets(&s->world);
        switch (how) {
        case END_ACCEPTED:
        case END_TEMPORARY:
        case END_PERMANENT:
                close_transaction(s, scene, s->world.at, outcomes[how]);
                go_on(s, scene);
                break;
        case END_CUT_BEFORE:
        case END_CUT_TAKEN:
        case END_CUT_LOST:
                end_early(s, scene, outcomes[how], OUTCOME_TEMPORARY);
                break;
        case END_DIED_TAKEN:
        case END_DIED_LOST:
        case ENDS:
                server_mailer_dies(s, scene);
        }
}
