/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What `ipherald check` says of the files that the destinations name. */

#include <stdio.h>

#include "settings/settings.h"

/* Looks at each template and attachment once and prints each fault to TO, a line each, as FILE:LINE: TEXT,
 * or FILE: TEXT where it concerns the file as a whole: missing, too large, a wrong placeholder, no UTF-8 in
 * a template, a private key in what everybody may read. A credential is looked for in CREDENTIALS_DIR (NULL:
 * nowhere). What can't be told to be wrong is a warning on WARNINGS: a private key that goes by mail, a file
 * that may be readable for the service and is not for us. How many faults there are, or -ENOMEM. */
int content_check(const Settings *s, const char *credentials_dir, FILE *to, FILE *warnings);
