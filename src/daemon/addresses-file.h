/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The settled addresses for other programs: the text of decide/addresses-text in the file `addresses` of the
 * runtime folder, which everybody may read and which is there while the service runs; and `changed`, an
 * empty file that says that it is another, for whoever waits for that and removes it. */

#include "decide/ledger.h"

typedef struct AddressesFile AddressesFile;

/* The files will stand in the existing folder PATH. NULL where that is NULL or can't be used: the service
 * does without, as it does without its status, whose loss says why. */
AddressesFile *addresses_file_new(const char *path);
/* Removes the files, where they are F's. */
AddressesFile *addresses_file_free(AddressesFile *f);

/* Writes what has settled, where it is another than before: each reader sees the old text or the new one,
 * and `changed` is made once the new one is in place. F may be NULL. A failure is logged, once until it
 * works again, and nothing is tried before addresses_file_deadline(). */
void addresses_file_tell(AddressesFile *f, const Ledger *l, usec_t now);
/* When addresses_file_tell() is due although nothing has changed, because it failed; USEC_INFINITY: not at
 * all. F may be NULL. */
usec_t addresses_file_deadline(const AddressesFile *f);
