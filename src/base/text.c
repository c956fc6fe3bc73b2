/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

void text_reserve(Text *t, size_t size)
{
        size_t need, capacity;

        if (__builtin_add_overflow(t->size, size, &need) || __builtin_add_overflow(need, 1U, &need)) {
                t->failed = true;
                return;
        }
        if (need <= t->capacity)
                return;
        capacity = MAX(t->capacity + t->capacity / 2, (size_t)128);
        capacity = MAX(need, capacity);
        char *data = realloc(t->data, capacity);
        if (!data) {
                t->failed = true;
                return;
        }
        t->data = data;
        t->capacity = capacity;
        t->data[t->size] = '\0';
}

void text_append(Text *t, const void *data, size_t size)
{
        text_reserve(t, size);
        if (t->failed || size == 0)
                return;
        memcpy(t->data + t->size, data, size);
        t->size += size;
        t->data[t->size] = '\0';
}

void text_append_string(Text *t, const char *s)
{
        text_append(t, s, strlen(s));
}

/* Most fit into the room that is there, and are formatted once. */
void text_appendf(Text *t, const char *format, ...)
{
        size_t room = t->capacity - t->size;
        va_list args, again;

        va_start(args, format);
        va_copy(again, args);
        int n = vsnprintf(room > 0 ? t->data + t->size : NULL, room, format, args);
        va_end(args);

        if (n < 0)
                t->failed = true;
        else if ((size_t)n >= room) {
                text_reserve(t, (size_t)n);
                if (!t->failed)
                        (void)vsnprintf(t->data + t->size, (size_t)n + 1, format, again);
        }
        va_end(again);
        if (!t->failed)
                t->size += (size_t)n;
        else if (room > 0)
                t->data[t->size] = '\0';
}

void text_drop_front(Text *t, size_t size)
{
        assert(size <= t->size);
        if (size == 0)
                return;
        memmove(t->data, t->data + size, t->size - size + 1);
        t->size -= size;
}

void text_wipe(Text *t)
{
        if (t->data) {
                explicit_bzero(t->data, t->capacity);
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
