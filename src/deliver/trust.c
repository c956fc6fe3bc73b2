/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/trust.h"

#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdio.h>

#include "base/macros.h"
#include "mail/hint.h"
#include "store/read-file.h"

/* The system trusts some 140 authorities, and to read all of their certificates takes more of the processor
 * than the rest of a mail. A server's chain needs one or two of them. So their file is taken as text, and
 * when the chain is there, those certificates in which the name of one of its issuers stands are read. What
 * is taken too much that way does no harm, since it is trusted as well; GnuTLS verifies with what was taken
 * as it does with all, and knows an issuer by the same octets of its name. */

#define SYSTEM_STORE "/etc/ssl/certs/ca-certificates.crt" /* else GnuTLS knows where, and reads all */
#define PEM_SIZE_MAX (1024 * 1024)                        /* the system's store has a quarter of it */
#define PEM_BEGIN    "-----BEGIN CERTIFICATE-----"
#define PEM_END      "-----END CERTIFICATE-----"
#define PEM_OLD      "-----BEGIN X509 CERTIFICATE" /* GnuTLS reads it too */
#define CHAIN_MAX    16                            /* what it follows */

typedef struct Names {
        gnutls_datum_t name[2 * CHAIN_MAX]; /* distinguished names, DER */
        unsigned n;
} Names;

static void names_done(Names *names)
{
        for (unsigned i = 0; i < names->n; i++)
                gnutls_free(names->name[i].data);
}

/* GnuTLS itself would wait for a FIFO's writer, and read a device for ever. NULL and the words where the
 * file can't be read. */
static char *read_pem(const char *file, gnutls_datum_t *ret, const char **ret_why)
{
        char *text;
        size_t size;
        int r = read_file_at(AT_FDCWD, file, 0, PEM_SIZE_MAX, &text, &size);

        if (r < 0) {
                *ret_why = read_file_error(r);
                return NULL;
        }
        *ret = (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)size};
        return text;
}

/* Whether there was at least one, as all of these. */
static bool load_file(Trust *t, const char *ca_file, const char **ret_why)
{
        gnutls_datum_t pem;
        _cleanup_free_ char *text = read_pem(ca_file, &pem, ret_why);
        int n = text ? gnutls_certificate_set_x509_trust_mem(t->credentials, &pem, GNUTLS_X509_FMT_PEM) : 0;

        if (n < 0)
                *ret_why = gnutls_strerror(n);
        return n > 0;
}

/* Whether next_certificate() finds all in it that GnuTLS would. */
static bool is_plain(const gnutls_datum_t *pem)
{
        const char *text = (const char *)pem->data;

        return strlen(text) == pem->size && strstr(text, PEM_BEGIN) && !strstr(text, PEM_OLD);
}

static bool load_system(Trust *t, const char **ret_why)
{
        const char *why;
        gnutls_datum_t pem;
        int n;

        t->store = read_pem(SYSTEM_STORE, &pem, &why);
        if (t->store && is_plain(&pem))
                return true;
        free(t->store);
        t->store = NULL;
        n = gnutls_certificate_set_x509_system_trust(t->credentials);
        if (n < 0)
                *ret_why = gnutls_strerror(n);
        return n > 0;
}

bool trust_load(const char *ca_file, Trust *ret, Result *ret_failure)
{
        _cleanup_(trust_done) Trust t = {0};
        int r = gnutls_certificate_allocate_credentials(&t.credentials);
        const char *why = r < 0 ? gnutls_strerror(r) : NULL;

        if (r >= 0 && (ca_file ? load_file(&t, ca_file, &why) : load_system(&t, &why))) {
                *ret = t;
                t = (Trust){0};
                return true;
        }

        *ret_failure = (Result){.outcome = OUTCOME_SETTINGS, .step = STEP_TLS, .hint = HINT_CA_FILE};
        (void)snprintf(ret_failure->cause, sizeof(ret_failure->cause),
                       "no trusted certificate in %.250s%s%s", ca_file ? ca_file : "the system's store",
                       why ? ": " : "", why ? why : "");
        return false;
}

void trust_done(Trust *t)
{
        if (t->credentials)
                gnutls_certificate_free_credentials(t->credentials);
        free(t->store);
        *t = (Trust){0};
}

bool trust_load_own(Trust *t, const char *file, const char *key, Result *ret_failure)
{
        const gnutls_datum_t key_datum = {.data = (unsigned char *)key, .size = (unsigned)strlen(key)};
        const char *why = NULL;
        gnutls_datum_t chain;
        _cleanup_free_ char *text = read_pem(file, &chain, &why);

        if (text) {
                int r = gnutls_certificate_set_x509_key_mem(t->credentials, &chain, &key_datum,
                                                            GNUTLS_X509_FMT_PEM);

                if (r >= 0)
                        return true;
                why = gnutls_strerror(r);
        }

        *ret_failure = (Result){
                .outcome = OUTCOME_SETTINGS, .step = STEP_TLS, .hint = HINT_CLIENT_CERTIFICATE};
        (void)snprintf(ret_failure->cause, sizeof(ret_failure->cause), "certificate %.250s with its key: %s",
                       file, why);
        return false;
}

/* Who the certificate is of and who issued it: it may itself be one of those that are trusted. */
static int read_names(const gnutls_datum_t *der, Names *names)
{
        gnutls_x509_crt_t c;
        int r = gnutls_x509_crt_init(&c);

        if (r < 0)
                return r;
        r = gnutls_x509_crt_import(c, der, GNUTLS_X509_FMT_DER);
        if (r >= 0)
                r = gnutls_x509_crt_get_raw_issuer_dn(c, &names->name[names->n]);
        if (r >= 0)
                r = gnutls_x509_crt_get_raw_dn(c, &names->name[++names->n]);
        if (r >= 0)
                names->n++;
        gnutls_x509_crt_deinit(c);
        return r;
}

static bool has_name(const gnutls_datum_t *der, const Names *names)
{
        for (unsigned i = 0; der->data && i < names->n; i++)
                if (memmem(der->data, der->size, names->name[i].data, names->name[i].size))
                        return true;
        return false;
}

/* From *TEXT on, which moves on: false where there is no other. What is no base64 is an empty one. */
static bool next_certificate(const char **text, gnutls_datum_t *ret_der)
{
        const char *begin = strstr(*text, PEM_BEGIN);
        const char *end = begin ? strstr(begin, PEM_END) : NULL;

        if (!end)
                return false;
        begin += strlen(PEM_BEGIN);
        *text = end + strlen(PEM_END);

        const gnutls_datum_t base64 = {.data = (unsigned char *)(uintptr_t)begin,
                                       .size = (unsigned)(end - begin)};
        if (gnutls_base64_decode2(&base64, ret_der) < 0)
                *ret_der = (gnutls_datum_t){0};
        return true;
}

/* What GnuTLS can't read is as if it were not there. */
static int take(Trust *t, const gnutls_datum_t *der)
{
        int r = gnutls_certificate_set_x509_trust_mem(t->credentials, der, GNUTLS_X509_FMT_DER);

        return r == GNUTLS_E_MEMORY_ERROR ? r : 0;
}

static int take_issuers(Trust *t, gnutls_session_t session)
{
        _cleanup_(names_done) Names names = {0};
        unsigned n = 0;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
        const char *text = t->store;
        gnutls_datum_t der;
        int r = 0;

        for (unsigned i = 0; chain && i < MIN(n, (unsigned)CHAIN_MAX) && r >= 0; i++)
                r = read_names(&chain[i], &names);
        while (r >= 0 && next_certificate(&text, &der)) {
                if (has_name(&der, &names))
                        r = take(t, &der);
                gnutls_free(der.data);
        }
        return r;
}

int trust_verify(Trust *t, gnutls_session_t session, gnutls_typed_vdata_st *data, unsigned n,
                 unsigned *ret_status)
{
        int r = t->store ? take_issuers(t, session) : 0;

        return r < 0 ? r : gnutls_certificate_verify_peers(session, data, n, ret_status);
}
