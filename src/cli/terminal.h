/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Colours for a person; a pipe, a file and the journal get none. */

#include <stdbool.h>

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

/* Prints TEXT on standard output; COLOURED: as above. */
void terminal_print(bool coloured, Style style, const char *text);
