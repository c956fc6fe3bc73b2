/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/providers.h"

#include <errno.h>
#include <libconfig.h>

#include "base/string-util.h"

static const char *const account_names[] = {"address", "local", "own"};
static const char *const login_names[] = {"password", "app-password", "token"};

struct Providers {
        config_t config;
};

static config_setting_t *row(const Providers *p, size_t i)
{
        return config_setting_get_elem(config_lookup(&p->config, "providers"), (unsigned)i);
}

static bool read_row(const config_setting_t *s, Provider *ret)
{
        const char *account, *login;
        int a, l;

        if (!config_setting_lookup_string(s, "name", &ret->name) ||
            !config_setting_lookup_string(s, "server", &ret->server) ||
            !config_setting_lookup_string(s, "security", &ret->security) ||
            !config_setting_lookup_int(s, "port", &ret->port) ||
            !config_setting_lookup_string(s, "account", &account) ||
            !config_setting_lookup_string(s, "login", &login) ||
            !config_setting_lookup_string(s, "source", &ret->source) ||
            !config_setting_lookup_string(s, "date", &ret->date))
                return false;
        a = string_index(account_names, ELEMENTSOF(account_names), account);
        l = string_index(login_names, ELEMENTSOF(login_names), login);
        if (a < 0 || l < 0 || !config_setting_get_member(s, "domains"))
                return false;
        ret->account = (ProviderAccount)a;
        ret->login = (ProviderLogin)l;
        return true;
}

int providers_new(const char *path, Providers **ret)
{
        _cleanup_(providers_freep) Providers *p = calloc(1, sizeof(*p));
        Provider provider;

        if (!p)
                return -ENOMEM;
        config_init(&p->config);
        if (config_read_file(&p->config, path) != CONFIG_TRUE || !config_lookup(&p->config, "providers"))
                return -EINVAL;
        for (size_t i = 0; i < providers_count(p); i++)
                if (!read_row(row(p, i), &provider))
                        return -EINVAL;
        *ret = TAKE_PTR(p);
        return 0;
}

Providers *providers_free(Providers *p)
{
        if (p) {
                config_destroy(&p->config);
                free(p);
        }
        return NULL;
}

size_t providers_count(const Providers *p)
{
        return (size_t)config_setting_length(config_lookup(&p->config, "providers"));
}

void providers_get(const Providers *p, size_t i, Provider *ret)
{
        (void)read_row(row(p, i), ret);
}

/* DOMAIN is KNOWN, or, where that begins with a dot, lies below it. */
static bool domain_matches(const char *domain, const char *known)
{
        size_t n = strlen(domain), k = strlen(known);

        return string_equal_nocase(domain, known) ||
               (*known == '.' && n > k && string_equal_nocase(domain + n - k, known));
}

static bool has_domain(const config_setting_t *s, const char *domain)
{
        const config_setting_t *domains = config_setting_get_member(s, "domains");
        int n = config_setting_length(domains);

        for (int i = 0; i < n; i++) {
                const char *known = config_setting_get_string_elem(domains, i);

                if (known && domain_matches(domain, known))
                        return true;
        }
        return false;
}

bool providers_find(const Providers *p, const char *word, Provider *ret)
{
        const char *at = strrchr(word, '@');

        for (size_t i = 0; i < providers_count(p); i++) {
                providers_get(p, i, ret);
                if (at ? has_domain(row(p, i), at + 1)
                       : string_equal_nocase(word, ret->name) || string_equal_nocase(word, ret->server))
                        return true;
        }
        return false;
}
