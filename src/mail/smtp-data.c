/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/smtp-data.h"

/* Works on the whole mail at once, so that no dot can hide at the edge of a buffer. */

void smtp_data_append_stuffed(Text *ret, const char *mail, size_t size)
{
        const char *p = mail, *end = mail + size;

        while (p < end) {
                const char *lf = memchr(p, '\n', (size_t)(end - p));
                const char *next = lf ? lf + 1 : end;

                if (*p == '.')
                        text_append(ret, ".", 1);
                text_append(ret, p, (size_t)(next - p));
                p = next;
        }
        if (size < 2 || memcmp(end - 2, "\r\n", 2) != 0)
                text_append(ret, "\r\n", 2);
}
