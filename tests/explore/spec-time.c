/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

/* What is left of time: for each wait, whether it still runs, and whether its least is over. A wait that
 * runs is rounded up to its whole length at each step, so that any other may end before it, again and again:
 * more can happen here than in life, never less. Both the service's ledger and the model are rounded by
 * these. */

static usec_t first_of(uint64_t row)
{
        World w = {0};
        const Scene s = {0};

        spec_put_off(&w.known.wait, (Outcome)row, &s);
        return w.known.wait.delay;
}

static usec_t most_of(uint64_t row)
{
        Wait w = {0};
        const Scene s = {0};

        for (unsigned i = 0; i < 16; i++)
                spec_put_off(&w, (Outcome)row, &s);
        return w.delay;
}

void round_wait(uint64_t *row, usec_t *delay, usec_t *last, usec_t *due, const Scene *s)
{
        usec_t least = spec_least(*row), length = *due - *last;
        Wait whole = {.row = *row};

        if (*row != OUTCOME_NONE && *due <= NOW && !s->levels)
                *row = OUTCOME_NONE; /* it would only say how the next one grows */
        if (*row == OUTCOME_NONE) {
                *delay = *last = *due = 0;
                return;
        }
        whole.delay = *delay > first_of(*row) ? most_of(*row) : 0;
        if (!s->levels || whole.delay == 0)
                whole.row = OUTCOME_NONE;
        spec_put_off(&whole, (Outcome)*row, s);
        *delay = whole.delay;
        if (*due <= NOW) {
                *due = NOW;
                *last = NOW - least;
                return;
        }
        if (length > least) /* it was not brought forward */
                length = whole.due - whole.last;
        *last = *last + least <= NOW ? NOW - least : NOW;
        *due = *last + length;
}

void round_hold(bool active, usec_t *due, const Scene *s)
{
        static const usec_t hours[] = {1, 6, 24};

        if (!active)
                *due = 0;
        else if (*due <= NOW)
                *due = NOW;
        else
                for (unsigned i = 0; i < ELEMENTSOF(hours); i++) {
                        World w = {.known.refusals = i};
                        usec_t plain = NOW + hours[i] * USEC_PER_HOUR;

                        w.active = 1;
                        spec_end(&w, OUTCOME_LOGIN_REFUSED, s);
                        if (*due <= plain || *due <= w.known.held_until) {
                                *due = *due <= plain ? plain : w.known.held_until;
                                return;
                        }
                }
}

void round_whole(usec_t *due, const Scene *s)
{
        if (*due <= NOW)
                *due = 0;
        else
                round_hold(true, due, s);
}

void round_releases(uint64_t *releases, usec_t *since)
{
        if (*releases == 0 || *since + USEC_PER_DAY <= NOW)
                *releases = *since = 0;
        else
                *since = NOW;
}

void round_mail(uint64_t goes, usec_t *go, usec_t *due)
{
        *go = NOW;
        *due = *due <= NOW ? NOW : NOW + spec_unknown_wait(goes);
}

/* Open, it has just begun; or its changes went on, and its limit is near. */
void round_settle(bool open, usec_t *since, usec_t *first)
{
        if (!open)
                *since = *first = 0;
        else {
                bool near = *first + LIMIT < NOW + QUIET;

                *first = near ? NOW - LIMIT + USEC_PER_SEC : NOW;
                *since = NOW;
        }
}

static void round_unanswered(Unanswered *m, const Scene *s)
{
        if (m->id == 0)
                return;
        m->goes = MIN(m->goes, (uint64_t)s->goes_most);
        m->old = s->forget_old ? NOWHERE : m->old;
        round_mail(m->goes, &m->go, &m->due);
}

void round_hour(uint64_t *mails, usec_t *begin, const Scene *s)
{
        if (s->mails_per_hour == 0 || *begin + USEC_PER_HOUR <= NOW)
                *mails = 0;
        *begin = *mails > 0 ? NOW : 0;
}

static void round_knowledge(Knowledge *k, const Scene *s)
{
        Wait *w = &k->wait;

        round_wait(&w->row, &w->delay, &w->last, &w->due, s);
        k->refusals = MIN(k->refusals, (uint64_t)s->refusals_most);
        round_hold(k->refusals > 0, &k->held_until, s);
        round_whole(&k->held_whole, s);
        round_releases(&k->releases, &k->releases_since);
        for (unsigned r = 0; r < READERS; r++) {
                w = &k->reader[r].wait;
                round_wait(&w->row, &w->delay, &w->last, &w->due, s);
                round_unanswered(&k->reader[r].mail, s);
                round_hour(&k->reader[r].mails, &k->reader[r].hour, s);
                round_wall_time(&k->reader[r].since, s);
        }
}

void spec_round(World *w, const Scene *s)
{
        round_knowledge(&w->known, s);
        round_knowledge(&w->durable, s);
        round_settle(w->open, &w->since, &w->first);
        for (unsigned i = 0; i < READERS; i++) {
                w->sending[i].old = s->forget_old ? NOWHERE : w->sending[i].old;
                round_unanswered(&w->sending[i].earlier, s);
                for (unsigned r = 0; r < READERS; r++)
                        round_unanswered(&w->sending[i].before[r], s);
        }
}

static void pass_wait(Wait *w, usec_t time)
{
        if (w->row != OUTCOME_NONE) {
                w->last -= time;
                w->due -= time;
        }
}

static void pass_mail(Unanswered *m, usec_t time)
{
        if (m->id > 0) {
                m->go -= time;
                m->due -= time;
        }
}

static void pass_knowledge(Knowledge *k, usec_t time)
{
        pass_wait(&k->wait, time);
        if (k->refusals > 0)
                k->held_until -= time;
        if (k->held_whole > 0)
                k->held_whole -= time;
        if (k->releases > 0)
                k->releases_since -= time;
        for (unsigned r = 0; r < READERS; r++) {
                pass_wait(&k->reader[r].wait, time);
                pass_mail(&k->reader[r].mail, time);
                k->reader[r].hour -= k->reader[r].mails > 0 ? time : 0;
                move_wall_time(&k->reader[r].since, -(int64_t)(time / USEC_PER_SEC));
        }
}

void spec_pass(World *w, usec_t time)
{
        pass_knowledge(&w->known, time);
        pass_knowledge(&w->durable, time);
        if (w->open) {
                w->since -= time;
                w->first -= time;
        }
        for (unsigned i = 0; i < READERS; i++) {
                pass_mail(&w->sending[i].earlier, time);
                for (unsigned r = 0; r < READERS; r++)
                        pass_mail(&w->sending[i].before[r], time);
        }
}

static void consider(usec_t *next, usec_t at)
{
        if (at > NOW && at < *next)
                *next = at;
}

static void consider_wait(usec_t *next, const Wait *w)
{
        if (w->row == OUTCOME_NONE || w->due <= NOW)
                return;
        consider(next, w->due);
        consider(next, w->last + spec_least(w->row));
}

usec_t spec_next(const World *w)
{
        const Knowledge *k = &w->known;
        usec_t next = spec_settle_deadline(w);

        if (w->active)
                return usec_sub(next, NOW);
        consider_wait(&next, &k->wait);
        if (k->refusals > 0)
                consider(&next, k->held_until);
        for (unsigned r = 0; r < READERS; r++) {
                consider_wait(&next, &k->reader[r].wait);
                if (k->reader[r].mail.id > 0)
                        consider(&next, k->reader[r].mail.due);
                if (k->reader[r].mails > 0)
                        consider(&next, k->reader[r].hour + USEC_PER_HOUR);
        }
        return usec_sub(next, NOW);
}
