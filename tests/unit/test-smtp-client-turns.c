/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whose turn it is, and since when: octets that come where they mean something else, the clock of each turn,
 * what the owner is asked and told, and what is left where the client is given up. */

#include "base/string-util.h"
#include "smtp-session.h"

static const Play clear = {SECURITY_NONE, .pipelining = true, .n_mails = 1};
static const Play in_tls = {SECURITY_TLS, .pipelining = true, .n_mails = 1};

/* The linker sends each calloc() and free() here. The least that a C library may do: for a request of no
 * octets it gives NULL (C17, 7.22.3). */
static struct {
        bool calloc_fails;
        const SmtpClient *client; /* that is to be given up; then NULL, with what was left of its response */
        char left[sizeof((SaslExchange){0}.response)];
} memory;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

void *__wrap_calloc(size_t n, size_t size)
{
        return n == 0 || size == 0 || memory.calloc_fails ? NULL : __real_calloc(n, size);
}

void __wrap_free(void *p)
{
        if (p && p == memory.client) {
                memcpy(memory.left, memory.client->exchange.response, sizeof(memory.left));
                memory.client = NULL;
        }
        __real_free(p);
}

static void assert_cut(const SmtpClient *c, const char *cause)
{
        Result r;

        assert_int_equal(smtp_client_wants(c), SMTP_WANT_CLOSE);
        smtp_client_session_result(c, &r);
        assert_int_equal(r.outcome, OUTCOME_TEMPORARY);
        assert_string_equal(r.cause, cause);
}

/* A record of TLS is one where a greeting in clear text is due, and nowhere else. */
static void a_tls_record_stands_for_a_greeting(void **state)
{
        static const char tls[] = "the server speaks TLS where a greeting is due",
                          none[] = "the server sent what is no SMTP reply";
        static const struct {
                const Play *play;
                unsigned state;
                const char *cause;
        } rows[] = {
                {&clear, SMTP_GREETING, tls}, {&in_tls, SMTP_GREETING, none}, {&clear, SMTP_EHLO, none},
                {&in_tls, SMTP_EHLO, none},   {&clear, SMTP_MAIL, none},      {&clear, COMMITTING, none},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(rows[i].play, rows[i].state, 0);

                say(c, "\x16\x03\r\n");
                assert_cut(c, rows[i].cause);
        }
}

/* What stands in the queue behind its end is not waited for. */
static void only_what_is_pending_is_waited_for(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, COMMITTING, 0);

        assert_int_equal(c->n_pending, 0);
        c->pending[0] = (SmtpCommand){.type = SMTP_GREETING};
        say(c, "\x16\x03\r\n");
        assert_cut(c, "the server sent what is no SMTP reply");
}

/* RFC 5321, 4.5.3.1.5, and while AUTH is under way RFC 4954, 4; CRLF included. */
static void a_line_has_its_length(void **state)
{
        static const struct {
                unsigned state;
                const char *head;
                size_t most;
        } rows[] = {
                {SMTP_GREETING, "220 ", 512},
                {SMTP_EHLO, "250 ", 512},
                {SMTP_AUTH, "535 ", 12288},
                {SMTP_MAIL, "250 ", 512},
        };
        static char line[12288 + 2];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (size_t longer = 0; longer < 2; longer++) {
                        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&in_tls, rows[i].state, 0);
                        size_t size = rows[i].most + longer;
                        Result r;

                        memset(line, 'x', size);
                        memcpy(line, rows[i].head, strlen(rows[i].head));
                        memcpy(line + size - 2, "\r\n", 3);
                        say(c, line);
                        smtp_client_session_result(c, &r);
                        assert_int_equal(streq(r.cause, "the server sent what is no SMTP reply"),
                                         longer > 0);
                }
}

/* In one segment with the reply before it, so that its command was not even there. */
static void a_whole_reply_in_advance(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, SMTP_GREETING, 0);

        say(c, "220 ok\r\n250 ok\r\n");
        assert_cut(c, "the server answered before the command was sent");
}

/* Where nothing was asked for 421 may be said, and it is the server's own word; all else breaks the
 * protocol, which may be the flight's fault. */
static void a_reply_that_nothing_asked_for(void **state)
{
        static const struct {
                const char *reply, *cause;
                unsigned code;
                bool pipelining_failed;
        } rows[] = {
                {"250 ok\r\n", "the server sent a reply that nothing had asked for", 0, true},
                {"450 no\r\n", "the server sent a reply that nothing had asked for", 0, true},
                {"421 bye\r\n", "", 421, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, COMMITTING, 0);
                Result r;

                say(c, rows[i].reply);
                assert_cut(c, rows[i].cause);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.step, STEP_DATA);
                assert_int_equal(r.code, rows[i].code);
                assert_int_equal(r.pipelining_failed, rows[i].pipelining_failed);
        }
}

/* A limit runs from the begin of the turn, not from when the server spoke last. */
static void each_turn_has_its_own_limit(void **state)
{
        const usec_t now = 9 * USEC_PER_SEC, limit = now + smtp_timeouts_default.block;
        const Play starttls = {SECURITY_STARTTLS, .n_mails = 1};
        SmtpClient *c = client_in(&starttls, STARTING_TLS, 0);

        assert_int_equal(smtp_client_tls_up(c, now), 0);
        assert_true(smtp_client_deadline(c) == limit);
        smtp_client_free(c);

        c = client_in(&clear, COMMITTING, 0);
        assert_int_equal(smtp_client_commit_answer(c, true, now), 0);
        assert_true(smtp_client_deadline(c) == limit);
        smtp_client_free(c);
}

/* A reply that has just begun is not what took too long. */
static void the_limit_that_passed_is_told(void **state)
{
        const usec_t limit = smtp_timeouts_default.command;
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, SMTP_EHLO, 0);

        assert_int_equal(smtp_client_feed(c, "2", 1, limit - 1), 0);
        assert_true(smtp_client_deadline(c) == limit);
        smtp_client_tick(c, limit);
        assert_cut(c, "time limit: no reply to EHLO");
}

static void assert_question(const SmtpClient *c, size_t transaction, const char *accepted, size_t n_accepted)
{
        const uint8_t *who = NULL;
        size_t which = 99, n = 99;

        smtp_client_commit_question(c, &which, &who, &n);
        assert_int_equal(which, transaction);
        assert_int_equal(n, n_accepted);
        assert_memory_equal(who, accepted, n);
}

/* Of which mail, and for whom. */
static void the_owner_is_asked_of_each_mail(void **state)
{
        const Play play = {SECURITY_NONE, .n_mails = 2, .n_recipients = 2};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, COMMITTING, 0);

        assert_question(c, 0, "\0\1", 2);
        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
        assert_true(lead(c, &play, SMTP_RCPT));
        write_out(c);
        say(c, "550 nobody\r\n");
        assert_true(lead(c, &play, COMMITTING));
        assert_question(c, 1, "\1", 1);
}

/* What the owner or the server does is no error, whatever becomes of the session. */
static void an_answer_that_ends_the_session_is_no_error(void **state)
{
        SmtpClient *c = client_in(&clear, COMMITTING, 0);
        Result r;

        assert_int_equal(smtp_client_commit_answer(c, false, 0), 0);
        assert_int_equal(smtp_client_wants(c), SMTP_WANT_CLOSE);
        assert_true(smtp_client_transaction_result(c, 0, &r));
        assert_int_equal(r.outcome, OUTCOME_STOPPED);
        smtp_client_free(c);

        c = client_in(&clear, COMMITTING, 0);
        say(c, "2");
        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
        assert_cut(c, "the server sent a reply that nothing had asked for");
        smtp_client_free(c);
}

/* RFC 5802, 5.1: the nonce of the login is the one that was given. */
static void a_login_has_the_nonce_that_was_given(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *usual = new_client(&in_tls), *c = NULL;
        SmtpParameters parameters = usual->parameters;

        for (size_t i = 0; i < sizeof(parameters.nonce); i++)
                parameters.nonce[i] = (uint8_t)(i + 1);
        assert_int_equal(smtp_client_new(&parameters, 0, &c), 0);
        assert_memory_equal(c->identity.nonce, parameters.nonce, sizeof(parameters.nonce));
}

/* CRAM-MD5's response is made of the password, and not left in memory that is given up. */
static void the_response_is_wiped(void **state)
{
        static const char wiped[sizeof(memory.left)];
        SmtpClient *c = client_in(&in_tls, SMTP_AUTH, 0);

        memset(c->exchange.response, 'x', sizeof(c->exchange.response) - 1);
        memory.client = c;
        smtp_client_free(c);
        assert_null(memory.client);
        assert_memory_equal(memory.left, wiped, sizeof(wiped));
}

/* An order without a notice needs memory too, whatever the C library does with a request of no octets. */
static void no_notice_is_no_lack_of_memory(void **state)
{
        const Play play = {SECURITY_TLS};
        _cleanup_(smtp_client_freep) SmtpClient *c = NULL;

        assert_int_equal(try_new_client(&play, &c), 0);
        assert_non_null(c);
}

/* Where what a test hears can't be kept. */
static void memory_that_lacks_is_told(void **state)
{
        const Play play = {SECURITY_TLS, .n_mails = 1, .test = true};
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&play);
        int r;

        memory.calloc_fails = true;
        r = smtp_client_feed(c, "220 ok\r\n", 8, 0);
        memory.calloc_fails = false;
        assert_int_equal(r, -ENOMEM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_tls_record_stands_for_a_greeting),
                cmocka_unit_test(only_what_is_pending_is_waited_for),
                cmocka_unit_test(a_line_has_its_length),
                cmocka_unit_test(a_whole_reply_in_advance),
                cmocka_unit_test(a_reply_that_nothing_asked_for),
                cmocka_unit_test(each_turn_has_its_own_limit),
                cmocka_unit_test(the_limit_that_passed_is_told),
                cmocka_unit_test(the_owner_is_asked_of_each_mail),
                cmocka_unit_test(an_answer_that_ends_the_session_is_no_error),
                cmocka_unit_test(a_login_has_the_nonce_that_was_given),
                cmocka_unit_test(the_response_is_wiped),
                cmocka_unit_test(no_notice_is_no_lack_of_memory),
                cmocka_unit_test(memory_that_lacks_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
