/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* `ipherald status --json`. Its shape stands in ipherald(1), and scripts build on it: keys are added, none
 * changes its meaning. */

#include "decide/status.h"

/* Appends one object and a newline. S is NULL where no service runs. */
void status_json(const Status *s, Text *t);
