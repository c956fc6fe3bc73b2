/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mailer's end of the socketpair to the service (SOCK_SEQPACKET): the order comes in, reports go out,
 * and the commit question is answered. It is also where the mailer waits: nobody waits for the server
 * without hearing the service. */

#include <sys/types.h>

#include "base/time-util.h"
#include "mail/report.h"

/* The service hears from a waiting mailer at least this often. */
#define CONTROL_ALIVE_INTERVAL (20 * USEC_PER_SEC)

typedef struct Control Control;

/* FD is taken over. PARENT: the pid of the service as the socketpair knows it, 0 where it lives in another
 * pid namespace. 0, -ENOMEM, or what the socket says where it is no such socket. */
int control_new(int fd, Control **ret, pid_t *ret_parent);
Control *control_free(Control *c);
DEFINE_CLEANUP(Control, control_free)

/* The order, which must be there within TIMEOUT. 0, -ENOMEM, -ETIMEDOUT, -EBADMSG, -ECONNRESET where the
 * service has gone, or the socket's error. */
int control_receive_order(Control *c, usec_t timeout, Order **ret);

/* Sends one packet. A service that does not take it within a minute counts as gone: 0, -ENOMEM, -ECONNRESET,
 * -ETIMEDOUT, or the socket's error. */
int control_report(Control *c, const Report *r);

/* Reports that a step begins, or what became known in it. */
int control_report_step(Control *c, Step step, const char *server, const char *cause);

/* Reports what became known in STEP. */
int control_report_fact(Control *c, Fact fact, Step step, const char *text);

/* The session's end. The transactions that no report has told of yet are told as not begun; then comes the
 * report of the session. DIGEST: of the credential that was refused, else "". */
int control_report_end(Control *c, size_t n_transactions, const Result *result, const char *digest);

/* Waits for EVENTS (of poll(2)) on FD, -1 for none, until DEADLINE, and reports meanwhile that we are alive.
 * Returns which of these came to be, 0 where the deadline did; -ECONNRESET where the service has gone,
 * -EPROTO where it says what it was not asked. */
#define CONTROL_WAIT_FD     (1 << 0) /* FD is ready, or broken */
#define CONTROL_WAIT_ANSWER (1 << 1) /* the commit question can be taken an answer from */
int control_wait(Control *c, int fd, short events, usec_t deadline);

/* Asks whether the body of TRANSACTION may go. One question at a time. */
int control_ask_commit(Control *c, size_t transaction, const uint8_t *accepted, size_t n_accepted);

/* 0 and the answer, -EAGAIN where it is not there yet, -EPROTO where it is none to our question. */
int control_take_answer(Control *c, bool *ret_go);

/* The answer, waited for without a limit but the service's own. */
int control_await_answer(Control *c, bool *ret_go);
