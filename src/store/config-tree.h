/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A settings file as a tree that can be changed, and written anew with the comments of the file that is
 * shipped. It knows no key: what is right is for settings/builder to say of the file that comes out. */

#include "base/text.h"

typedef struct ConfigTree ConfigTree;

/* The tree of the file PATH, with what it includes; PATH NULL: an empty one. The file is one that
 * config_file_load() takes. 0; -EINVAL where it can't be read or parsed; -ENOMEM. */
int config_tree_new(const char *path, ConfigTree **ret);
ConfigTree *config_tree_free(ConfigTree *t);
DEFINE_CLEANUP(ConfigTree, config_tree_free)

/* A text or a number by its path ("mail.server"): NULL or 0 where there is none. Texts live until the next
 * change. */
const char *config_tree_text(const ConfigTree *t, const char *path);
int config_tree_integer(const ConfigTree *t, const char *path);

/* The text at place I of a list, or with I = 0 a lone one; NULL behind the last, and where it is no text. */
const char *config_tree_element(const ConfigTree *t, const char *path, size_t i);

/* A value for PATH; the groups on its way are made. A text of NULL takes the key away. 0 or -ENOMEM. */
int config_tree_set_text(ConfigTree *t, const char *path, const char *value);
int config_tree_set_integer(ConfigTree *t, const char *path, int value);
int config_tree_set_bool(ConfigTree *t, const char *path, bool value);
/* A list of N texts, none of them of the tree. 0 or -ENOMEM. */
int config_tree_set_list(ConfigTree *t, const char *path, const char *const texts[], size_t n);

/* The destinations, in the file's order, and the address of each. */
size_t config_tree_count_destinations(const ConfigTree *t);
const char *config_tree_destination(const ConfigTree *t, size_t i);

/* Adds a destination, whose other keys are all at their defaults. 0 or -ENOMEM. */
int config_tree_add_destination(ConfigTree *t, const char *to);
/* A key of destination I, as config_tree_set_text(). */
int config_tree_set_of_destination(ConfigTree *t, size_t i, const char *key, const char *value);

/* Appends the value as the file has it, or nothing where there is none. */
void config_tree_append_value(const ConfigTree *t, const char *path, Text *to);
void config_tree_append_destination(const ConfigTree *t, size_t i, Text *to);

/* Appends the settings file: MODEL, the shipped one, line for line, with each value of the tree in its place
 * and the destinations at the end of their list. A key that MODEL does not have is left out. */
void config_tree_render(const ConfigTree *t, const char *model, Text *to);
