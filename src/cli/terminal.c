/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
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

size_t terminal_width(void)
{
        struct winsize size = {0};

        return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) >= 0 ? size.ws_col : 0;
}

const char *terminal_style_begin(bool coloured, Style style)
{
        return coloured ? begins[style] : "";
}

const char *terminal_style_end(bool coloured, Style style)
{
        return coloured && style != STYLE_PLAIN ? "\033[0m" : "";
}

void terminal_print(bool coloured, Style style, const char *text)
{
        printf("%s%s%s", terminal_style_begin(coloured, style), text, terminal_style_end(coloured, style));
}
