/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/secrets.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>

#include "base/string-util.h"
#include "mail/digest.h"
#include "mail/hint.h"
#include "store/credential.h"
#include "store/fd.h"

/* Credentials are opened before the mailer gives up its rights, and read afterwards. The token file is no
 * credential: another program writes it anew whenever the token has run out, so it is opened at each
 * session, with no more rights than the mailer has then. */

static bool needs_key(const Order *order)
{
        return !order->print && order->mail.certificate && mail_settings_use_tls(&order->mail);
}

static bool is_by_pop3(const Order *order)
{
        return order->mail.method == AUTH_METHOD_POP_BEFORE_SMTP;
}

/* Whether a password or a token may be needed: POP3 does, and each mechanism but EXTERNAL. */
static bool needs_login(const Order *order)
{
        if (order->print || order->mail.method == AUTH_METHOD_NONE)
                return false;
        return is_by_pop3(order) || mail_settings_usable_mechanisms(&order->mail) & ~(unsigned)SASL_EXTERNAL;
}

static bool needs_token(const Order *order)
{
        return needs_login(order) && !is_by_pop3(order) && order->mail.token_file;
}

static bool may_go_without_login(const Order *order)
{
        return !is_by_pop3(order) && mail_settings_usable_mechanisms(&order->mail) & SASL_EXTERNAL;
}

/* One for each protocol: a password is never sent to a server that it was not meant for. */
static const char *password_name(const Order *order)
{
        return is_by_pop3(order) ? CREDENTIAL_POP_PASSWORD : CREDENTIAL_SMTP_PASSWORD;
}

static int open_credential(const Order *order, const char *name)
{
        return order->credentials_dir ? credential_open(order->credentials_dir, name) : -ENOENT;
}

void secrets_open(const Order *order, Secrets *ret)
{
        *ret = (Secrets){.password_fd = -ENOENT, .key_fd = -ENOENT};
        if (needs_login(order) && !needs_token(order))
                ret->password_fd = open_credential(order, password_name(order));
        if (needs_key(order))
                ret->key_fd = open_credential(order, CREDENTIAL_TLS_KEY);
}

static const char *describe_error(int error, CredentialForm form)
{
        switch (error) {
        case -ENODATA:
                return "it is empty";
        case -EBADMSG:
                return form == CREDENTIAL_LINE ? "it is not one line of text" : "it is no text";
        case -EFBIG:
                return "it is too long";
        case -EINVAL:
                return "it is no regular file";
        default:
                return strerror(-error);
        }
}

static void describe_failure(const Order *order, const char *name, int error, Result *ret)
{
        bool is_key = streq(name, CREDENTIAL_TLS_KEY);

        *ret = (Result){.outcome = OUTCOME_SETTINGS, .step = is_key ? STEP_AUTH : order_login_step(order)};
        if (order->credentials_dir)
                (void)snprintf(ret->cause, sizeof(ret->cause), "credential %.250s/%s: %s",
                               order->credentials_dir, name,
                               describe_error(error, is_key ? CREDENTIAL_TEXT : CREDENTIAL_LINE));
        else
                string_copy(ret->cause, sizeof(ret->cause), "no folder of credentials is known");
        string_copy(ret->hint, sizeof(ret->hint),
                    is_key              ? HINT_CLIENT_CERTIFICATE
                    : is_by_pop3(order) ? HINT_POP_CREDENTIAL
                                        : HINT_CREDENTIAL_MISSING);
}

/* The descriptor is taken over, whatever comes out of it. */
static int read_opened(int *fd, CredentialForm form, char **ret)
{
        int owned = TAKE_FD(*fd);

        return owned < 0 ? owned : credential_read(owned, form, ret);
}

/* RFC 6750, 2.1: a token is printable ASCII without a space. */
static int read_token(Secrets *s, const Order *order, Result *ret_failure)
{
        int fd = credential_open(NULL, order->mail.token_file);
        int r = fd < 0 ? fd : credential_read(fd, CREDENTIAL_LINE, &s->login);

        if (r >= 0 && !string_is_token(s->login))
                r = -EBADMSG;
        if (r >= 0)
                return 1;
        *ret_failure = (Result){.outcome = OUTCOME_SETTINGS, .step = STEP_AUTH, .hint = HINT_TOKEN_FILE};
        (void)snprintf(ret_failure->cause, sizeof(ret_failure->cause), "%.300s: %s", order->mail.token_file,
                       describe_error(r, CREDENTIAL_LINE));
        return 0;
}

static int read_password(Secrets *s, const Order *order, Result *ret_failure)
{
        int r = read_opened(&s->password_fd, CREDENTIAL_LINE, &s->login);

        if (r >= 0 || (r == -ENOENT && may_go_without_login(order)))
                return 1;
        describe_failure(order, password_name(order), r, ret_failure);
        return 0;
}

int secrets_read(Secrets *s, const Order *order, Result *ret_failure)
{
        if (needs_key(order)) {
                int r = read_opened(&s->key_fd, CREDENTIAL_TEXT, &s->key);

                if (r < 0) {
                        describe_failure(order, CREDENTIAL_TLS_KEY, r, ret_failure);
                        return 0;
                }
        }
        if (!needs_login(order))
                return 1;
        return needs_token(order) ? read_token(s, order, ret_failure) : read_password(s, order, ret_failure);
}

/* One text, so that a change of either counts. */
static int join(const Secrets *s, Text *ret)
{
        const char *key = s->key ? s->key : "", *login = s->login ? s->login : "";

        text_reserve(ret, strlen(key) + strlen(login));
        text_append_string(ret, key);
        text_append_string(ret, login);
        return text_error(ret);
}

int secrets_digest(const Secrets *s, char ret[static CREDENTIAL_DIGEST_MAX])
{
        _cleanup_secret_ Text all = {0};
        uint8_t salt[CREDENTIAL_SALT_SIZE];
        int r = join(s, &all);

        if (r < 0)
                return r;
        if (all.size == 0) {
                *ret = '\0';
                return 0;
        }
        if (gnutls_rnd(GNUTLS_RND_NONCE, salt, sizeof(salt)) < 0)
                return -EIO;
        return credential_digest(all.data, salt, ret);
}

int secrets_match(const Secrets *s, const char *digest)
{
        _cleanup_secret_ Text all = {0};
        int r = join(s, &all);

        return r < 0 ? r : credential_digest_matches(digest, all.data);
}

void secrets_done(Secrets *s)
{
        s->login = secret_free(s->login);
        s->key = secret_free(s->key);
        close_fdp(&s->password_fd);
        close_fdp(&s->key_fd);
}
