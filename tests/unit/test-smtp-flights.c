/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How many round trips a session takes: each flight is one, and so are TCP's connect, the wait for the
 * greeting and the handshake of TLS 1.3. */

#include "smtp-session.h"

typedef struct Row {
        Play play;
        unsigned trips;
} Row;

/* Takes one flight, which is one write; false where the client has nothing to say. The server answers what
 * it was sent in one segment. */
static bool fly(SmtpClient *c, const Play *p, Text *flight)
{
        _cleanup_text_ Text answers = {0};
        const char *data;
        size_t size;

        smtp_client_output(c, &data, &size);
        if (size == 0)
                return false;
        text_wipe(flight);
        text_append(flight, data, size);
        smtp_client_written(c, size, 0);
        assert_false(smtp_client_wants(c) & SMTP_WANT_WRITE);
        for (size_t i = 0; i < c->n_pending; i++)
                text_append_string(&answers, good_answer_to(c, p, c->pending[i].type));
        assert_int_equal(smtp_client_feed(c, answers.data, answers.size, 0), 0);
        return true;
}

static unsigned count_trips(const Play *p)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(p);
        _cleanup_text_ Text flight = {0};
        unsigned trips = 2 + (p->security == SECURITY_TLS); /* connect, greeting */
        Result r;

        say(c, good_answer_to(c, p, SMTP_GREETING));
        while (smtp_client_wants(c) != SMTP_WANT_DONE) {
                if (fly(c, p, &flight))
                        trips++;
                else if (smtp_client_wants(c) & SMTP_WANT_COMMIT)
                        assert_int_equal(smtp_client_commit_answer(c, true, 0), 0);
                else {
                        assert_int_equal(smtp_client_wants(c), SMTP_WANT_START_TLS);
                        assert_int_equal(smtp_client_tls_up(c, 0), 0);
                        trips++;
                }
        }
        for (unsigned i = 0; i < p->n_mails; i++) {
                assert_true(smtp_client_transaction_result(c, i, &r));
                assert_int_equal(r.outcome, OUTCOME_DELIVERED);
        }
        return trips;
}

static void a_session_takes_the_fewest_trips(void **state)
{
        static const Row rows[] = {
                /* [AUTH MAIL RCPT.. DATA] [body QUIT], whatever the number of recipients */
                {{SECURITY_TLS, .pipelining = true, .n_mails = 1}, 6},
                {{SECURITY_TLS, .pipelining = true, .n_mails = 1, .n_recipients = 100}, 6},
                {{SECURITY_STARTTLS, .pipelining = true, .n_mails = 1}, 8},
                {{SECURITY_STARTTLS, .pipelining = true, .n_mails = 1, .n_recipients = 100}, 8},
                {{SECURITY_NONE, .pipelining = true, .n_mails = 1}, 5},
                /* [body MAIL RCPT.. DATA] between them */
                {{SECURITY_TLS, .pipelining = true, .n_mails = 2, .n_recipients = 100}, 7},
                {{SECURITY_STARTTLS, .pipelining = true, .n_mails = 2, .n_recipients = 100}, 9},
                /* a login by challenges goes alone: AUTH, the account, the password */
                {{SECURITY_TLS, .pipelining = true, .by_challenges = true, .n_mails = 1}, 9},
                {{SECURITY_STARTTLS, .pipelining = true, .by_challenges = true, .n_mails = 1}, 11},
                /* command by command: AUTH, MAIL, RCPT, DATA, body, QUIT */
                {{SECURITY_TLS, .n_mails = 1}, 10},
                {{SECURITY_TLS, .n_mails = 1, .n_recipients = 100}, 109},
                {{SECURITY_TLS, .pipelining = true, .careful = true, .n_mails = 1}, 10},
                {{SECURITY_STARTTLS, .pipelining = true, .careful = true, .n_mails = 1}, 12},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (count_trips(&rows[i].play) != rows[i].trips)
                        fail_msg("row %zu: %u round trips", i, count_trips(&rows[i].play));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_session_takes_the_fewest_trips),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
