/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Makes settings out of keys and values, in the order of their file, and gathers what is wrong with them. It
 * knows no file format: store/config-file reads one and feeds it. */

#include "settings/faults.h"
#include "settings/keys.h"
#include "settings/places.h"
#include "settings/settings.h"

typedef struct SettingsBuilder SettingsBuilder;

/* FILE is the main settings file: faults that no line shows are its. This and each other FILE must live as
 * long as the builder. 0 or -ENOMEM. */
int settings_builder_new(const char *file, SettingsBuilder **ret);
SettingsBuilder *settings_builder_free(SettingsBuilder *b);
DEFINE_CLEANUP(SettingsBuilder, settings_builder_free)

/* A group begins: "mail.auth". 1 where it is known and TYPE is a group, so that its members are to be
 * added; 0 where that was a fault; -ENOMEM. */
int settings_builder_enter(SettingsBuilder *b, const char *path, SettingsValueType type, const char *file,
                           unsigned line);

/* An element of destinations begins: the keys "destinations[]..." that follow are its. As above. */
int settings_builder_enter_destination(SettingsBuilder *b, SettingsValueType type, const char *file,
                                       unsigned line);

/* One key. VALUE is not kept. Faults are noted, not returned: 0 or -ENOMEM. */
int settings_builder_add(SettingsBuilder *b, const char *path, const SettingsValue *value, const char *file,
                         unsigned line);

/* For what a reader finds wrong by itself (syntax, an unreadable file); goes on as settings_faults_add(). */
SettingsFaults *settings_builder_faults(SettingsBuilder *b);

/* Where each key of the table was written so far, and each destination's "to". 0 or -ENOMEM. */
int settings_builder_places(const SettingsBuilder *b, SettingsPlaces **ret);

/* The defaults that follow from other keys, and the checks between keys; a key whose own value was refused
 * is not blamed again. Publishes both or neither: *RET is NULL where there are faults, and *RET_FAULTS, in
 * file order, is empty where there are none. To be called once. 0 or -ENOMEM. */
int settings_builder_finish(SettingsBuilder *b, Settings **ret, SettingsFaults **ret_faults);
