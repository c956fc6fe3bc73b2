/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "settings/faults.h"

/* Looks at every file that TEXT, the content of FILE, includes from FOLDER, and theirs, before libconfig
 * does: it opens them by itself, waits for a FIFO's writer without end, and ends the whole program at a
 * folder or a read error. What is missing is left to it. 0 (see FAULTS) or -ENOMEM. */
int config_check_includes(const char *folder, const char *file, const char *text, SettingsFaults *faults);
