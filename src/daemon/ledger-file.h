/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The ledger where it is kept: the text of decide/ledger-text in the file `ledger` of the state folder. */

#include "decide/ledger.h"
#include "store/state-file.h"

#define LEDGER_FILE_TEXT_MAX 256

/* Opens and locks the folder PATH and reads its ledger, or begins a new one where there is none. RET_DAMAGE
 * says what was wrong with one that was set aside, or is ""; RET_PROBLEM says what stands in the way. 0 or
 * negative errno. */
int ledger_file_open(const char *path, const char *boot_id, StateDir **ret_dir, Ledger **ret_ledger,
                     char ret_damage[static LEDGER_FILE_TEXT_MAX],
                     char ret_problem[static LEDGER_FILE_TEXT_MAX]);

/* Durable when it returns 0: written, fsynced, renamed, the folder fsynced. Negative errno: the old one
 * stands. */
int ledger_file_save(StateDir *dir, const Ledger *l);

/* Tells that the ledger of the folder PATH can't be written: ERROR is a negative errno. */
void ledger_file_log_unwritable(const char *path, int error);
