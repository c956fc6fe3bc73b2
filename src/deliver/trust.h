/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whom we trust, and who we are: the certificates of a session. */

#include <gnutls/gnutls.h>

#include "decide/outcome.h"

typedef struct Trust {
        gnutls_certificate_credentials_t credentials; /* NULL: nothing was loaded */
        char *store; /* PEM: the system's certificates, of which few are needed; NULL: all are loaded */
} Trust;

/* The authorities of CA_FILE (PEM), or the system's where it is NULL. False where there are none to be had;
 * RET_FAILURE then says why, and only the administrator can mend it. */
bool trust_load(const char *ca_file, Trust *ret, Result *ret_failure);
void trust_done(Trust *t);

/* Adds our own certificate, with its chain (the file FILE, PEM), and its KEY (PEM, not encrypted). It is
 * shown to a server that asks for one. False as above. */
bool trust_load_own(Trust *t, const char *file, const char *key, Result *ret_failure);

/* Verifies the chain that the server has shown in SESSION, for what the N of DATA say
 * (gnutls_certificate_verify_peers()). RET_STATUS: 0, or why it is refused. 0 or an error of GnuTLS: it
 * could not be verified. */
int trust_verify(Trust *t, gnutls_session_t session, gnutls_typed_vdata_st *data, unsigned n,
                 unsigned *ret_status);
