/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* destinations[].remind: an address that has not changed is told again after so many days, so that silence
 * means something. The wall clock alone decides. */

#include "decide/ledger.h"

#define REMIND_NEVER INT64_MAX

/* When D, told already, is due to be reminded by SETTINGS, in seconds since 1970: where the clock was not
 * set when it was told, from whenever that is. REMIND_NEVER where it isn't reminded. */
int64_t remind_due(const DestinationRecord *d, const DestinationSettings *settings);

/* Notes in L whose reminder is owed at WALL; those whom S does not remind, or who were told nothing, are
 * owed none. RET_NEXT is when the next one will be, in seconds since 1970 and later than WALL; REMIND_NEVER
 * where no time makes it so. True where the ledger is to be written. */
bool ledger_remind(Ledger *l, const Settings *s, WallTime wall, int64_t *ret_next);
