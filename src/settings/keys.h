/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The one table of keys: what each may hold, what it is without a word in the file, and where it goes. */

#include "base/macros.h"

/* A value as a settings file has it, before a key has looked at it. */
typedef enum SettingsValueType {
        SETTINGS_VALUE_NONE, /* nothing; as a default: it follows from other keys */
        SETTINGS_VALUE_BOOL,
        SETTINGS_VALUE_INTEGER,
        SETTINGS_VALUE_REAL,
        SETTINGS_VALUE_TEXT,
        SETTINGS_VALUE_LIST,
        SETTINGS_VALUE_GROUP, /* never what a key holds */
} SettingsValueType;

typedef struct SettingsValue {
        SettingsValueType type;
        bool boolean;
        int64_t integer;
        double real;
        const char *text;
        const struct SettingsValue *elements; /* of a list */
        size_t n_elements;
} SettingsValue;

typedef enum SettingsRoom {
        SETTINGS_ROOM_GLOBAL,      /* a field of Settings */
        SETTINGS_ROOM_DESTINATION, /* a field of DestinationSettings */
} SettingsRoom;

typedef struct SettingsKey SettingsKey;

/* Checks VALUE against KEY and puts it into FIELD. 0; 1 where it is refused, with the reason in RET_REASON
 * (FIELD is left alone); -ENOMEM. */
#define SETTINGS_REASON_MAX 384
typedef int (*SettingsSetter)(const SettingsKey *key, void *field, const SettingsValue *value,
                              char ret_reason[static SETTINGS_REASON_MAX]);

struct SettingsKey {
        const char *path; /* "mail.port"; "destinations[].to" */
        SettingsRoom room;
        size_t offset;
        SettingsSetter set;
        bool (*is_valid)(const char *text); /* of texts; NULL: any clean one */
        const char *values;                 /* what it may hold, in words */
        double min, max;                    /* of numbers, both allowed */
        const char *unit;                   /* "" or "s" */
        SettingsValue fallback;             /* the default */
};

#define SETTINGS_DESTINATIONS "destinations"

const SettingsKey *settings_keys(size_t *ret_count);

/* NULL where there is no such key. */
const SettingsKey *settings_key_find(const char *path);

/* "mail", "mail.auth": something that holds keys. "destinations" is none, its elements are. */
bool settings_path_is_group(const char *path);

/* The known key or group that PATH most likely was meant to be: by edit distance, where the right last word
 * in the wrong group counts as near. Never empty. Valid until the next call with the same RET. */
#define SETTINGS_PATH_MAX 64
void settings_nearest(const char *path, char ret[static SETTINGS_PATH_MAX]);

/* As SettingsSetter; BASE is the struct that KEY's room says. */
int settings_key_set(const SettingsKey *key, void *base, const SettingsValue *value,
                     char ret_reason[static SETTINGS_REASON_MAX]);

/* Puts every default of ROOM into BASE. 0 or -ENOMEM. */
int settings_keys_apply_defaults(SettingsRoom room, void *base);
