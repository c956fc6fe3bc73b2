/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Questions to a person at the terminal, and a way out at each of them. */

#include "base/macros.h"

#define ANSWER_MAX 512
#define SECRET_MAX 8192 /* octets, as many as the mailer takes */

/* Ctrl-C, SIGQUIT, SIGTERM, SIGHUP and SIGPIPE from now on: the terminal is as it was, the files of the
 * folder that setup_ask_guard() named are gone, and the program ends with 1, saying that nothing was
 * changed. */
void setup_ask_begin(void);

/* The folder of what must not outlive the dialogue, with at most the files "settings" and NAME; NULL: none.
 */
void setup_ask_guard(const char *folder, const char *name);
/* Removes it. */
void setup_ask_sweep(void);

/* Holds those signals back, while files are written that belong together. */
void setup_ask_hold(void);

/* Asks, with FALLBACK (NULL: none) for an empty answer; white space around the answer is cut off. 0;
 * -ECANCELED at the end of the input. */
int setup_ask(const char *question, const char *fallback, char ret[static ANSWER_MAX]);

/* A question for yes or no, as in setup_ask(): 1, 0 or -ECANCELED. */
int setup_ask_yes(const char *question, bool fallback);

/* A secret, which is not shown, by systemd-ask-password where it is there. An empty one is "". 0, or
 * -ECANCELED. */
int setup_ask_secret(const char *question, char ret[static SECRET_MAX + 1]);

/* Runs the program ARGV[0], which is looked for in $PATH, and waits for its end; OUTPUT (NULL: ours) gets
 * what it prints, at most SIZE - 1 octets, and a NUL. Its exit status; -ENOENT where there is no such
 * program; another negative errno where it can't be run or was killed. */
int setup_run(const char *const argv[], char *output, size_t size);
