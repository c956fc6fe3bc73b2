/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/config-include.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "store/config-file.h"
#include "store/read-file.h"

/* A walk over the lines that libconfig's scanner takes for includes: white space, "@include", white space
 * and a text in quotes, at the beginning of a line. It does not know comments and texts of several lines, so
 * it may look at a file that will not be included; that is harmless, since only what exists and is unfit to
 * be read becomes a fault. libconfig 1.5 puts the folder before an absolute path as well, later ones do not:
 * both are looked at. */

#define DEPTH_MAX 10 /* libconfig's */
#define PATH_SIZE 4096

typedef struct Walk {
        const char *folder;
        SettingsFaults *faults;
        unsigned n_visited;
        bool ended; /* at the first fault: a file that includes itself would repeat it without end */
} Walk;

static int check_text(Walk *walk, const char *file, const char *text, unsigned depth);

static const char *skip_blank(const char *p)
{
        return p + strspn(p, " \t");
}

/* The path of an include line; false where LINE is none. */
static bool include_path(const char *line, char ret[static PATH_SIZE])
{
        static const char word[] = "@include";
        const char *p = skip_blank(line);
        size_t n = 0;

        if (strncmp(p, word, strlen(word)) != 0)
                return false;
        p = skip_blank(p + strlen(word));
        if (*p++ != '"')
                return false;
        for (; *p && *p != '"' && *p != '\n'; p++) {
                if (*p == '\\' && p[1])
                        p++;
                if (n == PATH_SIZE - 1)
                        return false;
                ret[n++] = *p;
        }
        ret[n] = '\0';
        return *p == '"';
}

static int check_file(Walk *walk, const char *path, const char *from, unsigned line, unsigned depth)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (walk->n_visited == CONFIG_FILE_INCLUDE_MAX) {
                walk->ended = true;
                return settings_faults_add(walk->faults, from, line, "more than %d files are included",
                                           CONFIG_FILE_INCLUDE_MAX);
        }
        r = read_file_at(AT_FDCWD, path, 0, CONFIG_FILE_SIZE_MAX, &text, &size);
        if (r == -ENOENT || r == -ENOTDIR || r == -ENOMEM)
                return r == -ENOMEM ? r : 0;
        walk->n_visited++;
        walk->ended = r < 0;
        if (r < 0)
                return settings_faults_add(walk->faults, from, line, "cannot include %s: %s", path,
                                           read_file_error(r));
        return check_text(walk, path, text, depth);
}

static int check_text(Walk *walk, const char *file, const char *text, unsigned depth)
{
        unsigned number = 1;

        for (const char *line = text; line && !walk->ended; number++) {
                char name[PATH_SIZE], path[2 * PATH_SIZE];
                const char *newline = strchr(line, '\n');

                if (include_path(line, name) && depth < DEPTH_MAX) {
                        (void)snprintf(path, sizeof(path), "%s/%s", walk->folder, name);
                        int r = check_file(walk, path, file, number, depth + 1);
                        if (r >= 0 && *name == '/' && !walk->ended)
                                r = check_file(walk, name, file, number, depth + 1);
                        if (r < 0)
                                return r;
                }
                line = newline ? newline + 1 : NULL;
        }
        return 0;
}

int config_check_includes(const char *folder, const char *file, const char *text, SettingsFaults *faults)
{
        Walk walk = {.folder = folder, .faults = faults};

        return check_text(&walk, file, text, 0);
}
