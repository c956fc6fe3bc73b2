/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The invariant of a login's exchange, in the manner of valid.h. */

#include "mail/sasl.h"

/* Between two calls: only a server that has answered twice has proven itself, and only by the mechanism with
 * which it can; what is kept of a challenge ends. */
static inline bool sasl_exchange_is_valid(const SaslExchange *x)
{
        const bool is_scram = sasl_method_bit(x->method) == SASL_SCRAM_SHA_256;

        return x->n_answers <= 2 && (!x->initial_due || x->n_answers == 0) &&
               (!x->proven || (is_scram && x->n_answers == 2)) &&
               sasl_may_succeed(x) == (!is_scram || x->proven) && x->response[2 * MD5_SIZE] == '\0' &&
               memchr(x->reason, '\0', sizeof(x->reason));
}
