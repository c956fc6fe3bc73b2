/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The providers that are known by name, out of a data file (conf/providers.conf says what a row holds). */

#include "base/macros.h"

typedef enum ProviderLogin {
        PROVIDER_LOGIN_PASSWORD,
        PROVIDER_LOGIN_APP_PASSWORD, /* one that the provider makes for a program, not the mailbox's own */
        PROVIDER_LOGIN_TOKEN,        /* no password at all: OAuth */
} ProviderLogin;

typedef enum ProviderAccount {
        PROVIDER_ACCOUNT_ADDRESS, /* the whole mail address */
        PROVIDER_ACCOUNT_LOCAL,   /* what stands before its '@' */
        PROVIDER_ACCOUNT_OWN,     /* a name that has nothing to do with the address */
} ProviderAccount;

typedef struct Provider {
        const char *name, *server, *security;
        int port;
        ProviderAccount account;
        ProviderLogin login;
        const char *source, *date;
} Provider;

typedef struct Providers Providers;

/* 0; -EINVAL where the file can't be read, or a row is not whole; -ENOMEM. */
int providers_new(const char *path, Providers **ret);
Providers *providers_free(Providers *p);
DEFINE_CLEANUP(Providers, providers_free)

size_t providers_count(const Providers *p);
/* Texts live as long as P. */
void providers_get(const Providers *p, size_t i, Provider *ret);

/* The one that WORD means: its name, its server, or a mail address in one of its domains; in any case. False
 * where there is none. */
bool providers_find(const Providers *p, const char *word, Provider *ret);
