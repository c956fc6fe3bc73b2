/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/session-order.h"

#include <stdio.h>

#include "base/string-util.h"
#include "daemon/clock.h"
#include "decide/plan.h"

/* A Message-ID (RFC 5322, 3.6.4) is 128 random bits, the transaction's number and the sender's domain. */
int session_plan(const Ledger *l, const Settings *s, Delivery **ret)
{
        const char *at = s->mail.from ? strrchr(s->mail.from, '@') : NULL;
        char host[HOST_NAME_TEXT_MAX], left[40];
        uint64_t nonce[2];
        uint32_t random;
        int r;

        r = random_octets(nonce, sizeof(nonce));
        if (r >= 0)
                r = random_octets(&random, sizeof(random));
        if (r < 0)
                return r;
        read_host_name(host);
        (void)snprintf(left, sizeof(left), "%016llx%016llx", (unsigned long long)nonce[0],
                       (unsigned long long)nonce[1]);
        PlanInput input = {
                .settings = s,
                .host = host,
                .message_id_left = left,
                .message_id_right = at && string_is_token(at + 1) ? at + 1 : "invalid",
                .random = random,
                .wall = clock_wall(),
                .now = clock_now(),
        };
        return plan_delivery(l, &input, ret);
}

/* The order borrows everything that it points to for as long as it is being written. */
int session_order_format(const SessionOrder *s, Text *ret)
{
        const Delivery *delivery = s->delivery;
        _cleanup_free_ Notice *notices = calloc(delivery->n_transactions + 1, sizeof(Notice));
        Order order = {
                .mail = s->settings->mail,
                .credentials_dir = (char *)s->credentials_dir,
                .print = s->print,
                .test = s->test,
                .careful = s->account->careful,
                .n_others = s->settled->n_others,
                .n_notices = delivery->n_transactions,
                .notices = notices,
        };

        if (!notices)
                return -ENOMEM;
        for (size_t i = 0; i < delivery->n_transactions; i++)
                notices[i] = delivery->transactions[i].notice;
        memcpy(order.others, s->settled->others, sizeof(order.others));
        if (delivery->ask_hold)
                string_copy(order.held_digest, sizeof(order.held_digest), s->account->hold.digest);
        read_host_name(order.host_name);
        return order_format(&order, ret);
}
