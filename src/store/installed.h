/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where the program's own files are. */

#include <limits.h>

/* NAME beside the running program, as in a build folder, where it can be read there; else INSTALLED. */
void find_installed(const char *name, const char *installed, char ret[static PATH_MAX]);
