/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/record.h"

#include <stdio.h>

#include "base/checksum.h"
#include "base/parse.h"

#define END_LINE_SIZE (strlen("end crc32=01234567\n"))

void record_begin_document(Text *t, const char *kind, unsigned version)
{
        text_appendf(t, "%s %u\n", kind, version);
}

void record_end_document(Text *t)
{
        if (!t->failed)
                text_appendf(t, "end crc32=%08x\n", crc32(t->data, t->size));
}

void record_begin(Text *t, const char *type)
{
        text_append_string(t, type);
}

static bool is_plain(char c)
{
        return (uint8_t)c > 0x20 && c != '%' && c != 0x7f;
}

/* Without printf(), which would be most of what a ledger of a thousand destinations costs. */
static void begin_field(Text *t, const char *key)
{
        text_append(t, " ", 1);
        text_append_string(t, key);
        text_append(t, "=", 1);
}

void record_add(Text *t, const char *key, const char *value)
{
        if (!value)
                return;
        begin_field(t, key);
        while (*value) {
                size_t n = 0;

                while (value[n] && is_plain(value[n]))
                        n++;
                text_append(t, value, n);
                value += n;
                if (*value)
                        text_appendf(t, "%%%02x", (uint8_t)*value++);
        }
}

void record_add_u64(Text *t, const char *key, uint64_t value)
{
        char digits[20]; /* of 2^64 - 1 */
        size_t first = sizeof(digits);

        do {
                digits[--first] = (char)('0' + value % 10);
                value /= 10;
        } while (value > 0);
        begin_field(t, key);
        text_append(t, digits + first, sizeof(digits) - first);
}

void record_add_hex(Text *t, const char *key, uint64_t value)
{
        text_appendf(t, " %s=%016llx", key, (unsigned long long)value);
}

void record_end(Text *t)
{
        text_append(t, "\n", 1);
}

/* Cuts the line that starts at *P off, ended by a NUL. NULL where no whole line is left. */
static char *take_line(char **p, char *end)
{
        char *line = *p, *newline = memchr(line, '\n', (size_t)(end - line));

        if (!newline)
                return NULL;
        *newline = '\0';
        *p = newline + 1;
        return line;
}

int record_open_document(char *data, size_t size, const char *kind, unsigned version, RecordReader *ret)
{
        uint64_t expected, found;
        size_t kind_size = strlen(kind);

        if (size < END_LINE_SIZE || data[size - 1] != '\n' || memchr(data, '\0', size))
                return -EBADMSG;

        char *last = data + size - END_LINE_SIZE;
        if ((last > data && last[-1] != '\n') || strncmp(last, "end crc32=", strlen("end crc32=")) != 0)
                return -EBADMSG;
        data[size - 1] = '\0';
        if (parse_hex(last + strlen("end crc32="), 8, &expected) < 0 ||
            crc32(data, (size_t)(last - data)) != expected)
                return -EBADMSG;

        char *p = data, *first = take_line(&p, last);
        if (!first || strncmp(first, kind, kind_size) != 0 || first[kind_size] != ' ' ||
            parse_u64(first + kind_size + 1, 0, UINT32_MAX, &found) < 0)
                return -EBADMSG;
        if (found != version)
                return -EPROTONOSUPPORT;
        *ret = (RecordReader){.p = p, .end = last};
        return 0;
}

static bool is_name(const char *s)
{
        if (!*s)
                return false;
        for (; *s; s++)
                if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '-' && *s != '_')
                        return false;
        return true;
}

/* Undoes record_add()'s escapes in place. */
static int unescape(char *s)
{
        char *to = s;

        while (*s) {
                if (*s != '%') {
                        if (!is_plain(*s))
                                return -EBADMSG;
                        *to++ = *s++;
                        continue;
                }
                char digits[3] = {s[1], s[1] ? s[2] : '\0', '\0'};
                uint64_t octet;

                if (parse_hex(digits, 2, &octet) < 0 || octet == 0)
                        return -EBADMSG;
                *to++ = (char)octet;
                s += 3;
        }
        *to = '\0';
        return 0;
}

/* "KEY=VALUE", cut up in place. */
static int take_field(Record *r, char *field)
{
        char *value = field, *key = strsep(&value, "=");

        if (!value || !is_name(key) || record_get(r, key) || r->n_fields == RECORD_FIELDS_MAX ||
            unescape(value) < 0)
                return -EBADMSG;
        r->fields[r->n_fields++] = (RecordField){key, value};
        return 0;
}

int record_read(RecordReader *reader, Record *ret)
{
        Record r = {0};

        if (reader->p == reader->end)
                return 0;

        char *rest = take_line(&reader->p, reader->end);
        if (!rest)
                return -EBADMSG;
        r.type = strsep(&rest, " ");
        if (!is_name(r.type))
                return -EBADMSG;
        while (rest)
                if (take_field(&r, strsep(&rest, " ")) < 0)
                        return -EBADMSG;
        *ret = r;
        return 1;
}

const char *record_get(const Record *r, const char *key)
{
        for (size_t i = 0; i < r->n_fields; i++)
                if (streq(r->fields[i].key, key))
                        return r->fields[i].value;
        return NULL;
}

int record_get_u64(const Record *r, const char *key, uint64_t min, uint64_t max, uint64_t *ret)
{
        const char *value = record_get(r, key);

        return value ? parse_u64(value, min, max, ret) : -ENOENT;
}

int record_get_hex(const Record *r, const char *key, uint64_t *ret)
{
        const char *value = record_get(r, key);

        return value ? parse_hex(value, 16, ret) : -ENOENT;
}
