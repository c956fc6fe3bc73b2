/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the files of the SMTP client promise each other (smtp-client-private.h): each function by itself,
 * where a whole session can't show it. */

#include "base/string-util.h"
#include "mail/hint.h"
#include "smtp-session.h"

static const Play flights = {SECURITY_TLS, .pipelining = true, .n_mails = 2, .n_recipients = 3};
static const Play single = {SECURITY_TLS, .n_mails = 1};

static SmtpReply reply_of(SmtpReplyParser *p, const char *line)
{
        size_t taken;

        assert_int_equal(smtp_reply_feed(p, line, strlen(line), SMTP_REPLY_LINE_MAX, &taken),
                         SMTP_REPLY_COMPLETE);
        return p->reply;
}

static Result result_of(Outcome outcome, const char *cause)
{
        Result r = {.outcome = outcome};

        string_copy(r.cause, sizeof(r.cause), cause);
        return r;
}

/* How a session went is no error: whatever is replied to whatever command, 0 is returned. */
static void what_a_server_says_is_no_error(void **state)
{
        static const Play plays[] = {
                {SECURITY_STARTTLS, .pipelining = true, .n_mails = 2},
                {SECURITY_TLS, .n_mails = 1},
                {SECURITY_TLS, .n_mails = 1, .by_challenges = true},
                {SECURITY_NONE, .n_mails = 1},
        };

        static const unsigned codes[] = {200, 220, 221, 235, 250, 251, 252, 300, 334, 354, 400, 421, 450,
                                         500, 501, 502, 503, 504, 530, 534, 535, 538, 550, 552, 554, 555};

        for (size_t i = 0; i < ELEMENTSOF(plays); i++)
                for (unsigned at = 0; at < SMTP_COMMAND_COUNT; at++)
                        for (size_t k = 0; k < ELEMENTSOF(codes); k++) {
                                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&plays[i], at, 0);
                                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                                char line[] = "200 \r\n";
                                SmtpReply reply;
                                SmtpCommand command;

                                if (!c)
                                        break;
                                (void)snprintf(line, sizeof(line), "%u\r\n", codes[k]);
                                reply = reply_of(&parser, line);
                                command = c->pending[0];
                                memmove(c->pending, c->pending + 1, --c->n_pending * sizeof(c->pending[0]));
                                assert_int_equal(smtp_commands[command.type].reply(c, &command, &reply), 0);
                        }
}

static void entering_a_command_is_no_error(void **state)
{
        static const Play test = {SECURITY_TLS, .n_mails = 1, .test = true};

        for (unsigned type = 0; type < SMTP_COMMAND_COUNT; type++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&test, COMMITTING, 0);
                SmtpCommand command = {.type = type};

                if (smtp_commands[type].enter)
                        assert_int_equal(smtp_commands[type].enter(c, &command), 0);
        }
}

/* The next flight, too, whatever it has in it. */
static void a_flight_is_no_error(void **state)
{
        static const SmtpCommandType types[] = {SMTP_EHLO, SMTP_HELO, SMTP_AUTH,
                                                SMTP_RSET, SMTP_MAIL, SMTP_QUIT};

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&flights, SMTP_AUTH, 0);
                SmtpCommand next;

                c->n_pending = 0;
                c->next = (SmtpCommand){.type = types[i]};
                assert_int_equal(smtp_flight_send(c), 0);
                assert_int_equal(smtp_flight_transaction(c, 0, false, &next), 0);
                assert_int_equal(smtp_flight_transaction(c, 2, false, &next), 0);
                assert_int_equal(next.type, SMTP_QUIT);
        }
}

/* No words that quote the login are kept, neither the server's nor a cause made of them. */
static void results_do_not_quote_the_login(void **state)
{
        static const char digest[] = "0123456789abcdef0123456789abcdef";
        static const struct {
                const char *words;
                bool are_kept;
        } rows[] = {
                {"no", true}, {"no: secret!", false}, {"no: me@example.com 0123456789abcdef0123", false}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&single);
                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                const char *left_out = "the server's words quote the login and are left out";
                SmtpReply reply;
                char line[256];
                Result r;

                c->exchange.who = &c->identity;
                memcpy(c->exchange.response, digest, sizeof(c->exchange.response));
                (void)snprintf(line, sizeof(line), "535 5.7.8 %s\r\n", rows[i].words);
                reply = reply_of(&parser, line);
                smtp_result_make(c, OUTCOME_LOGIN_REFUSED, STEP_AUTH, &reply, NULL, NULL, &r);
                assert_int_equal(r.code, 535);
                assert_string_equal(r.enhanced, "5.7.8");
                assert_string_equal(r.server_text, rows[i].are_kept ? rows[i].words : "");
                assert_string_equal(r.cause, rows[i].are_kept ? "" : left_out);
                smtp_result_make(c, OUTCOME_LOGIN_REFUSED, STEP_AUTH, NULL, rows[i].words, NULL, &r);
                assert_string_equal(r.cause, rows[i].are_kept ? rows[i].words : left_out);
        }
}

/* A hint is what to try: what went well needs none, and one that is given is the one. */
static void only_a_failure_has_a_hint(void **state)
{
        static const struct {
                Outcome outcome;
                const char *given, *hint;
        } rows[] = {
                {OUTCOME_NONE, NULL, ""},
                {OUTCOME_DELIVERED, NULL, ""},
                {OUTCOME_SETTINGS, NULL, HINT_LOGIN_NEEDED},
                {OUTCOME_SETTINGS, HINT_SENDER, HINT_SENDER},
                {OUTCOME_SETTINGS, "", ""},
        };
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&single);
        _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
        SmtpReply reply = reply_of(&parser, "530 log in first\r\n");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result r;

                smtp_result_make(c, rows[i].outcome, STEP_MAIL, &reply, NULL, rows[i].given, &r);
                assert_string_equal(r.hint, rows[i].hint);
        }
}

/* Of a test: all that went well up to the bound, in order; nothing of QUIT. */
static void what_is_heard_is_bounded(void **state)
{
        static const Play test = {SECURITY_TLS, .n_mails = 1, .test = true};
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&test);
        const SmtpCommand command = {.type = SMTP_MAIL};
        Result r;

        for (unsigned i = 0; i < SMTP_HEARD_MAX + 4; i++) {
                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                char line[] = "200\r\n";
                SmtpReply reply;

                (void)snprintf(line, sizeof(line), "%u\r\n", 200 + i);
                reply = reply_of(&parser, line);
                assert_int_equal(smtp_result_hear(c, &command, &reply), 0);
        }
        for (unsigned i = 0; i < SMTP_HEARD_MAX; i++) {
                assert_true(smtp_client_take_heard(c, &r));
                assert_int_equal(r.code, 200 + i);
        }
        assert_false(smtp_client_take_heard(c, &r));

        assert_true(lead(c, &test, SMTP_QUIT));
        while (smtp_client_take_heard(c, &r))
                ;
        assert_true(lead(c, &test, STATE_COUNT) || smtp_client_wants(c) == SMTP_WANT_DONE);
        assert_false(smtp_client_take_heard(c, &r));
}

/* Each recipient's result is kept, and those who were accepted are counted in order. */
static void who_was_accepted_is_kept(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&flights);
        const Result accepted = result_of(OUTCOME_NONE, "a"),
                     refused = result_of(OUTCOME_DESTINATION_PERMANENT, "b");
        Result r;

        assert_false(smtp_client_recipient_result(c, 1, 0, &r));
        assert_int_equal(smtp_recipient_set(c, 1, 0, &accepted), 0);
        assert_int_equal(smtp_recipient_set(c, 1, 1, &refused), 0);
        assert_int_equal(smtp_recipient_set(c, 1, 2, &accepted), 0);
        assert_int_equal(c->transactions[1].n_accepted, 2);
        assert_int_equal(c->transactions[1].accepted[0], 0);
        assert_int_equal(c->transactions[1].accepted[1], 2);
        assert_true(smtp_client_recipient_result(c, 1, 1, &r));
        assert_string_equal(r.cause, "b");
        assert_false(smtp_client_recipient_result(c, 0, 1, &r));
}

/* A result is final: what comes later changes nothing. */
static void the_first_result_stands(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&flights);
        const Result first = result_of(OUTCOME_DELIVERED, "a"), second = result_of(OUTCOME_UNKNOWN, "b");
        Result r;

        assert_false(smtp_client_transaction_result(c, 1, &r));
        smtp_transaction_set(c, 1, &first);
        smtp_transaction_set(c, 1, &second);
        assert_true(smtp_client_transaction_result(c, 1, &r));
        assert_int_equal(r.outcome, OUTCOME_DELIVERED);
        assert_string_equal(r.cause, "a");
        assert_false(smtp_client_transaction_result(c, 0, &r));
}

/* Where all were refused, the mail's result is the first that may be another one next time, or else the
 * first. */
static void the_best_refusal_is_the_mails(void **state)
{
        static const struct {
                const char *recipients, *best; /* refused for now, or for good; whose counts */
        } rows[] = {
                {"ggg", "0"}, {"nnn", "0"}, {"ngg", "0"}, {"gng", "1"},
                {"ggn", "2"}, {"gnn", "1"}, {"ngn", "0"}, {"nng", "0"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&flights);
                Result r;

                for (unsigned k = 0; k < 3; k++) {
                        const char cause[] = {(char)('0' + k), '\0'};
                        const Result result = result_of(rows[i].recipients[k] == 'n'
                                                                ? OUTCOME_DESTINATION_TEMPORARY
                                                                : OUTCOME_DESTINATION_PERMANENT,
                                                        cause);

                        assert_int_equal(smtp_recipient_set(c, 0, k, &result), 0);
                }
                smtp_transaction_set_refused(c, 0);
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_string_equal(r.cause, rows[i].best);
        }
}

/* By QUIT where nothing is pending, else by a cut. */
static void a_session_ends_by_quit_or_cut(void **state)
{
        const Result result = result_of(OUTCOME_SETTINGS, "a");
        Result r;

        for (size_t n_pending = 0; n_pending < 3; n_pending++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&flights, SMTP_AUTH, 0);

                c->n_pending = n_pending;
                assert_int_equal(smtp_session_end(c, &result), 0);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_SETTINGS);
                assert_string_equal(r.cause, "a");
                assert_true(c->ended);
                assert_int_equal(c->mode, n_pending > 0 ? SMTP_CLOSING : SMTP_TALKING);
                assert_int_equal(c->n_pending, 0);
                if (n_pending == 0)
                        assert_int_equal(c->next.type, SMTP_QUIT);
                assert_true(smtp_client_transaction_result(c, 1, &r));
                assert_int_equal(r.outcome, OUTCOME_NOT_BEGUN);
        }
}

/* No login without TLS, nor where none was wanted: the account waits for its owner. */
static void no_login_begins_without_tls(void **state)
{
        static const struct {
                bool tls;
                Security security;
                bool begins;
        } rows[] = {
                {true, SECURITY_TLS, true},        {true, SECURITY_STARTTLS, true},
                {false, SECURITY_STARTTLS, false}, {true, SECURITY_NONE, false},
                {false, SECURITY_NONE, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&single, SMTP_EHLO, 0);
                Result r;

                c->n_pending = 0;
                c->capabilities.mechanisms = SASL_PLAIN;
                c->tls = rows[i].tls;
                order.mail.security = rows[i].security;
                assert_int_equal(smtp_auth_begin(c), 0);
                assert_int_equal(c->next.type, rows[i].begins ? SMTP_AUTH : SMTP_QUIT);
                assert_int_equal(c->ended, !rows[i].begins);
                smtp_client_session_result(c, &r);
                assert_string_equal(r.hint, rows[i].begins ? "" : HINT_LOGIN_NEEDS_TLS);
        }
}

/* What stands behind AUTH would be read as the answer to a challenge, one command even; a challenge that
 * can't be read, of one octet even, is cancelled. */
static void only_a_clear_challenge_is_answered(void **state)
{
        for (size_t n_pending = 0; n_pending < 3; n_pending++)
                for (unsigned readable = 0; readable < 2; readable++) {
                        static const Play play = {SECURITY_TLS, .by_challenges = true, .n_mails = 1};
                        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, SMTP_AUTH, 0);
                        _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                        const SmtpReply reply = reply_of(&parser, readable ? "334 \r\n" : "334 x\r\n");
                        const SmtpCommand command = c->pending[0];

                        c->n_pending = n_pending;
                        assert_int_equal(smtp_auth_reply(c, &command, &reply), 0);
                        assert_int_equal(c->mode, n_pending > 0 ? SMTP_CLOSING : SMTP_TALKING);
                        assert_int_equal(c->out.size > 0, n_pending == 0 && readable);
                        if (n_pending == 0 && !readable)
                                assert_int_equal(c->next.type, SMTP_AUTH_CANCEL);
                }
}

/* Who logs in by a certificate alone is told so where the login is refused, and only there. */
static void a_refused_certificate_has_its_hint(void **state)
{
        static const struct {
                const char *reply, *hint;
        } rows[] = {{"535 no\r\n", HINT_LOGIN_EXTERNAL}, {"454 not now\r\n", ""}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&single, SMTP_AUTH, 0);
                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                const SmtpReply reply = reply_of(&parser, rows[i].reply);
                const SmtpCommand command = c->pending[0];
                Result r;

                c->n_pending = 0;
                c->exchange.method = sasl_choose(SASL_EXTERNAL);
                assert_int_equal(smtp_auth_reply(c, &command, &reply), 0);
                smtp_client_session_result(c, &r);
                assert_string_equal(r.hint, rows[i].hint);
        }
}

/* A mechanism that the server does not take is followed by one other, not by a third. */
static void one_other_mechanism_is_tried(void **state)
{
        static const struct {
                unsigned tried;
                SmtpCommandType next;
        } rows[] = {{SASL_PLAIN, SMTP_AUTH}, {SASL_PLAIN | SASL_LOGIN, SMTP_QUIT}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&single, SMTP_AUTH, 0);
                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                const SmtpReply reply = reply_of(&parser, "504 no\r\n");
                const SmtpCommand command = c->pending[0];

                c->n_pending = 0;
                order.mail.mechanisms = SASL_PLAIN | SASL_LOGIN | SASL_CRAM_MD5;
                c->capabilities.mechanisms = order.mail.mechanisms;
                c->mechanisms_tried = rows[i].tried;
                assert_int_equal(smtp_auth_reply(c, &command, &reply), 0);
                assert_int_equal(c->next.type, rows[i].next);
        }
}

/* RFC 4954, 4: "=" stands for an initial response of no octet, and only for that. */
static void an_empty_response_is_written(void **state)
{
        static const struct {
                const char *account, *line;
        } rows[] = {{NULL, "AUTH EXTERNAL =\r\n"}, {"a", "AUTH EXTERNAL YQ==\r\n"}};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&single);
                SmtpCommand command = {.type = SMTP_AUTH};

                c->identity.account = rows[i].account;
                c->exchange = (SaslExchange){.method = sasl_choose(SASL_EXTERNAL), .who = &c->identity};
                assert_int_equal(smtp_auth_enter(c, &command), 0);
                assert_string_equal(c->out.data, rows[i].line);
        }
}

static void a_secret_too_long_is_no_error(void **state)
{
        static const Play play = {SECURITY_TLS, .by_challenges = true, .n_mails = 1};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, SMTP_AUTH, 1);
        _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
        const SmtpReply reply = reply_of(&parser, "334 \r\n");
        const SmtpCommand command = c->pending[0];
        static char longest[10000];

        memset(longest, 'x', sizeof(longest) - 1);
        c->identity.secret = longest;
        c->n_pending = 0;
        assert_int_equal(smtp_auth_reply(c, &command, &reply), 0);
        assert_int_equal(c->mode, SMTP_CLOSING);
}

/* What results tell, and what went wrong, is not heard besides. */
static void only_what_nothing_else_tells_is_heard(void **state)
{
        static const Play test = {SECURITY_TLS, .n_mails = 1, .test = true};
        static const struct {
                SmtpCommandType type;
                const char *reply;
                bool is_heard;
        } rows[] = {
                {SMTP_MAIL, "250\r\n", true},  {SMTP_RCPT, "250\r\n", false}, {SMTP_BODY, "250\r\n", false},
                {SMTP_MAIL, "400\r\n", false}, {SMTP_AUTH, "334\r\n", false}, {SMTP_DATA, "354\r\n", true},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&test);
                _cleanup_(smtp_reply_done) SmtpReplyParser parser = {0};
                const SmtpReply reply = reply_of(&parser, rows[i].reply);
                Result r;

                assert_int_equal(smtp_result_hear(c, &(SmtpCommand){.type = rows[i].type}, &reply), 0);
                assert_int_equal(smtp_client_take_heard(c, &r), rows[i].is_heard);
        }
}

/* Whichever mail it is whose dot is out: its fate is unknown, and the account has nothing on its clock. */
static void any_dot_makes_a_break_unknown(void **state)
{
        for (size_t i = 0; i < 2; i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&flights);
                const Result other = result_of(OUTCOME_DELIVERED, "a");
                Result r;

                smtp_transaction_set(c, 1 - i, &other);
                c->transactions[i].begun = true;
                c->transactions[i].dot = 10;
                c->handed = 20;
                smtp_session_break(c, STEP_DOT, "b", NULL);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_NONE);
                assert_true(smtp_client_transaction_result(c, i, &r));
                assert_int_equal(r.outcome, OUTCOME_UNKNOWN);
        }
}

/* The body and QUIT are two commands that go together. */
static void two_commands_are_a_flight(void **state)
{
        static const Play play = {SECURITY_TLS, .pipelining = true, .n_mails = 1};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&play, COMMITTING, 0);

        c->pipelined = false;
        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
        assert_int_equal(c->n_pending, 2);
        assert_true(c->pipelined);
}

/* A mail that nobody is left for is passed over. */
static void the_next_mail_that_can_go_is_next(void **state)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&flights);
        const Result refused = result_of(OUTCOME_DESTINATION_PERMANENT, "a");
        SmtpCommand next;

        for (size_t k = 0; k < 3; k++)
                assert_int_equal(smtp_recipient_set(c, 0, k, &refused), 0);
        assert_int_equal(smtp_flight_transaction(c, 0, false, &next), 0);
        assert_int_equal(next.type, SMTP_MAIL);
        assert_int_equal(next.transaction, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_a_server_says_is_no_error),
                cmocka_unit_test(entering_a_command_is_no_error),
                cmocka_unit_test(a_flight_is_no_error),
                cmocka_unit_test(results_do_not_quote_the_login),
                cmocka_unit_test(only_a_failure_has_a_hint),
                cmocka_unit_test(what_is_heard_is_bounded),
                cmocka_unit_test(who_was_accepted_is_kept),
                cmocka_unit_test(the_first_result_stands),
                cmocka_unit_test(the_best_refusal_is_the_mails),
                cmocka_unit_test(a_session_ends_by_quit_or_cut),
                cmocka_unit_test(no_login_begins_without_tls),
                cmocka_unit_test(only_a_clear_challenge_is_answered),
                cmocka_unit_test(a_refused_certificate_has_its_hint),
                cmocka_unit_test(one_other_mechanism_is_tried),
                cmocka_unit_test(an_empty_response_is_written),
                cmocka_unit_test(only_what_nothing_else_tells_is_heard),
                cmocka_unit_test(any_dot_makes_a_break_unknown),
                cmocka_unit_test(two_commands_are_a_flight),
                cmocka_unit_test(the_next_mail_that_can_go_is_next),
                cmocka_unit_test(a_secret_too_long_is_no_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
