/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

/* The table of waits, as the manual has it, and what each event does to what the service may know. */

const File files[FILES] = {
        {"the settings as they were", 3, 3, true, 0},
        {"settings without the second destination", 1, 1, true, 0},
        {"settings with the second destination disabled", 3, 1, true, 0},
        {"settings with mail switched off", 3, 3, false, 0},
        {"settings of another account", 3, 3, true, 1},
        {"settings whose second destination this family does not concern", 3, 3, true, 0, .unconcerned = 2},
};

typedef struct SpecRow {
        bool account, deferral;
        usec_t first, most, least;
} SpecRow;

static const SpecRow table[OUTCOME_COUNT] = {
        [OUTCOME_NOT_REACHED] = {true, true, 5 * USEC_PER_SEC, USEC_PER_HOUR, 5 * USEC_PER_SEC},
        [OUTCOME_TEMPORARY] = {true, true, USEC_PER_MIN, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_INSECURE] = {true, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_OUT_OF_DATE] = {true, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_SETTINGS] = {true, false, USEC_PER_DAY, USEC_PER_DAY, USEC_PER_MIN},
        [OUTCOME_DESTINATION_TEMPORARY] = {false, true, USEC_PER_MIN, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_DESTINATION_PERMANENT] = {false, false, USEC_PER_DAY, USEC_PER_DAY, USEC_PER_MIN},
};

static usec_t drawn(usec_t d, const Scene *s)
{
        return d + d / 2 / 4 * (s->random >> 30); /* quarters of the half */
}

bool spec_is_account(Outcome o)
{
        return table[o].account;
}

usec_t spec_least(uint64_t row)
{
        return table[row].least;
}

void spec_put_off(Wait *w, Outcome row, const Scene *s)
{
        const SpecRow *r = &table[row];
        usec_t delay = w->row == row ? MIN(w->delay * 2, r->most) : r->first;

        *w = (Wait){.row = row, .delay = delay, .last = NOW, .due = NOW + drawn(delay, s)};
}

static void bring_forward(Wait *w, bool deferrals_alone)
{
        if (w->row != OUTCOME_NONE && (!deferrals_alone || table[w->row].deferral))
                w->due = MIN(w->due, w->last + table[w->row].least);
}

static void each_wait(World *w, bool deferrals_alone)
{
        bring_forward(&w->known.wait, deferrals_alone);
        for (unsigned r = 0; r < READERS; r++)
                bring_forward(&w->known.reader[r].wait, deferrals_alone);
}

void spec_hear(World *w)
{
        bool repeat = w->heard && w->candidate == w->truth;

        w->heard = 1;
        w->candidate = w->truth;
        if (repeat)
                return;
        if (w->any && w->held_still == w->candidate) {
                w->open = 0;
                return;
        }
        if (!w->open)
                w->first = NOW;
        w->open = 1;
        w->since = NOW;
}

usec_t spec_settle_deadline(const World *w)
{
        bool missing = w->known.place != NOWHERE && w->candidate == NOWHERE;

        if (!w->open)
                return USEC_INFINITY;
        return missing ? w->first + LIMIT : MIN(w->since + QUIET, w->first + LIMIT);
}

/* Once per new public address, three times a day. */
static void try_held_login(Knowledge *k)
{
        if (k->refusals == 0 || k->place == NOWHERE || k->place == k->held_from)
                return;
        k->held_from = k->place;
        if (k->releases == 0 || NOW - k->releases_since >= USEC_PER_DAY) {
                k->releases = 0;
                k->releases_since = NOW;
        }
        if (k->releases == 3)
                return;
        k->releases++;
        k->held_whole = MAX(k->held_whole, k->held_until);
        k->held_until = MIN(k->held_until, NOW);
}

void spec_settle(World *w)
{
        bool changed = w->known.place != w->candidate;

        w->open = 0;
        w->any = 1;
        w->held_still = w->candidate;
        w->settled = 1;
        w->known.place = w->candidate;
        if (changed)
                each_wait(w, false);
        try_held_login(&w->known);
}

usec_t spec_unknown_wait(uint64_t goes)
{
        usec_t wait = UNKNOWN_WAIT;

        while (--goes > 0)
                wait = MIN(2 * wait, USEC_PER_DAY);
        return wait;
}

static void due_at_once(Wait *w)
{
        if (w->row != OUTCOME_NONE)
                w->due = NOW;
}

static void start_in_new_boot(Knowledge *k)
{
        due_at_once(&k->wait);
        k->held_until = NOW + USEC_PER_HOUR;
        k->held_whole = k->releases = k->releases_since = 0;
        for (unsigned r = 0; r < READERS; r++) {
                due_at_once(&k->reader[r].wait);
                k->reader[r].hour = k->reader[r].mails = 0;
                if (k->reader[r].mail.id == 0)
                        continue;
                k->reader[r].mail.go = NOW;
                k->reader[r].mail.due = NOW + spec_unknown_wait(k->reader[r].mail.goes);
        }
}

void spec_start(World *w, bool new_boot)
{
        w->known = w->durable;
        if (new_boot || !w->known.this_boot)
                start_in_new_boot(&w->known);
        else
                each_wait(w, false);
        w->known.this_boot = 1;
        w->refused_writes = 0;
        w->ask = w->known.refusals > 0;
        w->settled = w->heard = w->any = w->open = w->candidate = w->held_still = 0;
        w->active = 0;
        spec_take_file(w, (unsigned)w->file);
}

static void login_works(World *w)
{
        Knowledge *k = &w->known;

        k->refusals = k->held_credential = k->held_until = 0;
        k->held_whole = k->held_from = k->releases = k->releases_since = 0;
        w->ask = 0;
}

void spec_take_file(World *w, unsigned file)
{
        Knowledge *k = &w->known;

        w->file = file;
        for (unsigned r = 0; r < READERS; r++)
                if (!(files[file].listed & 1U << r))
                        k->reader[r] = (Reader){0};
        if (k->account == files[file].account)
                return;
        k->account = files[file].account;
        k->wait = (Wait){0};
        login_works(w);
}

void spec_release(World *w)
{
        Knowledge *k = &w->known;

        due_at_once(&k->wait);
        if (k->refusals > 0) {
                k->held_until = MIN(k->held_until, NOW);
                w->ask = 0;
        }
        for (unsigned r = 0; r < READERS; r++)
                due_at_once(&k->reader[r].wait);
}

void spec_route_changed(World *w)
{
        each_wait(w, true);
}

void spec_clock_set(World *w)
{
        if (w->known.wait.row == OUTCOME_OUT_OF_DATE)
                bring_forward(&w->known.wait, false);
}

usec_t spec_next_try(const World *w, unsigned reader, const Scene *s)
{
        const Knowledge *k = &w->known;
        const Reader *r = &k->reader[reader];
        const File *f = &files[w->file];
        usec_t at = MAX(k->wait.due, r->wait.due);

        if (!w->settled || !f->mail || !(f->listed & f->enabled & 1U << reader) || k->place == NOWHERE)
                return USEC_INFINITY;
        if (r->mail.id == 0 && (f->unconcerned & 1U << reader))
                return USEC_INFINITY;
        if (r->mail.id == 0 && r->told == k->place && !spec_is_to_be_reminded(w, reader, s))
                return USEC_INFINITY;
        if (k->refusals > 0 && !w->ask)
                at = MAX(at, k->held_until);
        if (s->mails_per_hour > 0 && r->mails >= s->mails_per_hour)
                at = MAX(at, r->hour + USEC_PER_HOUR);
        return r->mail.id > 0 && r->mail.place == k->place ? MAX(at, r->mail.due) : at;
}

bool spec_may_commit(const World *w, uint64_t accepted)
{
        const File *f = &files[w->file];

        return f->mail && (w->known.place == NOWHERE || w->known.place == w->sending[w->at].place) &&
               (accepted & f->listed & f->enabled);
}

/* The hour begins with its first mail. */
static void count_in_hour(Reader *r, const Scene *s)
{
        if (s->mails_per_hour == 0)
                return;
        if (r->mails == 0 || r->hour + USEC_PER_HOUR <= NOW) {
                r->hour = NOW;
                r->mails = 0;
        }
        r->mails++;
}

void spec_commit(World *w, uint64_t accepted, bool forgotten, const Scene *s)
{
        Sending *t = &w->sending[w->at];
        Unanswered new = {.id = t->id, .place = t->place, .old = t->old, .to = accepted};
        Unanswered mail = t->again && !forgotten ? t->earlier : new;
        Reader *reader = w->known.reader;

        for (unsigned r = 0; r < READERS; r++)
                if (reader[r].mail.id == t->id)
                        mail = reader[r].mail;
        mail.goes++;
        mail.go = NOW;
        mail.due = NOW + spec_unknown_wait(mail.goes);
        t->committed = 1;
        t->accepted = accepted;
        for (unsigned r = 0; r < READERS; r++) {
                bool is_listed = files[w->file].listed & 1U << r;

                if (is_listed && (accepted & 1U << r)) {
                        t->before[r] = reader[r].mail;
                        count_in_hour(&reader[r], s);
                }
                if (is_listed && ((accepted & 1U << r) || reader[r].mail.id == t->id))
                        reader[r].mail = mail;
        }
}

void spec_refuse(World *w, unsigned reader, Outcome how, const Scene *s)
{
        w->sending[w->at].refused |= 1U << reader;
        if (files[w->file].listed & 1U << reader)
                spec_put_off(&w->known.reader[reader].wait, how, s);
}

/* The go counts no more; whoever points to the mail still waits for its earlier one, which was due. */
static void count_go_back(World *w, uint64_t id)
{
        for (unsigned r = 0; r < READERS; r++) {
                Unanswered *m = &w->known.reader[r].mail;

                if (m->id == id && m->goes > 1) {
                        m->goes--;
                        m->due = NOW;
                }
        }
}

static void take_go_back(World *w, const Sending *t)
{
        bool is_first = false;

        for (unsigned r = 0; r < READERS; r++)
                is_first |= w->known.reader[r].mail.id == t->id && w->known.reader[r].mail.goes == 1;
        if (!is_first) {
                count_go_back(w, t->id);
                return;
        }
        for (unsigned r = 0; r < READERS; r++)
                if ((t->accepted & 1U << r) && w->known.reader[r].mail.id == t->id)
                        w->known.reader[r].mail = t->before[r];
}

static void tell(World *w, const Sending *t)
{
        for (unsigned r = 0; r < READERS; r++)
                if (t->accepted & files[w->file].listed & 1U << r)
                        w->known.reader[r] = (Reader){.told = t->place,
                                                      .since = spec_wall(w),
                                                      .hour = w->known.reader[r].hour,
                                                      .mails = w->known.reader[r].mails};
        count_go_back(w, t->id);
}

void spec_close(World *w, unsigned i, Outcome how, const Scene *s)
{
        Sending *t = &w->sending[i];
        bool on_destination = table[how].first > 0 && !table[how].account;

        t->closed = 1;
        if (how == OUTCOME_DELIVERED)
                tell(w, t);
        else if (how == OUTCOME_UNKNOWN)
                t->unknown = 1;
        else if (t->committed)
                take_go_back(w, t);
        for (unsigned r = 0; on_destination && r < READERS; r++)
                if (t->recipients & ~t->refused & files[w->file].listed & 1U << r)
                        spec_put_off(&w->known.reader[r].wait, how, s);
        t->undone = table[how].account || how == OUTCOME_NOT_BEGUN || how == OUTCOME_LOGIN_REFUSED ||
                    how == OUTCOME_STILL_HELD;
}

static void hold(World *w, const Scene *s)
{
        static const usec_t hours[] = {1, 6, 24};
        Knowledge *k = &w->known;

        if (k->refusals > 0 && !w->asks && k->held_whole > NOW)
                k->held_until = k->held_whole;
        else {
                k->refusals = w->asks ? 1 : k->refusals + 1;
                k->held_until = NOW + drawn(hours[MIN(k->refusals, 3U) - 1] * USEC_PER_HOUR, s);
        }
        k->held_whole = 0;
        k->held_credential = w->credential;
        k->held_from = k->place != NOWHERE ? k->place : k->held_from;
        k->wait = (Wait){0};
        w->ask = 0;
}

bool spec_is_outdated(const World *w)
{
        for (unsigned i = 0; i < w->n; i++)
                if (!w->sending[i].closed && w->sending[i].place == w->known.place)
                        return false;
        return true;
}

bool spec_supersede(World *w)
{
        bool heard = false;

        for (unsigned i = 0; i < w->n; i++) {
                Sending *t = &w->sending[i];

                heard |= t->closed || t->committed;
                if (!t->closed && !t->committed)
                        t->closed = t->stopped = 1;
        }
        return heard;
}

void spec_end(World *w, Outcome how, const Scene *s)
{
        bool cut = false, undone = false, stopped = false;
        Knowledge *k = &w->known;

        for (unsigned i = 0; i < w->n; i++) {
                const Sending *t = &w->sending[i];

                cut |= t->unknown || (t->committed && !t->closed);
                undone |= t->undone || (!t->committed && !t->closed);
                stopped |= (bool)t->stopped;
        }
        w->active = 0;
        if (w->account != k->account)
                return;
        if (how == OUTCOME_LOGIN_REFUSED)
                hold(w, s);
        else if (how == OUTCOME_STILL_HELD)
                w->ask = 0;
        else if (table[how].account && (undone || !cut))
                spec_put_off(&k->wait, how, s);
        else if (!table[how].account && undone && (cut || !stopped))
                spec_put_off(&k->wait, OUTCOME_TEMPORARY, s);
        else {
                k->wait = (Wait){0};
                login_works(w);
        }
}
