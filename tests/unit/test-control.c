/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deliver/clock.h"
#include "deliver/control.h"

/* The test is the service: it holds the other end. Nothing here waits: what is to come is there already, and
 * a deadline has passed before it is waited for. */

typedef struct Pair {
        int service;
        Control *control;
} Pair;

static Pair pair_new(void)
{
        int fds[2];
        Pair p;
        pid_t parent;

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(control_new(fds[1], &p.control, &parent), 0);
        assert_int_equal(parent, getpid());
        p.service = fds[0];
        return p;
}

static void pair_done(Pair *p)
{
        control_free(p->control);
        if (p->service >= 0)
                close(p->service);
}

static void service_goes(Pair *p)
{
        close(p->service);
        p->service = -1;
}

static void service_says(const Pair *p, const void *data, size_t size)
{
        assert_int_equal(send(p->service, data, size, 0), size);
}

static void service_answers(const Pair *p, size_t transaction, bool go)
{
        _cleanup_text_ Text t = {0};

        assert_int_equal(commit_answer_format(transaction, go, &t), 0);
        service_says(p, t.data, t.size);
}

static Report service_hears(const Pair *p)
{
        char data[REPORT_SIZE_MAX + 1];
        Report report;
        ssize_t n = recv(p->service, data, REPORT_SIZE_MAX, MSG_DONTWAIT);

        assert_true(n > 0);
        data[n] = '\0';
        assert_int_equal(report_parse(data, (size_t)n, &report), 0);
        return report;
}

static void service_hears_nothing(const Pair *p)
{
        char octet;

        assert_int_equal(recv(p->service, &octet, 1, MSG_DONTWAIT), -1);
        assert_int_equal(errno, EAGAIN);
}

static void test_another_kind_of_descriptor(void **state)
{
        int fds[2];
        Control *control = NULL;
        pid_t parent;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(control_new(fds[0], &control, &parent), -EPROTOTYPE);
        close(fds[0]);
        close(fds[1]);
        assert_int_equal(control_new(fds[0], &control, &parent), -EBADF);
        assert_null(control);
}

static void test_order(void **state)
{
        static const char nonsense[] = "nonsense";
        static char huge[ORDER_SIZE_MAX + 1];
        _cleanup_(pair_done) Pair p = pair_new();
        Order *order = NULL;

        assert_int_equal(control_receive_order(p.control, 0, &order), -ETIMEDOUT);
        service_says(&p, nonsense, strlen(nonsense));
        assert_int_equal(control_receive_order(p.control, 0, &order), -EBADMSG);
        memset(huge, 'x', sizeof(huge));
        service_says(&p, huge, sizeof(huge));
        assert_int_equal(control_receive_order(p.control, 0, &order), -EBADMSG);
        service_goes(&p);
        assert_int_equal(control_receive_order(p.control, 0, &order), -ECONNRESET);
        assert_null(order);
}

static void test_reports(void **state)
{
        _cleanup_(pair_done) Pair p = pair_new();
        Report report;

        assert_int_equal(control_report_step(p.control, STEP_CONNECT, "mail.example.com:587", "192.0.2.5"),
                         0);
        report = service_hears(&p);
        assert_int_equal(report.type, REPORT_STEP);
        assert_int_equal(report.result.step, STEP_CONNECT);
        assert_string_equal(report.result.server, "mail.example.com:587");
        assert_string_equal(report.result.cause, "192.0.2.5");

        service_goes(&p);
        assert_int_equal(control_report_step(p.control, STEP_TLS, "", ""), -ECONNRESET);
}

static void test_texts_are_harmless(void **state)
{
        _cleanup_(pair_done) Pair p = pair_new();
        Report report = {.type = REPORT_SESSION,
                         .result = {.server_text = "a\033[1mb\r\nc", .cause = "cut in \xc3"}};

        assert_int_equal(control_report(p.control, &report), 0);
        report = service_hears(&p);
        assert_string_equal(report.result.server_text, "a?[1mb c");
        assert_string_equal(report.result.cause, "cut in ?");
}

static void test_end_tells_what_was_not_begun(void **state)
{
        _cleanup_(pair_done) Pair p = pair_new();
        const Report delivered = {
                .type = REPORT_TRANSACTION, .transaction = 1, .result.outcome = OUTCOME_DELIVERED};
        const Result result = {.outcome = OUTCOME_LOGIN_REFUSED, .step = STEP_AUTH};
        Report report;

        assert_int_equal(control_report(p.control, &delivered), 0);
        (void)service_hears(&p);
        assert_int_equal(control_report_end(p.control, 3, &result, "digest"), 0);
        for (size_t i = 0; i < 3; i += 2) {
                report = service_hears(&p);
                assert_int_equal(report.type, REPORT_TRANSACTION);
                assert_int_equal(report.transaction, i);
                assert_int_equal(report.result.outcome, OUTCOME_NOT_BEGUN);
        }
        report = service_hears(&p);
        assert_int_equal(report.type, REPORT_SESSION);
        assert_int_equal(report.result.outcome, OUTCOME_LOGIN_REFUSED);
        assert_string_equal(report.digest, "digest");
        service_hears_nothing(&p);
}

static void test_wait(void **state)
{
        _cleanup_(pair_done) Pair p = pair_new();
        int fds[2];

        assert_int_equal(control_wait(p.control, -1, 0, 0), 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(control_wait(p.control, fds[0], POLLIN, clock_now()), 0);
        assert_int_equal(control_wait(p.control, fds[0], POLLIN | POLLOUT, USEC_INFINITY), CONTROL_WAIT_FD);
        close(fds[1]);
        assert_int_equal(control_wait(p.control, fds[0], POLLIN, USEC_INFINITY), CONTROL_WAIT_FD);
        close(fds[0]);
        service_hears_nothing(&p);

        service_says(&p, "x", 1);
        assert_int_equal(control_wait(p.control, -1, 0, USEC_INFINITY), -EPROTO);
        service_goes(&p);
        assert_int_equal(control_wait(p.control, -1, 0, USEC_INFINITY), -ECONNRESET);
}

static void test_commit(void **state)
{
        static const uint8_t accepted[] = {0, 7, 99};
        _cleanup_(pair_done) Pair p = pair_new();
        Report report;
        bool go = false;

        assert_int_equal(control_ask_commit(p.control, 5, accepted, ELEMENTSOF(accepted)), 0);
        report = service_hears(&p);
        assert_int_equal(report.type, REPORT_COMMIT);
        assert_int_equal(report.transaction, 5);
        assert_int_equal(report.n_accepted, ELEMENTSOF(accepted));
        assert_memory_equal(report.accepted, accepted, sizeof(accepted));

        assert_int_equal(control_take_answer(p.control, &go), -EAGAIN);
        service_answers(&p, 5, true);
        assert_int_equal(control_wait(p.control, -1, 0, USEC_INFINITY), CONTROL_WAIT_ANSWER);
        assert_int_equal(control_take_answer(p.control, &go), 0);
        assert_true(go);

        assert_int_equal(control_ask_commit(p.control, 6, accepted, 1), 0);
        service_answers(&p, 6, false);
        assert_int_equal(control_await_answer(p.control, &go), 0);
        assert_false(go);
}

static void test_wrong_answers(void **state)
{
        static const uint8_t accepted[] = {0};
        static const char nonsense[] = "answer go=1\n";
        _cleanup_(pair_done) Pair p = pair_new();
        bool go;

        assert_int_equal(control_ask_commit(p.control, 1, accepted, 1), 0);
        service_answers(&p, 2, true);
        assert_int_equal(control_await_answer(p.control, &go), -EPROTO);
        service_says(&p, nonsense, strlen(nonsense));
        assert_int_equal(control_await_answer(p.control, &go), -EPROTO);
        service_goes(&p);
        assert_int_equal(control_await_answer(p.control, &go), -ECONNRESET);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_another_kind_of_descriptor),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_reports),
                cmocka_unit_test(test_texts_are_harmless),
                cmocka_unit_test(test_end_tells_what_was_not_begun),
                cmocka_unit_test(test_wait),
                cmocka_unit_test(test_commit),
                cmocka_unit_test(test_wrong_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
