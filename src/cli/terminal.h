/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Colours for a person; a pipe, a file and the journal get none. */

#include <stdbool.h>
#include <stddef.h>

typedef enum Style {
        STYLE_PLAIN,
        STYLE_FAINT,
        STYLE_GOOD,
        STYLE_BAD,
        STYLE_ADVICE,
        STYLE_COUNT,
} Style;

/* Whether standard output is a terminal, and NO_COLOR (no-color.org) is not set. */
bool terminal_is_coloured(void);

/* The columns of the terminal that standard output is; 0 where it is none, or does not say. */
size_t terminal_width(void);

/* What stands before and behind a text of this style; COLOURED: as above. */
const char *terminal_style_begin(bool coloured, Style style);
const char *terminal_style_end(bool coloured, Style style);

/* Prints TEXT on standard output; COLOURED: as above. */
void terminal_print(bool coloured, Style style, const char *text);
