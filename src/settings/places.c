/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/places.h"

#include <errno.h>

#include "base/string-util.h"

typedef struct Entry {
        const char *path;
        size_t index, file; /* the number of the file */
        unsigned line;
} Entry;

struct SettingsPlaces {
        char **files; /* each once; the main one first */
        Entry *entries;
        size_t n_files, n;
};

int settings_places_new(const char *file, SettingsPlaces **ret)
{
        _cleanup_(settings_places_freep) SettingsPlaces *p = calloc(1, sizeof(*p));

        if (!p || string_list_add(&p->files, &p->n_files, file) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(p);
        return 0;
}

SettingsPlaces *settings_places_free(SettingsPlaces *p)
{
        if (!p)
                return NULL;
        string_list_free(p->files, p->n_files);
        free(p->entries);
        free(p);
        return NULL;
}

int settings_places_add(SettingsPlaces *p, const char *path, size_t index, const char *file, unsigned line)
{
        size_t number = 0;

        while (number < p->n_files && !streq(p->files[number], file))
                number++;
        if (number == p->n_files && string_list_add(&p->files, &p->n_files, file) < 0)
                return -ENOMEM;

        Entry *entries = reallocarray(p->entries, p->n + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        p->entries = entries;
        p->entries[p->n++] = (Entry){.path = path, .index = index, .file = number, .line = line};
        return 0;
}

SettingsPlace settings_places_find(const SettingsPlaces *p, const char *path, size_t index)
{
        for (size_t i = 0; i < p->n; i++)
                if (p->entries[i].index == index && streq(p->entries[i].path, path))
                        return (SettingsPlace){p->files[p->entries[i].file], p->entries[i].line};
        return (SettingsPlace){p->files[0], 0};
}
