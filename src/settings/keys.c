/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/keys.h"

#include <errno.h>
#include <stdio.h>

#include "base/string-util.h"
#include "settings/key-set.h"
#include "settings/settings.h"

/* A key that is not here does not exist: reading, defaults, ranges, fault texts and the test that holds the
 * shipped settings file complete all come from this table. A key comes with the feature that it serves. */

#define GLOBAL(field)      .room = SETTINGS_ROOM_GLOBAL, .offset = offsetof(Settings, field)
#define DESTINATION(field) .room = SETTINGS_ROOM_DESTINATION, .offset = offsetof(DestinationSettings, field)

#define BOOL(x)                                             \
        {                                                   \
                .type = SETTINGS_VALUE_BOOL, .boolean = (x) \
        }
#define INTEGER(x)                                             \
        {                                                      \
                .type = SETTINGS_VALUE_INTEGER, .integer = (x) \
        }
#define REAL(x)                                          \
        {                                                \
                .type = SETTINGS_VALUE_REAL, .real = (x) \
        }
#define TEXT(x)                                          \
        {                                                \
                .type = SETTINGS_VALUE_TEXT, .text = (x) \
        }
#define LIST(x)                                                                           \
        {                                                                                 \
                .type = SETTINGS_VALUE_LIST, .elements = (x), .n_elements = ELEMENTSOF(x) \
        }

#define YES_NO "true or false"

static const SettingsValue all_mechanisms[] = {
        TEXT("EXTERNAL"), TEXT("OAUTHBEARER"), TEXT("XOAUTH2"),  TEXT("SCRAM-SHA-256"),
        TEXT("PLAIN"),    TEXT("LOGIN"),       TEXT("CRAM-MD5"),
};
static const SettingsValue interface_alone[] = {TEXT("interface")};
static const SettingsValue all_families[] = {TEXT("ipv4"), TEXT("ipv6")};

/* clang-format off */
static const SettingsKey keys[] = {
        {"mail.enabled", GLOBAL(mail.enabled), settings_set_bool, .values = YES_NO, .fallback = BOOL(false)},
        {"mail.server", GLOBAL(mail.server), settings_set_text, settings_text_is_host,
         .values = "a host name or an IP address"},
        {"mail.port", GLOBAL(mail.port), settings_set_port, .values = "a number from 1 to 65535",
         .min = 1, .max = 65535, .unit = ""},
        {"mail.security", GLOBAL(mail.security), settings_set_security,
         .values = "\"starttls\", \"tls\" or \"none\"", .fallback = TEXT("starttls")},
        {"mail.from", GLOBAL(mail.from), settings_set_address, .values = "a mail address"},
        {"mail.helo", GLOBAL(mail.helo), settings_set_text, settings_text_is_helo,
         .values = "a host name or an address literal ([192.0.2.1], [IPv6:2001:db8::1])"},
        {"mail.auth.method", GLOBAL(mail.method), settings_set_method,
         .values = "\"smtp\", \"pop-before-smtp\" or \"none\""},
        {"mail.auth.account", GLOBAL(mail.account), settings_set_text, settings_text_is_account,
         .values = "a text of 1 to 255 octets"},
        {"mail.auth.mechanisms", GLOBAL(mail.mechanisms), settings_set_mechanisms,
         .values = "a list of \"EXTERNAL\", \"OAUTHBEARER\", \"XOAUTH2\", \"SCRAM-SHA-256\", \"PLAIN\", \"LOGIN\" "
                   "and \"CRAM-MD5\"",
         .fallback = LIST(all_mechanisms)},
        {"mail.auth.token_file", GLOBAL(mail.token_file), settings_set_text, settings_text_is_path,
         .values = "an absolute path"},
        {"mail.auth.pop.server", GLOBAL(mail.pop_server), settings_set_text, settings_text_is_host,
         .values = "a host name or an IP address"},
        {"mail.auth.pop.port", GLOBAL(mail.pop_port), settings_set_port, .values = "a number from 1 to 65535",
         .min = 1, .max = 65535, .unit = ""},
        {"mail.auth.pop.security", GLOBAL(mail.pop_security), settings_set_security,
         settings_text_is_tls, .values = "\"tls\" or \"starttls\"", .fallback = TEXT("tls")},
        {"mail.tls.ca_file", GLOBAL(mail.ca_file), settings_set_text, settings_text_is_path,
         .values = "an absolute path"},
        {"mail.tls.name", GLOBAL(mail.tls_name), settings_set_text, settings_text_is_host,
         .values = "a host name or an IP address"},
        {"mail.tls.certificate", GLOBAL(mail.certificate), settings_set_text, settings_text_is_path,
         .values = "an absolute path"},
        {"destinations[].to", DESTINATION(to), settings_set_address, .values = "a mail address"},
        {"destinations[].enabled", DESTINATION(enabled), settings_set_bool, .values = YES_NO,
         .fallback = BOOL(true)},
        {"destinations[].mac", DESTINATION(mac), settings_set_mac,
         .values = "six octets in hexadecimal (\"02:00:5e:10:00:01\")"},
        {"destinations[].language", DESTINATION(language), settings_set_language,
         .values = "\"en\" or \"ja\"", .fallback = TEXT("en")},
        {"destinations[].families", DESTINATION(family), settings_set_families,
         .values = "a list of \"ipv4\" and \"ipv6\"", .fallback = LIST(all_families)},
        {"destinations[].template", DESTINATION(content.template), settings_set_template,
         .values = "\"short\", an absolute path or a credential's name (\"ipherald.NAME\")"},
        {"destinations[].attach", DESTINATION(content), settings_set_attachments,
         .values = "a list of absolute paths and credentials' names (\"ipherald.NAME\")"},
        {"destinations[].remind", DESTINATION(remind_days), settings_set_count,
         .values = "a number of days", .min = 0, .max = 366, .unit = "days", .fallback = INTEGER(0)},
        {"watch.interfaces", GLOBAL(watch), settings_set_interfaces,
         .values = "a list of interface names and globs (\"eth*\")"},
        {"watch.families", GLOBAL(watch.family), settings_set_families,
         .values = "a list of \"ipv4\" and \"ipv6\"", .fallback = LIST(all_families)},
        {"watch.temporary", GLOBAL(watch.temporary), settings_set_bool, .values = YES_NO,
         .fallback = BOOL(false)},
        {"watch.deprecated", GLOBAL(watch.deprecated), settings_set_bool, .values = YES_NO,
         .fallback = BOOL(false)},
        {"watch.private", GLOBAL(watch.private_addresses), settings_set_bool, .values = YES_NO,
         .fallback = BOOL(true)},
        {"watch.sources", GLOBAL(sources), settings_set_sources,
         .values = "a list of \"interface\", \"gateway\", \"stun\" and \"file\"", .fallback = LIST(interface_alone)},
        {"watch.stun", .room = SETTINGS_ROOM_GLOBAL, .offset = 0, settings_set_stun,
         .values = "a list of up to four IP addresses, with or without a port (\"192.0.2.1:3478\", "
                   "\"[2001:db8::1]:3478\")"},
        {"watch.stun_interval", GLOBAL(stun_interval), settings_set_seconds, .values = "a number of seconds",
         .min = 60, .max = 86400, .unit = "s", .fallback = REAL(300)},
        {"watch.file", GLOBAL(outside_file), settings_set_text, settings_text_is_path,
         .values = "an absolute path"},
        {"watch.name", GLOBAL(watched_name), settings_set_text, settings_text_is_name, .values = "a host name"},
        {"settle.quiet", GLOBAL(settle_quiet), settings_set_seconds, .values = "a number of seconds",
         .min = 0, .max = 3600, .unit = "s", .fallback = REAL(3.0)},
        {"settle.limit", GLOBAL(watch.settle_limit), settings_set_seconds, .values = "a number of seconds",
         .min = 0, .max = 86400, .unit = "s", .fallback = REAL(30.0)},
        {"limits.mails_per_hour", GLOBAL(mails_per_hour), settings_set_count,
         .values = "a number of mails", .min = 1, .max = 1000, .unit = "", .fallback = INTEGER(12)},
        {"limits.unknown_wait", GLOBAL(unknown_wait), settings_set_seconds, .values = "a number of seconds",
         .min = 1, .max = 86400, .unit = "s", .fallback = REAL(1800)},
};
/* clang-format on */

const SettingsKey *settings_keys(size_t *ret_count)
{
        *ret_count = ELEMENTSOF(keys);
        return keys;
}

const SettingsKey *settings_key_find(const char *path)
{
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (streq(keys[i].path, path))
                        return keys + i;
        return NULL;
}

bool settings_path_is_group(const char *path)
{
        size_t n = strlen(path);

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strncmp(keys[i].path, path, n) == 0 && keys[i].path[n] == '.')
                        return true;
        return false;
}

static const char *last_word(const char *path)
{
        const char *dot = strrchr(path, '.');

        return dot ? dot + 1 : path;
}

static size_t distance(const char *path, const char *known)
{
        size_t whole = string_distance(path, known),
               last = string_distance(last_word(path), last_word(known));

        /* "port" is mail.port rather than some short word elsewhere. */
        return last == 0 ? MIN(whole, (size_t)1) : whole;
}

void settings_nearest(const char *path, char ret[static SETTINGS_PATH_MAX])
{
        size_t least = SIZE_MAX;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                for (size_t n = 1; n <= strlen(keys[i].path); n++) {
                        char known[SETTINGS_PATH_MAX];
                        char next = keys[i].path[n];

                        if (next != '\0' && next != '.' && next != '[')
                                continue;
                        (void)snprintf(known, sizeof(known), "%.*s", (int)n, keys[i].path);
                        size_t d = distance(path, known);
                        if (d < least) {
                                least = d;
                                memcpy(ret, known, sizeof(known));
                        }
                }
}

int settings_key_set(const SettingsKey *key, void *base, const SettingsValue *value,
                     char ret_reason[static SETTINGS_REASON_MAX])
{
        return key->set(key, (char *)base + key->offset, value, ret_reason);
}

int settings_keys_apply_defaults(SettingsRoom room, void *base)
{
        char reason[SETTINGS_REASON_MAX];

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                if (keys[i].room != room || keys[i].fallback.type == SETTINGS_VALUE_NONE)
                        continue;
                int r = settings_key_set(keys + i, base, &keys[i].fallback, reason);
                if (r != 0)
                        return r < 0 ? r : -EINVAL;
        }
        return 0;
}
