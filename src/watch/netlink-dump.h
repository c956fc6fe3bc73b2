/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which tables have to be read from the kernel, and when: the state machine of the dumps. It knows no socket
 * and no clock. */

#include <linux/netlink.h>

#include "address/network.h"
#include "base/time-util.h"

#define DUMP_ALL ((1U << TABLE_COUNT) - 1)

typedef enum DumpState {
        DUMP_IDLE,    /* nothing to be read, or not yet begun */
        DUMP_RUNNING, /* a request is out, its answer not complete */
        DUMP_PAUSED,  /* between two rounds */
} DumpState;

typedef struct Dump {
        DumpState state;
        unsigned needed, round;         /* bits of NetworkTable: to be read; of these, still in this round */
        unsigned done;                  /* bits: was read at least once, well or often enough */
        unsigned doubtful[TABLE_COUNT]; /* inconsistent answers in succession */
        bool again;                     /* the one that runs must be read once more */
        bool begun;                     /* the first message of its answer was seen */
        bool interrupted;               /* NLM_F_DUMP_INTR in its answer, or it was refused */
        NetworkTable table;             /* the one that runs */
        uint32_t sequence;              /* its nlmsg_seq */
        usec_t round_began, deadline, delay;
} Dump;

/* Marks TABLES to be read. */
void dump_request(Dump *d, unsigned tables);

/* An event about TABLE has come, which is no answer; REMOVED: that something went. Where the dump that runs
 * may not know of it, the table is read again. */
void dump_heard(Dump *d, NetworkTable table, bool removed);

/* Whether anything is to be read, or is being read. */
bool dump_is_wanted(const Dump *d);

/* With an empty receive queue: true where a request for RET_TABLE with RET_SEQUENCE must be sent now. */
bool dump_next(Dump *d, usec_t now, NetworkTable *ret_table, uint32_t *ret_sequence);

/* The request could not be sent, or the kernel refused or broke off the answer. */
void dump_refused(Dump *d, Network *network, usec_t now);

/* Each message that answers our request (its pid, its sequence), DONE included, before it is taken in: opens
 * the generation with the first. */
void dump_message(Dump *d, Network *network, const struct nlmsghdr *m, usec_t now);

/* DONE: sweeps, unless the answer was not consistent. The count of entries that were dropped. */
size_t dump_done(Dump *d, Network *network, usec_t now);

/* When dump_next() has something to do, or the dump that runs has been silent for too long
 * (dump_is_stuck()); USEC_INFINITY: neither. */
usec_t dump_deadline(const Dump *d);
bool dump_is_complete(const Dump *d); /* each table was read at least once, well or often enough */
bool dump_is_stuck(const Dump *d, usec_t now);
