/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include "service.h"

/* The two addresses differ in nothing but name: a state and the one where each stands for the other are one.
 */

/* A word at a time: multiply and rotate. */
static uint64_t hash(uint64_t h, const void *data, size_t size)
{
        const unsigned char *p = data;

        for (uint64_t word; size > 0; p += MIN(size, sizeof(word)), size -= MIN(size, sizeof(word))) {
                word = size;
                memcpy(&word, p, MIN(size, sizeof(word)));
                h = (h ^ word) * 0x9e3779b97f4a7c15U;
                h = (h << 29 | h >> 35) * 0xbf58476d1ce4e5b9U;
        }
        return h ^ h >> 32;
}

/* A and B change places. */
static void swap_place(uint64_t *place)
{
        if (*place != NOWHERE)
                *place = PLACE_A + PLACE_B - *place;
}

static void swap_mail(Unanswered *m)
{
        swap_place(&m->place);
        swap_place(&m->old);
}

static void swap_knowledge(Knowledge *k)
{
        swap_place(&k->place);
        swap_place(&k->held_from);
        for (unsigned r = 0; r < READERS; r++) {
                swap_place(&k->reader[r].told);
                swap_mail(&k->reader[r].mail);
        }
}

static World swap_world(const World *w)
{
        World swapped = *w;

        swap_place(&swapped.truth);
        swap_place(&swapped.candidate);
        swap_place(&swapped.held_still);
        swap_knowledge(&swapped.known);
        swap_knowledge(&swapped.durable);
        for (unsigned i = 0; i < READERS; i++) {
                Sending *t = &swapped.sending[i];

                swap_place(&swapped.believes[i]);
                swap_place(&t->place);
                swap_place(&t->old);
                swap_mail(&t->earlier);
                for (unsigned r = 0; r < READERS; r++)
                        swap_mail(&t->before[r]);
        }
        return swapped;
}

static uint64_t hash_address(uint64_t h, const IpAddress *a, bool swap)
{
        uint64_t place = place_of(a);

        if (swap)
                swap_place(&place);
        return hash(h, &place, sizeof(place));
}

static uint64_t hash_addresses(uint64_t h, const IpAddress a[static FAMILY_COUNT], bool swap)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                h = hash_address(h, &a[f], swap);
        return h;
}

static uint64_t hash_text(uint64_t h, const char *s)
{
        return hash(h, s, strlen(s) + 1);
}

static uint64_t hash_backoff(uint64_t h, const Backoff *b)
{
        const uint64_t values[] = {b->row, b->delay, b->last, b->due, b->tries};

        return hash(h, values, b->row == OUTCOME_NONE ? sizeof(values[0]) : sizeof(values));
}

static uint64_t hash_destination(uint64_t h, const DestinationRecord *d, bool swap)
{
        h = hash_text(h, d->to);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                h = hash(h, &d->told[f].known, sizeof(bool));
                h = hash_address(h, &d->told[f].address, swap);
        }
        h = hash_text(h, d->sending);
        h = hash(h, &d->hour.begin, sizeof(d->hour.begin));
        h = hash(h, &d->hour.gos, sizeof(d->hour.gos));
        h = hash(h, &d->told_at.seconds, sizeof(d->told_at.seconds));
        h = hash(h, &d->remind_from.seconds, sizeof(d->remind_from.seconds));
        return hash_backoff(h, &d->backoff);
}

static uint64_t hash_mail(uint64_t h, const MailRecord *m, bool swap)
{
        const Notice *n = &m->notice;
        const uint64_t values[] = {m->goes, m->go, m->due, (uint64_t)n->date.seconds, n->n_recipients};

        h = hash(h, values, sizeof(values));
        h = hash_text(h, n->message_id);
        h = hash_addresses(h, n->facts.new, swap);
        h = hash_addresses(h, n->facts.old, swap);
        for (size_t i = 0; i < n->n_recipients; i++)
                h = hash_text(h, n->recipients[i]);
        return h;
}

/* Of what the ledger's text holds. */
static uint64_t hash_record(uint64_t h, const Ledger *l, bool swap)
{
        const Hold *hold = &l->account.hold;
        const uint64_t values[] = {l->account.settings_digest,   hold->active,      hold->refusals,
                                   hold->active ? hold->due : 0, hold->held_until,  hold->releases,
                                   hold->releases_since,         l->n_destinations, l->n_mails};

        h = hash(h, values, sizeof(values));
        h = hash_text(h, hold->digest);
        h = hash_addresses(h, hold->from, swap);
        h = hash_text(h, l->boot_id);
        h = hash_backoff(h, &l->account.backoff);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                h = hash_address(h, &l->addresses[f].address, swap);
        for (size_t i = 0; i < l->n_destinations; i++)
                h = hash_destination(h, &l->destinations[i], swap);
        for (size_t i = 0; i < l->n_mails; i++)
                h = hash_mail(h, &l->mails[i], swap);
        return h;
}

static uint64_t hash_ledger(uint64_t h, const Ledger *l, bool swap)
{
        const bool flags[] = {l != NULL, l && l->account.hold.ask, l && l->settled};

        h = hash(h, flags, sizeof(flags));
        for (size_t i = 0; l && i < l->n_destinations; i++)
                h = hash(h, &l->destinations[i].reminder, sizeof(bool));
        return l ? hash_record(h, l, swap) : h;
}

static uint64_t hash_delivery(uint64_t h, const Delivery *d)
{
        h = hash(h, &d->settings_digest, sizeof(d->settings_digest));
        h = hash(h, &d->ask_hold, sizeof(d->ask_hold));
        for (size_t i = 0; i < d->n_transactions; i++) {
                const Transaction *t = &d->transactions[i];
                const bool flags[] = {t->stopped,    t->committed,  t->closed,      t->unknown,    t->undone,
                                      t->refused[0], t->refused[1], t->accepted[0], t->accepted[1]};

                h = hash(h, flags, sizeof(flags));
                h = hash_text(h, t->notice.message_id);
                for (size_t k = 0; t->before && k < t->notice.n_recipients; k++)
                        h = hash_text(h, t->before[k]);
        }
        return h;
}

static uint64_t hash_settle(uint64_t h, const Settle *s, bool swap)
{
        const bool flags[] = {s->heard, s->any_settled, s->open};
        const IpAddress *candidate = &s->candidate.family[FAMILY_IPV4].address;
        const IpAddress *settled = &s->settled.family[FAMILY_IPV4].address;

        h = hash(h, flags, sizeof(flags));
        h = hash_address(h, candidate, swap);
        h = hash_address(h, settled, swap);
        h = hash(h, &s->since, sizeof(s->since));
        return hash(h, &s->first, sizeof(s->first));
}

static uint64_t hash_state(const State *s, bool swap)
{
        World w = swap ? swap_world(&s->world) : s->world;
        uint64_t h = hash(1, &w, sizeof(w));

        h = hash_ledger(h, s->ledger, swap);
        h = hash_ledger(h, s->disk, swap);
        h = hash_settle(h, &s->settle, swap);
        return s->delivery ? hash_delivery(h, s->delivery) : h;
}

uint64_t state_hash(const State *s)
{
        uint64_t plain = hash_state(s, false), swapped = hash_state(s, true);

        return MIN(plain, swapped);
}

uint64_t ledger_hash(const Ledger *l)
{
        return hash_record(1, l, false);
}
