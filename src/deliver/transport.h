/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One connection to a server: TCP, and TLS on it. Nothing here blocks; each call says what it waits for. */

#include <gnutls/gnutls.h>

#include "address/address.h"
#include "deliver/certificate.h"
#include "deliver/resolver.h"
#include "deliver/trust.h"

typedef enum TransportStatus {
        TRANSPORT_OK,
        TRANSPORT_WANT_READ,  /* call again when the descriptor can be read */
        TRANSPORT_WANT_WRITE, /* ... written */
        TRANSPORT_EOF,        /* of reading: the server closed, in an orderly way where there is TLS */
        TRANSPORT_FAILED,     /* for good; transport_failure() says why */
} TransportStatus;

typedef struct Transport Transport;

/* 0 or -ENOMEM. Nothing is sent yet. SOURCE: our own end (its port does not count), as
 * transport_local_endpoint() gives it; NULL: the kernel's choice. */
int transport_new(const Endpoint *e, const Endpoint *source, Transport **ret);
/* Closes at once: no close_notify, since gnutls_bye() would first send what a write that had to wait left
 * behind, and that may be the dot of a mail that was given up; tcp_close() has the kernel drop the same. */
Transport *transport_free(Transport *t);
DEFINE_CLEANUP(Transport, transport_free)

int transport_fd(const Transport *t);

TransportStatus transport_connect(Transport *t);

/* The handshake on a connection that is up, TLS 1.2 or 1.3; the first call begins it. The peer's chain is
 * verified against TRUST, and for NAME (a host name, with or without a trailing dot, or an address literal:
 * RFC 7817), which must both outlive the transport. TRANSPORT_OK: up and verified. */
TransportStatus transport_handshake(Transport *t, Trust *trust, const char *name);

/* At least one octet, at most SIZE, on TRANSPORT_OK. Read until it says otherwise: octets that TLS has
 * deciphered already make no descriptor readable. */
TransportStatus transport_read(Transport *t, void *ret, size_t size, size_t *ret_size);

/* Some of the SIZE octets at DATA (at least one) are sent on TRANSPORT_OK. After TRANSPORT_WANT_WRITE the
 * next call must be given the same octets: some may be on the wire. After TRANSPORT_FAILED reading gives
 * what has arrived, and then the end. */
TransportStatus transport_write(Transport *t, const void *data, size_t size, size_t *ret_size);

/* Of connect and handshake: the outcome; of read and write: the cause. */
const Result *transport_failure(const Transport *t);

/* The certificate that the server showed in the handshake, whatever came of it. False where it showed none.
 */
bool transport_certificate(const Transport *t, CertificateFacts *ret);

/* "TLS 1.3, AES-256-GCM" */
void transport_describe_tls(const Transport *t, char *ret, size_t size);

/* Our own end of a connection that is up. 0 or a negative errno: there is none yet. */
int transport_local_endpoint(const Transport *t, Endpoint *ret);
int transport_local_address(const Transport *t, IpAddress *ret);

/* The same as an address literal for EHLO (RFC 5321, 4.1.3): "[192.0.2.1]", "[IPv6:2001:db8::1]". */
#define ADDRESS_LITERAL_MAX (IP_ADDRESS_TEXT_MAX + sizeof("[IPv6:]"))
int transport_local_literal(const Transport *t, char ret[static ADDRESS_LITERAL_MAX]);
