/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The command line of every verb. Texts point into argv or the environment. */

#include "base/macros.h"

typedef struct Options {
        const char *config; /* the settings file: never NULL */
        bool config_given; /* by --config: one that is missing is an error then, even where none is needed */
        const char *state_dir, *runtime_dir, *credentials_dir; /* NULL: none was named */
        bool dry_run, once;
        const char *to; /* NULL: none was named */
        bool no_send;
        const char *server, *port, *security, *from, *auth, *account, *mac, *language, *password_file,
                *outside;
        bool non_interactive, no_login, encrypt;
        bool json;
        const char *lines, *since, *instance, *directory; /* NULL: none was named */
        bool follow;
        bool help;
} Options;

/* Which options a verb takes; --help it always does. */
typedef enum OptionSet {
        OPTION_CONFIG = 1 << 0,
        OPTION_DIRECTORIES = 1 << 1,
        OPTION_DRY_RUN = 1 << 2,
        OPTION_ONCE = 1 << 3,
        OPTION_TEST = 1 << 4,
        OPTION_JSON = 1 << 5,
        OPTION_LOG = 1 << 6,
        OPTION_SETUP = 1 << 7,
} OptionSet;

/* Reads the N words of ARGV that follow the verb. What was not named comes from the environment
 * ($STATE_DIRECTORY, $RUNTIME_DIRECTORY, $CREDENTIALS_DIRECTORY; for root /etc/credstore), the settings file
 * from the build. 0; -EINVAL with a sentence in RET_REASON where the words are wrong. */
#define OPTIONS_REASON_MAX 256
int options_parse(int n, char *const argv[], unsigned allowed, Options *ret,
                  char ret_reason[static OPTIONS_REASON_MAX]);

/* Prints a line for each option of ALLOWED on stdout. */
void options_print_help(unsigned allowed);
