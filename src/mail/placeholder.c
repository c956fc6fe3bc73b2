/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/placeholder.h"

#include <stdio.h>

#include "base/string-util.h"

/* One scanner finds the pieces of a text, for the check as for the filling: what the one passes the other
 * fills. */

#define OPEN    "%{"
#define ESCAPED "%%{"

typedef enum Name {
        NAME_ADDRESS,
        NAME_ENDPOINT,
        NAME_INTERFACE,
        NAME_IPV4,
        NAME_IPV6,
        NAME_IPV4_OLD,
        NAME_IPV6_OLD,
        NAME_HOST,
        NAME_CHANGED,
        NAME_MAC,
        NAME_COUNT,
} Name;

static const char *const names[NAME_COUNT] = {
        [NAME_ADDRESS] = "address",   [NAME_ENDPOINT] = "endpoint", [NAME_INTERFACE] = "interface",
        [NAME_IPV4] = "ipv4",         [NAME_IPV6] = "ipv6",         [NAME_IPV4_OLD] = "ipv4_old",
        [NAME_IPV6_OLD] = "ipv6_old", [NAME_HOST] = "host",         [NAME_CHANGED] = "changed",
        [NAME_MAC] = "mac",
};

typedef struct Scanner {
        const char *p, *end;
        unsigned line;
} Scanner;

typedef enum Piece {
        PIECE_TEXT,    /* as it is */
        PIECE_NAME,    /* what stands in a closed placeholder */
        PIECE_OPEN,    /* a placeholder that is not closed: the rest of its line */
        PIECE_FOREIGN, /* all that follows an octet that is no text */
        PIECE_SURPLUS, /* all that follows the last placeholder that a text may have */
        PIECE_END,
} Piece;

static bool begins(const Scanner *s, const char *p, const char *with)
{
        return (size_t)(s->end - p) >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

/* The end of the text at P that holds no placeholder; LF ends it too, for the sake of the line's number. */
static const char *text_end(const Scanner *s, const char *p)
{
        while (p < s->end && *p != '\n' && !begins(s, p, OPEN) && !begins(s, p, ESCAPED))
                p++;
        return p < s->end && *p == '\n' ? p + 1 : p;
}

static Piece scan_placeholder(Scanner *s, const char **ret, size_t *ret_size)
{
        const char *name = s->p + strlen(OPEN), *p = name;

        while (p < s->end && *p != '}' && *p != '\n' && *p != '\r')
                p++;
        *ret = name;
        *ret_size = (size_t)(p - name);
        if (p == s->end || *p != '}') {
                s->p = p;
                return PIECE_OPEN;
        }
        s->p = p + 1;
        return PIECE_NAME;
}

static Piece scan(Scanner *s, const char **ret, size_t *ret_size)
{
        const char *p = s->p;

        if (p == s->end)
                return PIECE_END;
        if (begins(s, p, ESCAPED)) {
                *ret = p + 1;
                *ret_size = strlen(OPEN);
                s->p = p + strlen(ESCAPED);
                return PIECE_TEXT;
        }
        if (begins(s, p, OPEN))
                return scan_placeholder(s, ret, ret_size);
        *ret = p;
        s->p = text_end(s, p);
        *ret_size = (size_t)(s->p - p);
        if (s->p[-1] == '\n')
                s->line++;
        return PIECE_TEXT;
}

/* NAME_COUNT where it is none of them. */
static Name find_name(const char *text, size_t size)
{
        Name n = 0;

        while (n < NAME_COUNT && (strlen(names[n]) != size || memcmp(names[n], text, size) != 0))
                n++;
        return n;
}

static const char *nearest_name(const char *text)
{
        Name nearest = 0;

        for (Name n = 1; n < NAME_COUNT; n++)
                if (string_distance(text, names[n]) < string_distance(text, names[nearest]))
                        nearest = n;
        return names[nearest];
}

static void describe(Piece piece, const char *p, size_t size, char ret[static PLACEHOLDER_REASON_MAX])
{
        char shown[STRING_DISTANCE_MAX / 2];

        string_make_harmless(p, size, shown, sizeof(shown));
        switch (piece) {
        case PIECE_NAME:
                (void)snprintf(ret, PLACEHOLDER_REASON_MAX,
                               "no such placeholder: %%{%s}; did you mean %%{%s}?", shown,
                               nearest_name(shown));
                break;
        case PIECE_OPEN:
                (void)snprintf(ret, PLACEHOLDER_REASON_MAX,
                               "a placeholder without its end: %%{%s; write %%%%{ for the characters %%{",
                               shown);
                break;
        case PIECE_FOREIGN:
                (void)snprintf(ret, PLACEHOLDER_REASON_MAX, "%s",
                               *p == '\0' ? "a NUL, which is no text" : "not UTF-8");
                break;
        case PIECE_SURPLUS:
                (void)snprintf(ret, PLACEHOLDER_REASON_MAX,
                               "more than %d placeholders, which is all that a file may have",
                               PLACEHOLDERS_MAX);
                break;
        case PIECE_TEXT:
        case PIECE_END:
                break;
        }
}

size_t placeholders_check(const char *text, size_t size, PlaceholderFault fault, void *userdata)
{
        size_t readable = octets_text_prefix(text, size), count = 0, n_names = 0;
        Scanner s = {.p = text, .end = text + readable, .line = 1};
        Piece piece;

        do {
                char reason[PLACEHOLDER_REASON_MAX];
                unsigned line = s.line;
                const char *p = text + readable;
                size_t n = 0;

                piece = scan(&s, &p, &n);
                if (piece == PIECE_END && readable < size)
                        piece = PIECE_FOREIGN;
                if (piece == PIECE_NAME && ++n_names > PLACEHOLDERS_MAX)
                        piece = PIECE_SURPLUS;
                if (piece == PIECE_END || piece == PIECE_TEXT ||
                    (piece == PIECE_NAME && find_name(p, n) < NAME_COUNT))
                        continue;
                count++;
                describe(piece, p, n, reason);
                if (fault)
                        fault(userdata, line, reason);
        } while (piece != PIECE_END && piece != PIECE_FOREIGN && piece != PIECE_SURPLUS);
        return count;
}

static bool is_there(const Facts *facts, Family f)
{
        return ip_address_is_set(&facts->new[f]);
}

static bool is_news(const Facts *facts, Family f)
{
        return is_there(facts, f) && !ip_address_equal(&facts->new[f], &facts->old[f]);
}

/* Whose address is %{address}; either where there is none at all. */
static Family main_family(const Facts *facts)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (is_news(facts, f))
                        return f;
        return is_there(facts, FAMILY_IPV4) ? FAMILY_IPV4 : FAMILY_IPV6;
}

static void append_name(Text *t, const char *name)
{
        if (!*name)
                text_append_string(t, "none");
        for (; *name; name++) {
                bool harmless = ((uint8_t)*name & 0x80) || (*name >= '0' && *name <= ':') ||
                                (*name >= 'A' && *name <= 'Z') || (*name >= 'a' && *name <= 'z') ||
                                strchr("._-", *name);

                text_append(t, harmless ? name : "_", 1);
        }
}

static void append_address(Text *t, const IpAddress *a, bool endpoint)
{
        char text[IP_ADDRESS_TEXT_MAX];
        bool brackets = endpoint && a->family == AF_INET6;

        ip_address_format(a, text);
        text_appendf(t, "%s%s%s", brackets ? "[" : "", text, brackets ? "]" : "");
}

static void append_value(Text *t, Name name, const Facts *facts)
{
        Family f = main_family(facts);
        char changed[WALL_TIME_TEXT_MAX];

        switch (name) {
        case NAME_ADDRESS:
        case NAME_ENDPOINT:
                append_address(t, &facts->new[f], name == NAME_ENDPOINT);
                break;
        case NAME_INTERFACE:
                append_name(t, is_there(facts, f) ? facts->interface[f] : "");
                break;
        case NAME_IPV4:
        case NAME_IPV6:
                append_address(t, &facts->new[name == NAME_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6], false);
                break;
        case NAME_IPV4_OLD:
        case NAME_IPV6_OLD:
                append_address(t, &facts->old[name == NAME_IPV4_OLD ? FAMILY_IPV4 : FAMILY_IPV6], false);
                break;
        case NAME_HOST:
                append_name(t, facts->host);
                break;
        case NAME_CHANGED:
                wall_time_format_plain(facts->changed, changed);
                text_append_string(t, changed);
                break;
        case NAME_MAC:
                append_name(t, facts->mac);
                break;
        case NAME_COUNT:
                assert(false);
        }
}

/* Is there an address where NAME stands for a new one? */
static bool has_value(Name name, const Facts *facts)
{
        switch (name) {
        case NAME_ADDRESS:
        case NAME_ENDPOINT:
        case NAME_INTERFACE:
                return is_there(facts, main_family(facts));
        case NAME_IPV4:
                return is_there(facts, FAMILY_IPV4);
        case NAME_IPV6:
                return is_there(facts, FAMILY_IPV6);
        case NAME_IPV4_OLD:
        case NAME_IPV6_OLD:
        case NAME_HOST:
        case NAME_CHANGED:
        case NAME_MAC:
        case NAME_COUNT:
                break;
        }
        return true;
}

int placeholders_fill(const char *text, size_t size, const Facts *facts, bool strict, Text *ret)
{
        Scanner s = {.p = text, .end = text + size};
        _cleanup_text_ Text filled = {0};
        const char *p = NULL;
        Piece piece;
        size_t n = 0;

        if (placeholders_check(text, size, NULL, NULL) > 0)
                return -EINVAL;
        while ((piece = scan(&s, &p, &n)) != PIECE_END) {
                if (piece == PIECE_TEXT) {
                        text_append(&filled, p, n);
                        continue;
                }
                if (strict && !has_value(find_name(p, n), facts))
                        return -ENODATA;
                append_value(&filled, find_name(p, n), facts);
        }
        text_append(ret, filled.data, filled.size);
        return filled.failed ? -ENOMEM : text_error(ret);
}
