/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "settings/places.h"
#include "settings/settings.h"

/* Reads the settings at PATH for the verb NAME. EXIT_SUCCESS and RET; or EXIT_FAILURE, and why was said:
 * each fault as FILE:LINE: text to FAULTS, what is no fault of theirs to stderr. */
int load_settings(const char *name, const char *path, FILE *faults, Settings **ret);

/* The same, and where each key was written. */
int load_settings_placed(const char *name, const char *path, FILE *faults, Settings **ret,
                         SettingsPlaces **ret_places);
