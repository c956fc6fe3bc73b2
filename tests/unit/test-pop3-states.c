/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of states of the POP3 client: what each answer, the end of the connection and the time limit
 * mean in each of them, with TLS from the first octet and by STLS. A good session is led up to the state,
 * gets the answer there and good ones again; what comes of the whole session is the verdict. And memory that
 * fails at each request. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "failing-memory.h"
#include "mail/pop3-client.h"

typedef enum State {
        GREETING,
        STLS,
        STARTING_TLS,
        USER,
        PASS,
        QUIT,
        STATE_COUNT,
} State;

typedef enum Verdict {
        GOOD,
        NEXT, /* temporary; the next server address may be tried */
        LOST, /* not reached, at the greeting with a next address */
        TEMP,
        HELD,
        INSE,
} Verdict;

typedef enum Answer {
        OK,
        ERR,
        IN_USE,
        SYS_TEMP,
        LOGIN_DELAY,
        AUTH,
        MALFORMED,
        BEHIND,     /* a good answer, and one that nothing had asked for */
        ERR_BEHIND, /* a bad one likewise */
        END,
        LIMIT,
        ANSWER_COUNT,
} Answer;

static const char *const words[] = {
        [OK] = "+OK yes\r\n",
        [ERR] = "-ERR no\r\n",
        [IN_USE] = "-ERR [IN-USE] locked\r\n",
        [SYS_TEMP] = "-ERR [SYS/TEMP] later\r\n",
        [LOGIN_DELAY] = "-ERR [LOGIN-DELAY] too soon\r\n",
        [AUTH] = "-ERR [AUTH] wrong\r\n",
        [MALFORMED] = "250 what\r\n",
        [BEHIND] = "+OK yes\r\n+OK\r\n",
        [ERR_BEHIND] = "-ERR no\r\n+OK\r\n",
};

/* clang-format off */
static const Verdict verdicts[STATE_COUNT][ANSWER_COUNT] = {
        /*                 OK    ERR   inUse sysT  delay auth  malf. more  ERR.. EOF   limit */
        [GREETING] =     {GOOD, NEXT, NEXT, NEXT, NEXT, NEXT, NEXT, TEMP, NEXT, LOST, LOST},
        [STLS] =         {GOOD, INSE, INSE, INSE, INSE, INSE, TEMP, TEMP, INSE, TEMP, TEMP},
        [STARTING_TLS] = {TEMP, TEMP, TEMP, TEMP, TEMP, TEMP, TEMP, TEMP, TEMP, LOST, LOST},
        [USER] =         {GOOD, HELD, TEMP, TEMP, TEMP, HELD, TEMP, TEMP, HELD, TEMP, TEMP},
        [PASS] =         {GOOD, HELD, TEMP, TEMP, TEMP, HELD, TEMP, GOOD, HELD, TEMP, TEMP},
        [QUIT] =         {GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD},
};
/* clang-format on */

static const Outcome outcomes[] = {
        [GOOD] = OUTCOME_NONE,      [NEXT] = OUTCOME_TEMPORARY,     [LOST] = OUTCOME_NOT_REACHED,
        [TEMP] = OUTCOME_TEMPORARY, [HELD] = OUTCOME_LOGIN_REFUSED, [INSE] = OUTCOME_INSECURE,
};

static Pop3Parameters parameters(bool tls)
{
        return (Pop3Parameters){
                .account = "me", .password = "secret", .tls = tls, .timeouts = pop3_timeouts_default};
}

static int give(Pop3Client *c, Answer answer, usec_t *now)
{
        if (answer == END)
                pop3_client_eof(c, "end of file");
        else if (answer == LIMIT) {
                *now = pop3_client_deadline(c);
                pop3_client_tick(c, *now);
        } else
                return pop3_client_feed(c, words[answer], strlen(words[answer]), *now);
        return 0;
}

/* ANSWER in STATE, and good ones elsewhere. What was sent goes to SENT. 0 or the first error. */
static int drive(Pop3Client *c, bool tls, State state, Answer answer, Text *sent)
{
        State at = GREETING;
        usec_t now = 1000;

        for (unsigned wants; !((wants = pop3_client_wants(c)) & POP3_WANT_DONE);) {
                const char *data;
                size_t size;
                int r = 0;

                if (wants & POP3_WANT_WRITE) {
                        pop3_client_output(c, &data, &size);
                        text_append(sent, data, size);
                        pop3_client_written(c, size, now);
                } else if (wants & POP3_WANT_START_TLS && state != STARTING_TLS) {
                        r = pop3_client_tls_up(c, now);
                        at = USER;
                } else {
                        r = give(c, at == state ? answer : OK, &now);
                        at = at == GREETING && tls ? USER : at + 1;
                }
                if (r < 0)
                        return r;
        }
        return text_error(sent);
}

static void each_answer_in_each_state(void **state)
{
        for (unsigned tls = 0; tls < 2; tls++)
                for (State s = GREETING; s < STATE_COUNT; s++)
                        for (Answer a = OK; a < ANSWER_COUNT; a++) {
                                _cleanup_(pop3_client_freep) Pop3Client *c = NULL;
                                _cleanup_text_ Text sent = {0};
                                const Pop3Parameters p = parameters(tls);
                                Verdict v = verdicts[s][a];
                                Result r;

                                if (tls && (s == STLS || s == STARTING_TLS))
                                        continue;
                                assert_int_equal(pop3_client_new(&p, 1000, &c), 0);
                                assert_int_equal(drive(c, tls, s, a, &sent), 0);
                                pop3_client_result(c, &r);
                                if (r.outcome != outcomes[v])
                                        fail_msg("tls %u, state %d, answer %d: %s (%s)", tls, s, a,
                                                 outcome_name(r.outcome), r.cause);
                                assert_int_equal(r.step, STEP_POP3);
                                assert_int_equal(pop3_client_may_try_next(c),
                                                 s == GREETING && (v == NEXT || v == LOST));
                                /* The password goes out once, and only behind a yes to USER. */
                                if (s <= USER && v != GOOD)
                                        assert_true(sent.size == 0 || !strstr(sent.data, "PASS"));
                        }
}

static void what_is_said(void **state)
{
        static const char *const said[] = {"STLS\r\nUSER me\r\nPASS secret\r\nQUIT\r\n",
                                           "USER me\r\nPASS secret\r\nQUIT\r\n"};

        for (unsigned tls = 0; tls < 2; tls++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = NULL;
                _cleanup_text_ Text sent = {0};
                const Pop3Parameters p = parameters(tls);
                Result heard;

                assert_int_equal(pop3_client_new(&p, 1000, &c), 0);
                assert_false(pop3_client_take_heard(c, &heard));
                assert_int_equal(drive(c, tls, STATE_COUNT, OK, &sent), 0);
                assert_string_equal(sent.data, said[tls]);
                assert_true(pop3_client_take_heard(c, &heard));
                assert_string_equal(heard.server_text, "+OK yes");
                assert_false(pop3_client_take_heard(c, &heard));
        }
}

static void without_memory(void **state)
{
        unsigned n = 0;

        do {
                _cleanup_(pop3_client_freep) Pop3Client *c = NULL;
                _cleanup_text_ Text sent = {0};
                const Pop3Parameters p = parameters(false);
                int r;

                text_reserve(&sent, 1024); /* the test's own */
                memory.counts = true;
                memory.failed = false;
                memory.left = n++;
                r = pop3_client_new(&p, 1000, &c);
                if (r >= 0)
                        r = drive(c, false, STATE_COUNT, OK, &sent);
                memory.counts = false;
                /* Words that can't be looked through are left out: the login goes on. */
                assert_true(r == -ENOMEM || r == 0);
                assert_true(r == 0 || memory.failed);
        } while (memory.failed);
        assert_true(n > 3);
        pop3_client_free(NULL);
}

/* Words that can't be looked through, here for the password in base64, are not shown. */
static void no_quotation_without_memory(void **state)
{
        unsigned n = 0;

        do {
                _cleanup_(pop3_client_freep) Pop3Client *c = NULL;
                const Pop3Parameters p = parameters(true);
                Result r, heard = {0};
                int error;

                assert_int_equal(pop3_client_new(&p, 1000, &c), 0);
                memory.counts = true;
                memory.failed = false;
                memory.left = n++;
                error = pop3_client_feed(c, "+OK c2VjcmV0\r\n", 14, 1000);
                if (error >= 0) {
                        pop3_client_written(c, strlen("USER me\r\n"), 1000);
                        error = pop3_client_feed(c, "-ERR c2VjcmV0\r\n", 15, 1000);
                }
                memory.counts = false;
                (void)pop3_client_take_heard(c, &heard);
                pop3_client_result(c, &r);
                assert_string_equal(r.server_text, "");
                assert_string_equal(heard.server_text, "");
                assert_int_equal(r.outcome, error < 0 ? OUTCOME_NONE : OUTCOME_LOGIN_REFUSED);
        } while (memory.failed);
        assert_true(n > 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_answer_in_each_state),
                cmocka_unit_test(what_is_said),
                cmocka_unit_test(without_memory),
                cmocka_unit_test(no_quotation_without_memory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
