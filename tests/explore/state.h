/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One state: the real ledger, settle and delivery, what stands on the disk, and the world around them. */

#include "decide/delivery.h"
#include "decide/settle.h"
#include "spec.h"

#define VIOLATION_MAX 240

/* What goes wrong with one of a step's writes: the N-th. */
typedef enum Fault {
        FAULT_NONE,
        FAULT_REFUSED, /* the service goes on */
        FAULT_CRASH,   /* the service dies before it */
} Fault;

typedef struct State {
        Ledger *ledger;
        Ledger *disk; /* read from the text that was written last; NULL: no file yet */
        Delivery *delivery;
        Settle settle;
        usec_t ring; /* the wall clock's, for the next reminder; USEC_INFINITY: none */
        World world;
        /* of the step that led here */
        Fault fault;
        unsigned fault_at, writes;
        bool crashed;
        char violation[VIOLATION_MAX]; /* "": none */
} State;

State *state_clone(const State *s);
State *state_free(State *s);
DEFINE_CLEANUP(State, state_free)

/* Written and read; NULL where it does not read as it was written. */
Ledger *ledger_through_text(const Ledger *l);

/* Notes what is wrong, unless something else was before. */
void violate(State *s, const char *format, ...) _printf_(2, 3);

/* Message-IDs are "mK.N@example.com", and here the number 8 K + N; dates follow from K. */
unsigned id_number(const char *message_id);
int64_t id_date(unsigned number);
/* A K that no mail bears any more. */
unsigned state_fresh_id(const State *s);
void state_rename_ids(State *s);

/* Mail and waits pass into a form that the next steps can't tell from what it was; see spec-time.c. */
void state_round(State *s, const Scene *scene);
/* TIME passes for the service, on the disk and outside. */
void state_pass(State *s, usec_t time);

/* Of the rounded state. Two states of a million share one by chance in 1 of 10^7 runs. */
uint64_t state_hash(const State *s);
uint64_t ledger_hash(const Ledger *l); /* of what its text holds */
