/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What neither transcripts nor the table of states can say: replies that come in advance, the one place
 * where a credential is written, exact sizes, what a test hears. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mail/smtp-client-private.h"

static char *recipients[] = {(char *)"a@example.org", (char *)"b@example.org"};

static Notice notices[] = {
        {.message_id = "1@host.example.com", .n_recipients = 2, .recipients = recipients},
        {.message_id = "2@host.example.com", .n_recipients = 1, .recipients = recipients},
};

static Order order = {
        .mail = {.enabled = true,
                 .server = (char *)"smtp.example.com",
                 .port = 587,
                 .from = (char *)"from@example.com",
                 .method = AUTH_METHOD_SMTP,
                 .account = (char *)"me@example.com",
                 .mechanisms = SASL_ALL},
        .n_notices = ELEMENTSOF(notices),
        .notices = notices,
};

static SmtpClient *new_client(void)
{
        const SmtpParameters parameters = {.order = &order,
                                           .secret = "secret",
                                           .helo = "host.example.com",
                                           .timeouts = smtp_timeouts_default};
        SmtpClient *c;

        for (size_t i = 0; i < ELEMENTSOF(notices); i++)
                notices[i].facts.new[FAMILY_IPV4] = (IpAddress){.family = AF_INET, .octets = {192, 0, 2, 1}};
        assert_int_equal(smtp_client_new(&parameters, 0, &c), 0);
        return c;
}

/* Does what the client wants until it can only read, or is over. */
static void serve(SmtpClient *c)
{
        for (;;) {
                unsigned wants = smtp_client_wants(c);
                const char *data;
                size_t size;

                if (wants & SMTP_WANT_WRITE) {
                        smtp_client_output(c, &data, &size);
                        smtp_client_written(c, size, 0);
                } else if (wants & SMTP_WANT_START_TLS)
                        assert_int_equal(smtp_client_tls_up(c, 0), 0);
                else if (wants & SMTP_WANT_COMMIT)
                        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
                else
                        return;
        }
}

static void say(SmtpClient *c, const char *reply)
{
        assert_int_equal(smtp_client_feed(c, reply, strlen(reply), 0), 0);
        serve(c);
}

static bool is_over(const SmtpClient *c)
{
        return smtp_client_wants(c) & (SMTP_WANT_DONE | SMTP_WANT_CLOSE);
}

static const char *good_reply(SmtpCommandType type, bool pipelining)
{
        switch (type) {
        case SMTP_GREETING:
        case SMTP_STARTTLS:
                return "220 ok\r\n";
        case SMTP_EHLO:
                return pipelining ? "250-x\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"
                                  : "250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n";
        case SMTP_AUTH:
                return "235 ok\r\n";
        case SMTP_DATA:
                return "354 go\r\n";
        case SMTP_QUIT:
                return "221 bye\r\n";
        case SMTP_HELO:
        case SMTP_AUTH_CANCEL:
        case SMTP_RSET:
        case SMTP_MAIL:
        case SMTP_RCPT:
        case SMTP_BODY:
        case SMTP_LONE_DOT:
        case SMTP_COMMAND_COUNT:
                break;
        }
        return "250 ok\r\n";
}

/* A reply that began before its command was written is none, be it cut where the flight ends or not. */
static void test_reply_in_advance(void **state)
{
        for (unsigned split = 0; split < 2; split++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client();
                const char *ehlo = good_reply(SMTP_EHLO, false);
                char segment[128];
                Result r;

                say(c, good_reply(SMTP_GREETING, false));
                say(c, ehlo);
                say(c, good_reply(SMTP_STARTTLS, false));
                (void)snprintf(segment, sizeof(segment), "%s23", ehlo);
                if (split) {
                        assert_int_equal(smtp_client_feed(c, segment, strlen(ehlo), 0), 0);
                        say(c, segment + strlen(ehlo));
                } else
                        say(c, segment);
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
                SmtpClient *c = new_client();
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
        SmtpClient *c = new_client();
        const char *ehlo = good_reply(SMTP_EHLO, true);

        say(c, good_reply(SMTP_GREETING, true));
        say(c, ehlo);
        say(c, good_reply(SMTP_STARTTLS, true));
        assert_int_equal(smtp_client_feed(c, ehlo, strlen(ehlo), 0), 0);
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
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client();
                const char *ehlo = good_reply(SMTP_EHLO, true);
                Result r;

                say(c, good_reply(SMTP_GREETING, true));
                say(c, ehlo);
                say(c, good_reply(SMTP_STARTTLS, true));
                assert_int_equal(smtp_client_feed(c, ehlo, strlen(ehlo), 0), 0);
                say(c, segments[i]);
                assert_true(is_over(c));
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_TEMPORARY);
        }
}

/* A session with implicit TLS up to the reply to EHLO, with KEYWORD; the next flight is ready. */
static SmtpClient *greeted(const char *keyword)
{
        SmtpClient *c;
        char ehlo[128];

        order.mail.security = SECURITY_TLS;
        c = new_client();
        c->tls = true;
        (void)snprintf(ehlo, sizeof(ehlo), "250-x\r\n250-%s\r\n250 PIPELINING\r\n", keyword);
        say(c, good_reply(SMTP_GREETING, true));
        assert_int_equal(smtp_client_feed(c, ehlo, strlen(ehlo), 0), 0);
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

        order.mail.method = AUTH_METHOD_NONE;
        order.n_notices = 1;
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
        order.n_notices = ELEMENTSOF(notices);
        order.mail.method = AUTH_METHOD_SMTP;
}

/* RFC 4954, 4: AUTH with its initial response is a line of 512 octets at most, CRLF included. */
static void test_auth_line_of_512(void **state)
{
        const SaslMethod *plain = sasl_choose(SASL_PLAIN);
        char password[512];

        order.mail.security = SECURITY_TLS;
        for (size_t n = 300; n < 420; n++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client();
                SmtpCommand command = {.type = SMTP_AUTH};
                size_t line = strlen("AUTH PLAIN ") + (2 + strlen("me") + n + 2) / 3 * 4 + strlen("\r\n");

                memset(password, 'x', n);
                password[n] = '\0';
                c->tls = true;
                c->identity.account = "me";
                c->identity.secret = password;
                c->exchange = (SaslExchange){.method = plain, .who = &c->identity};
                assert_int_equal(smtp_auth_enter(c, &command), 0);
                assert_int_equal(c->exchange.initial_due, line > 512);
                assert_int_equal(c->out.size, line > 512 ? strlen("AUTH PLAIN\r\n") : line);
        }
}

/* What no server takes as an answer is not sent, and holds no login. */
static void test_password_too_long(void **state)
{
        static char password[10000];
        _cleanup_(smtp_client_freep) SmtpClient *c = greeted("AUTH PLAIN");
        Result r;

        memset(password, 'x', sizeof(password) - 1);
        c->identity.secret = password;
        c->exchange.initial_due = true;
        text_wipe(&c->out);
        c->written = c->out_base;
        c->n_pending = 1;
        c->pending[0] = (SmtpCommand){.type = SMTP_AUTH};
        assert_int_equal(smtp_client_feed(c, "334 \r\n", 6, 0), 0);
        assert_true(is_over(c));
        assert_int_equal(c->out.size, 0);
        smtp_client_session_result(c, &r);
        assert_int_equal(r.outcome, OUTCOME_SETTINGS);
}

/* Lost when everything but the dot was handed out, nothing was delivered for certain; with the dot's first
 * octet it is unknown. */
static void test_lost_at_the_dot(void **state)
{
        order.mail.method = AUTH_METHOD_NONE;
        for (unsigned dot = 0; dot < 2; dot++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = greeted("SIZE");
                const char *data;
                size_t size;
                Result r;

                smtp_client_output(c, &data, &size);
                smtp_client_written(c, size, 0);
                assert_int_equal(smtp_client_feed(c, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", 32, 0), 0);
                assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
                c->handed = c->transactions[0].dot + dot;
                assert_int_equal(smtp_client_step(c), dot ? STEP_DOT : STEP_BODY);
                smtp_client_eof(c, "closed", 0);
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_int_equal(r.outcome, dot ? OUTCOME_UNKNOWN : OUTCOME_TEMPORARY);
        }
        order.mail.method = AUTH_METHOD_SMTP;
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

/* A session with STARTTLS that waits for the reply to AUTH. */
static SmtpClient *logging_in(bool test)
{
        SmtpClient *c;

        order.mail.security = SECURITY_STARTTLS;
        order.test = test;
        c = new_client();
        say(c, good_reply(SMTP_GREETING, true));
        say(c, good_reply(SMTP_EHLO, true));
        say(c, good_reply(SMTP_STARTTLS, true));
        say(c, good_reply(SMTP_EHLO, true));
        return c;
}

/* In order, and what results tell is left to them. */
static void test_what_a_test_hears(void **state)
{
        const char *offered, *ehlo = "x STARTTLS PIPELINING AUTH PLAIN LOGIN";
        SmtpClient *c = new_client();
        Result r;

        assert_null(smtp_client_method(c, &offered));
        smtp_client_free(c);
        c = logging_in(true);
        assert_string_equal(smtp_client_method(c, &offered), "PLAIN");
        assert_string_equal(offered, "PLAIN LOGIN");
        say(c, "235 2.7.0 bTpzZWNyZXQ= secret\r\n250 mail\r\n250 a\r\n550 b\r\n354 go\r\n");
        assert_heard(c, STEP_GREETING, 220, "ok");
        assert_heard(c, STEP_EHLO, 250, ehlo);
        assert_heard(c, STEP_STARTTLS, 220, "ok");
        assert_heard(c, STEP_EHLO, 250, ehlo);
        assert_heard(c, STEP_AUTH, 235, ""); /* it quotes the password */
        assert_heard(c, STEP_MAIL, 250, "mail");
        assert_heard(c, STEP_DATA, 354, "go");
        assert_false(smtp_client_take_heard(c, &r));
        smtp_client_free(c);

        c = logging_in(false);
        assert_false(smtp_client_take_heard(c, &r));
        smtp_client_free(c);
}

/* Without a notice it is the login, and QUIT. */
static void test_login_alone(void **state)
{
        const size_t n = order.n_notices;
        SmtpClient *c;
        Result r;

        order.n_notices = 0;
        c = logging_in(false);
        say(c, "235 ok\r\n");
        assert_false(is_over(c));
        say(c, "221 bye\r\n");
        assert_true(is_over(c));
        smtp_client_session_result(c, &r);
        assert_int_equal(r.outcome, OUTCOME_NONE);
        smtp_client_free(c);
        order.n_notices = n;
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
                cmocka_unit_test(test_lost_at_the_dot),
                cmocka_unit_test(test_what_a_test_hears),
                cmocka_unit_test(test_login_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
