/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/retry.h"

/* One row for each outcome that has a wait. */
typedef struct Row {
        Clock clock;
        bool deferral;
        usec_t first, most; /* d begins here, and doubles to there */
        usec_t least;       /* what may not be gone below when the wait is brought forward */
} Row;

static const Row rows[OUTCOME_COUNT] = {
        [OUTCOME_NOT_REACHED] = {CLOCK_ACCOUNT, true, 5 * USEC_PER_SEC, USEC_PER_HOUR, 5 * USEC_PER_SEC},
        [OUTCOME_TEMPORARY] = {CLOCK_ACCOUNT, true, USEC_PER_MIN, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_DESTINATION_TEMPORARY] = {CLOCK_DESTINATION, true, USEC_PER_MIN, USEC_PER_HOUR,
                                           USEC_PER_MIN},
        [OUTCOME_INSECURE] = {CLOCK_ACCOUNT, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_OUT_OF_DATE] = {CLOCK_ACCOUNT, false, USEC_PER_HOUR, USEC_PER_HOUR, USEC_PER_MIN},
        [OUTCOME_SETTINGS] = {CLOCK_ACCOUNT, false, USEC_PER_DAY, USEC_PER_DAY, USEC_PER_MIN},
        [OUTCOME_DESTINATION_PERMANENT] = {CLOCK_DESTINATION, false, USEC_PER_DAY, USEC_PER_DAY,
                                           USEC_PER_MIN},
        [OUTCOME_LOGIN_REFUSED] = {.clock = CLOCK_HELD},
        [OUTCOME_STILL_HELD] = {.clock = CLOCK_HELD},
};

/* D to 1.5 D. */
static usec_t draw(usec_t d, uint32_t random)
{
        return d + (usec_t)(((__uint128_t)(d / 2) * random) >> 32);
}

Clock outcome_clock(Outcome o)
{
        return rows[o].clock;
}

bool outcome_is_deferral(Outcome o)
{
        return rows[o].deferral;
}

void backoff_put_off(Backoff *b, Outcome outcome, usec_t now, uint32_t random)
{
        const Row *row = &rows[outcome];

        assert(row->first > 0);
        b->delay = b->row == outcome ? MIN(b->delay * 2, row->most) : row->first;
        b->row = outcome;
        b->last = now;
        b->due = usec_add(now, draw(b->delay, random));
        b->tries++;
}

void backoff_clear(Backoff *b)
{
        *b = (Backoff){0};
}

void backoff_bring_forward(Backoff *b)
{
        if (b->row != OUTCOME_NONE)
                b->due = MIN(b->due, usec_add(b->last, rows[b->row].least));
}

void backoff_bring_deferral_forward(Backoff *b)
{
        if (rows[b->row].deferral)
                backoff_bring_forward(b);
}

void backoff_release(Backoff *b, usec_t now)
{
        if (b->row != OUTCOME_NONE)
                b->due = MIN(b->due, now);
}

usec_t hold_delay(unsigned refusals, uint32_t random)
{
        return draw(refusals <= 1   ? USEC_PER_HOUR
                    : refusals == 2 ? 6 * USEC_PER_HOUR
                                    : USEC_PER_DAY,
                    random);
}

usec_t unknown_delay(unsigned goes, usec_t wait)
{
        for (; goes > 1 && wait < USEC_PER_DAY; goes--)
                wait *= 2;
        return MIN(wait, USEC_PER_DAY);
}
