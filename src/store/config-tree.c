/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/config-tree.h"

#include <libconfig.h>
#include <stdio.h>

#include "base/string-util.h"
#include "settings/keys.h"

/* In the model a key stands as "key = value;" or as "#key = value;", a comment as "# words", and a group as
 * "name = {" to "};", each on a line of its own. */

struct ConfigTree {
        config_t config;
};

/* A value of its own for each element: libconfig can't move one to another place. */
static bool copy_value(const config_setting_t *from, config_setting_t *parent, const char *name)
{
        int type = config_setting_type(from);
        config_setting_t *to = config_setting_add(parent, name, type);

        if (!to)
                return false;
        if (type == CONFIG_TYPE_BOOL)
                return config_setting_set_bool(to, config_setting_get_bool(from));
        if (type == CONFIG_TYPE_STRING)
                return config_setting_set_string(to, config_setting_get_string(from));
        if (type == CONFIG_TYPE_FLOAT)
                return config_setting_set_float(to, config_setting_get_float(from));
        if (type == CONFIG_TYPE_INT)
                return config_setting_set_int(to, config_setting_get_int(from));
        if (type == CONFIG_TYPE_INT64)
                return config_setting_set_int64(to, config_setting_get_int64(from));
        for (int i = 0; i < config_setting_length(from); i++) {
                const config_setting_t *member = config_setting_get_elem(from, (unsigned)i);

                if (!copy_value(member, to, config_setting_name(member)))
                        return false;
        }
        return true;
}

/* Destinations are a list from now on: a lone group is put into one. */
static int make_list(ConfigTree *t)
{
        config_setting_t *root = config_root_setting(&t->config);
        config_setting_t *old = config_setting_get_member(root, SETTINGS_DESTINATIONS);
        config_setting_t *list;

        if (old && config_setting_type(old) != CONFIG_TYPE_GROUP)
                return 0;
        list = config_setting_add(root, "list", CONFIG_TYPE_LIST);
        if (!list || (old && !copy_value(old, list, NULL)))
                return -ENOMEM;
        if (old)
                (void)config_setting_remove(root, SETTINGS_DESTINATIONS);
        if (!copy_value(list, root, SETTINGS_DESTINATIONS))
                return -ENOMEM;
        (void)config_setting_remove(root, "list");
        return 0;
}

int config_tree_new(const char *path, ConfigTree **ret)
{
        _cleanup_(config_tree_freep) ConfigTree *t = calloc(1, sizeof(*t));
        _cleanup_free_ char *folder = NULL;
        const char *slash = path ? strrchr(path, '/') : NULL;
        int r;

        if (!t)
                return -ENOMEM;
        config_init(&t->config);
        folder = slash ? strndup(path, (size_t)MAX(slash - path, (ptrdiff_t)1)) : strdup(".");
        if (!folder)
                return -ENOMEM;
        config_set_include_dir(&t->config, folder);
        if (path && config_read_file(&t->config, path) != CONFIG_TRUE)
                return -EINVAL;
        r = make_list(t);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(t);
        return 0;
}

ConfigTree *config_tree_free(ConfigTree *t)
{
        if (t) {
                config_destroy(&t->config);
                free(t);
        }
        return NULL;
}

const char *config_tree_text(const ConfigTree *t, const char *path)
{
        const char *value = NULL;

        return config_lookup_string(&t->config, path, &value) == CONFIG_TRUE ? value : NULL;
}

int config_tree_integer(const ConfigTree *t, const char *path)
{
        int value = 0;

        return config_lookup_int(&t->config, path, &value) == CONFIG_TRUE ? value : 0;
}

const char *config_tree_element(const ConfigTree *t, const char *path, size_t i)
{
        const config_setting_t *s = config_lookup(&t->config, path);

        if (!s)
                return NULL;
        if (config_setting_is_list(s) || config_setting_is_array(s))
                return config_setting_get_string_elem(s, (int)i);
        return i == 0 ? config_setting_get_string(s) : NULL;
}

/* The new setting NAME of PARENT, in place of an old one. */
static config_setting_t *replace(config_setting_t *parent, const char *name, int type)
{
        (void)config_setting_remove(parent, name);
        return config_setting_add(parent, name, type);
}

/* The group that PATH lies in, made where it is missing, and the key's own name. */
static config_setting_t *group_of(ConfigTree *t, const char *path, const char **ret_name)
{
        config_setting_t *group = config_root_setting(&t->config);

        for (const char *dot; group && (dot = strchr(path, '.')); path = dot + 1) {
                char name[64];
                config_setting_t *next;

                (void)snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
                next = config_setting_get_member(group, name);
                group = next ? next : config_setting_add(group, name, CONFIG_TYPE_GROUP);
        }
        *ret_name = path;
        return group;
}

static int set_text(config_setting_t *group, const char *name, const char *value)
{
        config_setting_t *s;

        if (!group)
                return -ENOMEM;
        if (!value) {
                (void)config_setting_remove(group, name);
                return 0;
        }
        /* VALUE may be the old one's. */
        _cleanup_free_ char *copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        s = replace(group, name, CONFIG_TYPE_STRING);
        return s && config_setting_set_string(s, copy) ? 0 : -ENOMEM;
}

int config_tree_set_text(ConfigTree *t, const char *path, const char *value)
{
        const char *name;
        config_setting_t *group = group_of(t, path, &name);

        return set_text(group, name, value);
}

int config_tree_set_integer(ConfigTree *t, const char *path, int value)
{
        const char *name;
        config_setting_t *group = group_of(t, path, &name);
        config_setting_t *s = group ? replace(group, name, CONFIG_TYPE_INT) : NULL;

        return s && config_setting_set_int(s, value) ? 0 : -ENOMEM;
}

int config_tree_set_bool(ConfigTree *t, const char *path, bool value)
{
        const char *name;
        config_setting_t *group = group_of(t, path, &name);
        config_setting_t *s = group ? replace(group, name, CONFIG_TYPE_BOOL) : NULL;

        return s && config_setting_set_bool(s, value) ? 0 : -ENOMEM;
}

int config_tree_set_list(ConfigTree *t, const char *path, const char *const texts[], size_t n)
{
        const char *name;
        config_setting_t *group = group_of(t, path, &name);
        config_setting_t *list = group ? replace(group, name, CONFIG_TYPE_LIST) : NULL;

        for (size_t i = 0; list && i < n; i++) {
                config_setting_t *s = config_setting_add(list, NULL, CONFIG_TYPE_STRING);

                if (!s || !config_setting_set_string(s, texts[i]))
                        return -ENOMEM;
        }
        return list ? 0 : -ENOMEM;
}

static config_setting_t *destinations(const ConfigTree *t)
{
        return config_lookup(&t->config, SETTINGS_DESTINATIONS);
}

size_t config_tree_count_destinations(const ConfigTree *t)
{
        return (size_t)config_setting_length(destinations(t));
}

const char *config_tree_destination(const ConfigTree *t, size_t i)
{
        const char *to = "";

        (void)config_setting_lookup_string(config_setting_get_elem(destinations(t), (unsigned)i), "to", &to);
        return to;
}

int config_tree_add_destination(ConfigTree *t, const char *to)
{
        return set_text(config_setting_add(destinations(t), NULL, CONFIG_TYPE_GROUP), "to", to);
}

int config_tree_set_of_destination(ConfigTree *t, size_t i, const char *key, const char *value)
{
        return set_text(config_setting_get_elem(destinations(t), (unsigned)i), key, value);
}

static void append_text(Text *to, const char *s)
{
        text_append_string(to, "\"");
        for (; *s; s++)
                if (*s == '"' || *s == '\\')
                        text_appendf(to, "\\%c", *s);
                else if ((unsigned char)*s < 0x20 || *s == 0x7f)
                        text_appendf(to, "\\x%02x", (unsigned char)*s);
                else
                        text_append(to, s, 1);
        text_append_string(to, "\"");
}

static void append_real(Text *to, double value)
{
        char digits[64];

        (void)snprintf(digits, sizeof(digits), "%.15g", value);
        text_appendf(to, "%s%s", digits, strpbrk(digits, ".e") ? "" : ".0");
}

/* BETWEEN stands between the keys of a group. */
static void append_value(Text *to, const config_setting_t *s, const char *between)
{
        int type = config_setting_type(s);
        bool group = type == CONFIG_TYPE_GROUP;

        if (type == CONFIG_TYPE_BOOL)
                text_append_string(to, config_setting_get_bool(s) ? "true" : "false");
        else if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64)
                text_appendf(to, "%lld", config_setting_get_int64(s));
        else if (type == CONFIG_TYPE_FLOAT)
                append_real(to, config_setting_get_float(s));
        else if (type == CONFIG_TYPE_STRING)
                append_text(to, config_setting_get_string(s));
        else {
                int n = config_setting_length(s);

                text_append_string(to, group ? "{ " : "( ");
                for (int i = 0; i < n; i++) {
                        const config_setting_t *member = config_setting_get_elem(s, (unsigned)i);

                        if (i > 0)
                                text_append_string(to, group ? between : ", ");
                        if (group)
                                text_appendf(to, "%s = ", config_setting_name(member));
                        append_value(to, member, " ");
                        if (group)
                                text_append_string(to, ";");
                }
                text_append_string(to, group ? " }" : " )");
        }
}

void config_tree_append_value(const ConfigTree *t, const char *path, Text *to)
{
        const config_setting_t *s = config_lookup(&t->config, path);

        if (s)
                append_value(to, s, " ");
}

void config_tree_append_destination(const ConfigTree *t, size_t i, Text *to)
{
        append_value(to, config_setting_get_elem(destinations(t), (unsigned)i), " ");
}

static void append_destinations(const ConfigTree *t, Text *to)
{
        size_t n = config_tree_count_destinations(t);

        for (size_t i = 0; i < n; i++) {
                text_append_string(to, "  ");
                append_value(to, config_setting_get_elem(destinations(t), (unsigned)i), "\n    ");
                text_append_string(to, i + 1 < n ? ",\n" : "\n");
        }
}

typedef struct Render {
        const ConfigTree *tree;
        Text *to;
        char group[256]; /* the path of the group that the lines are in, with a dot at the end */
} Render;

static void enter_group(Render *r, const char *name, size_t length)
{
        size_t n = strlen(r->group);

        (void)snprintf(r->group + n, sizeof(r->group) - n, "%.*s.", (int)length, name);
}

static void leave_group(Render *r)
{
        char *end = r->group + strlen(r->group);

        if (end > r->group)
                end[-1] = '\0';
        end = strrchr(r->group, '.');
        r->group[end ? end + 1 - r->group : 0] = '\0';
}

static void render_line(Render *r, const char *line, size_t n)
{
        size_t indent = strspn(line, " ");
        const char *key = line + indent;
        bool comment = *key == '#';
        size_t length;
        char path[sizeof(r->group) + 64], *end;

        key += comment;
        length = strspn(key, "abcdefghijklmnopqrstuvwxyz_");
        end = stpcpy(path, r->group);
        *(char *)mempcpy(end, key, MIN(length, (size_t)63)) = '\0';
        if (length > 0 && strncmp(key + length, " = ", 3) == 0) {
                char first = key[length + 3];
                const config_setting_t *s = config_lookup(&r->tree->config, path);

                if (!comment && first == '{')
                        enter_group(r, key, length);
                else if (s && (comment || first != '(')) {
                        text_appendf(r->to, "%.*s%.*s = ", (int)indent, line, (int)length, key);
                        append_value(r->to, s, " ");
                        text_append_string(r->to, ";\n");
                        return;
                }
        } else if (strncmp(key, "};", 2) == 0 && !comment)
                leave_group(r);
        else if (strncmp(line, ");", 2) == 0)
                append_destinations(r->tree, r->to);
        text_append(r->to, line, n);
}

void config_tree_render(const ConfigTree *t, const char *model, Text *to)
{
        Render r = {.tree = t, .to = to};

        while (*model) {
                size_t n = strcspn(model, "\n");

                n += model[n] == '\n';
                render_line(&r, model, n);
                model += n;
        }
}
