/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include <errno.h>

#include "decide/ledger-text.h"

/* States are copied before anything happens to them; ledgers are written and read. */

static void *must(void *p)
{
        if (!p)
                abort();
        return p;
}

static void copy_notice(const Notice *n, Notice *ret)
{
        Notice copy = *n;

        copy.n_recipients = copy.n_header_to = 0;
        copy.recipients = copy.header_to = NULL;
        for (size_t i = 0; i < n->n_recipients; i++)
                if (notice_add_recipient(&copy, n->recipients[i]) < 0)
                        abort();
        for (size_t i = 0; i < n->n_header_to; i++)
                if (notice_add_header_to(&copy, n->header_to[i]) < 0)
                        abort();
        *ret = copy;
}

static Ledger *copy_ledger(const Ledger *l)
{
        Ledger *copy;

        if (!l)
                return NULL;
        copy = must(calloc(1, sizeof(Ledger)));
        *copy = *l;
        copy->destinations = must(calloc(l->n_destinations + 1, sizeof(DestinationRecord)));
        copy->mails = must(calloc(l->n_mails + 1, sizeof(MailRecord)));
        for (size_t i = 0; i < l->n_destinations; i++) {
                copy->destinations[i] = l->destinations[i];
                copy->destinations[i].to = must(strdup(l->destinations[i].to));
        }
        for (size_t i = 0; i < l->n_mails; i++) {
                copy->mails[i] = l->mails[i];
                copy_notice(&l->mails[i].notice, &copy->mails[i].notice);
        }
        return copy;
}

static Delivery *copy_delivery(const Delivery *d)
{
        Delivery *copy;

        if (!d)
                return NULL;
        copy = must(calloc(1, sizeof(Delivery)));
        *copy = *d;
        copy->transactions = must(calloc(d->n_transactions + 1, sizeof(Transaction)));
        for (size_t i = 0; i < d->n_transactions; i++) {
                const Transaction *t = &d->transactions[i];
                size_t size = t->notice.n_recipients * sizeof(*t->before);

                copy->transactions[i] = *t;
                copy_notice(&t->notice, &copy->transactions[i].notice);
                if (t->before)
                        copy->transactions[i].before = memcpy(must(malloc(size)), t->before, size);
        }
        return copy;
}

State *state_clone(const State *s)
{
        State *copy = must(calloc(1, sizeof(State)));

        *copy = *s;
        copy->ledger = copy_ledger(s->ledger);
        copy->disk = copy_ledger(s->disk);
        copy->delivery = copy_delivery(s->delivery);
        copy->fault = FAULT_NONE;
        copy->fault_at = copy->writes = 0;
        copy->crashed = false;
        return copy;
}

State *state_free(State *s)
{
        if (!s)
                return NULL;
        ledger_free(s->ledger);
        ledger_free(s->disk);
        delivery_free(s->delivery);
        free(s);
        return NULL;
}

/* Each ledger goes through its text once; a copy is the same afterwards. */
static Ledger *through_text(const Ledger *l)
{
        _cleanup_text_ Text text = {0}, again = {0};
        Ledger *read;

        if (ledger_format(l, &text) < 0)
                abort();
        _cleanup_free_ char *copy = memcpy(must(malloc(text.size + 1)), text.data, text.size + 1);
        if (ledger_parse(copy, text.size, &read) < 0)
                return NULL;
        if (ledger_format(read, &again) < 0)
                abort();
        if (again.size == text.size && memcmp(again.data, text.data, text.size) == 0 &&
            ledger_hash(read) == ledger_hash(l))
                return read;
        ledger_free(read);
        return NULL;
}

Ledger *ledger_through_text(const Ledger *l)
{
        static uint64_t known[1U << 16];
        uint64_t hash = ledger_hash(l), *place = &known[hash % ELEMENTSOF(known)];
        Ledger *copy;

        if (*place != hash) {
                copy = through_text(l);
                if (copy)
                        *place = hash;
                return copy;
        }
        copy = copy_ledger(l);
        copy->settled = copy->account.hold.ask = copy->account.careful = false;
        for (size_t i = 0; i < copy->n_destinations; i++)
                copy->destinations[i].reminder = false;
        return copy;
}
