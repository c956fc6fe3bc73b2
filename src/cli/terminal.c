/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* SGR sequences of ECMA-48, 8.3.117. */
static const char *const begins[STYLE_COUNT] = {
        [STYLE_PLAIN] = "",       [STYLE_FAINT] = "\033[2m",   [STYLE_GOOD] = "\033[32m",
        [STYLE_BAD] = "\033[31m", [STYLE_ADVICE] = "\033[33m",
};

bool terminal_is_coloured(void)
{
        const char *no_color = getenv("NO_COLOR");

        return isatty(STDOUT_FILENO) && (!no_color || !*no_color);
}

void terminal_print(bool coloured, Style style, const char *text)
{
        if (coloured && style != STYLE_PLAIN)
                printf("%s%s\033[0m", begins[style], text);
        else
                printf("%s", text);
}
