/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>

#include "deliver/control.h"
#include "deliver/files.h"
#include "deliver/print.h"
#include "deliver/sandbox.h"
#include "deliver/secrets.h"
#include "deliver/session.h"

/* ipherald-mailer: one process for one session. The service starts it with one end of a socketpair as
 * descriptor 3, and it reads from top to bottom: take the order, open the credentials, give up every right,
 * and only then hear a stranger.
 *
 * It logs nothing: whatever happens goes to the service as a report. Where not even that can be done (no
 * memory, no service, a nonsensical order, no confinement) it ends with 1, and the service takes the session
 * for a try that failed. */

#define CONTROL_FD    3
#define ORDER_TIMEOUT (10 * USEC_PER_SEC)

/* The session of an order with whatever secrets there are; DIGEST is of those that were refused, so that the
 * service can ask for no second try with them. */
static int carry_out(const Order *order, const Secrets *secrets, const Sandbox *sandbox, Control *control,
                     Result *ret, char digest[static CREDENTIAL_DIGEST_MAX])
{
        int r;

        if (order->print)
                return print_order(order, control, ret);
        if ((secrets->login || secrets->key) && *order->held_digest) {
                r = secrets_match(secrets, order->held_digest);
                if (r < 0)
                        return r;
                if (r > 0) {
                        *ret = (Result){.outcome = OUTCOME_STILL_HELD,
                                        .step = order_login_step(order),
                                        .cause = "the credential is still the one that was refused"};
                        return 0;
                }
        }
        if (order->test && sandbox->landlock == 0) {
                r = control_report_fact(control, FACT_UNCONFINED, STEP_NONE, "");
                if (r < 0)
                        return r;
        }
        r = session_run(order, secrets, control, ret);
        return r < 0 || ret->outcome != OUTCOME_LOGIN_REFUSED ? r : secrets_digest(secrets, digest);
}

static int run(void)
{
        _cleanup_(control_freep) Control *control = NULL;
        _cleanup_(order_freep) Order *order = NULL;
        _cleanup_(secrets_done) Secrets secrets = {.password_fd = -1, .key_fd = -1};
        _cleanup_(files_done) OpenFiles files = {0};
        char digest[CREDENTIAL_DIGEST_MAX] = "";
        pid_t service;
        Sandbox sandbox;
        Result result;
        int r;

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

        secrets_open(order, &secrets);
        r = files_open(order, &files);
        if (r >= 0)
                r = sandbox_enter(service, &sandbox);
        if (r >= 0)
                r = files_read(&files, order);
        if (r < 0)
                return r;
        if (secrets_read(&secrets, order, &result) > 0) {
                r = carry_out(order, &secrets, &sandbox, control, &result, digest);
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
