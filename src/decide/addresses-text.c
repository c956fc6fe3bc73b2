/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/addresses-text.h"

/* What root's programs get as their environment comes through here, and who wrote it may be anybody. So a
 * value counts by what it may consist of, and is then read and written again: only what comes out the same
 * is taken. */

#define VALUE_MAX 64 /* with the NUL; an address, a name or a date is shorter */

typedef enum Kind {
        KIND_IPV4,
        KIND_IPV6,
        KIND_INTERFACE,
        KIND_TIME,
} Kind;

typedef struct Line {
        const char *key;
        Kind kind;
} Line;

static const Line lines[] = {
        {"IPHERALD_IPV4", KIND_IPV4},           {"IPHERALD_IPV6", KIND_IPV6},
        {"IPHERALD_IPV4_OLD", KIND_IPV4},       {"IPHERALD_IPV6_OLD", KIND_IPV6},
        {"IPHERALD_INTERFACE", KIND_INTERFACE}, {"IPHERALD_CHANGED", KIND_TIME},
};

/* Neither quote nor backslash, which would reach over the end of the line. */
static bool interface_is_plain(const char *s)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:@+";

        return strlen(s) < IFNAMSIZ && s[strspn(s, plain)] == '\0';
}

static void append_address(const char *key, const IpAddress *a, Text *t)
{
        char text[IP_ADDRESS_TEXT_MAX] = "";

        if (a && ip_address_is_set(a))
                ip_address_format(a, text);
        text_appendf(t, "%s=%s\n", key, text);
}

static const char *interface_of(const AddressRecord addresses[static FAMILY_COUNT])
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (ip_address_is_set(&addresses[f].address))
                        return interface_is_plain(addresses[f].interface) ? addresses[f].interface : "";
        return "";
}

void addresses_format(const AddressRecord addresses[static FAMILY_COUNT], Text *t)
{
        const AddressRecord *four = &addresses[FAMILY_IPV4], *six = &addresses[FAMILY_IPV6];
        WallTime changed = four->since.seconds >= six->since.seconds ? four->since : six->since;
        char time[WALL_TIME_TEXT_MAX] = "";

        append_address(lines[0].key, &four->address, t);
        append_address(lines[1].key, &six->address, t);
        append_address(lines[2].key, four->n_last > 0 ? &four->last[0] : NULL, t);
        append_address(lines[3].key, six->n_last > 0 ? &six->last[0] : NULL, t);
        text_appendf(t, "%s=%s\n", lines[4].key, interface_of(addresses));
        if (changed.seconds > 0) /* 0: there never was one */
                wall_time_format_iso(changed, time);
        text_appendf(t, "%s=%s\n", lines[5].key, time);
}

static bool address_is_canonical(Family f, const char *s)
{
        char again[IP_ADDRESS_TEXT_MAX];
        IpAddress a;

        if (ip_address_parse(s, &a) < 0 || a.family != family_to_af(f))
                return false;
        ip_address_format(&a, again);
        return streq(again, s);
}

static bool value_is_valid(Kind kind, const char *s)
{
        WallTime time;

        if (!*s)
                return true;
        switch (kind) {
        case KIND_IPV4:
                return address_is_canonical(FAMILY_IPV4, s);
        case KIND_IPV6:
                return address_is_canonical(FAMILY_IPV6, s);
        case KIND_INTERFACE:
                return interface_is_plain(s);
        case KIND_TIME:
                break;
        }
        return wall_time_parse_iso(s, &time) >= 0;
}

/* Takes one line off the front. */
static bool take_line(const Line *line, const char **data, size_t *size)
{
        size_t key = strlen(line->key);
        const char *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
        char value[VALUE_MAX];
        size_t n;

        if (!end || (size_t)(end - *data) <= key || memcmp(*data, line->key, key) != 0 ||
            (*data)[key] != '=')
                return false;
        n = (size_t)(end - *data) - key - 1;
        if (n >= sizeof(value) || memchr(*data + key + 1, '\0', n))
                return false;
        memcpy(value, *data + key + 1, n);
        value[n] = '\0';
        *size -= (size_t)(end - *data) + 1;
        *data = end + 1;
        return value_is_valid(line->kind, value);
}

int addresses_check(const char *data, size_t size, const char **ret_key)
{
        if (size > ADDRESSES_TEXT_MAX)
                return -EFBIG;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                if (!take_line(lines + i, &data, &size)) {
                        *ret_key = lines[i].key;
                        return -EBADMSG;
                }
        if (size == 0)
                return 0;
        *ret_key = lines[ELEMENTSOF(lines) - 1].key; /* something follows it */
        return -EBADMSG;
}

/* Of the next value, in lines that were found good. */
static IpAddress address_of(const char *data)
{
        const char *value = strchr(data, '=') + 1;
        size_t n = strcspn(value, "\n");
        char text[VALUE_MAX];
        IpAddress a = {0};

        memcpy(text, value, n);
        text[n] = '\0';
        (void)ip_address_parse(text, &a);
        return a;
}

int addresses_parse(const char *data, size_t size, IpAddress ret[static FAMILY_COUNT], const char **ret_key)
{
        int r = addresses_check(data, size, ret_key);

        if (r < 0)
                return r;
        ret[FAMILY_IPV4] = address_of(data);
        ret[FAMILY_IPV6] = address_of(strchr(data, '\n'));
        return 0;
}
