/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From a settings file to settings. */

#include "settings/faults.h"
#include "settings/places.h"
#include "settings/settings.h"

/* Each file, the included ones too, and how many of those. */
#define CONFIG_FILE_SIZE_MAX    (1024 * 1024)
#define CONFIG_FILE_INCLUDE_MAX 64

/* Reads the settings file PATH, in libconfig's syntax; @include is relative to its folder. What is wrong
 * with it, that it is not there included, is data: *RET is NULL then, and *RET_FAULTS says all of it in file
 * order. *RET_FAULTS is empty where *RET is not NULL. 0 or -ENOMEM.
 *
 * A syntax error ends the reading, so it comes alone; all other faults come together. */
int config_file_load(const char *path, Settings **ret, SettingsFaults **ret_faults);

/* The same; *RET_PLACES says where each key was written, whatever the file holds. */
int config_file_load_placed(const char *path, Settings **ret, SettingsFaults **ret_faults,
                            SettingsPlaces **ret_places);
