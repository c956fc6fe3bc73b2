/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/failures.h"

void failures_done(Failures *f)
{
        for (size_t i = 0; i < f->n_destinations; i++)
                free(f->destinations[i].to);
        free(f->destinations);
        *f = (Failures){0};
}

static DestinationFailure *find(const Failures *f, const char *to)
{
        for (size_t i = 0; i < f->n_destinations; i++)
                if (streq(f->destinations[i].to, to))
                        return &f->destinations[i];
        return NULL;
}

static DestinationFailure *add(Failures *f, const char *to)
{
        DestinationFailure *grown = reallocarray(f->destinations, f->n_destinations + 1,
                                                 sizeof(DestinationFailure));
        char *copy;

        if (!grown)
                return NULL;
        f->destinations = grown;
        copy = strdup(to);
        if (!copy)
                return NULL;
        grown[f->n_destinations] = (DestinationFailure){.to = copy};
        return &grown[f->n_destinations++];
}

void failures_note_account(Failures *f, const Result *result, WallTime at)
{
        f->account = (Failure){.at = at, .result = *result};
}

void failures_note(Failures *f, const char *to, const Result *result, WallTime at)
{
        DestinationFailure *d = find(f, to);

        if (!d)
                d = add(f, to);
        if (d)
                d->failure = (Failure){.at = at, .result = *result};
}

void failures_forget(Failures *f, const char *to)
{
        DestinationFailure *d = find(f, to);

        if (!d)
                return;
        free(d->to);
        *d = f->destinations[--f->n_destinations];
}

const Failure *failures_find(const Failures *f, const char *to)
{
        const DestinationFailure *d = find(f, to);

        return d ? &d->failure : NULL;
}
