/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/string-util.h"

#include <errno.h>

#define MAIL_ADDRESS_MAX 254 /* RFC 5321, 4.5.3.1.3, less the angle brackets */
#define HOST_NAME_MAX_   253

/* The length of the UTF-8 sequence at P (RFC 3629: shortest form, no surrogates), 0 where there is none. */
static size_t utf8_sequence(const uint8_t *p, size_t size)
{
        size_t n;
        uint32_t code;
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

        if (size == 0)
                return 0;
        if (p[0] < 0x80)
                return 1;
        if (p[0] >= 0xc2 && p[0] < 0xe0)
                n = 2;
        else if (p[0] >= 0xe0 && p[0] < 0xf0)
                n = 3;
        else if (p[0] >= 0xf0 && p[0] < 0xf5)
                n = 4;
        else
                return 0;
        if (n > size)
                return 0;
        code = p[0] & (0xffU >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (p[i] & 0x3f);
        }
        if (code < least[n] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
                return 0;
        return n;
}

/* C0, DEL, and C1 (U+0080 to U+009F), which a terminal may obey too. */
static bool is_control(const uint8_t *p, size_t n)
{
        return n == 1 ? *p < 0x20 || *p == 0x7f : n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

/* What turns the direction of letters (UAX #9: U+202A to U+202E, U+2066 to U+2069), so that a line reads
 * as it is not, and U+2028, U+2029, which end one. */
static bool is_layout(const uint8_t *p, size_t n)
{
        return n == 3 && p[0] == 0xe2 &&
               ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
                (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void string_copy(char *ret, size_t size, const char *s)
{
        size_t n = strlen(s);

        assert(size > 0);
        if (n >= size) {
                n = size - 1;
                while (n > 0 && ((uint8_t)s[n] & 0xc0) == 0x80)
                        n--;
        }
        memcpy(ret, s, n);
        ret[n] = '\0';
}

int string_replace(char **ret, const char *s)
{
        char *copy = NULL;

        if (s) {
                copy = strdup(s);
                if (!copy)
                        return -ENOMEM;
        }
        free(*ret);
        *ret = copy;
        return 0;
}

int string_index(const char *const *names, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (streq(names[i], name))
                        return (int)i;
        return -EINVAL;
}

int string_list_add(char ***list, size_t *count, const char *s)
{
        char **grown = reallocarray(*list, *count + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        *list = grown;
        grown[*count] = strdup(s);
        if (!grown[*count])
                return -ENOMEM;
        (*count)++;
        return 0;
}

void string_list_free(char **list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(list[i]);
        free(list);
}

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        const uint8_t *p = data;
        size_t written = 0;

        assert(ret_size > 0);
        for (size_t i = 0; i < size;) {
                size_t n = utf8_sequence(p + i, size - i);
                bool blank = p[i] == '\r' || p[i] == '\n' || p[i] == '\t';
                bool harmless = n > 0 && !is_control(p + i, n) && !is_layout(p + i, n);

                if (written + (harmless ? n : 1) >= ret_size)
                        break;
                if (harmless) {
                        memcpy(ret + written, p + i, n);
                        written += n;
                } else if (!blank)
                        ret[written++] = '?';
                else if (written > 0 && ret[written - 1] != ' ')
                        ret[written++] = ' ';
                i += n > 0 ? n : 1;
        }
        while (written > 0 && ret[written - 1] == ' ')
                written--;
        ret[written] = '\0';
}

bool string_is_clean(const char *s)
{
        const uint8_t *p = (const uint8_t *)s;
        size_t left = strlen(s);

        while (left > 0) {
                size_t n = utf8_sequence(p, left);

                if (n == 0 || is_control(p, n))
                        return false;
                p += n;
                left -= n;
        }
        return true;
}

bool octets_are_ascii(const char *data, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if ((uint8_t)data[i] & 0x80)
                        return false;
        return true;
}

size_t octets_text_prefix(const char *data, size_t size)
{
        size_t i = 0;

        while (i < size && data[i] != '\0') {
                size_t n = utf8_sequence((const uint8_t *)data + i, size - i);

                if (n == 0)
                        break;
                i += n;
        }
        return i;
}

/* One row of the table at a time. */
size_t string_distance(const char *a, const char *b)
{
        size_t row[STRING_DISTANCE_MAX + 1];
        size_t n = strnlen(b, STRING_DISTANCE_MAX);

        for (size_t k = 0; k <= n; k++)
                row[k] = k;
        for (size_t i = 0; i < STRING_DISTANCE_MAX && a[i]; i++) {
                size_t diagonal = row[0];

                row[0] = i + 1;
                for (size_t k = 0; k < n; k++) {
                        size_t replaced = diagonal + (a[i] != b[k]), shorter = MIN(row[k], row[k + 1]);

                        diagonal = row[k + 1];
                        row[k + 1] = MIN(replaced, shorter + 1);
                }
        }
        return row[n];
}

bool string_is_token(const char *s)
{
        if (!*s)
                return false;
        for (; *s; s++)
                if (*s < 0x21 || *s > 0x7e)
                        return false;
        return true;
}

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool string_equal_nocase(const char *a, const char *b)
{
        for (; *a && lower(*a) == lower(*b); a++, b++)
                ;
        return lower(*a) == lower(*b);
}

void string_lower(char *s)
{
        for (; *s; s++)
                *s = lower(*s);
}

static bool is_alphanumeric(char c)
{
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool host_name_is_valid(const char *s)
{
        size_t total = strlen(s), label = 0;

        if (total == 0 || total > HOST_NAME_MAX_)
                return false;
        for (const char *p = s; *p; p++) {
                if (*p == '.') {
                        if (label == 0)
                                return false;
                        label = 0;
                        continue;
                }
                if ((!is_alphanumeric(*p) && *p != '-' && *p != '_' && !((uint8_t)*p & 0x80)) ||
                    ++label > 63)
                        return false;
        }
        return string_is_clean(s);
}

/* RFC 5321, 4.1.3: what stands between the brackets is not judged here, only that it can do no harm. */
static bool address_literal_is_valid(const char *s)
{
        size_t n = strlen(s);

        if (n < 3 || s[0] != '[' || s[n - 1] != ']')
                return false;
        for (size_t i = 1; i < n - 1; i++)
                if (!is_alphanumeric(s[i]) && s[i] != '.' && s[i] != ':')
                        return false;
        return true;
}

bool mail_address_is_valid(const char *s)
{
        const char *at = strchr(s, '@');
        char before = '.';

        if (!at || at == s || strlen(s) > MAIL_ADDRESS_MAX || at - s > 64 || !string_is_clean(s))
                return false;
        for (const char *p = s; p < at; before = *p++) {
                if (*p == '.' && before == '.')
                        return false;
                if (*p != '.' && !is_alphanumeric(*p) && !((uint8_t)*p & 0x80) &&
                    !strchr("!#$%&'*+-/=?^_`{|}~", *p))
                        return false;
        }
        if (before == '.')
                return false;
        return at[1] == '[' ? address_literal_is_valid(at + 1) : host_name_is_valid(at + 1);
}

char *mail_address_identity(const char *s)
{
        char *copy = strdup(s);

        if (copy)
                string_lower(strchr(copy, '@'));
        return copy;
}
