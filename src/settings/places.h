/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where each key was written: for whoever speaks of a setting that holds no fault. */

#include "base/macros.h"

typedef struct SettingsPlace {
        const char *file;
        unsigned line; /* from 1; 0: it was not written, FILE is the main one */
} SettingsPlace;

typedef struct SettingsPlaces SettingsPlaces;

/* FILE, the main settings file, is copied. 0 or -ENOMEM. */
int settings_places_new(const char *file, SettingsPlaces **ret);
SettingsPlaces *settings_places_free(SettingsPlaces *p);
DEFINE_CLEANUP(SettingsPlaces, settings_places_free)

/* PATH is a key of the table, which is kept as it is, or SETTINGS_DESTINATIONS for the element INDEX of
 * that list; of other keys INDEX is 0. FILE is copied. 0 or -ENOMEM. */
int settings_places_add(SettingsPlaces *p, const char *path, size_t index, const char *file, unsigned line);

/* The place of PATH and INDEX, valid as long as P; the main file as a whole where it was not written. */
SettingsPlace settings_places_find(const SettingsPlaces *p, const char *path, size_t index);
