/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/machine-check.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/string-util.h"
#include "cli/name-check.h"
#include "cli/picture.h"

#define STORE           "/etc/credstore"
#define STORE_ENCRYPTED "/etc/credstore.encrypted"

typedef struct Check {
        const Settings *settings;
        const SettingsPlaces *places;
        const Options *options;
        SettingsFaults *warnings;
} Check;

static bool is_matched(const Network *network, const char *pattern)
{
        const Link *link;

        for (size_t i = 0; (link = network_link_at(network, i)); i++)
                if (fnmatch(pattern, link->name, 0) == 0)
                        return true;
        return false;
}

/* The names of the machine's interfaces, for whoever mistyped one. */
static void append_links(Text *t, const Network *network)
{
        const Link *link;

        for (size_t i = 0; (link = network_link_at(network, i)); i++)
                text_appendf(t, "%s%s", i > 0 ? ", " : "", link->name);
}

static int check_interfaces(const Check *c, const Network *network)
{
        const SelectionOptions *watch = &c->settings->watch;
        SettingsPlace place = settings_places_find(c->places, "watch.interfaces", 0);
        _cleanup_text_ Text links = {0};
        int r = 0;

        append_links(&links, network);
        if (text_error(&links) < 0)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < watch->n_interfaces; i++)
                if (!is_matched(network, watch->interfaces[i]))
                        r = settings_faults_add(c->warnings, place.file, place.line,
                                                "watch.interfaces: \"%s\" matches no interface that there "
                                                "is now: %s",
                                                watch->interfaces[i], links.data ? links.data : "none");
        return r;
}

/* Whatever watch.private says: without it there is no address at all, for the same reason. A source outside
 * sees what lies before the machine. */
static int check_addresses(const Check *c, const Network *network)
{
        const IpAddress settled[FAMILY_COUNT] = {0};
        SettingsPlace place = settings_places_find(c->places, "watch.private", 0);
        SelectionOptions watch = c->settings->watch;
        const SelectedAddress *only = NULL;
        char text[IP_ADDRESS_TEXT_MAX];
        Selection selection;

        if (source_order_looks_outside(&c->settings->sources))
                return 0;
        watch.private_addresses = true;
        select_addresses(network, &watch, settled, &selection);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const SelectedAddress *a = &selection.family[f];

                if (!ip_address_is_set(&a->address))
                        continue;
                if (address_scope_is_reachable(address_scope(&a->address)))
                        return 0;
                only = only ? only : a;
        }
        if (!only)
                return 0;
        ip_address_format(&only->address, text);
        return settings_faults_add(
                c->warnings, place.file, place.line,
                "watch.private: this machine has a private address only (%s on %s, %s): the router before "
                "it has the public one, and a change of that is not seen here; watch.sources may name who "
                "does",
                text, only->interface, address_scope_name(address_scope(&only->address)));
}

/* Against what would be told now, had nothing settled before. */
static int check_name(const Check *c, const Network *network)
{
        const IpAddress settled[FAMILY_COUNT] = {0};
        SettingsPlace place = settings_places_find(c->places, "watch.name", 0);
        const char *name = c->settings->watched_name;
        _cleanup_text_ Text found = {0};
        IpAddress here[FAMILY_COUNT];
        Selection selection;
        NameVerdict verdict;

        if (!name)
                return 0;
        select_addresses(network, &c->settings->watch, settled, &selection);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                here[f] = selection.family[f].address;
        verdict = name_check(name, here, &found);
        if (text_error(&found) < 0)
                return -ENOMEM;
        if (verdict == NAME_UNKNOWN)
                return settings_faults_add(c->warnings, place.file, place.line,
                                           "watch.name: DNS has no address for %s: %s", name, found.data);
        if (verdict == NAME_OLD)
                return settings_faults_add(c->warnings, place.file, place.line,
                                           "watch.name: DNS still says %s for %s, not what is told",
                                           found.data, name);
        return 0;
}

static int check_network(const Check *c)
{
        _cleanup_(network_freep) Network *network = NULL;
        SettingsPlace main_file = settings_places_find(c->places, "", 0);
        int r = picture_read(&network);

        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return settings_faults_add(c->warnings, main_file.file, 0,
                                           "the interfaces were not looked at: %s", strerror(-r));
        r = check_interfaces(c, network);
        if (r >= 0)
                r = check_addresses(c, network);
        return r < 0 ? r : check_name(c, network);
}

/* Group root is as good as its owner; systemd lets a service's user in by an ACL, which shows as group. */
static bool is_open(const struct stat *st)
{
        return st->st_mode & S_IRWXO || (st->st_gid != 0 && st->st_mode & S_IRWXG);
}

static int check_mode(const Check *c, SettingsPlace place, const char *key, const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0 || !is_open(&st))
                return 0;
        return settings_faults_add(
                c->warnings, place.file, place.line,
                "%s: the secret in %s is open to others than its owner (mode %04o): chmod 0600 %s", key,
                path, (unsigned)st.st_mode & 07777U, path);
}

/* Where the credential NAME ("ipherald.smtp-password") lies; for an instance's settings file it has the
 * instance's name. 0; -ENOENT where it is not in DIR; another errno where nobody lets us look. */
static int find_credential(const Check *c, const char *dir, const char *name, char **ret)
{
        const char *slash = strrchr(c->options->config, '/');
        const char *file = slash ? slash + 1 : c->options->config, *what = strchr(name, '.');
        int stem = (int)strcspn(file, "."), r;
        _cleanup_free_ char *plain = NULL, *instance = NULL;
        struct stat st;

        if (asprintf(&plain, "%s/%s", dir, name) < 0 ||
            asprintf(&instance, "%s/ipherald@%.*s%s", dir, stem, file, what) < 0)
                return -ENOMEM;
        if (stat(instance, &st) >= 0) {
                *ret = TAKE_PTR(instance);
                return 0;
        }
        r = stat(plain, &st) < 0 ? -errno : 0;
        *ret = TAKE_PTR(plain);
        return r;
}

static int check_credential(const Check *c, const char *key, const char *name)
{
        const char *dir = c->options->credentials_dir;
        bool is_store = streq(dir, STORE);
        SettingsPlace place = settings_places_find(c->places, key, 0);
        _cleanup_free_ char *path = NULL, *encrypted = NULL;
        int r = find_credential(c, dir, name, &path);

        if (r == -ENOENT && is_store) {
                r = find_credential(c, STORE_ENCRYPTED, name, &encrypted);
                if (r >= 0)
                        return 0;
        }
        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT)
                return settings_faults_add(c->warnings, place.file, place.line,
                                           "%s: its secret is missing: there is no %s%s", key, path,
                                           is_store ? ", and none in " STORE_ENCRYPTED : "");
        return r < 0 ? 0 : check_mode(c, place, key, path);
}

/* Which secrets a session would ask for, as deliver/secrets.c has it. */
static int check_credentials(const Check *c)
{
        const MailSettings *m = &c->settings->mail;
        unsigned with_password = mail_settings_usable_mechanisms(m) & SASL_WITH_PASSWORD;
        int r = 0;

        if (!m->enabled)
                return 0;
        if (m->method == AUTH_METHOD_SMTP && m->account && m->token_file)
                r = check_mode(c, settings_places_find(c->places, "mail.auth.token_file", 0),
                               "mail.auth.token_file", m->token_file);
        if (r < 0 || !c->options->credentials_dir)
                return r;
        if (m->method == AUTH_METHOD_POP_BEFORE_SMTP)
                r = check_credential(c, "mail.auth.account", CREDENTIAL_POP_PASSWORD);
        else if (m->method == AUTH_METHOD_SMTP && with_password)
                r = check_credential(c, "mail.auth.account", CREDENTIAL_SMTP_PASSWORD);
        if (r >= 0 && m->certificate && mail_settings_use_tls(m))
                r = check_credential(c, "mail.tls.certificate", CREDENTIAL_TLS_KEY);
        return r;
}

int machine_check(const Settings *s, const SettingsPlaces *places, const Options *options,
                  SettingsFaults *warnings)
{
        const Check c = {.settings = s, .places = places, .options = options, .warnings = warnings};
        int r = check_credentials(&c);

        return r < 0 ? r : check_network(&c);
}
