/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/netlink-dump.h"

/* Tables are read in rounds, one table after the other, links first, since a link that goes takes the rest
 * along. A table that was read well is needed no more; one whose answer was not consistent
 * (NLM_F_DUMP_INTR), or that was asked for again while it ran, stays needed. The kernel refuses a second
 * dump while one runs, so that what is asked for meanwhile waits for DONE.
 *
 * After a round there is a pause: a tenfold of what the round took, within bounds, so that large tables do
 * not take all of the machine; or, after a round that left something needed, a delay that doubles. What is
 * asked for during a pause waits for its end.
 *
 * The generation begins at the first message of our answer and not at the request: the messages that stood
 * in the receive queue before it are older than the dump and must not mark. An inconsistent answer never
 * sweeps.
 *
 * The kernel walks routes and addresses without a lock (since 6.9): what changes meanwhile may stand in the
 * queue before the part of the answer that was made without it. So what is heard between request and answer
 * may be newer than the answer, which would sweep it; and what is heard to go may come back with the answer.
 * Either way the table is read again.
 *
 * On a machine that never comes to rest no answer may ever be consistent. The picture is called complete
 * after some of them all the same: what one answer skipped stands in another, what went was told, and the
 * reading goes on. */

#define PAUSE_LEAST     (100 * USEC_PER_MSEC)
#define PAUSE_MOST      (1 * USEC_PER_SEC)
#define DELAY_LEAST     (10 * USEC_PER_MSEC)
#define DELAY_MOST      (5 * USEC_PER_SEC)
#define DOUBTFUL_ENOUGH 5
#define ANSWER_TIME_OUT (30 * USEC_PER_SEC)

void dump_request(Dump *d, unsigned tables)
{
        d->needed |= tables;
        if (d->state == DUMP_RUNNING && (tables & (1U << d->table)))
                d->again = true;
}

bool dump_is_wanted(const Dump *d)
{
        return d->needed != 0 || d->state == DUMP_RUNNING;
}

void dump_heard(Dump *d, NetworkTable table, bool removed)
{
        if (d->state == DUMP_RUNNING && d->table == table && (removed || !d->begun))
                dump_request(d, 1U << table);
}

static void end_round(Dump *d, usec_t now)
{
        usec_t took = usec_sub(now, d->round_began);

        if (d->needed) {
                d->delay = d->delay == 0 ? DELAY_LEAST : MIN(d->delay * 2, DELAY_MOST);
                d->deadline = usec_add(now, d->delay);
        } else {
                d->delay = 0;
                d->deadline = usec_add(now, CLAMP(10 * took, PAUSE_LEAST, PAUSE_MOST));
        }
        d->state = DUMP_PAUSED;
}

bool dump_next(Dump *d, usec_t now, NetworkTable *ret_table, uint32_t *ret_sequence)
{
        if (d->state == DUMP_RUNNING)
                return false;
        if (d->state == DUMP_PAUSED && now < d->deadline)
                return false;
        if (d->needed == 0) {
                d->state = DUMP_IDLE;
                return false;
        }
        if (d->round == 0) {
                d->round = d->needed;
                d->round_began = now;
        }
        d->table = (NetworkTable)__builtin_ctz(d->round);
        d->round &= ~(1U << d->table);
        d->state = DUMP_RUNNING;
        d->again = d->begun = d->interrupted = false;
        d->deadline = usec_add(now, ANSWER_TIME_OUT);
        if (++d->sequence == 0)
                d->sequence = 1; /* multicasts that nobody asked for carry 0 */
        *ret_table = d->table;
        *ret_sequence = d->sequence;
        return true;
}

/* What was asked for again is not swept either: a message may have been lost while the answer came. */
static bool is_good(const Dump *d)
{
        return !d->interrupted && !d->again;
}

/* The table is behind us, well read or not. */
static void finish(Dump *d, usec_t now)
{
        if (is_good(d)) {
                d->needed &= ~(1U << d->table);
                d->done |= 1U << d->table;
                d->doubtful[d->table] = 0;
        }
        d->state = DUMP_IDLE;
        if (d->round == 0)
                end_round(d, now);
}

void dump_refused(Dump *d, Network *network, usec_t now)
{
        if (d->state != DUMP_RUNNING)
                return;
        if (d->begun)
                network_cancel_sync(network, d->table);
        d->interrupted = true;
        d->round = 0;
        finish(d, now);
}

void dump_message(Dump *d, Network *network, const struct nlmsghdr *m, usec_t now)
{
        if (!d->begun) {
                network_begin_sync(network, d->table);
                d->begun = true;
        }
        if (m->nlmsg_flags & NLM_F_DUMP_INTR)
                d->interrupted = true;
        d->deadline = usec_add(now, ANSWER_TIME_OUT);
}

size_t dump_done(Dump *d, Network *network, usec_t now)
{
        size_t dropped = 0;

        if (is_good(d)) {
                dropped = network_end_sync(network, d->table);
        } else {
                network_cancel_sync(network, d->table);
                if (++d->doubtful[d->table] >= DOUBTFUL_ENOUGH)
                        d->done |= 1U << d->table;
        }
        finish(d, now);
        return dropped;
}

usec_t dump_deadline(const Dump *d)
{
        switch (d->state) {
        case DUMP_IDLE:
                return USEC_INFINITY;
        case DUMP_RUNNING:
                return d->deadline;
        case DUMP_PAUSED:
                return d->needed ? d->deadline : USEC_INFINITY;
        }
        return USEC_INFINITY;
}

bool dump_is_complete(const Dump *d)
{
        return d->done == DUMP_ALL;
}

bool dump_is_stuck(const Dump *d, usec_t now)
{
        return d->state == DUMP_RUNNING && now >= d->deadline;
}
