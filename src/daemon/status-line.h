/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One sentence for `systemctl status`. */

#include "decide/plan.h"
#include "decide/settle.h"

typedef struct StatusInput {
        const Ledger *ledger;
        const Settings *settings;
        const Settle *settle;
        bool settings_usable, sending;
} StatusInput;

/* Into RET, SIZE octets, cut where it is too long. */
void status_line(const StatusInput *input, char *ret, size_t size);
