/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>

void violate(State *s, const char *format, ...)
{
        va_list ap;

        if (*s->violation)
                return;
        va_start(ap, format);
        (void)vsnprintf(s->violation, sizeof(s->violation), format, ap);
        va_end(ap);
}

static void round_backoff(Backoff *b, const Scene *scene)
{
        uint64_t row = b->row;

        round_wait(&row, &b->delay, &b->last, &b->due, scene);
        b->row = (Outcome)row;
        b->tries = b->row == OUTCOME_NONE ? 0 : 1;
}

static void round_destination_hour(Hour *h, const Scene *scene)
{
        uint64_t gos = h->gos;

        round_hour(&gos, &h->begin, scene);
        h->gos = (unsigned)gos;
}

static void round_facts(Facts *f, const Scene *scene)
{
        if (scene->forget_old)
                memset(f->old, 0, sizeof(f->old));
        memset(f->number, 0, sizeof(f->number)); /* these tell of the past, and decide nothing */
        memset(f->past, 0, sizeof(f->past));
}

static void round_ledger(Ledger *l, const Scene *scene)
{
        Hold *hold = &l->account.hold;

        round_backoff(&l->account.backoff, scene);
        hold->refusals = MIN(hold->refusals, scene->refusals_most);
        round_hold(hold->active, &hold->due, scene);
        round_whole(&hold->held_until, scene);
        uint64_t releases = hold->releases;
        round_releases(&releases, &hold->releases_since);
        hold->releases = (unsigned)releases;
        for (Family f = 0; f < FAMILY_COUNT; f++) { /* what only the log names */
                AddressRecord *r = &l->addresses[f];

                r->n_last = 0;
                r->number = r->returned = 0;
                if (!ip_address_is_set(&r->address))
                        *r = (AddressRecord){0};
        }
        for (size_t i = 0; i < l->n_destinations; i++) {
                for (Family f = 0; f < FAMILY_COUNT; f++)
                        l->destinations[i].told[f].number = 0;
                round_backoff(&l->destinations[i].backoff, scene);
                round_destination_hour(&l->destinations[i].hour, scene);
                round_wall_time(&l->destinations[i].told_at.seconds, scene);
                round_wall_time(&l->destinations[i].remind_from.seconds, scene);
        }
        for (size_t i = 0; i < l->n_mails; i++) {
                l->mails[i].goes = MIN(l->mails[i].goes, scene->goes_most);
                round_mail(l->mails[i].goes, &l->mails[i].go, &l->mails[i].due);
                round_facts(&l->mails[i].notice.facts, scene);
        }
}

void state_round(State *s, const Scene *scene)
{
        if (!s->delivery) /* a session may give a destination back the mail that it pointed to */
                ledger_sweep_mails(s->ledger);
        round_ledger(s->ledger, scene);
        if (s->disk) {
                ledger_sweep_mails(s->disk);
                round_ledger(s->disk, scene);
        }
        for (size_t i = 0; s->delivery && i < s->delivery->n_transactions; i++)
                round_facts(&s->delivery->transactions[i].notice.facts, scene);
        round_settle(s->settle.open, &s->settle.since, &s->settle.first);
        s->ring = s->ring == USEC_INFINITY ? s->ring : NOW + REMIND_SECONDS * USEC_PER_SEC;
        spec_round(&s->world, scene);
        state_rename_ids(s);
}

static void pass_backoff(Backoff *b, usec_t time)
{
        if (b->row == OUTCOME_NONE)
                return;
        b->last -= time;
        b->due -= time;
}

static void pass_ledger(Ledger *l, usec_t time)
{
        int64_t seconds = (int64_t)(time / USEC_PER_SEC);

        pass_backoff(&l->account.backoff, time);
        if (l->account.hold.active)
                l->account.hold.due -= time;
        if (l->account.hold.held_until > 0)
                l->account.hold.held_until -= time;
        if (l->account.hold.releases > 0)
                l->account.hold.releases_since -= time;
        for (size_t i = 0; i < l->n_destinations; i++) {
                pass_backoff(&l->destinations[i].backoff, time);
                l->destinations[i].hour.begin -= l->destinations[i].hour.gos > 0 ? time : 0;
                move_wall_time(&l->destinations[i].told_at.seconds, -seconds);
                move_wall_time(&l->destinations[i].remind_from.seconds, -seconds);
        }
        for (size_t i = 0; i < l->n_mails; i++) {
                l->mails[i].go -= time;
                l->mails[i].due -= time;
        }
}

void state_pass(State *s, usec_t time)
{
        pass_ledger(s->ledger, time);
        if (s->disk)
                pass_ledger(s->disk, time);
        if (s->settle.open) {
                s->settle.since -= time;
                s->settle.first -= time;
        }
        if (s->ring != USEC_INFINITY)
                s->ring -= time;
        spec_pass(&s->world, time);
}
