/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/string-util.h"
#include "deliver/control.h"
#include "deliver/print.h"
#include "deliver/sandbox.h"
#include "deliver/session.h"
#include "mail/digest.h"
#include "mail/hint.h"
#include "store/credential.h"

/* ipherald-mailer: one process for one session. The service starts it with one end of a socketpair as
 * descriptor 3, and it reads from top to bottom: take the order, open the credential, give up every right,
 * and only then hear a stranger.
 *
 * It logs nothing: whatever happens goes to the service as a report. Where not even that can be done (no
 * memory, no service, a nonsensical order, no confinement) it ends with 1, and the service takes the session
 * for a try that failed. */

#define CONTROL_FD      3
#define ORDER_TIMEOUT   (10 * USEC_PER_SEC)
#define CREDENTIAL_NAME "ipherald.smtp-password"

static bool needs_password(const Order *order)
{
        return !order->print && order->mail.method == AUTH_METHOD_SMTP;
}

static const char *describe_credential_error(int error)
{
        switch (error) {
        case -ENODATA:
                return "it is empty";
        case -EBADMSG:
                return "it is not one line of text";
        case -EFBIG:
                return "it is too long";
        case -EINVAL:
                return "it is no regular file";
        default:
                return strerror(-error);
        }
}

static void describe_missing_password(const Order *order, int error, Result *ret)
{
        *ret = (Result){.outcome = OUTCOME_SETTINGS, .step = STEP_AUTH};
        if (order->credentials_dir)
                (void)snprintf(ret->cause, sizeof(ret->cause), "credential %.250s/%s: %s",
                               order->credentials_dir, CREDENTIAL_NAME, describe_credential_error(error));
        else
                string_copy(ret->cause, sizeof(ret->cause), "no folder of credentials is known");
        string_copy(ret->hint, sizeof(ret->hint), HINT_CREDENTIAL_MISSING);
}

/* Of a refused credential, so that the service can ask for no second try with it. */
static int digest_refused(const Result *result, const char *password, char ret[static CREDENTIAL_DIGEST_MAX])
{
        uint8_t salt[CREDENTIAL_SALT_SIZE];

        if (result->outcome != OUTCOME_LOGIN_REFUSED || !password || !*password)
                return 0;
        if (gnutls_rnd(GNUTLS_RND_NONCE, salt, sizeof(salt)) < 0)
                return -EIO;
        return credential_digest(password, salt, ret);
}

/* The session of an order with whatever password there is; DIGEST is of the one that was refused. */
static int carry_out(const Order *order, char *password, const Sandbox *sandbox, Control *control,
                     Result *ret, char digest[static CREDENTIAL_DIGEST_MAX])
{
        int r;

        if (order->print)
                return print_order(order, control, ret);
        if (password && *order->held_digest) {
                r = credential_digest_matches(order->held_digest, password);
                if (r < 0)
                        return r;
                if (r > 0) {
                        *ret = (Result){.outcome = OUTCOME_STILL_HELD,
                                        .step = STEP_AUTH,
                                        .cause = "the password is still the one that was refused"};
                        return 0;
                }
        }
        if (order->test && sandbox->landlock == 0) {
                r = control_report_fact(control, FACT_UNCONFINED, STEP_NONE, "");
                if (r < 0)
                        return r;
        }
        r = session_run(order, password, control, ret);
        return r < 0 ? r : digest_refused(ret, password, digest);
}

static int run(void)
{
        _cleanup_(control_freep) Control *control = NULL;
        _cleanup_(order_freep) Order *order = NULL;
        _cleanup_(secret_freep) char *password = NULL;
        char digest[CREDENTIAL_DIGEST_MAX] = "";
        int credential = -ENOENT, r;
        pid_t service;
        Sandbox sandbox;
        Result result;

        r = control_new(CONTROL_FD, &control, &service);
        if (r < 0) {
                (void)fprintf(stderr, "ipherald-mailer is started by ipherald, not by hand.\n");
                return r;
        }
        r = sandbox_follow(service);
        if (r >= 0)
                r = control_receive_order(control, ORDER_TIMEOUT, &order);
        if (r < 0)
                return r;

        if (needs_password(order) && order->credentials_dir)
                credential = credential_open(order->credentials_dir, CREDENTIAL_NAME);
        r = sandbox_enter(service, &sandbox);
        if (r < 0)
                return r;

        r = credential < 0 ? credential : credential_read(credential, &password);
        if (r < 0 && needs_password(order))
                describe_missing_password(order, r, &result);
        else {
                r = carry_out(order, password, &sandbox, control, &result, digest);
                if (r < 0)
                        return r;
        }
        return control_report_end(control, order->n_notices, &result, digest);
}

int main(void)
{
        /* Before anything else: whoever shares our user may not read our memory. */
        if (sandbox_hide() < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return EXIT_FAILURE;
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
