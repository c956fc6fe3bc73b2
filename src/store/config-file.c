/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdio.h>

#include "base/string-util.h"
#include "settings/builder.h"
#include "store/config-include.h"
#include "store/read-file.h"

/* libconfig makes a tree of the file; this walks the tree and hands each key to the builder, which knows
 * what keys there are. It only translates: the types of values, and where each was written.
 *
 * The file is read here and parsed from memory, so that libconfig never opens what is no regular file, and
 * everything included is looked at first (config-include). libconfig gives no name to what it reads from
 * memory, and in 1.5 an included file is called as the @include has it, without the folder. */

#define PATH_SIZE 256

typedef struct Reader {
        config_t config;
        SettingsBuilder *builder;
        const char *path; /* of the main file */
        char *folder;
        char **names; /* of included files, with their folder; the builder points to them */
        size_t n_names;
} Reader;

static void reader_done(Reader *r)
{
        settings_builder_free(r->builder);
        config_destroy(&r->config);
        string_list_free(r->names, r->n_names);
        free(r->folder);
}

static int read_group(Reader *r, const config_setting_t *group, const char *prefix);

/* The name of the file that libconfig calls FILE. */
static int file_name(Reader *r, const char *file, const char **ret)
{
        size_t n = strlen(r->folder);
        _cleanup_free_ char *name = NULL;
        bool whole = !file || *file == '/' || streq(r->folder, ".") ||
                     (strncmp(file, r->folder, n) == 0 && file[n] == '/');

        if (!file) {
                *ret = r->path;
                return 0;
        }
        if (strncmp(file, "./", 2) == 0) /* libconfig 1.7 in this folder; 1.5 leaves it out */
                file += 2;
        if (asprintf(&name, "%s%s%s", whole ? "" : r->folder, whole ? "" : "/", file) < 0) {
                name = NULL;
                return -ENOMEM;
        }
        for (size_t i = 0; i < r->n_names; i++)
                if (streq(r->names[i], name)) {
                        *ret = r->names[i];
                        return 0;
                }
        if (string_list_add(&r->names, &r->n_names, name) < 0)
                return -ENOMEM;
        *ret = r->names[r->n_names - 1];
        return 0;
}

static SettingsValueType value_type(const config_setting_t *setting)
{
        switch (config_setting_type(setting)) {
        case CONFIG_TYPE_BOOL:
                return SETTINGS_VALUE_BOOL;
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return SETTINGS_VALUE_INTEGER;
        case CONFIG_TYPE_FLOAT:
                return SETTINGS_VALUE_REAL;
        case CONFIG_TYPE_STRING:
                return SETTINGS_VALUE_TEXT;
        case CONFIG_TYPE_ARRAY:
        case CONFIG_TYPE_LIST:
                return SETTINGS_VALUE_LIST;
        case CONFIG_TYPE_GROUP:
                return SETTINGS_VALUE_GROUP;
        default:
                return SETTINGS_VALUE_NONE;
        }
}

/* A value without what a list holds. */
static SettingsValue scalar(const config_setting_t *setting)
{
        SettingsValue v = {.type = value_type(setting)};

        if (v.type == SETTINGS_VALUE_BOOL)
                v.boolean = config_setting_get_bool(setting);
        else if (v.type == SETTINGS_VALUE_INTEGER)
                v.integer = config_setting_get_int64(setting);
        else if (v.type == SETTINGS_VALUE_REAL)
                v.real = config_setting_get_float(setting);
        else if (v.type == SETTINGS_VALUE_TEXT)
                v.text = config_setting_get_string(setting);
        return v;
}

static int add_key(Reader *r, const config_setting_t *setting, const char *path, const char *file)
{
        _cleanup_free_ SettingsValue *elements = NULL;
        SettingsValue v = scalar(setting);

        if (v.type == SETTINGS_VALUE_LIST) {
                v.n_elements = (size_t)config_setting_length(setting);
                elements = calloc(MAX(v.n_elements, (size_t)1), sizeof(*elements));
                if (!elements)
                        return -ENOMEM;
                for (size_t i = 0; i < v.n_elements; i++)
                        elements[i] = scalar(config_setting_get_elem(setting, (unsigned)i));
                v.elements = elements;
        }
        return settings_builder_add(r->builder, path, &v, file, config_setting_source_line(setting));
}

static int read_destination(Reader *r, const config_setting_t *setting)
{
        const char *file;
        int k = file_name(r, config_setting_source_file(setting), &file);

        if (k >= 0)
                k = settings_builder_enter_destination(r->builder, value_type(setting), file,
                                                       config_setting_source_line(setting));
        return k > 0 ? read_group(r, setting, SETTINGS_DESTINATIONS "[]") : k;
}

/* A lone group counts as a list of one. */
static int read_destinations(Reader *r, const config_setting_t *setting)
{
        int n = config_setting_length(setting);

        if (value_type(setting) != SETTINGS_VALUE_LIST)
                return read_destination(r, setting);
        for (int i = 0; i < n; i++) {
                int k = read_destination(r, config_setting_get_elem(setting, (unsigned)i));
                if (k < 0)
                        return k;
        }
        return 0;
}

static int read_member(Reader *r, const config_setting_t *setting, const char *path)
{
        SettingsValueType type = value_type(setting);
        const char *file;
        int k;

        if (streq(path, SETTINGS_DESTINATIONS))
                return read_destinations(r, setting);
        k = file_name(r, config_setting_source_file(setting), &file);
        if (k < 0)
                return k;
        if (settings_key_find(path) || (type != SETTINGS_VALUE_GROUP && !settings_path_is_group(path)))
                return add_key(r, setting, path, file);
        k = settings_builder_enter(r->builder, path, type, file, config_setting_source_line(setting));
        return k > 0 ? read_group(r, setting, path) : k;
}

/* Goes down into known groups alone, so the table bounds its depth. */
static int read_group(Reader *r, const config_setting_t *group, const char *prefix)
{
        int n = config_setting_length(group);

        for (int i = 0; i < n; i++) {
                const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
                char path[PATH_SIZE];

                (void)snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "",
                               config_setting_name(member));
                int k = read_member(r, member, path);
                if (k < 0)
                        return k;
        }
        return 0;
}

static unsigned line_of(const char *text, const char *at)
{
        unsigned line = 1;

        for (; text < at; text++)
                line += *text == '\n';
        return line;
}

/* The main file's text. NULL in *RET where that was a fault. */
static int read_main(Reader *r, char **ret)
{
        SettingsFaults *faults = settings_builder_faults(r->builder);
        _cleanup_free_ char *text = NULL;
        size_t size;
        int k;

        *ret = NULL;
        k = read_file_at(AT_FDCWD, r->path, 0, CONFIG_FILE_SIZE_MAX, &text, &size);
        if (k == -ENOMEM)
                return k;
        if (k < 0)
                return settings_faults_add(faults, r->path, 0, "cannot be read: %s", read_file_error(k));
        if (strlen(text) != size)
                return settings_faults_add(faults, r->path, line_of(text, text + strlen(text)),
                                           "holds a NUL octet: not a text file");
        *ret = TAKE_PTR(text);
        return 0;
}

static int parse(Reader *r, const char *text)
{
        SettingsFaults *faults = settings_builder_faults(r->builder);
        const char *file;
        size_t n;
        int k;

        k = config_check_includes(r->folder, r->path, text, faults);
        if (k < 0)
                return k;
        (void)settings_faults_entries(faults, &n);
        if (n > 0)
                return 0;

        config_set_include_dir(&r->config, r->folder);
        if (config_read_string(&r->config, text) == CONFIG_TRUE)
                return read_group(r, config_root_setting(&r->config), "");
        k = file_name(r, config_error_file(&r->config), &file);
        if (k < 0)
                return k;
        return settings_faults_add(faults, file, (unsigned)MAX(config_error_line(&r->config), 0), "%s",
                                   config_error_text(&r->config));
}

/* RET_PLACES may be NULL. */
static int load(const char *path, Settings **ret, SettingsFaults **ret_faults, SettingsPlaces **ret_places)
{
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;
        _cleanup_(reader_done) Reader r = {.path = path};
        _cleanup_free_ char *text = NULL;
        const char *slash = strrchr(path, '/');
        int k;

        config_init(&r.config);
        r.folder = slash ? strndup(path, (size_t)MAX(slash - path, (ptrdiff_t)1)) : strdup(".");
        if (!r.folder)
                return -ENOMEM;
        k = settings_builder_new(path, &r.builder);
        if (k >= 0)
                k = read_main(&r, &text);
        if (k >= 0 && text)
                k = parse(&r, text);
        if (k >= 0 && ret_places)
                k = settings_builder_places(r.builder, &places);
        if (k >= 0)
                k = settings_builder_finish(r.builder, ret, ret_faults);
        if (k < 0)
                return k;
        if (ret_places)
                *ret_places = TAKE_PTR(places);
        return 0;
}

int config_file_load(const char *path, Settings **ret, SettingsFaults **ret_faults)
{
        return load(path, ret, ret_faults, NULL);
}

int config_file_load_placed(const char *path, Settings **ret, SettingsFaults **ret_faults,
                            SettingsPlaces **ret_places)
{
        return load(path, ret, ret_faults, ret_places);
}
