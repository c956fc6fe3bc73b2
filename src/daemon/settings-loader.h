/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Settings for the service: their faults go to the journal, and a dry run does without any. */

#include "settings/settings.h"

/* Reads the settings file; every fault is logged as config-error. For a dry run mail is on, and where they
 * name nobody a mail from and to nobody@invalid is made; it says so. 1 and RET where the file is good; 0
 * where it is not, and nothing is changed; negative errno. */
int settings_load_logged(const char *path, bool dry_run, Settings **ret);

/* The settings to start with. Bad ones end nothing: RET are the defaults then, with mail off, and RET_USABLE
 * is false; but a dry run does without. 0 or negative errno. */
int settings_load_for_start(const char *path, bool dry_run, Settings **ret, bool *ret_usable);
