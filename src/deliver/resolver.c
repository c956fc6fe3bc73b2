/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>

#include "base/string-util.h"

/* Plain getaddrinfo(), the only call of the mailer that may block for long: the machine's own order of
 * sources (files, mDNS, resolved ...) holds for the mailer as for every other program.
 *
 * AI_ADDRCONFIG is not asked for. It would look at this machine's addresses just while they change, and
 * saves nothing: an address without a route fails at connect() at once. */

static void freeaddrinfop(struct addrinfo **list)
{
        if (*list)
                freeaddrinfo(*list);
}

static void describe_failure(const char *host, int error, int saved_errno, Result *ret)
{
        *ret = (Result){.outcome = OUTCOME_NOT_REACHED, .step = STEP_RESOLVE};
        (void)snprintf(ret->cause, sizeof(ret->cause), "look-up of %.253s: %s", host,
                       error == EAI_SYSTEM ? strerror(saved_errno) : gai_strerror(error));
}

int resolve(const char *host, uint16_t port, Endpoint ret[static RESOLVER_ADDRESSES_MAX],
            Result *ret_failure)
{
        const struct addrinfo hints = {
                .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
        _cleanup_(freeaddrinfop) struct addrinfo *list = NULL;
        char service[sizeof("65535")];
        int r, n = 0;

        (void)snprintf(service, sizeof(service), "%u", port);
        r = getaddrinfo(host, service, &hints, &list);
        if (r == EAI_MEMORY)
                return -ENOMEM;
        if (r != 0) {
                describe_failure(host, r, errno, ret_failure);
                return 0;
        }
        for (const struct addrinfo *i = list; i && n < RESOLVER_ADDRESSES_MAX; i = i->ai_next) {
                if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
                        continue;
                ret[n].size = i->ai_addrlen;
                memcpy(&ret[n].address, i->ai_addr, i->ai_addrlen);
                n++;
        }
        if (n == 0)
                describe_failure(host, EAI_NONAME, 0, ret_failure);
        return n;
}

void endpoint_format(const Endpoint *e, char ret[static ENDPOINT_TEXT_MAX])
{
        if (getnameinfo((const struct sockaddr *)&e->address, e->size, ret, ENDPOINT_TEXT_MAX, NULL, 0,
                        NI_NUMERICHOST) != 0)
                string_copy(ret, ENDPOINT_TEXT_MAX, "?");
}
