/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From any state of a delivery and any ledger, whatever comes next: a destination is told nothing but what a
 * committed and delivered transaction said, where its commit had named it, and then it is told all of that.
 * Nothing but a commit names any, and those that it was called with.
 *
 * sources: src/decide/delivery.c
 * options: --unwind 3 --unwindset main.1:15 */
#include "decide/delivery.h"

#include <limits.h>

#include "base/string-util.h"
#include "decide/plan.h"
#include "proof.h"

#define RECIPIENTS 2

static char *names[RECIPIENTS];
static DestinationRecord destinations[RECIPIENTS];
static bool forgotten[RECIPIENTS], named[RECIPIENTS], mail_is_known;
static MailRecord mail;
static Clock clocks[OUTCOME_COUNT];

/* What it calls may answer anything, but for whom a destination is. */

DestinationRecord *ledger_destination(Ledger *l, const char *to)
{
        for (size_t i = 0; i < RECIPIENTS; i++)
                if (to == names[i])
                        return forgotten[i] ? NULL : &destinations[i];
        claim(!"a recipient of the notice");
        return NULL;
}

MailRecord *ledger_mail(Ledger *l, const char *message_id)
{
        return mail_is_known ? &mail : NULL;
}

int ledger_add_mail(Ledger *l, MailRecord **ret)
{
        *ret = &mail;
        return nondet_bool() ? 0 : -ENOMEM;
}

void ledger_sweep_mails(Ledger *l)
{
}

int notice_add_recipient(Notice *n, const char *to)
{
        return nondet_bool() ? 0 : -ENOMEM;
}

void notice_done(Notice *n)
{
}

void hour_count(Hour *h, usec_t now)
{
}

bool hold_take_addresses(Hold *h, const AddressRecord addresses[static FAMILY_COUNT])
{
        return nondet_bool();
}

bool facts_are_true(const Facts *f, const Ledger *l)
{
        return nondet_bool();
}

const DestinationSettings *settings_destination(const Settings *s, const char *to)
{
        return NULL;
}

bool ip_address_equal(const IpAddress *a, const IpAddress *b)
{
        return nondet_bool();
}

void string_copy(char *ret, size_t size, const char *s)
{
        claim(size > 0 && __CPROVER_w_ok(ret, size) && __CPROVER_r_ok(s, 1));
        ret[0] = s[0];
}

Clock outcome_clock(Outcome o)
{
        claim(o < OUTCOME_COUNT);
        return clocks[o];
}

void backoff_put_off(Backoff *b, Outcome row, usec_t now, uint32_t random)
{
}

void backoff_clear(Backoff *b)
{
}

usec_t hold_delay(unsigned refusals, uint32_t random)
{
        claim(refusals > 0);
        return nondet_u64();
}

usec_t unknown_delay(unsigned goes, usec_t wait)
{
        return nondet_u64();
}

static bool told_is_same(const Told *a, const Told *b)
{
        return a->known == b->known && a->number == b->number && a->address.family == b->address.family &&
               a->address.octets[0] == b->address.octets[0];
}

typedef enum Call {
        COMMIT,
        REFUSE,
        CLOSE,
        SUPERSEDE,
        END,
} Call;

static void commit(Delivery *d, size_t n, Ledger *l, usec_t now)
{
        uint8_t accepted[RECIPIENTS] = {(uint8_t)any_size(n - 1), (uint8_t)any_size(n - 1)};
        size_t n_accepted = any_size(n);

        if (delivery_commit(d, 0, accepted, n_accepted, l, nondet_u64(), now) >= 0)
                for (size_t i = 0; i < n_accepted; i++)
                        named[accepted[i]] = true;
}

static bool call_any(Call call, Delivery *d, size_t n, const Result *result, Ledger *l)
{
        usec_t now = nondet_u64();

        switch (call) {
        case COMMIT:
                commit(d, n, l, now);
                break;
        case REFUSE:
                delivery_refuse(d, 0, any_size(n - 1), result, l, now);
                break;
        case CLOSE:
                return delivery_close(d, 0, result, l, (WallTime){0}, now);
        case SUPERSEDE:
                delivery_supersede(d);
                break;
        case END:
                (void)delivery_end(d, result, "", l, now);
                break;
        }
        return false;
}

int main(void)
{
        Ledger l;
        Transaction t;
        Delivery d;
        Result result;
        Call call = nondet_unsigned() % (END + 1);
        char before[RECIPIENTS][MESSAGE_ID_MAX], name[RECIPIENTS] = {'a', 'b'};
        size_t n = 1 + any_size(RECIPIENTS - 1), k = any_size(n - 1), f = any_size(FAMILY_COUNT - 1);
        DestinationRecord any[RECIPIENTS];

        for (size_t i = 0; i < RECIPIENTS; i++) {
                names[i] = name + i;
                destinations[i] = any[i];
                destinations[i].sending[1] = before[i][1] = '\0';
                forgotten[i] = nondet_bool();
        }
        mail_is_known = nondet_bool();
        for (size_t i = 0; i < OUTCOME_COUNT; i++)
                clocks[i] = nondet_unsigned() % (CLOCK_HELD + 1);
        t.before = before;
        t.notice.n_recipients = n;
        t.notice.recipients = names;
        d.transactions = &t;
        d.n_transactions = 1;
        assume(l.account.hold.refusals < UINT_MAX);
        assume((int)result.outcome >= 0 && result.outcome < OUTCOME_COUNT);
        t.notice.message_id[1] = '\0';
        const Transaction was = t;
        const Told told = destinations[k].told[f];
        bool closed = call_any(call, &d, n, &result, &l);

        claim(!was.closed || t.closed);
        claim(call == COMMIT || t.committed == was.committed);
        claim(!t.accepted[k] == !(was.accepted[k] || named[k]));
        bool tells = closed && result.outcome == OUTCOME_DELIVERED && was.committed && !was.closed &&
                     was.accepted[k] && !forgotten[k];
        const Told *now = &destinations[k].told[f];
        if (tells)
                claim(now->known && now->number == t.notice.facts.number[f] &&
                      now->address.octets[0] == t.notice.facts.new[f].octets[0]);
        else
                claim(told_is_same(&told, now));
        return 0;
}
