/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a server's certificate says, and why it was refused, in words that lead to the cure. */

#include <gnutls/gnutls.h>

#include "base/wall-time.h"
#include "decide/outcome.h"

/* The server's own certificate, in words that are fit to be read. */
typedef struct CertificateFacts {
        char names[RESULT_CAUSE_MAX];  /* that it is for: "mail.example.com, 192.0.2.5" */
        char issuer[RESULT_CAUSE_MAX]; /* its distinguished name (RFC 4514), or "" */
        char expiry[WALL_TIME_TEXT_MAX];
} CertificateFacts;

/* False where the server showed none that can be read. */
bool certificate_describe(gnutls_session_t session, CertificateFacts *ret);

/* STATUS: what trust_verify() said of SESSION, whose handshake failed for it. NAME:
 * who the server was to be. Fills in outcome, step, cause and hint. */
void certificate_describe_refusal(gnutls_session_t session, unsigned status, const char *name, Result *ret);
