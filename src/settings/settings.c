/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/settings.h"

#include <errno.h>
#include <stdio.h>

#include "address/address-scope.h"
#include "base/checksum.h"
#include "base/string-util.h"
#include "nat/stun.h"
#include "settings/keys.h"

/* Settings are made whole by settings/builder and never changed afterwards: a reload makes new ones. Each
 * pointer is owned. */

#define CREDENTIAL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const char *const security_names[] = {
        [SECURITY_STARTTLS] = "starttls",
        [SECURITY_TLS] = "tls",
        [SECURITY_NONE] = "none",
};

static const char *const auth_method_names[] = {
        [AUTH_METHOD_NONE] = "none",
        [AUTH_METHOD_SMTP] = "smtp",
        [AUTH_METHOD_POP_BEFORE_SMTP] = "pop-before-smtp",
};

static const char *const language_names[LANGUAGE_COUNT] = {
        [LANGUAGE_EN] = "en",
        [LANGUAGE_JA] = "ja",
};

/* By the number of the bit. */
static const char *const sasl_mechanism_names[] = {
        "EXTERNAL", "OAUTHBEARER", "XOAUTH2", "SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5",
};
static_assert(SASL_ALL == (1 << ELEMENTSOF(sasl_mechanism_names)) - 1, "each mechanism has a name");

int settings_new(Settings **ret)
{
        _cleanup_(settings_freep) Settings *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        r = settings_keys_apply_defaults(SETTINGS_ROOM_GLOBAL, s);
        if (r < 0)
                return r;
        s->mail.port = security_default_port(s->mail.security);
        s->mail.pop_port = security_default_pop_port(s->mail.pop_security);
        *ret = TAKE_PTR(s);
        return 0;
}

Settings *settings_free(Settings *s)
{
        if (!s)
                return NULL;
        mail_settings_done(&s->mail);
        for (size_t i = 0; i < s->n_destinations; i++)
                free(s->destinations[i].to);
        free(s->destinations);
        free(s->watched_name);
        string_list_free(s->watch.interfaces, s->watch.n_interfaces);
        free(s->outside_file);
        free(s);
        return NULL;
}

void mail_settings_done(MailSettings *m)
{
        free(m->server);
        free(m->from);
        free(m->helo);
        free(m->account);
        free(m->ca_file);
        free(m->tls_name);
        free(m->token_file);
        free(m->pop_server);
        free(m->certificate);
        *m = (MailSettings){0};
}

uint64_t mail_settings_digest(const MailSettings *m)
{
        /* In a fixed order of octets: the ledger may move to a machine of the other kind. */
        const uint8_t numbers[] = {(uint8_t)(m->port >> 8), (uint8_t)m->port, (uint8_t)m->security,
                                   (uint8_t)m->method, (uint8_t)m->mechanisms};
        uint64_t hash = fnv1a(FNV1A_INIT, numbers, sizeof(numbers));

        hash = fnv1a_string(hash, m->server);
        hash = fnv1a_string(hash, m->account);
        hash = fnv1a_string(hash, m->ca_file);
        hash = fnv1a_string(hash, m->tls_name);
        hash = fnv1a_string(hash, m->token_file);
        hash = fnv1a_string(hash, m->certificate);
        if (m->method != AUTH_METHOD_POP_BEFORE_SMTP)
                return hash;

        const uint8_t pop[] = {(uint8_t)(m->pop_port >> 8), (uint8_t)m->pop_port, (uint8_t)m->pop_security};

        return fnv1a_string(fnv1a(hash, pop, sizeof(pop)), mail_settings_pop_server(m));
}

unsigned mail_settings_usable_mechanisms(const MailSettings *m)
{
        unsigned usable = m->certificate ? SASL_EXTERNAL : 0;

        if (m->account)
                usable |= m->token_file ? SASL_WITH_TOKEN : SASL_WITH_PASSWORD;
        return usable & m->mechanisms;
}

static void format_server(const char *host, uint16_t port, char *ret, size_t size)
{
        if (host)
                (void)snprintf(ret, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
        else
                string_copy(ret, size, "");
}

void mail_settings_format_server(const MailSettings *m, char *ret, size_t size)
{
        format_server(m->server, m->port, ret, size);
}

void mail_settings_format_pop_server(const MailSettings *m, char *ret, size_t size)
{
        format_server(mail_settings_pop_server(m), m->pop_port, ret, size);
}

const char *mail_settings_pop_server(const MailSettings *m)
{
        return m->pop_server ? m->pop_server : m->server;
}

const char *mail_settings_pop_tls_name(const MailSettings *m)
{
        const char *server = mail_settings_pop_server(m);

        return m->tls_name && string_equal_nocase(server, m->server) ? m->tls_name : server;
}

bool mail_settings_use_tls(const MailSettings *m)
{
        return m->security != SECURITY_NONE || m->method == AUTH_METHOD_POP_BEFORE_SMTP;
}

const DestinationSettings *settings_destination_at(const Settings *s, size_t i, const char *to)
{
        if (i < s->n_destinations && streq(s->destinations[i].to, to))
                return s->destinations + i;
        return settings_destination(s, to);
}

const DestinationSettings *settings_destination(const Settings *s, const char *to)
{
        for (size_t i = 0; i < s->n_destinations; i++)
                if (streq(s->destinations[i].to, to))
                        return s->destinations + i;
        return NULL;
}

size_t settings_count_enabled(const Settings *s)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_destinations; i++)
                n += s->destinations[i].enabled;
        return n;
}

/* Whoever has the mail would have the account. */
static bool is_secret(const char *credential)
{
        static const char *const secrets[] = {CREDENTIAL_SMTP_PASSWORD, CREDENTIAL_POP_PASSWORD,
                                              CREDENTIAL_TLS_KEY};

        return string_index(secrets, ELEMENTSOF(secrets), credential) >= 0;
}

bool content_name_is_file(const char *name)
{
        const char *last = strrchr(name, '/'), *rest = name + strlen(CONTENT_CREDENTIAL_PREFIX);

        if (strlen(name) >= CONTENT_NAME_MAX || !string_is_clean(name))
                return false;
        if (*name == '/')
                return last[1] && !is_secret(last + 1);
        return content_name_is_credential(name) && *rest &&
               rest[strspn(rest, CREDENTIAL_CHARACTERS)] == '\0' && !is_secret(name);
}

bool content_name_is_credential(const char *name)
{
        return strncmp(name, CONTENT_CREDENTIAL_PREFIX, strlen(CONTENT_CREDENTIAL_PREFIX)) == 0;
}

bool mail_content_equal(const MailContent *a, const MailContent *b)
{
        if (!streq(a->template, b->template) || a->n_attachments != b->n_attachments)
                return false;
        for (size_t i = 0; i < a->n_attachments; i++)
                if (!streq(a->attachments[i], b->attachments[i]))
                        return false;
        return true;
}

int destination_settings_init(DestinationSettings *d, const char *to)
{
        int r;

        *d = (DestinationSettings){0};
        r = settings_keys_apply_defaults(SETTINGS_ROOM_DESTINATION, d);
        return r < 0 ? r : string_replace(&d->to, to);
}

int settings_tell_only(Settings *s, const char *to)
{
        _cleanup_free_ char *identity = mail_address_identity(to);
        DestinationSettings *grown;
        int r;

        if (!identity)
                return -ENOMEM;
        if (!settings_destination(s, identity)) {
                grown = reallocarray(s->destinations, s->n_destinations + 1, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                s->destinations = grown;
                r = destination_settings_init(&grown[s->n_destinations], identity);
                if (r < 0)
                        return r;
                s->n_destinations++;
        }
        for (size_t i = 0; i < s->n_destinations; i++)
                s->destinations[i].enabled = streq(s->destinations[i].to, identity);
        return 0;
}

const char *security_name(Security s)
{
        return security_names[s];
}

int security_from_name(const char *name, Security *ret)
{
        int i = string_index(security_names, ELEMENTSOF(security_names), name);

        if (i < 0)
                return i;
        *ret = (Security)i;
        return 0;
}

const char *language_name(Language l)
{
        return language_names[l];
}

int language_from_name(const char *name, Language *ret)
{
        int i = string_index(language_names, ELEMENTSOF(language_names), name);

        if (i < 0)
                return i;
        *ret = (Language)i;
        return 0;
}

uint16_t security_default_port(Security s)
{
        static const uint16_t ports[] = {
                [SECURITY_STARTTLS] = 587,
                [SECURITY_TLS] = 465,
                [SECURITY_NONE] = 25,
        };

        return ports[s];
}

uint16_t security_default_pop_port(Security s)
{
        return s == SECURITY_TLS ? 995 : 110;
}

const char *auth_method_name(AuthMethod m)
{
        return auth_method_names[m];
}

int auth_method_from_name(const char *name, AuthMethod *ret)
{
        int i = string_index(auth_method_names, ELEMENTSOF(auth_method_names), name);

        if (i < 0)
                return i;
        *ret = (AuthMethod)i;
        return 0;
}

const char *sasl_mechanism_name(SaslMechanism m)
{
        return sasl_mechanism_names[__builtin_ctz(m)];
}

int sasl_mechanism_from_name(const char *name, SaslMechanism *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(sasl_mechanism_names); i++)
                if (string_equal_nocase(sasl_mechanism_names[i], name)) {
                        *ret = (SaslMechanism)(1U << i);
                        return 0;
                }
        return -EINVAL;
}

int stun_server_parse(const char *s, StunServer *ret)
{
        const char *colon = strrchr(s, ':'), *end = s + strlen(s);
        bool brackets = *s == '[', has_port = brackets ? end[-1] != ']' : colon && strchr(s, ':') == colon;
        StunServer server = {.port = STUN_PORT};
        char host[IP_ADDRESS_TEXT_MAX];
        uint64_t port;

        if (has_port) {
                if (!colon || parse_u64(colon + 1, 1, UINT16_MAX, &port) < 0)
                        return -EINVAL;
                server.port = (uint16_t)port;
                end = colon;
        }
        if (brackets && (end[-1] != ']' || end - s < 3))
                return -EINVAL;
        if (brackets) {
                s++;
                end--;
        }
        if ((size_t)(end - s) >= sizeof(host))
                return -EINVAL;
        string_copy(host, (size_t)(end - s) + 1, s);
        if (ip_address_parse(host, &server.address) < 0 || (brackets && server.address.family != AF_INET6) ||
            !address_scope_counts(address_scope(&server.address)))
                return -EINVAL;
        *ret = server;
        return 0;
}

bool stun_server_is_among(const StunServer *s, const StunServer *servers, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (ip_address_equal(&s->address, &servers[i].address))
                        return true;
        return false;
}
