/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json.h"

#include "base/string-util.h"

/* What was written last tells whether a comma is due. */
static void begin_value(Text *t, const char *key)
{
        if (t->size > 0 && !strchr("{[", t->data[t->size - 1]))
                text_append_string(t, ",");
        if (key)
                text_appendf(t, "\"%s\":", key);
}

void json_begin(Text *t, const char *key, char bracket)
{
        begin_value(t, key);
        text_append(t, &bracket, 1);
}

void json_end(Text *t, char bracket)
{
        text_append(t, &bracket, 1);
}

/* The octets of the character at P: those of one of UTF-8, or 0. */
static size_t character_size(const char *p)
{
        char character[5] = {0};

        for (size_t n = 1; n <= 4 && p[n - 1]; n++) {
                memcpy(character, p, n);
                if ((unsigned char)*p < 0x20 || *p == 0x7f || string_is_clean(character))
                        return n;
        }
        return 0;
}

static void append_character(Text *t, const char *p, size_t n)
{
        if (n == 0)
                text_append_string(t, "\\ufffd");
        else if (*p == '"' || *p == '\\')
                text_appendf(t, "\\%c", *p);
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
                text_appendf(t, "\\u%04x", (unsigned)*p);
        else
                text_append(t, p, n);
}

void json_string(Text *t, const char *key, const char *value)
{
        begin_value(t, key);
        if (!value) {
                text_append_string(t, "null");
                return;
        }
        text_append_string(t, "\"");
        while (*value) {
                size_t n = character_size(value);

                append_character(t, value, n);
                value += MAX(n, (size_t)1);
        }
        text_append_string(t, "\"");
}

void json_bool(Text *t, const char *key, bool value)
{
        begin_value(t, key);
        text_append_string(t, value ? "true" : "false");
}

void json_number(Text *t, const char *key, uint64_t value)
{
        begin_value(t, key);
        text_appendf(t, "%llu", (unsigned long long)value);
}
