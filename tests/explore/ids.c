/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include <stdio.h>

/* Message-IDs are named anew in each state, in the order in which they are met, so that states that differ
 * in names alone are one. */

unsigned id_number(const char *message_id)
{
        unsigned k, n;

        return sscanf(message_id, "m%u.%u@", &k, &n) == 2 ? 8 * k + n : 0;
}

int64_t id_date(unsigned number)
{
        return 1764000000 + 60 * (int64_t)(number / 8);
}

/* Calls EACH for every Message-ID that anything in S bears; DATE is the date that goes with it, where it
 * does. */
typedef void EachId(char *id, WallTime *date, void *userdata);

static void each_id_of_ledger(Ledger *l, EachId *each, void *userdata)
{
        for (size_t i = 0; l && i < l->n_destinations; i++)
                each(l->destinations[i].sending, NULL, userdata);
        for (size_t i = 0; l && i < l->n_mails; i++)
                each(l->mails[i].notice.message_id, &l->mails[i].notice.date, userdata);
}

static void each_id(State *s, EachId *each, void *userdata)
{
        each_id_of_ledger(s->ledger, each, userdata);
        each_id_of_ledger(s->disk, each, userdata);
        for (size_t i = 0; s->delivery && i < s->delivery->n_transactions; i++) {
                Transaction *t = &s->delivery->transactions[i];

                each(t->notice.message_id, &t->notice.date, userdata);
                for (size_t k = 0; t->before && k < t->notice.n_recipients; k++)
                        each(t->before[k], NULL, userdata);
        }
}

typedef void EachNumber(uint64_t *id, void *userdata);

static void each_number(World *w, EachNumber *each, void *userdata)
{
        for (unsigned r = 0; r < READERS; r++) {
                each(&w->known.reader[r].mail.id, userdata);
                each(&w->durable.reader[r].mail.id, userdata);
                for (unsigned i = 0; i < READERS; i++)
                        each(&w->sending[i].before[r].id, userdata);
                each(&w->sending[r].id, userdata);
                each(&w->sending[r].earlier.id, userdata);
        }
}

#define IDS_MAX 64

/* The old number of each new one, in the order in which they were met. */
typedef struct Names {
        unsigned old[IDS_MAX];
        size_t n;
} Names;

static unsigned new_number(Names *names, unsigned old)
{
        size_t i = 0;

        while (i < names->n && names->old[i] != old)
                i++;
        if (i == IDS_MAX)
                abort();
        names->old[i] = old;
        names->n = MAX(names->n, i + 1);
        return (unsigned)(8 * (i + 1) + 1);
}

static void rename_text(char *id, WallTime *date, void *userdata)
{
        unsigned old = id_number(id), new;

        if (old == 0)
                return;
        new = new_number(userdata, old);
        (void)snprintf(id, MESSAGE_ID_MAX, "m%u.%u@example.com", new / 8, new % 8);
        if (date)
                date->seconds += id_date(new) - id_date(old);
}

static void rename_number(uint64_t *id, void *userdata)
{
        if (*id > 0)
                *id = new_number(userdata, (unsigned)*id);
}

static void use_text(char *id, WallTime *date, void *userdata)
{
        ((bool *)userdata)[id_number(id) / 8] = true;
}

static void use_number(uint64_t *id, void *userdata)
{
        ((bool *)userdata)[*id / 8] = true;
}

unsigned state_fresh_id(const State *s)
{
        bool used[2 * IDS_MAX] = {false};
        unsigned k = 1;

        each_id((State *)s, use_text, used);
        each_number((World *)&s->world, use_number, used);
        while (used[k])
                k++;
        return k;
}

void state_rename_ids(State *s)
{
        Names names = {0};

        each_id(s, rename_text, &names);
        each_number(&s->world, rename_number, &names);
}
