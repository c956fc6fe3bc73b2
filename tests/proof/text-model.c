/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "proof.h"

/* Text as its harness proves it, in small: a buffer has TEXT_ROOM octets from the first, an append checks
 * each octet that it reads, and memory may run out at any time. */

void text_reserve(Text *t, size_t size)
{
        if (nondet_bool() || size >= TEXT_ROOM - t->size) {
                t->failed = true;
                return;
        }
        if (t->data)
                return;
        t->data = malloc(TEXT_ROOM);
        if (!t->data) {
                t->failed = true;
                return;
        }
        t->capacity = TEXT_ROOM;
        t->data[0] = '\0';
}

void text_append(Text *t, const void *data, size_t size)
{
        const char *from = data;

        claim(size == 0 || __CPROVER_r_ok(data, size));
        text_reserve(t, size);
        if (t->failed)
                return;
        for (size_t i = 0; i < size; i++)
                t->data[t->size + i] = from[i];
        t->size += size;
        t->data[t->size] = '\0';
}

void text_append_string(Text *t, const char *s)
{
        text_append(t, s, strlen(s));
}

void text_appendf(Text *t, const char *format, ...)
{
        size_t size = any_size(3);
        char printed[3] = {nondet_char(), nondet_char(), nondet_char()};

        text_append(t, printed, size);
}

void text_wipe(Text *t)
{
        if (t->data) {
                for (size_t i = 0; i < TEXT_ROOM; i++)
                        t->data[i] = '\0';
                t->size = 0;
        }
}

void text_done(Text *t)
{
        free(t->data);
        *t = (Text){0};
}

void text_erase(Text *t)
{
        text_wipe(t);
        text_done(t);
}
