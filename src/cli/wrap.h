/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* How many columns of a terminal S takes: East Asian wide characters take two (UAX 11). S is UTF-8. */
size_t text_columns(const char *s);

/* Appends S, which begins in column BEGIN, in lines of at most WIDTH columns where its words allow it; each
 * further line is indented by INDENT. 0 for WIDTH: in one line. Wide characters may be parted anywhere but
 * before a stop. No newline at the end. */
void text_wrap(Text *t, const char *s, size_t begin, size_t indent, size_t width);
