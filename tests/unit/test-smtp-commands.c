/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The table of commands row by row: the octets that each appends, and what a reply to it means in words and
 * in what is next, which the table of states can't see. */

#include "base/string-util.h"
#include "mail/hint.h"
#include "mail/message.h"
#include "mail/smtp-data.h"
#include "smtp-session.h"

#define INTERNATIONAL "j\xc3\xb6rg@example.org"

static const Play clear = {SECURITY_NONE, .n_mails = 1};
static const Play two_mails = {SECURITY_NONE, .n_mails = 2};
static const Play flights = {SECURITY_NONE, .pipelining = true, .n_mails = 2};
static const Play starttls = {SECURITY_STARTTLS, .n_mails = 1};

static void enter(SmtpClient *c, SmtpCommand command)
{
        assert_int_equal(smtp_commands[command.type].enter(c, &command), 0);
}

static void each_command_has_its_octets(void **state)
{
        static const struct {
                SmtpCommand command;
                const char *octets;
        } rows[] = {
                {{.type = SMTP_EHLO}, "EHLO host.example.com\r\n"},
                {{.type = SMTP_HELO}, "HELO host.example.com\r\n"},
                {{.type = SMTP_STARTTLS}, "STARTTLS\r\n"},
                {{.type = SMTP_RSET}, "RSET\r\n"},
                {{.type = SMTP_MAIL}, "MAIL FROM:<from@example.com>\r\n"},
                {{.type = SMTP_RCPT}, "RCPT TO:<a@example.org>\r\n"},
                {{.type = SMTP_RCPT, .recipient = 1}, "RCPT TO:<b@example.org>\r\n"},
                {{.type = SMTP_DATA}, "DATA\r\n"},
                {{.type = SMTP_LONE_DOT}, ".\r\n"},
                {{.type = SMTP_QUIT}, "QUIT\r\n"},
        };
        const Play p = {SECURITY_NONE, .n_mails = 1, .n_recipients = 2};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&p);

                recipients[1] = (char *)"b@example.org";
                enter(c, rows[i].command);
                assert_string_equal(c->out.data, rows[i].octets);
        }
}

#define EIGHTBIT                      \
        {                             \
                .eightbit_mime = true \
        }
#define UTF8                      \
        {                         \
                .smtp_utf8 = true \
        }
#define EVERY                                                          \
        {                                                              \
                .size = true, .eightbit_mime = true, .smtp_utf8 = true \
        }

/* Only what the server offers and this mail needs, and nothing after a 555. */
static void mail_has_the_parameters_that_count(void **state)
{
        static char *ascii[] = {(char *)"a@example.org", (char *)"b@example.org"},
                    *second[] = {(char *)"a@example.org", (char *)INTERNATIONAL};
        static const struct {
                SmtpCapabilities can;
                bool is_8bit, no_parameters;
                const char *from;
                char **recipients, **header_to;
                const char *says;
        } rows[] = {
                {{0}, true, false, "f@a", second, second, "<f@a>"},
                {{.size = true}, false, false, "f@a", ascii, ascii, "<f@a> SIZE=1234"},
                {{.size = true}, false, true, "f@a", ascii, ascii, "<f@a>"},
                {EIGHTBIT, true, false, "f@a", ascii, ascii, "<f@a> BODY=8BITMIME"},
                {EIGHTBIT, false, false, "f@a", ascii, ascii, "<f@a>"},
                {UTF8, true, false, "f@a", ascii, ascii, "<f@a>"},
                {UTF8, true, false, "f@a", second, ascii, "<f@a> SMTPUTF8"},
                {UTF8, true, false, "f@a", ascii, second, "<f@a> SMTPUTF8"},
                {UTF8, true, false, "\xc3\xb6@a", ascii, ascii, "<\xc3\xb6@a> SMTPUTF8"},
                {EVERY, true, false, "f@a", second, ascii, "<f@a> SIZE=1234 BODY=8BITMIME SMTPUTF8"},
                {EVERY, true, true, "f@a", second, ascii, "<f@a>"},
        };
        const Play p = {SECURITY_NONE, .n_mails = 1, .n_recipients = 2};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&p);
                const Order usual_order = order;
                const Notice usual = notices[0];
                char line[128];

                c->capabilities = rows[i].can;
                c->transactions[0].size = 1234;
                c->transactions[0].is_8bit = rows[i].is_8bit;
                c->transactions[0].no_parameters = rows[i].no_parameters;
                order.mail.from = (char *)rows[i].from;
                notices[0].recipients = rows[i].recipients;
                notices[0].header_to = rows[i].header_to;
                notices[0].n_header_to = 2;
                enter(c, (SmtpCommand){.type = SMTP_MAIL});
                (void)snprintf(line, sizeof(line), "MAIL FROM:%s\r\n", rows[i].says);
                assert_string_equal(c->out.data, line);
                order = usual_order;
                notices[0] = usual;
        }
}

/* To those who were accepted, in the form of DATA, with the dot known among all the session's octets. */
static void the_mail_is_for_who_was_accepted(void **state)
{
        const Play p = {SECURITY_NONE, .n_mails = 1, .n_recipients = 3};
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&p);
        char *accepted[] = {(char *)"a@example.org", (char *)"c@example.org"};
        _cleanup_text_ Text mail = {0}, stuffed = {0};

        recipients[1] = (char *)"b@example.org";
        recipients[2] = (char *)"c@example.org";
        c->transactions[0].accepted[1] = 2;
        c->transactions[0].n_accepted = 2;
        c->out_base = 1000;
        text_append_string(&c->out, "NOOP\r\n");
        enter(c, (SmtpCommand){.type = SMTP_BODY});

        text_append_string(&stuffed, "NOOP\r\n");
        assert_int_equal(message_render(&order, &notices[0], accepted, 2, &mail), 0);
        smtp_data_append_stuffed(&stuffed, mail.data, mail.size);
        assert_true(c->transactions[0].dot == 1000 + stuffed.size);
        text_append_string(&stuffed, ".\r\n");
        assert_string_equal(c->out.data, stuffed.data);
}

/* From their replies to the mail that names each of them and ends with the dot. */
static void a_mail_may_be_for_as_many_as_an_order_names(void **state)
{
        const Play p = {SECURITY_NONE, .n_mails = 1, .n_recipients = NOTICE_RECIPIENTS_MAX};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&p, SMTP_RCPT, 0);
        static char names[NOTICE_RECIPIENTS_MAX][64];

        for (size_t i = 1; i < NOTICE_RECIPIENTS_MAX; i++) {
                (void)snprintf(names[i], sizeof(names[i]), "to%zu@example.org", i);
                recipients[i] = names[i];
        }
        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++) {
                write_out(c);
                say(c, "250 ok\r\n");
        }
        assert_true(lead(c, &p, BODY));
        for (size_t i = 0; i < NOTICE_RECIPIENTS_MAX; i++)
                assert_non_null(strstr(c->out.data, recipients[i]));
        assert_string_equal(c->out.data + (c->transactions[0].dot - c->out_base), ".\r\n");
}

/* What a code says that has no place there: the session is broken where it stands, in words. */
static void a_code_out_of_place_is_told(void **state)
{
        static const struct {
                const Play *play;
                unsigned state;
                const char *reply, *cause;
                Step step;
        } rows[] = {
                {&clear, SMTP_EHLO, "220 x\r\n", "the server answered EHLO with 220", STEP_EHLO},
                {&clear, SMTP_EHLO, "354 x\r\n", "the server answered EHLO with 354", STEP_EHLO},
                {&clear, SMTP_HELO, "251 x\r\n", "the server answered HELO with 251", STEP_EHLO},
                {&clear, SMTP_MAIL, "251 x\r\n", "the server answered MAIL with 251", STEP_MAIL},
                {&clear, SMTP_MAIL, "354 x\r\n", "the server answered MAIL with 354", STEP_MAIL},
                {&clear, SMTP_RCPT, "249 x\r\n", "the server answered RCPT with 249", STEP_RCPT},
                {&clear, SMTP_RCPT, "253 x\r\n", "the server answered RCPT with 253", STEP_RCPT},
                {&clear, SMTP_DATA, "250 x\r\n", "the server answered DATA with 250", STEP_DATA},
                {&clear, SMTP_DATA, "355 x\r\n", "the server answered DATA with 355", STEP_DATA},
                {&two_mails, SMTP_RSET, "300 x\r\n", "the server answered RSET with 300", STEP_MAIL},
                {&two_mails, SMTP_RSET, "550 x\r\n", "the server answered RSET with 550", STEP_MAIL},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(rows[i].play, rows[i].state, 0);
                Result r;

                say(c, rows[i].reply);
                assert_int_equal(c->mode, SMTP_CLOSING);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_TEMPORARY);
                assert_int_equal(r.step, rows[i].step);
                assert_string_equal(r.cause, rows[i].cause);
        }
}

/* The first and the last code of each class. Where one is not said of the mail at all, what became of it is
 * unknown. */
static void the_dots_reply_has_its_class(void **state)
{
        static const struct {
                const char *reply;
                Outcome outcome;
                const char *cause;
        } rows[] = {
                {"221 bye\r\n", OUTCOME_UNKNOWN, "the server answered the mail with 221"},
                {"250 x\r\n", OUTCOME_DELIVERED, ""},
                {"300 x\r\n", OUTCOME_UNKNOWN, "the server answered the mail with 300"},
                {"354 x\r\n", OUTCOME_UNKNOWN, "the server answered the mail with 354"},
                {"400 x\r\n", OUTCOME_DESTINATION_TEMPORARY, ""},
                {"459 x\r\n", OUTCOME_DESTINATION_TEMPORARY, ""},
                {"500 x\r\n", OUTCOME_DESTINATION_PERMANENT, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, SMTP_BODY, 0);
                Result r;

                say(c, rows[i].reply);
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_int_equal(r.outcome, rows[i].outcome);
                assert_int_equal(r.step, STEP_DOT);
                assert_string_equal(r.cause, rows[i].cause);
        }
}

/* The server's code and words, and where: in each result that comes of a refusal. */
static void a_refusal_is_told(void **state)
{
        static const struct {
                const Play *play;
                unsigned state;
                const char *reply;
                Outcome outcome;
                Step step;
                unsigned code;
                const char *cause, *hint; /* NULL: whatever fits */
        } rows[] = {
                {&clear, SMTP_GREETING, "554 no\r\n", OUTCOME_TEMPORARY, STEP_GREETING, 554, "", NULL},
                {&clear, SMTP_EHLO, "501 no\r\n", OUTCOME_SETTINGS, STEP_EHLO, 501,
                 "the server does not take the EHLO name host.example.com", HINT_HELO},
                {&clear, SMTP_EHLO, "459 no\r\n", OUTCOME_TEMPORARY, STEP_EHLO, 459, "", NULL},
                {&starttls, SMTP_EHLO, "500 no\r\n", OUTCOME_SETTINGS, STEP_EHLO, 500, "", NULL},
                {&clear, SMTP_HELO, "400 no\r\n", OUTCOME_TEMPORARY, STEP_EHLO, 400, "", NULL},
                {&clear, SMTP_HELO, "500 no\r\n", OUTCOME_SETTINGS, STEP_EHLO, 500, "", NULL},
                {&starttls, SMTP_STARTTLS, "454 no\r\n", OUTCOME_INSECURE, STEP_STARTTLS, 454, "",
                 HINT_STARTTLS_MISSING},
                {&starttls, SMTP_STARTTLS, "250 no\r\n", OUTCOME_INSECURE, STEP_STARTTLS, 250, "",
                 HINT_STARTTLS_MISSING},
                {&starttls, SMTP_EHLO, "250 x\r\n", OUTCOME_INSECURE, STEP_EHLO, 0,
                 "the server offers no STARTTLS", HINT_STARTTLS_MISSING},
                {&clear, SMTP_MAIL, "400 no\r\n", OUTCOME_TEMPORARY, STEP_MAIL, 400, "", NULL},
                {&clear, SMTP_MAIL, "500 no\r\n", OUTCOME_SETTINGS, STEP_MAIL, 500, "", NULL},
                {&two_mails, SMTP_RSET, "421 no\r\n", OUTCOME_TEMPORARY, STEP_MAIL, 421, "", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(rows[i].play, rows[i].state, 0);
                Result r;

                say(c, rows[i].reply);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, rows[i].outcome);
                assert_int_equal(r.step, rows[i].step);
                assert_int_equal(r.code, rows[i].code);
                assert_string_equal(r.server_text, rows[i].code ? "no" : "");
                assert_string_equal(r.cause, rows[i].cause);
                if (rows[i].hint)
                        assert_string_equal(r.hint, rows[i].hint);
        }
}

/* HELO is for those who want neither TLS nor a login: EHLO alone offers them. */
static void helo_is_for_who_needs_nothing_more(void **state)
{
        static const struct {
                Security security;
                AuthMethod method;
                const char *reply;
                bool is_helo;
        } rows[] = {
                {SECURITY_NONE, AUTH_METHOD_NONE, "500 x\r\n", true},
                {SECURITY_NONE, AUTH_METHOD_NONE, "459 x\r\n", false},
                {SECURITY_NONE, AUTH_METHOD_NONE, "501 x\r\n", false},
                {SECURITY_NONE, AUTH_METHOD_SMTP, "500 x\r\n", false},
                {SECURITY_STARTTLS, AUTH_METHOD_NONE, "500 x\r\n", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, SMTP_EHLO, 0);

                order.mail.security = rows[i].security;
                order.mail.method = rows[i].method;
                say(c, rows[i].reply);
                assert_int_equal(state_of(c), rows[i].is_helo ? SMTP_HELO : SMTP_QUIT);
        }
}

/* RFC 6531, 3.4: no mail at all can go where the sender can't be named. */
static void a_sender_needs_smtputf8(void **state)
{
        char *usual = order.mail.from;

        order.mail.from = (char *)INTERNATIONAL;
        for (unsigned offered = 0; offered < 2; offered++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, SMTP_EHLO, 0);
                Result r;

                say(c, offered ? "250-x\r\n250 SMTPUTF8\r\n" : "250 x\r\n");
                assert_int_equal(state_of(c), offered ? SMTP_MAIL : SMTP_QUIT);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, offered ? OUTCOME_NONE : OUTCOME_SETTINGS);
                assert_int_equal(r.step, offered ? STEP_NONE : STEP_EHLO);
                assert_string_equal(
                        r.cause, offered ? "" : "mail.from needs SMTPUTF8, which the server does not offer");
                assert_string_equal(r.hint, offered ? "" : HINT_INTERNATIONAL);
        }
        order.mail.from = usual;
}

/* RFC 5321, 4.1.1.11: the same mail once more, without parameters, and not a third time. */
static void parameters_are_left_out_once(void **state)
{
        for (unsigned pipelining = 0; pipelining < 2; pipelining++) {
                const Play *p = pipelining ? &flights : &two_mails;
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(p, SMTP_BODY, 0);
                Result r;

                say(c, "250 ok\r\n");
                assert_true(lead(c, p, SMTP_MAIL));
                write_out(c);
                assert_int_equal(c->pending[0].transaction, 1);
                say(c, pipelining ? "555 no\r\n503 no\r\n503 no\r\n" : "555 no\r\n");
                assert_int_equal(state_of(c), SMTP_MAIL);
                assert_int_equal(c->pending[0].transaction, 1);
                assert_false(c->transactions[1].begun);
                assert_memory_equal(c->out.data, "MAIL FROM:<from@example.com>\r\n", 30);
                write_out(c);
                say(c, "555 no\r\n");
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_SETTINGS);
                assert_int_equal(r.code, 555);
                assert_true(c->transactions[1].begun);
        }
}

/* RFC 5321, 4.5.3.1.10, and what a refusal's class says, of a recipient and of its mail. */
static void a_recipient_has_its_result(void **state)
{
        static const struct {
                const char *reply;
                Outcome outcome;
        } rows[] = {
                {"250 x\r\n", OUTCOME_NONE},
                {"252 x\r\n", OUTCOME_NONE},
                {"400 x\r\n", OUTCOME_DESTINATION_TEMPORARY},
                {"459 x\r\n", OUTCOME_DESTINATION_TEMPORARY},
                {"500 x\r\n", OUTCOME_DESTINATION_PERMANENT},
                {"552 x\r\n", OUTCOME_DESTINATION_TEMPORARY},
                {"553 x\r\n", OUTCOME_DESTINATION_PERMANENT},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Play p = {SECURITY_NONE, .n_mails = 1, .n_recipients = 2};
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&p, SMTP_RCPT, 0);
                Result r;

                say(c, rows[i].reply);
                assert_int_equal(state_of(c), SMTP_RCPT); /* the other one */
                assert_int_equal(c->pending[0].recipient, 1);
                assert_true(smtp_client_recipient_result(c, 0, 0, &r));
                assert_int_equal(r.outcome, rows[i].outcome);
                assert_int_equal(r.step, STEP_RCPT);
                assert_string_equal(r.server_text, "x");
                write_out(c);
                say(c, rows[i].reply);
                assert_int_equal(state_of(c), r.outcome == OUTCOME_NONE ? SMTP_DATA : SMTP_QUIT);
        }
}

/* A mail without a recipient is left, at once or when DATA is answered, and the next one begins. */
static void a_refused_mail_is_left(void **state)
{
        static const struct {
                const Play *play;
                const char *rest; /* of the flight's replies */
                SmtpCommandType next;
        } rows[] = {
                {&two_mails, NULL, SMTP_RSET},
                {&flights, "554 no\r\n", SMTP_RSET},
                {&flights, "354 go\r\n", SMTP_LONE_DOT},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(rows[i].play, SMTP_RCPT, 0);
                Result r;

                say(c, "550 nobody\r\n");
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_int_equal(r.step, STEP_RCPT);
                assert_int_equal(r.code, 550);
                if (rows[i].rest)
                        say(c, rows[i].rest);
                assert_int_equal(state_of(c), rows[i].next);
                assert_int_equal(c->pending[0].transaction, rows[i].next == SMTP_RSET ? 1 : 0);
        }
}

/* DATA refused is the mail's result; accepted, its owner is asked for that mail. */
static void data_is_answered(void **state)
{
        static const struct {
                const char *reply;
                Outcome outcome; /* NONE: committing */
        } rows[] = {
                {"354 go\r\n", OUTCOME_NONE},
                {"400 no\r\n", OUTCOME_DESTINATION_TEMPORARY},
                {"459 no\r\n", OUTCOME_DESTINATION_TEMPORARY},
                {"500 no\r\n", OUTCOME_DESTINATION_PERMANENT},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&two_mails, SMTP_DATA, 0);
                Result r;

                c->committing = 1;
                say(c, rows[i].reply);
                assert_int_equal(c->mode, i == 0 ? SMTP_COMMITTING : SMTP_TALKING);
                assert_int_equal(smtp_client_transaction_result(c, 0, &r), i > 0);
                if (i == 0) {
                        assert_int_equal(c->committing, 0);
                        continue;
                }
                assert_int_equal(r.outcome, rows[i].outcome);
                assert_int_equal(r.step, STEP_DATA);
                assert_string_equal(r.server_text, "no");
                assert_int_equal(state_of(c), SMTP_RSET);
        }
}

/* A refusal that came before the last octet of the dot was written is one in the body's middle. */
static void the_mails_reply_is_of_the_dot_or_the_body(void **state)
{
        for (unsigned missing = 0; missing < 3; missing++) {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&clear, BODY, 0);
                const char *data;
                size_t size;
                Result r;

                smtp_client_output(c, &data, &size);
                smtp_client_written(c, size - missing, 0);
                say(c, "550 no\r\n");
                assert_true(smtp_client_transaction_result(c, 0, &r));
                assert_int_equal(r.outcome, OUTCOME_DESTINATION_PERMANENT);
                assert_int_equal(r.step, missing ? STEP_BODY : STEP_DOT);
                assert_string_equal(r.server_text, "no");
                assert_int_equal(c->mode, missing ? SMTP_CLOSING : SMTP_TALKING);
                smtp_client_session_result(c, &r);
                assert_int_equal(r.outcome, OUTCOME_NONE);
        }
}

/* How a session goes is no error, where STARTTLS follows and where a mail for nobody is ended, too. */
static void what_is_next_is_no_error(void **state)
{
        char words[] = "x\nSTARTTLS";
        const SmtpReply ehlo = {.code = 250, .text = {.data = words, .size = strlen(words)}},
                        go = {.code = 354, .text = {.data = words, .size = strlen(words)}};
        const SmtpCommand data = {.type = SMTP_DATA};
        _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&starttls, SMTP_EHLO, 0);

        assert_int_equal(smtp_commands[SMTP_EHLO].reply(c, &c->pending[0], &ehlo), 0);
        assert_int_equal(c->next.type, SMTP_STARTTLS);
        assert_int_equal(smtp_commands[SMTP_DATA].reply(c, &data, &go), 0);
        assert_int_equal(c->next.type, SMTP_LONE_DOT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_command_has_its_octets),
                cmocka_unit_test(mail_has_the_parameters_that_count),
                cmocka_unit_test(the_mail_is_for_who_was_accepted),
                cmocka_unit_test(a_mail_may_be_for_as_many_as_an_order_names),
                cmocka_unit_test(a_code_out_of_place_is_told),
                cmocka_unit_test(the_dots_reply_has_its_class),
                cmocka_unit_test(a_refusal_is_told),
                cmocka_unit_test(helo_is_for_who_needs_nothing_more),
                cmocka_unit_test(a_sender_needs_smtputf8),
                cmocka_unit_test(parameters_are_left_out_once),
                cmocka_unit_test(a_recipient_has_its_result),
                cmocka_unit_test(a_refused_mail_is_left),
                cmocka_unit_test(data_is_answered),
                cmocka_unit_test(the_mails_reply_is_of_the_dot_or_the_body),
                cmocka_unit_test(what_is_next_is_no_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
