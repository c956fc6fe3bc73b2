/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include "proof.h"

/* Text as its harness proves it, for code to which the octets of a text do not matter: sizes alone. */

static char nothing[1];

void text_reserve(Text *t, size_t size)
{
        t->failed = t->failed || nondet_bool();
}

void text_append(Text *t, const void *data, size_t size)
{
        if (nondet_bool() || size > 1000000)
                t->failed = true;
        if (t->failed)
                return;
        t->data = nothing;
        t->size += size;
}

void text_append_string(Text *t, const char *s)
{
        text_append(t, s, strlen(s));
}

void text_appendf(Text *t, const char *format, ...)
{
        text_append(t, format, 1 + any_size(1000));
}

void text_wipe(Text *t)
{
        if (t->data)
                t->size = 0;
}

void text_done(Text *t)
{
        *t = (Text){0};
}

void text_erase(Text *t)
{
        *t = (Text){0};
}
