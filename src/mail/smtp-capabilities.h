/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a server offers in its reply to EHLO (RFC 5321, 4.1.1.1). */

#include "base/macros.h"

#define SMTP_AUTH_LIST_MAX 256

typedef struct SmtpCapabilities {
        bool starttls;                      /* RFC 3207 */
        bool pipelining;                    /* RFC 2920 */
        bool eightbit_mime;                 /* RFC 6152 */
        bool smtp_utf8;                     /* RFC 6531 */
        bool size;                          /* RFC 1870: takes the parameter SIZE= */
        uint64_t size_max;                  /* octets of a mail; 0: no limit said */
        unsigned mechanisms;                /* of SaslMechanism, as far as we know them */
        char auth_list[SMTP_AUTH_LIST_MAX]; /* all the names of mechanisms, made harmless, for a person */
} SmtpCapabilities;

/* TEXT: the reply's lines with LF between, the first of which is the greeting. Keywords count whatever their
 * case, the whole word alone; what is not understood is passed over, a SIZE that is no number likewise. The
 * old form "AUTH=PLAIN LOGIN" is understood as "AUTH PLAIN LOGIN". */
void smtp_capabilities_parse(const char *text, SmtpCapabilities *ret);
