/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What neither transcripts nor the table of states can say: replies that come in advance, the one place
 * where a credential is written, exact sizes, what a test hears. */

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smtp-session.h"

static const Play starttls = {SECURITY_STARTTLS, .pipelining = true, .n_mails = 1};
static const Play no_login = {SECURITY_NONE, .pipelining = true, .n_mails = 1};

static bool is_over(const SmtpClient *c)
{
        return state_of(c) == STATE_COUNT;
}

static Outcome session_outcome(const SmtpClient *c)
{
        Result r;

        smtp_client_session_result(c, &r);
        return r.outcome;
}

/* A reply that began before its command was written is none, be it cut where the flight ends or not. */
static void test_reply_in_advance(void **state)
{
        const Play play = {SECURITY_STARTTLS, .n_mails = 1};

        for (unsigned split = 0; split < 2; split++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, SMTP_EHLO, 1);
                char segment[300];
                Result r;

                (void)snprintf(segment, sizeof(segment), "%s%s", good_answer(c, &play), split ? "" : "23");
                say(c, segment);
                if (split)
                        say(c, "23");
                write_out(c);
                say(c, "5 ok\r\n");
                assert_true(is_over(c));
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_TEMPORARY);
                assert_int_equal(r.step, STEP_AUTH);
        }
}

/* In a child: the status with which ENTER ends where TLS and security are such. */
static int status_of_auth(bool tls, Security security)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                SmtpClient *c = new_client(&starttls);
                SmtpCommand command = {.type = SMTP_AUTH};

                (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
                (void)signal(SIGABRT, SIG_DFL);
                c->tls = tls;
                order.mail.security = security;
                c->exchange = (SaslExchange){.method = sasl_choose(SASL_PLAIN), .who = &c->identity};
                int r = smtp_auth_enter(c, &command);
                smtp_client_free(c);
                _exit(r == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

static void test_no_credential_without_tls(void **state)
{
        int status = status_of_auth(true, SECURITY_STARTTLS);

        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        status = status_of_auth(false, SECURITY_STARTTLS);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        status = status_of_auth(true, SECURITY_NONE);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* With AUTH and its secret ready to be written. */
static SmtpClient *client_with_secret(void)
{
        SmtpClient *c = stalled_in(&starttls, SMTP_AUTH, 0);

        assert_non_null(memmem(c->out.data, c->out.size, "AUTH PLAIN ", 11));
        return c;
}

static bool is_wiped(const char *data, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (data[i] != 0)
                        return false;
        return true;
}

/* The linker sends every free() here: what is left in memory that is given up? */
static struct {
        const void *data;
        size_t size;
        unsigned wiped, left;
} watched;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
        if (p && p == watched.data) {
                bool wiped = is_wiped(p, watched.size);

                watched.wiped += wiped;
                watched.left += !wiped;
        }
        __real_free(p);
}

/* Nothing of the credential is left in the buffer: once it was written, when the session ends before, and
 * when neither came to be. */
static void test_output_is_wiped(void **state)
{
        SmtpClient *written = client_with_secret(), *cut = client_with_secret(),
                   *left = client_with_secret();
        const char *data;
        size_t size;

        smtp_client_output(written, &data, &size);
        smtp_client_written(written, size, 0);
        assert_true(is_wiped(written->out.data, written->out.capacity));
        smtp_client_free(written);

        smtp_client_eof(cut, "closed", 0);
        assert_true(is_wiped(cut->out.data, cut->out.capacity));
        smtp_client_free(cut);

        watched.data = left->out.data;
        watched.size = left->out.capacity;
        smtp_client_free(left);
        watched.data = NULL;
        assert_int_equal(watched.wiped, 1);
        assert_int_equal(watched.left, 0);
}

/* A refusal that came before its command was written is no refusal of it: it holds no login. */
static void test_refusal_in_advance(void **state)
{
        const char *segments[] = {"535 no\r\n", "451 no\r\n", "421 no\r\n"};

        for (size_t i = 0; i < ELEMENTSOF(segments); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_with_secret();

                say(c, segments[i]);
                assert_true(is_over(c));
                assert_int_equal(session_outcome(c), OUTCOME_TEMPORARY);
        }
}

/* With what follows on an EHLO that has KEYWORD ready to be written. */
static SmtpClient *greeted(const char *keyword)
{
        SmtpClient *c = client_in(&no_login, SMTP_EHLO, 0);
        char ehlo[128];

        (void)snprintf(ehlo, sizeof(ehlo), "250-x\r\n250 %s\r\n", keyword);
        say(c, ehlo);
        return c;
}

static bool starts_with(const SmtpClient *c, const char *text)
{
        return c->out.size >= strlen(text) && memcmp(c->out.data, text, strlen(text)) == 0;
}

/* SIZE is a limit that the mail may reach. */
static void test_size_exactly(void **state)
{
        char keyword[32];
        SmtpClient *c;
        size_t size;

        c = greeted("SIZE");
        assert_true(starts_with(c, "MAIL FROM"));
        size = c->transactions[0].size;
        smtp_client_free(c);

        (void)snprintf(keyword, sizeof(keyword), "SIZE %zu", size);
        c = greeted(keyword);
        assert_true(starts_with(c, "MAIL FROM"));
        smtp_client_free(c);
        (void)snprintf(keyword, sizeof(keyword), "SIZE %zu", size - 1);
        c = greeted(keyword);
        assert_true(starts_with(c, "QUIT"));
        smtp_client_free(c);
        c = greeted("SIZE 1");
        assert_true(starts_with(c, "QUIT"));
        smtp_client_free(c);
}

/* RFC 4954, 4: AUTH with its initial response is a line of 512 octets at most, CRLF included. */
static void test_auth_line_of_512(void **state)
{
        static const struct {
                SaslMechanism mechanism;
                const char *command;
        } rows[] = {{SASL_PLAIN, "AUTH PLAIN"}, {SASL_EXTERNAL, "AUTH EXTERNAL"}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (size_t n = 300; n < 420; n++) {
                        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&starttls);
                        SmtpCommand command = {.type = SMTP_AUTH};
                        char name[512], password[512];
                        size_t before = strlen("NOOP\r\n"), head = strlen(rows[i].command), line;

                        memset(password, 'x', n);
                        password[n] = '\0';
                        memcpy(name, password, n + 1);
                        c->tls = true;
                        c->identity.account = rows[i].mechanism == SASL_PLAIN ? "me" : name;
                        c->identity.secret = password;
                        c->exchange = (SaslExchange){.method = sasl_choose(rows[i].mechanism),
                                                     .who = &c->identity};
                        line = head + 1 + ((rows[i].mechanism == SASL_PLAIN ? 4 : 0) + n + 2) / 3 * 4 + 2;
                        text_append_string(&c->out, "NOOP\r\n");
                        assert_int_equal(smtp_auth_enter(c, &command), 0);
                        assert_int_equal(c->exchange.initial_due, line > 512);
                        assert_int_equal(c->out.size, before + (line > 512 ? head + 2 : line));
                        assert_memory_equal(c->out.data + before, rows[i].command, head);
                }
}

/* RFC 4954, 4: what is longer than 12288 octets, CRLF included, no server takes as an answer. It is not
 * sent, and holds no login. */
static void test_password_too_long(void **state)
{
        static const Play play = {SECURITY_TLS, .n_mails = 1};
        static char password[10000];

        for (size_t n = 9200; n < 9220; n++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, SMTP_AUTH, 0);
                size_t line = (2 + strlen("me") + n + 2) / 3 * 4 + strlen("\r\n");

                memset(password, 'x', n);
                password[n] = '\0';
                c->identity.account = "me";
                c->identity.secret = password;
                c->exchange.initial_due = true;
                say(c, "334 \r\n");
                assert_int_equal(is_over(c), line > 12288);
                assert_int_equal(c->out.size, line > 12288 ? 0 : line);
                assert_int_equal(session_outcome(c), line > 12288 ? OUTCOME_SETTINGS : OUTCOME_NONE);
        }
}

/* Growth would leave a copy of the secret behind: there is room for the longest flight behind it, of
 * addresses of 254 octets with all parameters. */
static void test_room_behind_the_secret(void **state)
{
        const size_t mail = strlen("MAIL FROM:<> SIZE=18446744073709551615 BODY=8BITMIME SMTPUTF8\r\n") +
                            254,
                     rcpt = strlen("RCPT TO:<>\r\n") + 254;
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&starttls, SMTP_AUTH, 0);
        SmtpCommand command = {.type = SMTP_AUTH};
        char nothing[] = "";

        text_done(&c->out);
        assert_int_equal(smtp_auth_enter(c, &command), 0);
        assert_true(c->out.capacity > 512 + mail + NOTICE_RECIPIENTS_MAX * rcpt + strlen("DATA\r\n"));

        text_done(&c->out);
        c->exchange.initial_due = true;
        c->n_pending = 0;
        assert_int_equal(smtp_auth_reply(c, &command, &(SmtpReply){.code = 334, .text = {.data = nothing}}),
                         0);
        assert_true(c->out.capacity > 12288 + mail + NOTICE_RECIPIENTS_MAX * rcpt + strlen("DATA\r\n"));
}

/* Lost when everything but the dot was handed out, nothing was delivered for certain; with the dot's first
 * octet it is unknown. */
static void test_lost_at_the_dot(void **state)
{
        for (unsigned dot = 0; dot < 2; dot++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&no_login, BODY, 0);
                Result r;

                c->handed = c->transactions[0].dot + dot;
                assert_int_equal(smtp_client_step(c), dot ? STEP_DOT : STEP_BODY);
                smtp_client_eof(c, "closed", 0);
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_int_equal(r.outcome, dot ? OUTCOME_UNKNOWN : OUTCOME_TEMPORARY);
        }
}

static void assert_heard(SmtpClient *c, Step step, unsigned code, const char *words)
{
        Result r;

        assert_true(smtp_client_take_heard(c, &r));
        assert_int_equal(r.outcome, OUTCOME_NONE);
        assert_int_equal(r.step, step);
        assert_int_equal(r.code, code);
        assert_string_equal(r.server_text, words);
        assert_string_equal(r.hint, "");
}

/* In order, and what results tell is left to them. */
static void test_what_a_test_hears(void **state)
{
        const Play play = {SECURITY_STARTTLS, .pipelining = true, .test = true, .n_mails = 1,
                           .n_recipients = 2};
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&play);
        const char *offered;
        Result r;

        assert_null(smtp_client_method(c, &offered));
        assert_true(lead(c, &play, SMTP_AUTH));
        write_out(c);
        assert_string_equal(smtp_client_method(c, &offered), "PLAIN");
        assert_string_equal(offered, "PLAIN LOGIN");
        say(c, "235 2.7.0 bTpzZWNyZXQ= secret\r\n250 mail\r\n250 a\r\n550 b\r\n354 go\r\n");
        assert_heard(c, STEP_GREETING, 220, "ok");
        assert_heard(c, STEP_EHLO, 250, "x PIPELINING STARTTLS SIZE");
        assert_heard(c, STEP_STARTTLS, 220, "ok");
        assert_heard(c, STEP_EHLO, 250, "x PIPELINING AUTH PLAIN LOGIN SIZE");
        assert_heard(c, STEP_AUTH, 235, ""); /* it quotes the password */
        assert_heard(c, STEP_MAIL, 250, "mail");
        assert_heard(c, STEP_DATA, 354, "go");
        assert_false(smtp_client_take_heard(c, &r));
}

static void test_the_service_hears_results_alone(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&starttls, SMTP_AUTH, 0);
        Result r;

        assert_false(smtp_client_take_heard(c, &r));
}

/* An empty secret is none. */
static void test_no_secret(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                secret = i == 0 ? NULL : "";
                SmtpClient *c = new_client(&starttls);
                secret = "secret";

                assert_null(c->identity.secret);
                smtp_client_free(c);
        }
}

/* Without a notice it is the login, and QUIT. */
static void test_login_alone(void **state)
{
        const Play play = {SECURITY_STARTTLS, .pipelining = true};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, SMTP_AUTH, 0);

        assert_int_equal(c->n_pending, 1); /* another login may still be due */
        say(c, "235 ok\r\n");
        write_out(c);
        assert_false(is_over(c));
        say(c, "221 bye\r\n");
        assert_true(is_over(c));
        assert_int_equal(session_outcome(c), OUTCOME_NONE);
}

/* What stands behind its begin is none, whatever its first octet. */
static void test_greeting_in_two_segments(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&starttls);

        say(c, "220 a");
        say(c, "\x16z\r\n");
        assert_int_equal(state_of(c), SMTP_EHLO);
}

/* RFC 3207, 4.2: what was offered in clear text is forgotten. */
static void test_capabilities_of_clear_text(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&starttls, SMTP_EHLO, 0);
        const char *offered;

        say(c, "250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
        (void)smtp_client_method(c, &offered);
        assert_string_equal(offered, "PLAIN");
        write_out(c);
        say(c, "220 go\r\n");
        assert_int_equal(smtp_client_tls_up(c, 0), 0);
        (void)smtp_client_method(c, &offered);
        assert_string_equal(offered, "");
        assert_false(c->capabilities.starttls);
}

/* To the last octet; where none is left nothing is handed out. A write that wrote nothing moves no limit. */
static void test_output_in_parts(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = stalled_in(&no_login, SMTP_EHLO, 0);
        usec_t deadline = smtp_client_deadline(c);
        const char *data;
        size_t size;

        smtp_client_output(c, &data, &size);
        smtp_client_written(c, 0, USEC_PER_SEC);
        assert_true(smtp_client_deadline(c) == deadline);
        smtp_client_written(c, size - 1, USEC_PER_SEC);
        assert_true(smtp_client_deadline(c) == deadline + USEC_PER_SEC);
        smtp_client_output(c, &data, &size);
        assert_int_equal(size, 1);
        assert_memory_equal(data, "\n", 1);
        smtp_client_written(c, 1, 0);
        smtp_client_output(c, &data, &size);
        assert_null(data);
        assert_int_equal(size, 0);
}

/* What the time limit ended, for a person. */
static void test_words_of_time_limits(void **state)
{
        static const struct {
                unsigned state;
                bool stalled;
                const char *begun, *cause;
        } rows[] = {
                {SMTP_GREETING, false, "", "time limit: no reply to the connection"},
                {SMTP_EHLO, false, "", "time limit: no reply to EHLO"},
                {SMTP_EHLO, true, "", "time limit: the server does not take what it is sent"},
                {SMTP_EHLO, false, "2", "time limit: the server's reply does not end"},
                {STARTING_TLS, false, "", "time limit: the TLS handshake does not end"},
                {SMTP_AUTH, false, "", "time limit: no reply to AUTH"},
                {SMTP_MAIL, false, "", "time limit: no reply to MAIL"},
                {COMMITTING, false, "", "time limit: no answer whether the mail may go"},
                {SMTP_BODY, false, "", "time limit: no reply to the mail"},
        };
        const Play play = {SECURITY_STARTTLS, .n_mails = 1};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep)
                        SmtpClient *c = (rows[i].stalled ? stalled_in : client_in)(&play, rows[i].state, 0);
                Result r;

                say(c, rows[i].begun);
                smtp_client_tick(c, smtp_client_deadline(c));
                smtp_client_session_result(c, &r);
                assert_string_equal(r.cause, rows[i].cause);
        }
}

/* Commands were sent together once in the session: that the next goes alone takes nothing back. */
static void test_pipelining_fails_later(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&starttls, SMTP_AUTH, 0);
        Result r;

        say(c, "504 no\r\n503 no\r\n503 no\r\n503 no\r\n");
        write_out(c);
        assert_string_equal(sasl_mechanism_name(sasl_method_bit(c->exchange.method)), "LOGIN");
        assert_int_equal(c->n_pending, 1);
        smtp_client_tick(c, smtp_client_deadline(c));
        smtp_client_session_result(c, &r);
        assert_true(r.pipelining_failed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reply_in_advance),
                cmocka_unit_test(test_refusal_in_advance),
                cmocka_unit_test(test_no_credential_without_tls),
                cmocka_unit_test(test_output_is_wiped),
                cmocka_unit_test(test_size_exactly),
                cmocka_unit_test(test_auth_line_of_512),
                cmocka_unit_test(test_password_too_long),
                cmocka_unit_test(test_room_behind_the_secret),
                cmocka_unit_test(test_greeting_in_two_segments),
                cmocka_unit_test(test_capabilities_of_clear_text),
                cmocka_unit_test(test_output_in_parts),
                cmocka_unit_test(test_words_of_time_limits),
                cmocka_unit_test(test_lost_at_the_dot),
                cmocka_unit_test(test_what_a_test_hears),
                cmocka_unit_test(test_the_service_hears_results_alone),
                cmocka_unit_test(test_no_secret),
                cmocka_unit_test(test_login_alone),
                cmocka_unit_test(test_pipelining_fails_later),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
