/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/wrap.h"

/* The locale's own tables are not asked: only LC_MESSAGES is set, and what is printed is UTF-8 whatever
 * LC_CTYPE says. */

static size_t sequence_size(const char *s)
{
        unsigned char c = (unsigned char)*s;
        size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        return strnlen(s, n);
}

static uint32_t code_point(const char *s, size_t n)
{
        uint32_t c = (unsigned char)*s;

        if (n == 1)
                return c;
        c &= 0x7fU >> n;
        for (size_t i = 1; i < n; i++)
                c = c << 6 | ((unsigned char)s[i] & 0x3f);
        return c;
}

/* The blocks that Japanese text is made of. */
static bool is_wide(uint32_t c)
{
        return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
               (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
               (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
               (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
               (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_stop(uint32_t c)
{
        return c == 0x3001 || c == 0x3002 || c == 0x30fc || c == ')' || c == ',' || c == '.' || c == ':';
}

size_t text_columns(const char *s)
{
        size_t columns = 0;

        for (size_t n; *s; s += n) {
                n = sequence_size(s);
                columns += is_wide(code_point(s, n)) ? 2 : 1;
        }
        return columns;
}

/* The octets that stay together: a word, or one wide character and the stops behind it. */
static size_t unit_size(const char *s, size_t *ret_columns)
{
        const char *begin = s;

        *ret_columns = 0;
        while (*s && *s != ' ') {
                size_t n = sequence_size(s);
                uint32_t c = code_point(s, n);

                if (s > begin && !is_stop(c) &&
                    (is_wide(c) || is_wide(code_point(begin, sequence_size(begin)))))
                        break;
                *ret_columns += is_wide(c) ? 2 : 1;
                s += n;
        }
        return (size_t)(s - begin);
}

void text_wrap(Text *t, const char *s, size_t begin, size_t indent, size_t width)
{
        size_t column = begin;

        while (*s) {
                size_t spaces = strspn(s, " "), columns, n = unit_size(s + spaces, &columns);

                if (width > 0 && column > indent && column + spaces + columns > width) {
                        text_appendf(t, "\n%*s", (int)indent, "");
                        column = indent;
                } else {
                        text_append(t, s, spaces);
                        column += spaces;
                }
                text_append(t, s + spaces, n);
                column += columns;
                s += spaces + n;
        }
}
