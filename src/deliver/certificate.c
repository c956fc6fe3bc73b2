/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/certificate.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <time.h>

#include "address/address.h"
#include "base/string-util.h"
#include "base/text.h"
#include "base/wall-time.h"
#include "mail/hint.h"

/* GnuTLS refuses a certificate with a set of reasons. Each that a person can act upon has a row with its
 * words and its hint; the first one's hint is told. Dates come first: a machine without a clock chip starts
 * in the past, where nothing is valid yet, and the other reasons may be the clock's as well.
 *
 * All that comes out of a certificate is a stranger's, and made harmless before it is told. */

#define CHAIN_MAX 16
#define NAMES_MAX 8

#define OUT_OF_DATE (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)

typedef struct Chain {
        gnutls_x509_crt_t certificates[CHAIN_MAX]; /* the server's own first */
        unsigned n;
} Chain;

static void chain_done(Chain *c)
{
        for (unsigned i = 0; i < c->n; i++)
                gnutls_x509_crt_deinit(c->certificates[i]);
}

static void chain_read(gnutls_session_t session, Chain *ret)
{
        unsigned n;
        const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &n);

        for (unsigned i = 0; raw && i < MIN(n, (unsigned)CHAIN_MAX); i++) {
                gnutls_x509_crt_t c;

                if (gnutls_x509_crt_init(&c) < 0)
                        return;
                if (gnutls_x509_crt_import(c, &raw[i], GNUTLS_X509_FMT_DER) < 0) {
                        gnutls_x509_crt_deinit(c);
                        return;
                }
                ret->certificates[ret->n++] = c;
        }
}

static void append_harmless(Text *t, const void *data, size_t size)
{
        char harmless[RESULT_CAUSE_MAX / 2];

        string_make_harmless(data, size, harmless, sizeof(harmless));
        text_append_string(t, harmless);
}

static void append_time(Text *t, time_t when)
{
        const WallTime utc = {.seconds = when};
        char text[WALL_TIME_TEXT_MAX];

        wall_time_format_plain(utc, text);
        text_append_string(t, text);
}

/* The certificate of the chain that is out of date may be another than the server's own. */
static void write_expired(const Chain *chain, const char *name, Text *t)
{
        time_t now = time(NULL);

        for (unsigned i = 0; i < chain->n; i++) {
                time_t end = gnutls_x509_crt_get_expiration_time(chain->certificates[i]);

                if (end == (time_t)-1 || end >= now)
                        continue;
                text_append_string(t, i == 0 ? "the certificate expired on "
                                             : "the certificate of its issuer expired on ");
                append_time(t, end);
                return;
        }
        text_append_string(t, "the certificate of its issuer has expired");
}

static void write_not_yet_valid(const Chain *chain, const char *name, Text *t)
{
        time_t now = time(NULL);

        for (unsigned i = 0; i < chain->n; i++) {
                time_t start = gnutls_x509_crt_get_activation_time(chain->certificates[i]);

                if (start == (time_t)-1 || start <= now)
                        continue;
                text_append_string(t, i == 0 ? "the certificate is valid only from "
                                             : "the certificate of its issuer is valid only from ");
                append_time(t, start);
                text_append_string(t, " on, and this machine's clock says ");
                append_time(t, now);
                return;
        }
        text_append_string(t, "the certificate is not valid yet by this machine's clock");
}

static bool is_self_signed(const Chain *chain)
{
        return chain->n == 1 &&
               gnutls_x509_crt_check_issuer(chain->certificates[0], chain->certificates[0]) == 1;
}

static void write_untrusted(const Chain *chain, const char *name, Text *t)
{
        gnutls_datum_t issuer = {0};

        if (is_self_signed(chain)) {
                text_append_string(t, "the certificate is self-signed");
                return;
        }
        if (chain->n == 0 ||
            gnutls_x509_crt_get_issuer_dn3(chain->certificates[chain->n - 1], &issuer, 0) < 0) {
                text_append_string(t, "the certificate's issuer is not trusted here");
                return;
        }
        text_append_string(t, "the certificate's issuer is not trusted here: ");
        append_harmless(t, issuer.data, issuer.size);
        gnutls_free(issuer.data);
}

/* One alternative name, as text: true where it is of a kind that names a server. */
static bool append_alternative_name(gnutls_x509_crt_t c, unsigned index, bool first, Text *t)
{
        char name[256], address[IP_ADDRESS_TEXT_MAX];
        size_t size = sizeof(name);
        int type = gnutls_x509_crt_get_subject_alt_name(c, index, name, &size, NULL);
        IpAddress a;

        if (type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_IPADDRESS)
                return false;
        if (!first)
                text_append_string(t, ", ");
        if (type == GNUTLS_SAN_DNSNAME)
                append_harmless(t, name, size);
        else if (ip_address_from_octets(size == 4 ? AF_INET : AF_INET6, name, size, &a) >= 0) {
                ip_address_format(&a, address);
                text_append_string(t, address);
        } else
                text_append_string(t, "?");
        return true;
}

/* How many were appended. */
static unsigned append_names(const Chain *chain, Text *t)
{
        unsigned n = 0;

        for (unsigned i = 0; chain->n > 0 && i < NAMES_MAX; i++)
                n += append_alternative_name(chain->certificates[0], i, n == 0, t);
        return n;
}

static void write_wrong_name(const Chain *chain, const char *name, Text *t)
{
        text_append_string(t, "the certificate is for ");
        if (append_names(chain, t) == 0)
                text_append_string(t, "no server at all");
        text_appendf(t, ", not for %.253s", name);
}

static void write_insecure_algorithm(const Chain *chain, const char *name, Text *t)
{
        text_append_string(t, "the certificate is signed with an algorithm or key that is too weak");
}

static void write_missing_staple(const Chain *chain, const char *name, Text *t)
{
        text_append_string(t, "the certificate demands an OCSP answer, and the server sent none");
}

static void write_revoked(const Chain *chain, const char *name, Text *t)
{
        text_append_string(t, "the certificate has been revoked");
}

static void write_wrong_purpose(const Chain *chain, const char *name, Text *t)
{
        text_append_string(t, "the certificate is not meant for a server");
}

static const struct {
        unsigned status;
        void (*write)(const Chain *chain, const char *name, Text *t);
        const char *hint;
} reasons[] = {
        {GNUTLS_CERT_EXPIRED, write_expired, HINT_CERTIFICATE_EXPIRED},
        {GNUTLS_CERT_NOT_ACTIVATED, write_not_yet_valid, HINT_CERTIFICATE_TOO_NEW},
        {GNUTLS_CERT_SIGNER_NOT_FOUND, write_untrusted, HINT_CERTIFICATE_UNKNOWN},
        {GNUTLS_CERT_UNEXPECTED_OWNER, write_wrong_name, HINT_CERTIFICATE_NAME},
        {GNUTLS_CERT_PURPOSE_MISMATCH, write_wrong_purpose, HINT_CERTIFICATE_UNFIT},
        {GNUTLS_CERT_REVOKED, write_revoked, HINT_CERTIFICATE_REVOKED},
        {GNUTLS_CERT_INSECURE_ALGORITHM, write_insecure_algorithm, HINT_CERTIFICATE_UNFIT},
        {GNUTLS_CERT_MISSING_OCSP_STATUS, write_missing_staple, HINT_CERTIFICATE_UNFIT},
};

/* Reasons without a row, such as constraints of the issuer, in GnuTLS's words. */
static void append_other_reasons(unsigned status, Text *t)
{
        gnutls_datum_t words = {0};

        if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) < 0) {
                text_append_string(t, "the certificate was refused");
                return;
        }
        append_harmless(t, words.data, words.size);
        gnutls_free(words.data);
}

bool certificate_describe(gnutls_session_t session, CertificateFacts *ret)
{
        _cleanup_(chain_done) Chain chain = {0};
        _cleanup_text_ Text names = {0};
        gnutls_datum_t issuer = {0};

        chain_read(session, &chain);
        if (chain.n == 0)
                return false;
        *ret = (CertificateFacts){0};
        (void)append_names(&chain, &names);
        string_copy(ret->names, sizeof(ret->names), names.data ? names.data : "");
        if (gnutls_x509_crt_get_issuer_dn3(chain.certificates[0], &issuer, 0) >= 0)
                string_make_harmless(issuer.data, issuer.size, ret->issuer, sizeof(ret->issuer));
        gnutls_free(issuer.data);
        wall_time_format_plain(
                (WallTime){.seconds = gnutls_x509_crt_get_expiration_time(chain.certificates[0])},
                ret->expiry);
        return true;
}

void certificate_describe_refusal(gnutls_session_t session, unsigned status, const char *name, Result *ret)
{
        _cleanup_(chain_done) Chain chain = {0};
        _cleanup_text_ Text cause = {0};
        const char *hint = NULL;

        chain_read(session, &chain);
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++) {
                if (!(status & reasons[i].status))
                        continue;
                if (hint)
                        text_append_string(&cause, "; ");
                else
                        hint = reasons[i].hint;
                reasons[i].write(&chain, name, &cause);
        }
        if (!hint)
                append_other_reasons(status, &cause);

        *ret = (Result){.outcome = status & OUT_OF_DATE ? OUTCOME_OUT_OF_DATE : OUTCOME_INSECURE,
                        .step = STEP_TLS};
        string_copy(ret->cause, sizeof(ret->cause), cause.data ? cause.data : "the certificate was refused");
        string_copy(ret->hint, sizeof(ret->hint), hint ? hint : HINT_CERTIFICATE_UNFIT);
}
