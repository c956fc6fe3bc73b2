/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What must be true, whatever happened. */

#include "state.h"

/* The session that was planned, or that none was; takes it into the model. Its new mails bear the number K.
 */
void check_plan(State *s, const Scene *scene, unsigned k);

/* A go is about to be given, and the ledger was written: the record stands on the disk. */
void check_record(State *s);

/* After each step. */
void check_state(State *s, const Scene *scene);

/* Each destination that is to be told was told the true address, and nothing is on its way. */
bool check_arrived(const State *s, const Scene *scene);
