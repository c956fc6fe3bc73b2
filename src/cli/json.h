/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Writes JSON (RFC 8259) into a text. KEY is NULL in an array and for the outermost value; keys are plain
 * names of ours. Commas come by themselves. */

#include "base/text.h"

void json_begin(Text *t, const char *key, char bracket); /* '{' or '[' */
void json_end(Text *t, char bracket);                    /* '}' or ']' */

/* Any octets: what is no UTF-8 becomes U+FFFD. NULL: null. */
void json_string(Text *t, const char *key, const char *value);
void json_bool(Text *t, const char *key, bool value);
void json_number(Text *t, const char *key, uint64_t value);
