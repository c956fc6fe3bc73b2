/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is owed, with the nonces, clocks and names that core does not know, and as an order. */

#include "decide/delivery.h"
#include "mail/order.h"

/* What is owed and due now, as one session: 1 and RET; 0 where nothing is; negative errno. */
int session_plan(const Ledger *l, const Settings *s, Delivery **ret);

typedef struct SessionOrder {
        const Delivery *delivery;
        const Settings *settings;
        const AccountRecord *account;
        const Selection *settled;    /* the body names its other addresses */
        const char *credentials_dir; /* or NULL */
        bool print, test;
} SessionOrder;

/* The order of a session as the packet for its mailer. 0, -ENOMEM, -EMSGSIZE. */
int session_order_format(const SessionOrder *s, Text *ret);
