/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a verb says to a person, in the language of the locale: English in the source, other languages in
 * po/. The service's lines, and what scripts read, are English everywhere: a verb that speaks begins with
 * messages_begin(), the others don't. */

#include <libintl.h>

#include "settings/settings.h"

#define _(message) gettext(message)

/* Takes LC_MESSAGES from the environment. Never fails: what has no translation is said in English. */
void messages_begin(void);

/* The language that _() speaks, for texts that are compiled in. */
Language messages_language(void);
