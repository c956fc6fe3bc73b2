/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/advice.h"

#include <errno.h>
#include <stdio.h>

#include "base/string-util.h"
#include "settings/keys.h"

static int check_from(const Settings *s, const SettingsPlaces *places, SettingsFaults *warnings)
{
        const MailSettings *m = &s->mail;
        SettingsPlace place = settings_places_find(places, "mail.from", 0);
        const char *domain = m->account ? strrchr(m->account, '@') : NULL;

        /* An account without a domain says nothing of what it may send. */
        if (!domain || m->method == AUTH_METHOD_NONE || string_equal_nocase(domain, strrchr(m->from, '@')))
                return 0;
        return settings_faults_add(
                warnings, place.file, place.line,
                "mail.from: %s is of another domain than the account %s: many servers refuse such a "
                "sender, and readers' servers may take it for forged",
                m->from, m->account);
}

/* The ports that RFC 8314, 6409 and 5321 give to one kind of TLS: of SMTP, and of POP3 (RFC 1939). */
static int check_port(const SettingsPlaces *places, const char *group, uint16_t port, Security security,
                      SettingsFaults *warnings)
{
        bool is_tls = port == 465 || port == 995, is_clear = port == 587 || port == 25 || port == 110;
        char path[SETTINGS_PATH_MAX];

        if (!(is_tls && security != SECURITY_TLS) && !(is_clear && security == SECURITY_TLS))
                return 0;
        (void)snprintf(path, sizeof(path), "%s.port", group);

        SettingsPlace place = settings_places_find(places, path, 0);
        return settings_faults_add(
                warnings, place.file, place.line,
                is_tls ? "%s: at %u servers begin with TLS, and with %s.security \"%s\" the two would "
                         "wait for each other: \"tls\" goes with this port"
                       : "%s: at %u servers begin without TLS, and with %s.security \"%s\" the handshake "
                         "would fail: \"starttls\" goes with this port",
                path, port, group, security_name(security));
}

static int check_ports(const Settings *s, const SettingsPlaces *places, SettingsFaults *warnings)
{
        const MailSettings *m = &s->mail;
        int r = check_port(places, "mail", m->port, m->security, warnings);

        if (r >= 0 && m->method == AUTH_METHOD_POP_BEFORE_SMTP)
                r = check_port(places, "mail.auth.pop", m->pop_port, m->pop_security, warnings);
        return r;
}

static int check_destinations(const Settings *s, const SettingsPlaces *places, SettingsFaults *warnings)
{
        const char *account = s->mail.account;
        _cleanup_free_ char *identity = NULL;

        if (!account || !mail_address_is_valid(account))
                return 0;
        identity = mail_address_identity(account);
        if (!identity)
                return -ENOMEM;
        for (size_t i = 0; i < s->n_destinations; i++) {
                SettingsPlace place = settings_places_find(places, SETTINGS_DESTINATIONS, i);

                if (!streq(s->destinations[i].to, identity))
                        continue;
                int r = settings_faults_add(
                        warnings, place.file, place.line,
                        "destinations[].to: %s is the account that sends: the mail reaches nobody unless "
                        "somebody reads that mailbox, and some services show no mail to oneself as new",
                        s->destinations[i].to);
                if (r < 0)
                        return r;
        }
        return 0;
}

int settings_advise(const Settings *s, const SettingsPlaces *places, SettingsFaults *warnings)
{
        int r;

        if (!s->mail.enabled)
                return 0;
        r = check_from(s, places, warnings);
        if (r >= 0)
                r = check_ports(s, places, warnings);
        return r < 0 ? r : check_destinations(s, places, warnings);
}
