/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The settings as plain values: what the table of keys (settings/keys.h) fills in and everything below
 * reads. */

#include "address/outside.h"
#include "base/parse.h"

typedef enum Security {
        SECURITY_STARTTLS,
        SECURITY_TLS,
        SECURITY_NONE,
} Security;

/* What people read: mails, hints. */
typedef enum Language {
        LANGUAGE_EN,
        LANGUAGE_JA,
        LANGUAGE_COUNT,
} Language;

typedef enum AuthMethod {
        AUTH_METHOD_NONE,
        AUTH_METHOD_SMTP,
        AUTH_METHOD_POP_BEFORE_SMTP, /* a login by POP3 opens the server for our address */
} AuthMethod;

/* Bits of mail.auth.mechanisms, in the order in which they are preferred. */
typedef enum SaslMechanism {
        SASL_EXTERNAL = 1 << 0,      /* RFC 4422, appendix A */
        SASL_OAUTHBEARER = 1 << 1,   /* RFC 7628 */
        SASL_XOAUTH2 = 1 << 2,       /* its predecessor, Google's */
        SASL_SCRAM_SHA_256 = 1 << 3, /* RFC 7677 */
        SASL_PLAIN = 1 << 4,         /* RFC 4616 */
        SASL_LOGIN = 1 << 5,         /* draft-murchison-sasl-login */
        SASL_CRAM_MD5 = 1 << 6,      /* RFC 2195 */
} SaslMechanism;
#define SASL_WITH_TOKEN    (SASL_OAUTHBEARER | SASL_XOAUTH2)
#define SASL_WITH_PASSWORD (SASL_SCRAM_SHA_256 | SASL_PLAIN | SASL_LOGIN | SASL_CRAM_MD5)
#define SASL_ALL           (SASL_EXTERNAL | SASL_WITH_TOKEN | SASL_WITH_PASSWORD)

/* The credentials that a session logs in with. */
#define CREDENTIAL_SMTP_PASSWORD "ipherald.smtp-password"
#define CREDENTIAL_POP_PASSWORD  "ipherald.pop-password"
#define CREDENTIAL_TLS_KEY       "ipherald.tls-key"

typedef struct MailSettings {
        bool enabled;
        char *server;
        uint16_t port;
        Security security;
        char *from;
        char *helo; /* NULL: this machine's name, or the address in use (deliver/session) */
        AuthMethod method;
        char *account;       /* NULL where there is none */
        unsigned mechanisms; /* of SaslMechanism */
        char *token_file;    /* of an OAuth token; NULL: the secret is a password */
        char *pop_server;    /* of POP before SMTP; NULL: the mail server */
        uint16_t pop_port;
        Security pop_security; /* never none */
        char *ca_file;         /* NULL: the system's trust */
        char *tls_name;        /* NULL: the server's name */
        char *certificate;     /* our own; NULL: none */
} MailSettings;

#define CONTENT_NAME_MAX 128 /* with the NUL */
#define ATTACHMENTS_MAX  4

#define TEMPLATE_SIZE_MAX   (16 * 1024) /* octets */
#define ATTACHMENT_SIZE_MAX (256 * 1024)

/* What a mail is made of, by name: an absolute path, or a credential's name ("ipherald.NAME"). */
typedef struct MailContent {
        char template[CONTENT_NAME_MAX]; /* "": the built-in text; "short": the built-in short one */
        size_t n_attachments;
        char attachments[ATTACHMENTS_MAX][CONTENT_NAME_MAX];
} MailContent;

#define CONTENT_SHORT             "short"
#define CONTENT_CREDENTIAL_PREFIX "ipherald."

/* What may stand for a file in a MailContent, at most CONTENT_NAME_MAX - 1 octets: an absolute path, or the
 * prefix and letters, digits, '.', '_' and '-'. Neither may name the password, the POP3 password or the key:
 * no setting puts those into a mail. */
bool content_name_is_file(const char *name);

/* Of a name that is valid: a credential, and no path. */
bool content_name_is_credential(const char *name);

/* The same names in the same order. */
bool mail_content_equal(const MailContent *a, const MailContent *b);

typedef struct DestinationSettings {
        char *to; /* its identity: the domain is in lower case */
        bool enabled;
        char mac[MAC_TEXT_MAX]; /* the phone's label, or "" */
        Language language;
        bool family[FAMILY_COUNT]; /* whose changes concern it */
        MailContent content;
        unsigned remind_days; /* 0: never */
} DestinationSettings;

#define STUN_SERVERS_MAX 4

/* Numeric, since the service looks no name up. */
typedef struct StunServer {
        IpAddress address;
        uint16_t port;
} StunServer;

typedef struct Settings {
        MailSettings mail;
        DestinationSettings *destinations;
        size_t n_destinations;
        char *watched_name;     /* that verbs look up in DNS; NULL: none. The service does not. */
        SelectionOptions watch; /* with settle.limit, which the selection needs as well */
        SourceOrder sources;
        size_t n_stun; /* the servers of SOURCE_STUN */
        StunServer stun[STUN_SERVERS_MAX];
        usec_t stun_interval;
        char *outside_file; /* of SOURCE_FILE; NULL where that is not used */
        usec_t settle_quiet;
        unsigned mails_per_hour; /* for each destination */
        usec_t unknown_wait;
} Settings;

/* With every default in place: mail off, nobody told. 0 or -ENOMEM. */
int settings_new(Settings **ret);
Settings *settings_free(Settings *s);
DEFINE_CLEANUP(Settings, settings_free)

/* Frees what M points to, and empties it. */
void mail_settings_done(MailSettings *m);

/* What tells one account from another: server, port, security, and all of mail.auth and mail.tls; of
 * mail.auth.pop where it is used. */
uint64_t mail_settings_digest(const MailSettings *m);

/* Those of mail.auth.mechanisms that the other settings have the means for: EXTERNAL with a certificate;
 * with an account those that take a token where there is a token file, else those that take a password. */
unsigned mail_settings_usable_mechanisms(const MailSettings *m);

/* "HOST:PORT", with brackets around an IPv6 address, for a person and for IPHERALD_SERVER; "" where there is
 * no server. Cut where it is longer than SIZE. */
void mail_settings_format_server(const MailSettings *m, char *ret, size_t size);

/* The same for the POP3 server, and its name. */
void mail_settings_format_pop_server(const MailSettings *m, char *ret, size_t size);
const char *mail_settings_pop_server(const MailSettings *m);

/* The name that the POP3 server's certificate has to be for: mail.tls.name where it is the mail server. */
const char *mail_settings_pop_tls_name(const MailSettings *m);

/* Whether there is TLS on any connection of a session. */
bool mail_settings_use_tls(const MailSettings *m);

/* NULL where TO is not listed. */
const DestinationSettings *settings_destination(const Settings *s, const char *to);
/* The same, and at once where TO is the I-th. */
const DestinationSettings *settings_destination_at(const Settings *s, size_t i, const char *to);

/* How many destinations are enabled. */
size_t settings_count_enabled(const Settings *s);

/* Every default in place; TO is copied, and may be NULL. 0 or -ENOMEM. */
int destination_settings_init(DestinationSettings *d, const char *to);

/* Enables TO, a valid address, alone; it is added where it is not listed. 0 or -ENOMEM. */
int settings_tell_only(Settings *s, const char *to);

/* The names of the settings file; from_name: 0 or -EINVAL. */
const char *security_name(Security s); /* "starttls", "tls", "none" */
int security_from_name(const char *name, Security *ret);
const char *language_name(Language l); /* "en", "ja" */
int language_from_name(const char *name, Language *ret);
const char *auth_method_name(AuthMethod m); /* "none", "smtp", "pop-before-smtp" */
int auth_method_from_name(const char *name, AuthMethod *ret);
const char *sasl_mechanism_name(SaslMechanism m);                   /* as IANA has it: "SCRAM-SHA-256" */
int sasl_mechanism_from_name(const char *name, SaslMechanism *ret); /* in any case: RFC 4422, 3.1 */

/* "ADDRESS", "IPV4:PORT", "[IPV6]:PORT"; without a port that of RFC 8489. 0, or -EINVAL: for an address too
 * that no server outside can have (link-local, multicast, IPv4-mapped ...). */
int stun_server_parse(const char *s, StunServer *ret);
/* Has one of the N servers the address of S, at whichever port? It would have two voices among them. */
bool stun_server_is_among(const StunServer *s, const StunServer *servers, size_t n);

/* The port of RFC 8314, 6409 or 5321 where the file names none: 587, 465, 25. */
uint16_t security_default_port(Security s);
/* The same for POP3 (RFC 1939, 8314): 110 with starttls, 995 with tls. */
uint16_t security_default_pop_port(Security s);
