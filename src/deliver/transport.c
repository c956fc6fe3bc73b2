/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/transport.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <gnutls/x509.h>

#include "address/address.h"
#include "base/string-util.h"
#include "deliver/certificate.h"
#include "deliver/tcp.h"
#include "mail/hint.h"

/* States: made, connecting, connected (plain), in the handshake, TLS. A failure is final, whatever it was:
 * its Result is kept, and every later call would fail as well. GnuTLS's codes and errno are translated here;
 * what goes out of this file is words and outcomes.
 *
 * A handshake that was cut or stays silent is a server that was not reached: the line may be bad. Everything
 * else that goes wrong in it is insecure: the server can't prove itself, or speaks no TLS that we accept. */

#define FIRST_OCTETS_MAX  128
#define INTERRUPTIONS_MAX 16

struct Transport {
        Endpoint endpoint, source; /* source.size 0: any */
        int fd;
        gnutls_session_t session;
        char name[256]; /* who the server is to be, as it is verified */
        Trust *trust;
        gnutls_typed_vdata_st verified[2]; /* what GnuTLS holds the certificate against */
        unsigned refused;                  /* why it is not good */
        bool was_plain;                    /* octets were read before TLS began */
        bool heard;                        /* something came in since TLS began ... */
        size_t n_first;                    /* ... which began with these, where they are no TLS record */
        char first[FIRST_OCTETS_MAX];
        unsigned interruptions; /* warnings and the like that came so far */
        bool unsent;            /* GnuTLS holds a record that the socket did not take whole */
        Result failure;
};

int transport_new(const Endpoint *e, const Endpoint *source, Transport **ret)
{
        Transport *t = calloc(1, sizeof(Transport));

        if (!t)
                return -ENOMEM;
        t->endpoint = *e;
        if (source)
                t->source = *source;
        t->fd = -1;
        *ret = t;
        return 0;
}

Transport *transport_free(Transport *t)
{
        if (!t)
                return NULL;
        if (t->session)
                gnutls_deinit(t->session);
        tcp_close(&t->fd);
        free(t);
        return NULL;
}

int transport_fd(const Transport *t)
{
        return t->fd;
}

const Result *transport_failure(const Transport *t)
{
        return &t->failure;
}

_printf_(4, 5) static TransportStatus fail(Transport *t, Outcome outcome, Step step, const char *format, ...)
{
        va_list args;

        t->failure = (Result){.outcome = outcome, .step = step};
        va_start(args, format);
        (void)vsnprintf(t->failure.cause, sizeof(t->failure.cause), format, args);
        va_end(args);
        return TRANSPORT_FAILED;
}

static TransportStatus connect_failed(Transport *t, int error)
{
        char address[ENDPOINT_TEXT_MAX];

        endpoint_format(&t->endpoint, address);
        (void)fail(t, OUTCOME_NOT_REACHED, STEP_CONNECT, "%s: %s", address, strerror(error));
        if (error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL)
                string_copy(t->failure.hint, sizeof(t->failure.hint), HINT_NO_WAY);
        return TRANSPORT_FAILED;
}

static TransportStatus begin_connect(Transport *t)
{
        t->fd = tcp_socket(&t->endpoint, &t->source);
        if (t->fd < 0)
                return connect_failed(t, -t->fd);
        if (connect(t->fd, (const struct sockaddr *)&t->endpoint.address, t->endpoint.size) == 0)
                return TRANSPORT_OK;
        return errno == EINPROGRESS ? TRANSPORT_WANT_WRITE : connect_failed(t, errno);
}

TransportStatus transport_connect(Transport *t)
{
        struct sockaddr_storage peer;
        socklen_t size = sizeof(peer);
        int error;

        if (t->fd < 0)
                return begin_connect(t);
        if (getpeername(t->fd, (struct sockaddr *)&peer, &size) == 0)
                return TRANSPORT_OK;
        size = sizeof(error);
        if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        return error == 0 ? TRANSPORT_WANT_WRITE : connect_failed(t, error);
}

/* TLS records begin with a content type of 20 to 24 (RFC 8446, 5.1), and no text does. */
static bool is_tls_record(uint8_t first)
{
        return first >= 20 && first <= 24;
}

/* GnuTLS reads through this, so that the first octets are seen even where it makes nothing of them. */
static ssize_t pull(gnutls_transport_ptr_t p, void *data, size_t size)
{
        Transport *t = p;

        if (!t->heard) {
                ssize_t n = recv(t->fd, t->first, sizeof(t->first), MSG_PEEK);

                if (n <= 0)
                        return n;
                t->heard = true;
                t->n_first = is_tls_record((uint8_t)t->first[0]) ? 0 : (size_t)n;
        }
        return recv(t->fd, data, size, 0);
}

/* In the handshake, as soon as the server's chain is there. */
static int verify(gnutls_session_t session)
{
        Transport *t = gnutls_session_get_ptr(session);
        int r = trust_verify(t->trust, session, t->verified, ELEMENTSOF(t->verified), &t->refused);

        if (r < 0)
                return r;
        return t->refused ? GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR : 0;
}

/* An address literal has no place in SNI (RFC 6066, 3). */
static bool is_address(const char *name)
{
        IpAddress a;

        return ip_address_parse(name, &a) >= 0;
}

static int set_up_session(Transport *t, Trust *trust)
{
        int r = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

        if (r < 0) {
                t->session = NULL;
                return r;
        }
        r = gnutls_set_default_priority_append(t->session, "-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL, 0);
        if (r >= 0)
                r = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, trust->credentials);
        if (r >= 0 && !is_address(t->name))
                r = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, t->name, strlen(t->name));
        if (r < 0)
                return r;
        t->verified[0] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_DNS_HOSTNAME,
                                                 .data = (unsigned char *)t->name};
        t->verified[1] = (gnutls_typed_vdata_st){
                .type = GNUTLS_DT_KEY_PURPOSE_OID,
                .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER};
        t->trust = trust;
        gnutls_session_set_ptr(t->session, t);
        gnutls_session_set_verify_function(t->session, verify);
        gnutls_transport_set_ptr2(t->session, t, (gnutls_transport_ptr_t)(intptr_t)t->fd);
        gnutls_transport_set_pull_function(t->session, pull);
        return 0;
}

static TransportStatus begin_tls(Transport *t, Trust *trust, const char *name)
{
        size_t n = strlen(name);

        if (n > 1 && name[n - 1] == '.')
                n--;
        if (n >= sizeof(t->name))
                return fail(t, OUTCOME_SETTINGS, STEP_TLS,
                            "the server's name is too long for a certificate");
        memcpy(t->name, name, n);
        t->name[n] = '\0';

        int r = set_up_session(t, trust);
        if (r < 0)
                return fail(t, OUTCOME_SETTINGS, STEP_TLS, "TLS can't be set up on this machine: %s",
                            gnutls_strerror(r));
        return TRANSPORT_OK;
}

static TransportStatus plain_text_failed(Transport *t)
{
        char words[FIRST_OCTETS_MAX];
        const char *end = memchr(t->first, '\r', t->n_first);

        string_make_harmless(t->first, end ? (size_t)(end - t->first) : t->n_first, words, sizeof(words));
        (void)fail(t, OUTCOME_INSECURE, STEP_TLS, "the server answered the TLS handshake in plain text: %s",
                   words);
        if (!t->was_plain)
                string_copy(t->failure.hint, sizeof(t->failure.hint), HINT_STARTTLS_PORT);
        return TRANSPORT_FAILED;
}

static TransportStatus old_tls(Transport *t)
{
        (void)fail(t, OUTCOME_INSECURE, STEP_TLS, "the server speaks no TLS 1.2 or newer");
        string_copy(t->failure.hint, sizeof(t->failure.hint), HINT_TLS_OLD);
        return TRANSPORT_FAILED;
}

static TransportStatus alert_failed(Transport *t)
{
        gnutls_alert_description_t alert = gnutls_alert_get(t->session);
        const char *words = gnutls_alert_get_name(alert);

        if (alert == GNUTLS_A_PROTOCOL_VERSION)
                return old_tls(t);
        if (alert == GNUTLS_A_INTERNAL_ERROR || alert == GNUTLS_A_USER_CANCELED)
                return fail(t, OUTCOME_NOT_REACHED, STEP_TLS, "the server broke the TLS handshake off: %s",
                            words);
        return fail(t, OUTCOME_INSECURE, STEP_TLS, "the server refused the TLS handshake: %s",
                    words ? words : "an alert without a name");
}

static TransportStatus handshake_failed(Transport *t, int error)
{
        int saved_errno = errno;

        if (t->n_first > 0)
                return plain_text_failed(t);
        switch (error) {
        case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
                certificate_describe_refusal(t->session, t->refused, t->name, &t->failure);
                return TRANSPORT_FAILED;
        case GNUTLS_E_FATAL_ALERT_RECEIVED:
                return alert_failed(t);
        case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
                return old_tls(t);
        case GNUTLS_E_PULL_ERROR:
        case GNUTLS_E_PUSH_ERROR:
                return fail(t, OUTCOME_NOT_REACHED, STEP_TLS,
                            "the connection broke in the TLS handshake: %s", strerror(saved_errno));
        case GNUTLS_E_PREMATURE_TERMINATION:
                return fail(t, OUTCOME_NOT_REACHED, STEP_TLS,
                            "the server closed the connection in the TLS handshake");
        case GNUTLS_E_MEMORY_ERROR:
                return fail(t, OUTCOME_NOT_REACHED, STEP_TLS, "out of memory");
        default:
                return fail(t, OUTCOME_INSECURE, STEP_TLS, "TLS handshake: %s", gnutls_strerror(error));
        }
}

/* Whether the call that gave R is to be repeated at once. Warnings (some servers send one for SNI) and
 * requests to renegotiate (which RFC 5246, 7.4.1.1 lets us pass over) are no more than that, but a server
 * that sends them without end must not keep us from hearing the service and the clock. */
static bool is_interruption(Transport *t, ssize_t r)
{
        if (r == GNUTLS_E_INTERRUPTED)
                return true;
        return (r == GNUTLS_E_WARNING_ALERT_RECEIVED || r == GNUTLS_E_REHANDSHAKE) &&
               t->interruptions++ < INTERRUPTIONS_MAX;
}

static TransportStatus wanted_by(const Transport *t)
{
        return gnutls_record_get_direction(t->session) == 0 ? TRANSPORT_WANT_READ : TRANSPORT_WANT_WRITE;
}

TransportStatus transport_handshake(Transport *t, Trust *trust, const char *name)
{
        int r;

        if (!t->session && begin_tls(t, trust, name) != TRANSPORT_OK)
                return TRANSPORT_FAILED;
        do
                r = gnutls_handshake(t->session);
        while (is_interruption(t, r));
        if (r == GNUTLS_E_AGAIN)
                return wanted_by(t);
        return r < 0 ? handshake_failed(t, r) : TRANSPORT_OK;
}

static TransportStatus connection_lost(Transport *t, const char *words)
{
        return fail(t, OUTCOME_NONE, STEP_NONE, "the connection broke: %s", words);
}

/* In TLS 1.3 a server refuses our certificate, or that there is none, when the handshake is over for us. */
static const char *describe_read_error(const Transport *t, ssize_t error)
{
        const char *words = NULL;

        if (error == GNUTLS_E_FATAL_ALERT_RECEIVED)
                words = gnutls_alert_get_name(gnutls_alert_get(t->session));
        return words ? words : gnutls_strerror((int)error);
}

static TransportStatus read_plain(Transport *t, void *ret, size_t size, size_t *ret_size)
{
        ssize_t n;

        do
                n = recv(t->fd, ret, size, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == EAGAIN ? TRANSPORT_WANT_READ : connection_lost(t, strerror(errno));
        if (n == 0)
                return TRANSPORT_EOF;
        t->was_plain = true;
        *ret_size = (size_t)n;
        return TRANSPORT_OK;
}

static TransportStatus read_tls(Transport *t, void *ret, size_t size, size_t *ret_size)
{
        ssize_t n;

        do
                n = gnutls_record_recv(t->session, ret, size);
        while (is_interruption(t, n));
        if (n == GNUTLS_E_AGAIN)
                return wanted_by(t);
        if (n == GNUTLS_E_PULL_ERROR)
                return connection_lost(t, strerror(errno));
        if (n == GNUTLS_E_PREMATURE_TERMINATION)
                return connection_lost(t, "closed without an end of TLS");
        if (n < 0)
                return connection_lost(t, describe_read_error(t, n));
        if (n == 0)
                return TRANSPORT_EOF;
        *ret_size = (size_t)n;
        return TRANSPORT_OK;
}

TransportStatus transport_read(Transport *t, void *ret, size_t size, size_t *ret_size)
{
        return t->session ? read_tls(t, ret, size, ret_size) : read_plain(t, ret, size, ret_size);
}

static TransportStatus write_plain(Transport *t, const void *data, size_t size, size_t *ret_size)
{
        ssize_t n;

        do
                n = send(t->fd, data, size, MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return errno == EAGAIN ? TRANSPORT_WANT_WRITE : connection_lost(t, strerror(errno));
        *ret_size = (size_t)n;
        return TRANSPORT_OK;
}

static TransportStatus write_tls(Transport *t, const void *data, size_t size, size_t *ret_size)
{
        ssize_t n;

        do
                n = gnutls_record_send(t->session, t->unsent ? NULL : data, t->unsent ? 0 : size);
        while (n == GNUTLS_E_INTERRUPTED);
        t->unsent = n == GNUTLS_E_AGAIN;
        if (t->unsent)
                return TRANSPORT_WANT_WRITE;
        if (n < 0)
                return connection_lost(t,
                                       n == GNUTLS_E_PUSH_ERROR ? strerror(errno) : gnutls_strerror((int)n));
        *ret_size = (size_t)n;
        return TRANSPORT_OK;
}

/* What has arrived can still be read behind a failure, and then comes the end: where the connection is whole
 * (no memory for a send), nobody waits for a reply to what was never said. */
TransportStatus transport_write(Transport *t, const void *data, size_t size, size_t *ret_size)
{
        TransportStatus status = t->session ? write_tls(t, data, size, ret_size)
                                            : write_plain(t, data, size, ret_size);

        if (status == TRANSPORT_FAILED)
                (void)shutdown(t->fd, SHUT_RDWR);
        return status;
}

bool transport_certificate(const Transport *t, CertificateFacts *ret)
{
        return t->session && certificate_describe(t->session, ret);
}

void transport_describe_tls(const Transport *t, char *ret, size_t size)
{
        bool newest = gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3;

        (void)snprintf(ret, size, "TLS 1.%d, %s", newest ? 3 : 2,
                       gnutls_cipher_get_name(gnutls_cipher_get(t->session)));
}

int transport_local_endpoint(const Transport *t, Endpoint *ret)
{
        Endpoint own = {.size = sizeof(own.address)};

        if (getsockname(t->fd, (struct sockaddr *)&own.address, &own.size) < 0)
                return -errno;
        *ret = own;
        return 0;
}

int transport_local_address(const Transport *t, IpAddress *ret)
{
        Endpoint own;
        const void *octets;
        int family, r = transport_local_endpoint(t, &own);

        if (r < 0)
                return r;
        family = own.address.ss_family;
        octets = family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)&own.address)->sin6_addr
                                    : (const void *)&((const struct sockaddr_in *)&own.address)->sin_addr;
        return ip_address_from_octets(family, octets, ip_address_size(family), ret);
}

int transport_local_literal(const Transport *t, char ret[static ADDRESS_LITERAL_MAX])
{
        char text[IP_ADDRESS_TEXT_MAX];
        IpAddress a;
        int r = transport_local_address(t, &a);

        if (r < 0)
                return r;
        ip_address_format(&a, text);
        (void)snprintf(ret, ADDRESS_LITERAL_MAX, "[%s%s]", a.family == AF_INET6 ? "IPv6:" : "", text);
        return 0;
}
