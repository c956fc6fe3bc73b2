/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which certificates are trusted, and why a server's was refused, in words that lead to the cure. */

#include <gnutls/gnutls.h>

#include "base/wall-time.h"
#include "decide/outcome.h"

/* The authorities of CA_FILE (PEM), or the system's where it is NULL. False where there are none to be had;
 * RET_FAILURE then says why, and only the administrator can mend it. */
bool certificate_load_trust(const char *ca_file, gnutls_certificate_credentials_t *ret, Result *ret_failure);

/* The server's own certificate, in words that are fit to be read. */
typedef struct CertificateFacts {
        char names[RESULT_CAUSE_MAX];  /* that it is for: "mail.example.com, 192.0.2.5" */
        char issuer[RESULT_CAUSE_MAX]; /* its distinguished name (RFC 4514), or "" */
        char expiry[WALL_TIME_TEXT_MAX];
} CertificateFacts;

/* False where the server showed none that can be read. */
bool certificate_describe(gnutls_session_t session, CertificateFacts *ret);

/* Adds our own certificate, with its chain (the file FILE, PEM), and its KEY (PEM, not encrypted) to what
 * certificate_load_trust() made. It is shown to a server that asks for one. False as above. */
bool certificate_load_own(gnutls_certificate_credentials_t trust, const char *file, const char *key,
                          Result *ret_failure);

/* STATUS: what gnutls_session_get_verify_cert_status() says of SESSION, whose handshake failed for it. NAME:
 * who the server was to be. Fills in outcome, step, cause and hint. */
void certificate_describe_refusal(gnutls_session_t session, unsigned status, const char *name, Result *ret);
