/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The words of a mail. Plain text with LF line ends, UTF-8; mail/message makes a mail of it. */

#include "base/text.h"
#include "mail/order.h"

/* "[host] IP address changed: NEW (was OLD)", without a line end; a test's says so. 0 or -ENOMEM. */
int template_subject(const Order *order, const Notice *notice, Text *ret);
/* For what turns mail into a push message or SMS: what the subject leaves open, a line for each family that
 * is news, at most TEMPLATE_SHORT_MAX octets. 0 or -ENOMEM. */
#define TEMPLATE_SHORT_MAX 160
int template_short(const Order *order, const Notice *notice, Text *ret);
/* 0 or -ENOMEM. */
int template_body(const Order *order, const Notice *notice, Text *ret);
