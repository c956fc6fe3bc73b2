/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdio.h>

#include "decide/plan.h"
#include "service.h"

static uint64_t mask_of(char *const *list, size_t n)
{
        uint64_t mask = 0;

        for (size_t i = 0; i < n; i++)
                mask |= 1U << reader_of(list[i]);
        return mask;
}

/* The told address; where that equals the new one, the attempted one. */
static uint64_t old_place(const World *w, unsigned reader)
{
        const Reader *r = &w->known.reader[reader];

        if (r->told == w->known.place && r->mail.id > 0)
                return r->mail.place;
        return r->told == NOWHERE && r->mail.id > 0 && r->mail.place != w->known.place ? r->mail.place
                                                                                       : r->told;
}

/* There is nothing that the reader may not know. */
static bool reader_is_believed(const World *w, unsigned reader)
{
        return w->known.reader[reader].told == w->known.place && w->known.reader[reader].mail.id == 0;
}

/* The same Message-ID, Date, To: and facts where a mail for this address has no answer; else a new one. */
static void check_mail(State *s, const Scene *scene, const Notice *n, unsigned reader, unsigned k)
{
        const World *w = &s->world;
        const Unanswered *mail = &w->known.reader[reader].mail;
        bool again = mail->id > 0 && mail->place == w->known.place;
        unsigned id = id_number(n->message_id);

        if (place_of(&n->facts.new[FAMILY_IPV4]) != w->known.place)
                violate(s, "a mail tells an address that is not the settled one");
        if (n->date.seconds != id_date(id))
                violate(s, "a mail has another date than when it was written");
        if (again && id != mail->id)
                violate(s, "a mail without an answer goes out again under another Message-ID");
        if (!again && id / 8 != k)
                violate(s, "a new mail bears the Message-ID of an earlier one");
        if (place_of(&n->facts.old[FAMILY_IPV4]) != (again ? mail->old : old_place(w, reader)))
                violate(s, "a mail names the wrong old address");
        if (!again &&
            n->facts.still != (reader_is_believed(w, reader) && spec_is_to_be_reminded(w, reader, scene)))
                violate(s,
                        n->facts.still
                                ? "a mail says that nothing has changed, to a reader who does not know that"
                                : "a reminder does not say that it is one");
        if (mask_of(n->header_to, n->n_header_to) != (again ? mail->to : 0))
                violate(s, "a mail that goes out again has another To:");
}

static void take_transaction(State *s, const Scene *scene, size_t i, unsigned k)
{
        const Notice *n = &s->delivery->transactions[i].notice;
        uint64_t recipients = mask_of(n->recipients, n->n_recipients);

        s->world.sending[i] = (Sending){
                .id = id_number(n->message_id),
                .place = place_of(&n->facts.new[FAMILY_IPV4]),
                .old = place_of(&n->facts.old[FAMILY_IPV4]),
                .again = n->n_header_to > 0,
                .recipients = recipients,
        };
        for (unsigned r = 0; r < READERS; r++)
                if (recipients & 1U << r) {
                        check_mail(s, scene, n, r, k);
                        if (n->n_header_to > 0)
                                s->world.sending[i].earlier = s->world.known.reader[r].mail;
                }
}

void check_plan(State *s, const Scene *scene, unsigned k)
{
        World *w = &s->world;
        const Delivery *d = s->delivery;
        uint64_t due = 0, planned = 0;

        for (unsigned r = 0; r < scene->readers; r++)
                if (spec_next_try(w, r, scene) <= NOW)
                        due |= 1U << r;
        for (size_t i = 0; d && i < d->n_transactions; i++) {
                uint64_t recipients = mask_of(d->transactions[i].notice.recipients,
                                              d->transactions[i].notice.n_recipients);

                if (planned & recipients)
                        violate(s, "one session tells a destination twice");
                planned |= recipients;
        }
        if (planned & ~due)
                violate(s, "a mail goes out before its time, or is not owed at all");
        if (due & ~planned)
                violate(s, "a mail is owed and due, and does not go out");
        if (*s->violation || !d)
                return;
        w->active = 1;
        w->account = w->known.account;
        w->asks = w->ask && w->known.refusals > 0 && w->known.held_until > NOW;
        w->at = 0;
        w->n = d->n_transactions;
        if (d->ask_hold != w->asks)
                violate(s, w->asks ? "a held login is tried without a question"
                                   : "a session asks about a login that is not held");
        for (size_t i = 0; i < d->n_transactions; i++)
                take_transaction(s, scene, i, k);
}

void check_record(State *s)
{
        const World *w = &s->world;
        const Sending *t = &w->sending[w->at];
        const char *id = s->delivery->transactions[w->at].notice.message_id;

        if (w->refused_writes > 0 || !s->disk)
                return;
        for (unsigned r = 0; r < READERS; r++) {
                char to[32];

                (void)snprintf(to, sizeof(to), "to%u@example.com", r);
                const DestinationRecord *d = ledger_destination(s->disk, to);
                if (d && (t->accepted & 1U << r) && (!streq(d->sending, id) || !ledger_mail(s->disk, id)))
                        violate(s, "a body goes out before its record is on the disk");
        }
}

static void check_destination(State *s, const Scene *scene, const DestinationRecord *d)
{
        World *w = &s->world;
        unsigned r = reader_of(d->to);
        const Reader *spec = &w->known.reader[r];
        const Told *told = &d->told[FAMILY_IPV4];
        usec_t next = plan_next_try(s->ledger, service_settings(s), d->to);
        usec_t expected = spec_next_try(w, r, scene);

        if ((told->known ? place_of(&told->address) : NOWHERE) != spec->told)
                violate(s, "what the ledger says was told is not what was accepted");
        if (id_number(d->sending) != spec->mail.id)
                violate(s, "the ledger has the wrong mail as the one without an answer");
        if (MAX(next, NOW) < MAX(expected, NOW))
                violate(s, "a mail would go out before its time");
        if (MAX(next, NOW) > MAX(expected, NOW))
                violate(s, "a mail that is owed would go out after its time");
        if (spec->told != NOWHERE && spec->mail.id == 0 && !w->excused[r] && w->believes[r] != spec->told)
                violate(s, "nothing is open, and the reader believes another address than the ledger says");
}

void check_state(State *s, const Scene *scene)
{
        World *w = &s->world;
        const Hold *hold = &s->ledger->account.hold;
        usec_t first = USEC_INFINITY;
        char digest[16];

        (void)snprintf(digest, sizeof(digest), "digest-%u", (unsigned)w->known.held_credential);
        if (hold->active != (w->known.refusals > 0) || (hold->active && !streq(hold->digest, digest)))
                violate(s, "the wrong login is held");
        for (size_t i = 0; i < s->ledger->n_destinations; i++) {
                usec_t next;

                check_destination(s, scene, &s->ledger->destinations[i]);
                next = plan_next_try(s->ledger, service_settings(s), s->ledger->destinations[i].to);
                first = MIN(first, next);
        }
        if (plan_deadline(s->ledger, service_settings(s)) != first)
                violate(s, "the timer is not armed for the first of the next tries");
        if (s->ring != spec_reminder(w, scene))
                violate(s, "the wall clock is not asked to ring for the next reminder");
        if (!s->delivery != !w->active)
                violate(s, "a session is open that should not be");
        if (s->delivery && w->active && delivery_is_outdated(s->delivery, s->ledger) != spec_is_outdated(w))
                violate(s, spec_is_outdated(w)
                                   ? "a session that can tell nothing true would outlive its address"
                                   : "a session that can tell the settled address would be ended");
        if (place_of(&s->ledger->addresses[FAMILY_IPV4].address) != w->known.place)
                violate(s, "the ledger has another address than the settled one");
}

/* Whom the family does not concern is left in its belief, but not in the middle of a mail. */
static bool is_content(const World *w, const File *f, unsigned r)
{
        bool knows = w->known.reader[r].told == w->truth && (w->believes[r] == w->truth || w->excused[r]);

        return w->known.reader[r].mail.id == 0 && (knows || (f->unconcerned & 1U << r));
}

bool check_arrived(const State *s, const Scene *scene)
{
        const World *w = &s->world;
        const File *f = &files[w->file];

        if (w->active || w->open || !w->settled || w->known.place != w->truth)
                return false;
        for (unsigned r = 0; r < scene->readers; r++)
                if ((f->listed & f->enabled & 1U << r) && f->mail && w->truth != NOWHERE &&
                    (!is_content(w, f, r) ||
                     (!(f->unconcerned & 1U << r) && spec_is_to_be_reminded(w, r, scene))))
                        return false;
        return true;
}
