/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which certificates are trusted, and why a server's was refused, in words that lead to the cure. */

#include <gnutls/gnutls.h>

#include "decide/outcome.h"

/* The authorities of CA_FILE (PEM), or the system's where it is NULL. False where there are none to be had;
 * RET_FAILURE then says why, and only the administrator can mend it. */
bool certificate_load_trust(const char *ca_file, gnutls_certificate_credentials_t *ret, Result *ret_failure);

/* STATUS: what gnutls_session_get_verify_cert_status() says of SESSION, whose handshake failed for it. NAME:
 * who the server was to be. Fills in outcome, step, cause and hint. */
void certificate_describe_refusal(gnutls_session_t session, unsigned status, const char *name, Result *ret);
