/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Says that a file may be another: that it was written and closed, put in place of another, removed, or
 * that its mode was changed. The folder that it stands in may come and go as well. (inotify(7))
 * It says so every five minutes too, for what the kernel does not tell. */

#include <systemd/sd-event.h>

#include "base/macros.h"

typedef struct AddressFileWatch AddressFileWatch;

/* PATH is absolute, and copied. CHANGED is called from within EVENT's loop, and must not free the watch;
 * what is there at first is not told. 0 or a negative errno. */
int address_file_watch_new(sd_event *event, const char *path, void (*changed)(void *userdata),
                           void *userdata, AddressFileWatch **ret);
/* 0, or the negative errno for which the kernel tells nothing of it, so that only the five minutes are left;
 * that it is missing, or a folder above it, is none. */
int address_file_watch_error(const AddressFileWatch *w);
AddressFileWatch *address_file_watch_free(AddressFileWatch *w);
DEFINE_CLEANUP(AddressFileWatch, address_file_watch_free)
