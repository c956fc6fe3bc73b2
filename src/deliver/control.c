/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/control.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/string-util.h"
#include "deliver/clock.h"

/* The service is the only one who knows us, and the only reason to live: end of file, a packet out of turn
 * or a report that can't be sent ends the mailer, whatever the session is about. All functions return that
 * as an error, and everyone passes it up to main.
 *
 * The socket is read and written without blocking; the one place that blocks is poll() in control_wait(), in
 * slices after which the service is told that we are alive. */

#define REPORT_TIMEOUT (60 * USEC_PER_SEC)

struct Control {
        int fd;
        usec_t last_report;
        bool asked; /* the commit question is open, for .question */
        size_t question;
        bool told[SESSION_NOTICES_MAX]; /* transactions whose result was reported */
};

int control_new(int fd, Control **ret, pid_t *ret_parent)
{
        struct ucred peer;
        int type;
        socklen_t size = sizeof(type);

        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
                return -errno;
        if (type != SOCK_SEQPACKET)
                return -EPROTOTYPE;
        size = sizeof(peer);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;

        Control *c = calloc(1, sizeof(Control));
        if (!c)
                return -ENOMEM;
        c->fd = fd;
        c->last_report = clock_now();
        *ret = c;
        *ret_parent = peer.pid;
        return 0;
}

Control *control_free(Control *c)
{
        if (c)
                (void)close(c->fd);
        free(c);
        return NULL;
}

/* A deadline as poll(2) wants it: rounded up, so that nobody wakes before it and spins. */
static int poll_timeout(usec_t deadline, usec_t now)
{
        if (deadline == USEC_INFINITY)
                return -1;
        return (int)MIN((usec_sub(deadline, now) + USEC_PER_MSEC - 1) / USEC_PER_MSEC, (usec_t)INT32_MAX);
}

static int poll_until(struct pollfd *fds, nfds_t n, usec_t deadline)
{
        for (;;) {
                int r = poll(fds, n, poll_timeout(deadline, clock_now()));

                if (r >= 0)
                        return r;
                if (errno != EINTR)
                        return -errno;
        }
}

/* One packet into DATA, which has room for SIZE octets and a NUL. */
static int receive(Control *c, char *data, size_t size, size_t *ret_size)
{
        ssize_t n = recv(c->fd, data, size, MSG_DONTWAIT | MSG_TRUNC);

        if (n < 0)
                return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
        if (n == 0)
                return -ECONNRESET;
        if ((size_t)n > size)
                return -EBADMSG;
        data[n] = '\0';
        *ret_size = (size_t)n;
        return 0;
}

int control_receive_order(Control *c, usec_t timeout, Order **ret)
{
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        _cleanup_free_ char *data = malloc(ORDER_SIZE_MAX + 1);
        size_t size;
        int r;

        if (!data)
                return -ENOMEM;
        r = poll_until(&p, 1, usec_add(clock_now(), timeout));
        if (r < 0)
                return r;
        if (r == 0)
                return -ETIMEDOUT;
        r = receive(c, data, ORDER_SIZE_MAX, &size);
        return r < 0 ? r : order_parse(data, size, ret);
}

static int send_packet(Control *c, const Text *t)
{
        usec_t deadline = usec_add(clock_now(), REPORT_TIMEOUT);
        struct pollfd p = {.fd = c->fd, .events = POLLOUT};

        for (;;) {
                if (send(c->fd, t->data, t->size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                        return 0;
                if (errno == EPIPE)
                        return -ECONNRESET;
                if (errno != EAGAIN && errno != EINTR)
                        return -errno;

                int r = poll_until(&p, 1, deadline);
                if (r < 0)
                        return r;
                if (r == 0)
                        return -ETIMEDOUT;
        }
}

/* The service takes octets that are not fit to be read for nonsense, and a text that was cut may end in the
 * middle of a character. */
static_assert(RESULT_CAUSE_MAX <= RESULT_SERVER_TEXT_MAX, "a copy of either fits");
static void make_harmless(char *text, size_t size)
{
        char copy[RESULT_SERVER_TEXT_MAX];

        string_copy(copy, sizeof(copy), text);
        string_make_harmless(copy, strlen(copy), text, size);
}

int control_report(Control *c, const Report *report)
{
        _cleanup_text_ Text t = {0};
        Report clean = *report;
        int r;

        make_harmless(clean.result.server_text, sizeof(clean.result.server_text));
        make_harmless(clean.result.cause, sizeof(clean.result.cause));
        r = report_format(&clean, &t);
        if (r >= 0)
                r = send_packet(c, &t);
        if (r < 0)
                return r;
        c->last_report = clock_now();
        if (report->type == REPORT_TRANSACTION)
                c->told[report->transaction] = true;
        return 0;
}

int control_report_step(Control *c, Step step, const char *server, const char *cause)
{
        Report r = {.type = REPORT_STEP, .result.step = step};

        string_copy(r.result.server, sizeof(r.result.server), server);
        string_copy(r.result.cause, sizeof(r.result.cause), cause);
        return control_report(c, &r);
}

int control_report_fact(Control *c, Fact fact, Step step, const char *text)
{
        Report r = {.type = REPORT_FACT, .fact = fact, .result.step = step};

        string_copy(r.result.server_text, sizeof(r.result.server_text), text);
        return control_report(c, &r);
}

int control_report_end(Control *c, size_t n_transactions, const Result *result, const char *digest)
{
        Report report = {.type = REPORT_SESSION, .result = *result};

        for (size_t i = 0; i < n_transactions; i++) {
                const Report not_begun = {
                        .type = REPORT_TRANSACTION, .transaction = i, .result.outcome = OUTCOME_NOT_BEGUN};
                int r = c->told[i] ? 0 : control_report(c, &not_begun);

                if (r < 0)
                        return r;
        }
        string_copy(report.digest, sizeof(report.digest), digest);
        return control_report(c, &report);
}

/* What poll() saw on our own socket. */
static int control_events(const Control *c, short events)
{
        char octet;

        if (events == 0)
                return 0;
        if (events & (POLLHUP | POLLERR | POLLNVAL))
                return -ECONNRESET;
        if (recv(c->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
                return -ECONNRESET;
        return c->asked ? CONTROL_WAIT_ANSWER : -EPROTO;
}

int control_wait(Control *c, int fd, short events, usec_t deadline)
{
        static const Report alive = {.type = REPORT_ALIVE};

        for (;;) {
                struct pollfd p[] = {{.fd = c->fd, .events = POLLIN}, {.fd = fd, .events = events}};
                usec_t next_alive = usec_add(c->last_report, CONTROL_ALIVE_INTERVAL);
                int r;

                r = poll_until(p, ELEMENTSOF(p), MIN(deadline, next_alive));
                if (r < 0)
                        return r;
                if (r > 0) {
                        r = control_events(c, p[0].revents);
                        return r < 0 ? r : r | (p[1].revents ? CONTROL_WAIT_FD : 0);
                }

                usec_t now = clock_now();
                if (now >= next_alive) {
                        r = control_report(c, &alive);
                        if (r < 0)
                                return r;
                }
                if (now >= deadline)
                        return 0;
        }
}

int control_ask_commit(Control *c, size_t transaction, const uint8_t *accepted, size_t n_accepted)
{
        Report r = {.type = REPORT_COMMIT, .transaction = transaction, .n_accepted = n_accepted};

        assert(!c->asked && n_accepted <= NOTICE_RECIPIENTS_MAX);
        memcpy(r.accepted, accepted, n_accepted * sizeof(*accepted));
        c->asked = true;
        c->question = transaction;
        return control_report(c, &r);
}

int control_take_answer(Control *c, bool *ret_go)
{
        char data[REPORT_SIZE_MAX + 1];
        size_t size, transaction;
        bool go;
        int r;

        assert(c->asked);
        r = receive(c, data, REPORT_SIZE_MAX, &size);
        if (r < 0)
                return r;
        if (commit_answer_parse(data, size, &transaction, &go) < 0 || transaction != c->question)
                return -EPROTO;
        c->asked = false;
        *ret_go = go;
        return 0;
}

int control_await_answer(Control *c, bool *ret_go)
{
        int r;

        do {
                r = control_wait(c, -1, 0, USEC_INFINITY);
                if (r >= 0)
                        r = control_take_answer(c, ret_go);
        } while (r == -EAGAIN);
        return r;
}
