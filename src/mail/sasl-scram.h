/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SCRAM-SHA-256 (RFC 5802, 7677) without channel binding, as two functions for the table of mechanisms. */

#include "mail/sasl.h"

/* An account as saslname has it (RFC 5802, 5.1): "=" and "," are escaped. */
void scram_append_name(Text *t, const char *account);

/* The client's first message: 0 or -ENOMEM. */
int scram_start(const SaslExchange *x, Text *ret);

/* The answer to the server's first message, then to its final one. As sasl_answer(). */
int scram_answer(SaslExchange *x, const void *challenge, size_t size, Text *ret);
