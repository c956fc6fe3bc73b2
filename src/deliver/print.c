/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/print.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "mail/message.h"

/* A dry run walks the same way as a session: the service sees steps, the commit question and results, and
 * keeps its books as ever. Only the transport is another: standard output, which may be a pipe that nobody
 * reads, and is therefore waited for like a server. */

static void fail(Result *result, Step step, int error)
{
        *result = (Result){.outcome = OUTCOME_TEMPORARY, .step = step};
        (void)snprintf(result->cause, sizeof(result->cause), "standard output: %s", strerror(error));
}

/* A descriptor that poll() calls writable takes PIPE_BUF octets without blocking (pipe(7)). */
static int write_all(Control *control, const char *data, size_t size, Result *ret)
{
        while (size > 0) {
                int r = control_wait(control, STDOUT_FILENO, POLLOUT, USEC_INFINITY);
                if (r < 0)
                        return r;

                ssize_t n = write(STDOUT_FILENO, data, MIN(size, (size_t)PIPE_BUF));
                if (n < 0 && errno != EINTR && errno != EAGAIN) {
                        fail(ret, STEP_BODY, errno);
                        return 0;
                }
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                }
        }
        ret->outcome = OUTCOME_DELIVERED;
        ret->step = STEP_DOT;
        return 0;
}

static void strip_carriage_returns(Text *t)
{
        size_t n = 0;

        for (size_t i = 0; i < t->size; i++)
                if (t->data[i] != '\r')
                        t->data[n++] = t->data[i];
        t->size = n;
}

static int print_mail(const Order *order, const Notice *notice, Control *control, Result *ret)
{
        _cleanup_text_ Text mail = {0};
        int r;

        r = message_render(order, notice, notice->recipients, notice->n_recipients, &mail);
        if (r < 0)
                return r;
        strip_carriage_returns(&mail);
        text_append_string(&mail, "\n");
        r = text_error(&mail);
        return r < 0 ? r : write_all(control, mail.data, mail.size, ret);
}

static int print_transaction(const Order *order, size_t i, Control *control)
{
        const Notice *notice = &order->notices[i];
        Report report = {.type = REPORT_TRANSACTION, .transaction = i};
        uint8_t accepted[NOTICE_RECIPIENTS_MAX];
        bool go;
        int r;

        for (size_t k = 0; k < notice->n_recipients; k++)
                accepted[k] = (uint8_t)k;
        r = control_ask_commit(control, i, accepted, notice->n_recipients);
        if (r >= 0)
                r = control_await_answer(control, &go);
        if (r < 0)
                return r;
        if (go)
                r = print_mail(order, notice, control, &report.result);
        else
                report.result = (Result){.outcome = OUTCOME_STOPPED, .step = STEP_DATA};
        return r < 0 ? r : control_report(control, &report);
}

int print_order(const Order *order, Control *control, Result *ret)
{
        int r;

        r = control_report_step(control, STEP_DATA, "", "printed, not sent");
        for (size_t i = 0; r >= 0 && i < order->n_notices; i++)
                r = print_transaction(order, i, control);
        if (r < 0)
                return r;
        *ret = (Result){0};
        return 0;
}
