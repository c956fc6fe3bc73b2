/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the parts of `ipherald setup` share: the answers so far, as the tree of the settings to be. */

#include <limits.h>

#include "base/text.h"
#include "cli/options.h"
#include "cli/setup-ask.h"
#include "decide/outcome.h"
#include "settings/settings.h"
#include "store/config-tree.h"
#include "store/providers.h"

typedef struct Setup {
        const Options *options;
        bool interactive;
        char config[PATH_MAX];   /* the settings file; a link to it is followed */
        bool exists, is_default; /* it is there; it is the service's */
        char *model;             /* the text of the settings file that is shipped */
        Settings *settings;      /* as they are; without any, or with a fault in them, the defaults */
        ConfigTree *old, *tree;  /* as it is, and as it is to be */
        Providers *providers;    /* NULL: none are known */
        bool known;              /* PROVIDER is the one of the mail server */
        Provider provider;
        char folder[PATH_MAX];       /* what a session is tried with: in memory, and of this program alone */
        char secret[SECRET_MAX + 1]; /* "": the one that is there stays */
} Setup;

/* One question, or with --non-interactive its answer out of the options and defaults. */
typedef struct Question {
        const char *words;
        const char *option; /* which answers it, for who left it out */
        const char *given;  /* its value; NULL: none */
        const char *key;    /* of settings/keys, which says what may be answered; NULL: anything */
        bool or_none;       /* the word for "none" is an answer too, whatever the key says */
} Question;

/* Says that WHAT, a file or an option, can't be had, and why. EXIT_FAILURE. */
int setup_complain(const char *what, const char *why);

/* 0; -ECANCELED at the end of the input; -EINVAL where the options' answer is none, which has been said. */
int setup_question(const Setup *s, const Question *q, const char *fallback, char ret[static ANSWER_MAX]);

/* The server and the sender; the login; the destinations. Each leaves its answers in the tree. Errors as
 * above, or -ENOMEM. */
int setup_ask_server(Setup *s);
int setup_ask_login(Setup *s);
int setup_ask_destinations(Setup *s);
/* Who is asked for the address outside: only where this machine's own is private, or an option says it. */
int setup_ask_outside(Setup *s);
/* The password alone, where the settings so far need one; the login asks for it as well. */
int setup_ask_password(Setup *s);

/* Whether the settings so far log in with a password, and that credential's name. */
bool setup_uses_password(const Setup *s);
const char *setup_credential(const Setup *s);

/* Tries the login, or with SEND a mail, through the mailer, and shows it as `ipherald test` does: 1 where it
 * worked, and 0 with the step that failed where it did not; a negative errno where it could not be tried. */
int setup_try(Setup *s, bool send, Step *ret_step);

/* Whether the service could read what was answered: 0, or -EINVAL, and what is wrong has been said. */
int setup_check(Setup *s);

/* Reads what is there: the settings file, the model, the providers. An exit code, EXIT_SUCCESS to go on. */
int setup_read(Setup *s);

/* Shows what would change; whether anything would. */
bool setup_show_difference(const Setup *s);

/* Whether the password is to be encrypted, or is so now. */
bool setup_encrypts(const Setup *s);
/* Writes the password, where there is a new one. An exit code; what went wrong has been said. */
int setup_write_credential(Setup *s);

/* Makes the folder in memory, without what killed ones have left, and removes it with all that is in it. 0
 * or a negative errno. */
int setup_make_folder(Setup *s);
void setup_sweep(void);

/* Writes settings and credential, and restarts the service. An exit code; what went wrong has been said. */
int setup_apply(Setup *s);
