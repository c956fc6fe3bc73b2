/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/builder.h"

#include <errno.h>

#include "base/string-util.h"

/* The builder fills a Settings as keys come in and remembers where each was written, so that a check between
 * two keys can name a line. A fault never stops it: a person wants all of them at once. Settings with any
 * fault are never published, since half of what somebody wrote is not what they meant. */

typedef struct Place {
        const char *file; /* NULL: not written anywhere */
        unsigned line;
        bool refused;
} Place;

typedef struct DestinationPlaces {
        Place group, to;
} DestinationPlaces;

struct SettingsBuilder {
        const char *file;
        Settings *settings;
        SettingsFaults *faults;
        Place *places; /* of the table's keys, by index */
        DestinationPlaces *destination_places;
        bool destinations_refused; /* one or all, since they are no groups */
};

SettingsBuilder *settings_builder_free(SettingsBuilder *b)
{
        if (!b)
                return NULL;
        settings_free(b->settings);
        settings_faults_free(b->faults);
        free(b->places);
        free(b->destination_places);
        free(b);
        return NULL;
}

int settings_builder_new(const char *file, SettingsBuilder **ret)
{
        _cleanup_(settings_builder_freep) SettingsBuilder *b = calloc(1, sizeof(*b));
        size_t n;
        int r;

        if (!b)
                return -ENOMEM;
        (void)settings_keys(&n);
        b->file = file;
        b->places = calloc(n, sizeof(*b->places));
        if (!b->places)
                return -ENOMEM;
        r = settings_faults_new(&b->faults);
        if (r >= 0)
                r = settings_new(&b->settings);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

SettingsFaults *settings_builder_faults(SettingsBuilder *b)
{
        return b->faults;
}

static int add_unknown(SettingsBuilder *b, const char *path, const char *file, unsigned line)
{
        char nearest[SETTINGS_PATH_MAX];

        settings_nearest(path, nearest);
        return settings_faults_add(b->faults, file, line, "unknown key %s; the nearest known one is %s",
                                   path, nearest);
}

int settings_builder_enter(SettingsBuilder *b, const char *path, SettingsValueType type, const char *file,
                           unsigned line)
{
        int r;

        if (!settings_path_is_group(path))
                r = add_unknown(b, path, file, line);
        else if (type == SETTINGS_VALUE_GROUP)
                return 1;
        else
                r = settings_faults_add(b->faults, file, line, "%s: must be a group: { ... }", path);
        return r;
}

int settings_builder_enter_destination(SettingsBuilder *b, SettingsValueType type, const char *file,
                                       unsigned line)
{
        Settings *s = b->settings;
        size_t n = s->n_destinations;
        int r;

        if (type != SETTINGS_VALUE_GROUP) {
                b->destinations_refused = true;
                return settings_faults_add(b->faults, file, line,
                                           SETTINGS_DESTINATIONS ": must be a list of groups: "
                                                                 "( { to = \"me@example.com\"; } )");
        }

        DestinationSettings *destinations = reallocarray(s->destinations, n + 1, sizeof(*destinations));
        if (!destinations)
                return -ENOMEM;
        s->destinations = destinations;
        DestinationPlaces *places = reallocarray(b->destination_places, n + 1, sizeof(*places));
        if (!places)
                return -ENOMEM;
        b->destination_places = places;

        places[n] = (DestinationPlaces){.group = {file, line}};
        r = destination_settings_init(destinations + n, NULL);
        if (r < 0)
                return r;
        s->n_destinations++;
        return 1;
}

static void remember(SettingsBuilder *b, const SettingsKey *key, Place place)
{
        size_t n;

        if (key->room == SETTINGS_ROOM_GLOBAL)
                b->places[key - settings_keys(&n)] = place;
        else if (key->offset == offsetof(DestinationSettings, to))
                b->destination_places[b->settings->n_destinations - 1].to = place;
}

int settings_builder_add(SettingsBuilder *b, const char *path, const SettingsValue *value, const char *file,
                         unsigned line)
{
        const SettingsKey *key = settings_key_find(path);
        char reason[SETTINGS_REASON_MAX];
        Settings *s = b->settings;
        void *base = s;

        if (!key)
                return add_unknown(b, path, file, line);
        if (key->room == SETTINGS_ROOM_DESTINATION) {
                assert(s->n_destinations > 0);
                base = s->destinations + s->n_destinations - 1;
        }

        int r = settings_key_set(key, base, value, reason);
        if (r < 0)
                return r;
        remember(b, key, (Place){file, line, .refused = r > 0});
        return r > 0 ? settings_faults_add(b->faults, file, line, "%s: %s", path, reason) : 0;
}

/* Where PATH was written; file NULL where it was not. */
static Place place_of(const SettingsBuilder *b, const char *path)
{
        size_t n;
        const SettingsKey *key = settings_key_find(path);

        return key ? b->places[key - settings_keys(&n)] : (Place){0};
}

static bool is_written(const SettingsBuilder *b, const char *path)
{
        return place_of(b, path).file;
}

/* A fault at the first of two keys that was written; the second may be NULL. */
static int blame(SettingsBuilder *b, const char *path, const char *other, const char *text)
{
        Place place = place_of(b, path);

        if (!place.file && other)
                place = place_of(b, other);
        return settings_faults_add(b->faults, place.file ? place.file : b->file, place.line, "%s: %s", path,
                                   text);
}

int settings_builder_places(const SettingsBuilder *b, SettingsPlaces **ret)
{
        _cleanup_(settings_places_freep) SettingsPlaces *p = NULL;
        size_t n;
        const SettingsKey *keys = settings_keys(&n);
        int r = settings_places_new(b->file, &p);

        for (size_t i = 0; r >= 0 && i < n; i++)
                if (b->places[i].file)
                        r = settings_places_add(p, keys[i].path, 0, b->places[i].file, b->places[i].line);
        for (size_t i = 0; r >= 0 && i < b->settings->n_destinations; i++) {
                Place to = b->destination_places[i].to;

                if (to.file)
                        r = settings_places_add(p, SETTINGS_DESTINATIONS, i, to.file, to.line);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

/* What other keys give. */
static void derive(SettingsBuilder *b)
{
        MailSettings *m = &b->settings->mail;

        if (!is_written(b, "mail.port"))
                m->port = security_default_port(m->security);
        if (!is_written(b, "mail.auth.pop.port"))
                m->pop_port = security_default_pop_port(m->pop_security);
        if (!is_written(b, "mail.auth.method") && m->account)
                m->method = AUTH_METHOD_SMTP;
}

/* A certificate may say by itself who logs in. */
static int check_login(SettingsBuilder *b)
{
        const MailSettings *m = &b->settings->mail;

        if (m->method == AUTH_METHOD_POP_BEFORE_SMTP && !is_written(b, "mail.auth.account"))
                return blame(b, "mail.auth.account", "mail.auth.method",
                             "missing, and needed by mail.auth.method \"pop-before-smtp\"");
        if (m->method != AUTH_METHOD_SMTP)
                return 0;
        if (!is_written(b, "mail.auth.account") && is_written(b, "mail.auth.token_file"))
                return blame(b, "mail.auth.account", "mail.auth.token_file",
                             "missing, and needed by mail.auth.token_file");
        if (!is_written(b, "mail.auth.account") && !is_written(b, "mail.tls.certificate"))
                return blame(b, "mail.auth.account", "mail.auth.method",
                             "missing, and needed by mail.auth.method \"smtp\"");
        if (mail_settings_usable_mechanisms(m) != 0 || place_of(b, "mail.auth.account").refused ||
            place_of(b, "mail.auth.mechanisms").refused || place_of(b, "mail.auth.token_file").refused ||
            place_of(b, "mail.tls.certificate").refused)
                return 0;
        return blame(
                b, "mail.auth.mechanisms", "mail.auth.method",
                "none of them can be used: \"EXTERNAL\" needs mail.tls.certificate, \"OAUTHBEARER\" and "
                "\"XOAUTH2\" need mail.auth.token_file, and the others are for a password, which is not "
                "used beside a token");
}

static int check_account(SettingsBuilder *b)
{
        MailSettings *m = &b->settings->mail;
        int r = check_login(b);

        if (r < 0)
                return r;
        if (m->security == SECURITY_NONE && m->method == AUTH_METHOD_SMTP) {
                r = blame(b, "mail.security", NULL,
                          "\"none\" is refused together with a login, whose password would go out in clear");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_from(SettingsBuilder *b)
{
        MailSettings *m = &b->settings->mail;

        if (is_written(b, "mail.from"))
                return 0;
        if (m->account && mail_address_is_valid(m->account)) {
                m->from = mail_address_identity(m->account);
                return m->from ? 0 : -ENOMEM;
        }
        /* An account that was refused might have been an address. */
        if (!m->enabled || place_of(b, "mail.auth.account").refused)
                return 0;
        return blame(b, "mail.from", m->account ? "mail.auth.account" : "mail.enabled",
                     m->account ? "missing, and mail.auth.account is no address that could stand for it"
                                : "missing, and needed when mail is enabled");
}

static int check_mail(SettingsBuilder *b)
{
        const Settings *s = b->settings;
        int r = check_account(b);

        if (r >= 0)
                r = check_from(b);
        if (r < 0 || !s->mail.enabled)
                return r;
        if (!is_written(b, "mail.server")) {
                r = blame(b, "mail.server", "mail.enabled", "missing, and needed when mail is enabled");
                if (r < 0)
                        return r;
        }
        /* Mail for nobody is a slip of the pen: taken as it stands, it would make the ledger forget whom it
         * told. To tell nobody for a while, disable mail or each destination. */
        if (s->n_destinations == 0 && !b->destinations_refused)
                return blame(b, SETTINGS_DESTINATIONS, "mail.enabled",
                             "none is listed, and mail is enabled: nobody would be told");
        return 0;
}

/* A source needs to know where to look; what it would look at is no fault without it, and is not used. */
static int check_sources(SettingsBuilder *b)
{
        const Settings *s = b->settings;
        int r = 0;

        if (source_order_has(&s->sources, SOURCE_STUN) && !is_written(b, "watch.stun"))
                r = blame(b, "watch.stun", "watch.sources", "missing, and needed by watch.sources \"stun\"");
        if (r < 0)
                return r;
        if (source_order_has(&s->sources, SOURCE_FILE) && !is_written(b, "watch.file"))
                return blame(b, "watch.file", "watch.sources",
                             "missing, and needed by watch.sources \"file\"");
        return 0;
}

static int check_settle(SettingsBuilder *b)
{
        const Settings *s = b->settings;
        bool limit_written = is_written(b, "settle.limit");

        if (s->watch.settle_limit >= s->settle_quiet || place_of(b, "settle.limit").refused ||
            place_of(b, "settle.quiet").refused)
                return 0;
        return blame(b, limit_written ? "settle.limit" : "settle.quiet", NULL,
                     limit_written ? "is less than settle.quiet" : "is more than settle.limit");
}

typedef struct Listed {
        const char *to;
        size_t index;
} Listed;

static int compare_listed(const void *a, const void *b)
{
        const Listed *x = a, *y = b;
        int c = strcmp(x->to, y->to);

        return c != 0 ? c : x->index < y->index ? -1 : 1;
}

/* Sorted rather than each against each: a file may be large. */
static int check_duplicates(SettingsBuilder *b)
{
        const Settings *s = b->settings;
        size_t n = 0;
        _cleanup_free_ Listed *listed = calloc(MAX(s->n_destinations, (size_t)1), sizeof(*listed));

        if (!listed)
                return -ENOMEM;
        for (size_t i = 0; i < s->n_destinations; i++)
                if (s->destinations[i].to)
                        listed[n++] = (Listed){s->destinations[i].to, i};
        qsort(listed, n, sizeof(*listed), compare_listed);
        for (size_t i = 1; i < n; i++) {
                const DestinationPlaces *places = b->destination_places;
                Place again = places[listed[i].index].to, before = places[listed[i - 1].index].to;

                if (!streq(listed[i].to, listed[i - 1].to))
                        continue;
                int r = settings_faults_add(b->faults, again.file, again.line,
                                            "destinations[].to: %s is listed twice, first in line %u of %s",
                                            listed[i].to, before.line, before.file);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The password and the key are refused by their names. */
static int check_content(SettingsBuilder *b, const MailContent *content, Place place)
{
        const char *token = b->settings->mail.token_file;
        bool is_told = token && streq(content->template, token);

        for (size_t i = 0; token && i < content->n_attachments; i++)
                is_told = is_told || streq(content->attachments[i], token);
        if (!is_told)
                return 0;
        return settings_faults_add(
                b->faults, place.file, place.line,
                "destinations[]: its mail holds the file of mail.auth.token_file, and with "
                "it whoever reads the mail could log in");
}

static int check_destinations(SettingsBuilder *b)
{
        for (size_t i = 0; i < b->settings->n_destinations; i++) {
                const DestinationPlaces *places = b->destination_places + i;
                int r = check_content(b, &b->settings->destinations[i].content, places->group);

                if (r >= 0 && !places->to.file)
                        r = settings_faults_add(b->faults, places->group.file, places->group.line,
                                                "destinations[].to: missing");
                if (r < 0)
                        return r;
        }
        return check_duplicates(b);
}

int settings_builder_finish(SettingsBuilder *b, Settings **ret, SettingsFaults **ret_faults)
{
        size_t n;
        int r;

        derive(b);
        r = check_mail(b);
        if (r >= 0)
                r = check_settle(b);
        if (r >= 0)
                r = check_sources(b);
        if (r >= 0)
                r = check_destinations(b);
        if (r < 0)
                return r;

        settings_faults_sort(b->faults);
        (void)settings_faults_entries(b->faults, &n);
        *ret = n == 0 ? TAKE_PTR(b->settings) : NULL;
        *ret_faults = TAKE_PTR(b->faults);
        return 0;
}
