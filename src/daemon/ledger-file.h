/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The ledger where it is kept: the text of decide/ledger-text in the file `ledger` of the state folder. */

#include "decide/ledger.h"
#include "store/state-file.h"

/* Opens and locks the folder PATH and reads its ledger, or begins a new one where there is none, or none
 * that can be read: that one is set aside. Both that and what stands in the way are logged. 0 or negative
 * errno. */
int ledger_file_open(const char *path, const char *boot_id, StateDir **ret_dir, Ledger **ret_ledger);

/* Durable when it returns 0: written, fsynced, renamed, the folder fsynced. Negative errno: the old one
 * stands. */
int ledger_file_save(StateDir *dir, const Ledger *l);

/* Tells that the ledger of the folder PATH can't be written: ERROR is a negative errno. */
void ledger_file_log_unwritable(const char *path, int error);
