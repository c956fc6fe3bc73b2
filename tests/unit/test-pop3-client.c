/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What transcripts and the table of states do not ask of the POP3 client: its limits to the moment, octets
 * that look like TLS, words that look like a code, what it says after its end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "mail/hint.h"
#include "mail/pop3-client.h"

#define NOT_POP3 "the server sent what is no POP3 reply"

static Pop3Client *client(bool tls, const char *password)
{
        Pop3Client *c = NULL;
        const Pop3Parameters p = {
                .account = "me", .password = password, .tls = tls, .timeouts = pop3_timeouts_default};

        assert_int_equal(pop3_client_new(&p, 1000, &c), 0);
        return c;
}

static void feed(Pop3Client *c, const char *data, usec_t now)
{
        assert_int_equal(pop3_client_feed(c, data, strlen(data), now), 0);
}

/* All of the output is written, and is COMMAND. */
static void take(Pop3Client *c, const char *command, usec_t now)
{
        const char *data;
        size_t size;

        assert_int_equal(pop3_client_wants(c), POP3_WANT_READ | POP3_WANT_WRITE);
        pop3_client_output(c, &data, &size);
        assert_int_equal(size, strlen(command));
        assert_memory_equal(data, command, size);
        pop3_client_written(c, size, now);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_READ);
}

static void assert_cause(const Pop3Client *c, Outcome outcome, const char *cause)
{
        Result r;

        pop3_client_result(c, &r);
        assert_int_equal(r.outcome, outcome);
        assert_string_equal(r.cause, cause);
}

/* A limit counts from the last reply, from what was written, from the handshake's end; not from an octet
 * that ends nothing. */
static void limits_to_the_moment(void **state)
{
        const usec_t reply = 5 * USEC_PER_MIN, quit = 5 * USEC_PER_SEC;
        _cleanup_(pop3_client_freep) Pop3Client *c = client(false, "secret");

        assert_int_equal(pop3_client_deadline(c), 1000 + reply);
        feed(c, "+", 2000);
        assert_int_equal(pop3_client_deadline(c), 1000 + reply);
        feed(c, "OK\r\n", 3000);
        assert_int_equal(pop3_client_deadline(c), 3000 + reply);
        take(c, "STLS\r\n", 4000);
        assert_int_equal(pop3_client_deadline(c), 4000 + reply);
        feed(c, "+OK\r\n", 5000);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_START_TLS);
        assert_int_equal(pop3_client_deadline(c), 5000 + reply);
        assert_int_equal(pop3_client_tls_up(c, 6000), 0);
        assert_int_equal(pop3_client_deadline(c), 6000 + reply);
        take(c, "USER me\r\n", 7000);
        feed(c, "+OK\r\n", 8000);
        take(c, "PASS secret\r\n", 9000);
        feed(c, "+OK\r\n", 10000);
        assert_int_equal(pop3_client_deadline(c), 10000 + quit);
        take(c, "QUIT\r\n", 11000);
        pop3_client_tick(c, 11000 + quit - 1);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_READ);
        pop3_client_tick(c, 11000 + quit);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_DONE);
        assert_int_equal(pop3_client_deadline(c), USEC_INFINITY);
        assert_cause(c, OUTCOME_NONE, "");
}

/* To what there is no reply is said. */
static void limits_name_their_command(void **state)
{
        static const struct {
                unsigned n; /* replies before */
                Outcome outcome;
                const char *cause;
        } rows[] = {{0, OUTCOME_NOT_REACHED, "time limit: no reply to the connection"},
                    {1, OUTCOME_TEMPORARY, "time limit: no reply to STLS"},
                    {2, OUTCOME_NOT_REACHED, "time limit: the TLS handshake does not end"},
                    {3, OUTCOME_TEMPORARY, "time limit: no reply to USER"},
                    {4, OUTCOME_TEMPORARY, "time limit: no reply to PASS"}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(false, "secret");

                for (unsigned n = 0; n < rows[i].n; n++)
                        if (pop3_client_wants(c) == POP3_WANT_START_TLS)
                                assert_int_equal(pop3_client_tls_up(c, 1000), 0);
                        else {
                                const char *data;
                                size_t size;

                                pop3_client_output(c, &data, &size);
                                if (size > 0)
                                        pop3_client_written(c, size, 1000);
                                feed(c, "+OK\r\n", 1000);
                        }
                pop3_client_tick(c, pop3_client_deadline(c));
                assert_cause(c, rows[i].outcome, rows[i].cause);
        }
}

/* Alert and handshake are the records that a TLS server may begin with, where no TLS is yet. */
static void a_tls_record_in_the_greeting(void **state)
{
        static const char speaks_tls[] = "the server speaks TLS where a greeting is due";
        static const struct {
                bool tls;
                const char *first, *second, *cause;
        } rows[] = {
                {false, "\x15", "", speaks_tls},    {false, "\x16\x03", "", speaks_tls},
                {false, "\x17\r\n", "", NOT_POP3},  {false, "\x14\r\n", "", NOT_POP3},
                {true, "\x16\r\n", "", NOT_POP3},   {false, "+OK ", "\x16\r\n", ""},
                {false, "+", "\x16\r\n", NOT_POP3}, {false, "+OK\r\n", "\x16\r\n", NOT_POP3},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(rows[i].tls, "secret");
                const char *data;
                size_t size;
                Result r;

                feed(c, rows[i].first, 2000);
                pop3_client_output(c, &data, &size);
                if (size > 0)
                        pop3_client_written(c, size, 2000);
                feed(c, rows[i].second, 2000);
                assert_cause(c, *rows[i].cause ? OUTCOME_TEMPORARY : OUTCOME_NONE, rows[i].cause);
                pop3_client_result(c, &r);
                assert_string_equal(r.hint, rows[i].cause == speaks_tls ? HINT_POP_SERVER : "");
        }
}

/* RFC 3206, RFC 2449, 8: a code in brackets, at the begin of the words. */
static void codes_of_a_refusal(void **state)
{
        static const struct {
                const char *reply;
                Outcome outcome;
        } rows[] = {
                {"-ERR [IN-USE] x\r\n", OUTCOME_TEMPORARY},
                {"-ERR [in-use/OTHER] x\r\n", OUTCOME_TEMPORARY},
                {"-ERR [LOGIN-DELAY]\r\n", OUTCOME_TEMPORARY},
                {"-ERR [SYS/TEMP] x\r\n", OUTCOME_TEMPORARY},
                {"-ERR [SYS/PERM] x\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR [ABCDEF] x\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR ABCDEFG/\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR [IN-USE x\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR [IN-USE^ x\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR [IN-USE0 x\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR x[IN-USE]\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR\r\n", OUTCOME_LOGIN_REFUSED},
                {"-ERR \r\n", OUTCOME_LOGIN_REFUSED},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");
                Result r;

                feed(c, "+OK\r\n", 2000);
                take(c, "USER me\r\n", 2000);
                feed(c, rows[i].reply, 2000);
                pop3_client_result(c, &r);
                if (r.outcome != rows[i].outcome)
                        fail_msg("%s: %s", rows[i].reply, outcome_name(r.outcome));
        }
}

/* RFC 1939, 3: an indicator in upper case, then a space and words, or nothing; CRLF, and neither CR nor NUL
 * before it. */
static void lines_that_are_no_reply(void **state)
{
        static const struct {
                const char *line;
                size_t size;
                bool good;
        } rows[] = {
                {"+OK \n", 5, false},      {"+OK x\r\r\n", 8, false},  {"+OK\r\n", 5, true},
                {"+OK \r\n", 6, true},     {"+OK!\r\n", 6, false},     {"+ok\r\n", 5, false},
                {"+OK\n", 4, false},       {"+OK\0\r\n", 6, false},    {"+OK\r\r\n", 6, false},
                {"+OK \0x\r\n", 8, false}, {"\r\n", 2, false},         {"\n", 1, false},
                {"-ERR!\r\n", 7, false},   {"+OK x\r \r\n", 9, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");

                assert_int_equal(pop3_client_feed(c, rows[i].line, rows[i].size, 2000), 0);
                assert_cause(c, rows[i].good ? OUTCOME_NONE : OUTCOME_TEMPORARY,
                             rows[i].good ? "" : NOT_POP3);
        }
}

static void a_line_that_is_too_long(void **state)
{
        _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");
        char line[POP3_LINE_MAX + 2];

        memset(line, 'x', sizeof(line));
        memcpy(line, "+OK ", 4);
        line[sizeof(line) - 1] = '\0';
        feed(c, line, 2000);
        assert_cause(c, OUTCOME_TEMPORARY, NOT_POP3);
}

/* Whose command is on its way still has asked for nothing, were it the last octet. */
static void a_reply_before_the_command(void **state)
{
        static const char command[] = "USER me\r\n";

        for (size_t left = 1; left <= strlen(command); left++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");
                const char *data;
                size_t size;

                feed(c, "+OK\r\n", 2000);
                if (left < strlen(command))
                        pop3_client_written(c, strlen(command) - left, 2000);
                pop3_client_output(c, &data, &size);
                assert_int_equal(size, left);
                assert_memory_equal(data, command + strlen(command) - left, left);
                assert_int_equal(pop3_client_wants(c), POP3_WANT_READ | POP3_WANT_WRITE);
                feed(c, "+OK\r\n", 2000);
                assert_cause(c, OUTCOME_TEMPORARY, "the server sent a reply that nothing had asked for");
        }
}

static void no_octets_are_nothing(void **state)
{
        _cleanup_(pop3_client_freep) Pop3Client *c = client(false, "secret");

        assert_int_equal(pop3_client_feed(c, NULL, 0, 2000), 0);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_READ);
        feed(c, "+OK\r\n", 2000);
        assert_int_equal(pop3_client_feed(c, NULL, 0, 2000), 0);
        take(c, "STLS\r\n", 2000);
        feed(c, "+OK\r\n", 2000);
        assert_int_equal(pop3_client_feed(c, NULL, 0, 2000), 0);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_START_TLS);
}

/* Whatever comes behind the end; and the next address may be tried as before. */
static void the_end_is_final(void **state)
{
        for (unsigned ending = 0; ending < 3; ending++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");
                const char *data;
                size_t size;
                Result before, after;

                if (ending == 0)
                        feed(c, "-ERR no\r\n", 2000);
                else if (ending == 1)
                        pop3_client_eof(c, "end of file");
                else
                        feed(c, "what\r\n", 2000);
                pop3_client_result(c, &before);
                feed(c, "+OK\r\n", 3000);
                feed(c, "-ERR\r\n", 3000);
                pop3_client_eof(c, "once more");
                pop3_client_tick(c, USEC_INFINITY - 1);
                pop3_client_result(c, &after);
                assert_memory_equal(&after, &before, sizeof(after));
                assert_true(pop3_client_may_try_next(c));
                assert_int_equal(pop3_client_wants(c), POP3_WANT_DONE);
                pop3_client_output(c, &data, &size);
                assert_int_equal(size, 0);
        }
}

static void talk_to_its_end(const char *last)
{
        _cleanup_(pop3_client_freep) Pop3Client *c = client(true, "secret");
        Result heard;

        feed(c, "+OK one\r\n", 2000);
        take(c, "USER me\r\n", 2000);
        feed(c, "+OK two\r\n", 2000);
        take(c, "PASS secret\r\n", 2000);
        feed(c, "+OK three\r\n", 2000);
        take(c, "QUIT\r\n", 2000);
        feed(c, last, 2000);
        assert_int_equal(pop3_client_wants(c), POP3_WANT_DONE);
        assert_true(pop3_client_take_heard(c, &heard));
        assert_string_equal(heard.server_text, "+OK three");
        assert_false(pop3_client_take_heard(c, &heard));
}

/* It is the reply to PASS, and not the one to QUIT. */
static void what_was_heard_last(void **state)
{
        talk_to_its_end("+OK four\r\n");
        talk_to_its_end("-ERR four\r\n");
}

static void without_a_password(void **state)
{
        static const char *const passwords[] = {NULL, ""};

        for (size_t i = 0; i < ELEMENTSOF(passwords); i++) {
                _cleanup_(pop3_client_freep) Pop3Client *c = client(true, passwords[i]);
                Result r;

                feed(c, "+OK\r\n", 2000);
                assert_cause(c, OUTCOME_SETTINGS, "no password");
                pop3_client_result(c, &r);
                assert_string_equal(r.hint, HINT_POP_CREDENTIAL);
                take(c, "QUIT\r\n", 2000);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(limits_to_the_moment),
                cmocka_unit_test(limits_name_their_command),
                cmocka_unit_test(a_tls_record_in_the_greeting),
                cmocka_unit_test(codes_of_a_refusal),
                cmocka_unit_test(lines_that_are_no_reply),
                cmocka_unit_test(a_line_that_is_too_long),
                cmocka_unit_test(a_reply_before_the_command),
                cmocka_unit_test(no_octets_are_nothing),
                cmocka_unit_test(the_end_is_final),
                cmocka_unit_test(what_was_heard_last),
                cmocka_unit_test(without_a_password),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
