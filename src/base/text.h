/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A growing run of octets. Writers append without looking; whether memory ran out is asked once, at the end,
 * by text_error(). The data is always followed by a NUL, so that text without NULs is a C string. */

#include <errno.h>

#include "base/macros.h"

typedef struct Text {
        char *data; /* NULL until the first octet */
        size_t size, capacity;
        bool failed;
} Text;

void text_append(Text *t, const void *data, size_t size);
void text_append_string(Text *t, const char *s);
void text_appendf(Text *t, const char *format, ...) _printf_(2, 3);

/* Makes room for SIZE more octets at once. What holds a secret is reserved first, since growth leaves copies
 * behind. */
void text_reserve(Text *t, size_t size);

/* Cuts the first SIZE octets off. */
void text_drop_front(Text *t, size_t size);

/* Overwrites all that was ever in the buffer, and empties it; keeps the room. */
void text_wipe(Text *t);

/* Empties the buffer and gives the room back. */
void text_done(Text *t);

/* text_done() for what held a secret: overwrites it first. */
void text_erase(Text *t);

/* 0, or -ENOMEM where an append was lost since the buffer began. */
static inline int text_error(const Text *t)
{
        return t->failed ? -ENOMEM : 0;
}

#define _cleanup_text_   _cleanup_(text_done)
#define _cleanup_secret_ _cleanup_(text_erase)
