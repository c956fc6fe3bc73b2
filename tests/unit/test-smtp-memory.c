/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A session in which memory fails once, at its first request, its second, and so on to its last: it ends
 * with -ENOMEM, or as if nothing had been, and what was taken is given back. Nothing is delivered that was
 * not. */

#include <limits.h>

#include "failing-memory.h"
#include "smtp-session.h"

/* What was written in the session, which memory's failure does not change. */
static Text wire;

typedef const char *(*Answer)(const SmtpClient *c, const Play *p);

static void note_written(const char *data, size_t size)
{
        bool counts = memory.counts;

        memory.counts = false;
        text_append(&wire, data, size);
        assert_int_equal(text_error(&wire), 0);
        memory.counts = counts;
}

/* Does what the client wants, and answers; 0 at its end, or the first error. */
static int drive(SmtpClient *c, const Play *p, Answer answer)
{
        for (;;) {
                unsigned wants = smtp_client_wants(c);
                const char *data;
                size_t size;
                int r = 0;

                if (wants & (SMTP_WANT_DONE | SMTP_WANT_CLOSE))
                        return 0;
                if (wants & SMTP_WANT_WRITE) {
                        smtp_client_output(c, &data, &size);
                        note_written(data, size);
                        smtp_client_written(c, size, 0);
                } else if (wants & SMTP_WANT_START_TLS)
                        r = smtp_client_tls_up(c, 0);
                else if (wants & SMTP_WANT_COMMIT)
                        r = smtp_client_commit_answer(c, true, 0);
                else {
                        const char *line = answer(c, p);
                        r = smtp_client_feed(c, line, strlen(line), 0);
                }
                if (r < 0)
                        return r;
        }
}

/* The (N + 1)st request fails. False where there are not so many. */
static bool play_without(const Play *p, unsigned n, Answer answer, Outcome first, int *ret_error)
{
        _cleanup_(smtp_client_freep) SmtpClient *c = NULL;
        Result r;
        int error;

        memory.counts = true;
        memory.left = n;
        memory.failed = false;
        text_wipe(&wire);
        error = try_new_client(p, &c);
        if (error >= 0)
                error = drive(c, p, answer);
        memory.counts = false;
        assert_true(error == 0 || (error == -ENOMEM && memory.failed));
        for (unsigned i = 0; c && i < p->n_mails; i++) {
                bool final = smtp_client_transaction_result(c, i, &r);

                if (error == 0)
                        assert_int_equal(r.outcome, i == 0 ? first : OUTCOME_DELIVERED);
                else if (final && r.outcome == OUTCOME_DELIVERED)
                        assert_true(c->handed > c->transactions[i].dot);
        }
        *ret_error = error;
        return memory.failed;
}

/* Each request fails in its turn. */
static void play_without_each(const Play *p, Answer answer, Outcome first)
{
        _cleanup_text_ Text whole = {0};
        unsigned n = 0;
        int error;

        assert_false(play_without(p, UINT_MAX, answer, first, &error));
        text_append(&whole, wire.data, wire.size);
        while (play_without(p, n, answer, first, &error)) {
                n++;
                if (error == 0) {
                        assert_int_equal(wire.size, whole.size);
                        assert_memory_equal(wire.data, whole.data, whole.size);
                }
        }
        assert_true(n > 5);
        text_done(&wire);
}

/* The first mail's recipient is refused, with words. */
static const char *refuse_first(const SmtpClient *c, const Play *p)
{
        if (state_of(c) == SMTP_RCPT && c->pending[0].transaction == 0)
                return "550-5.1.1 no such user\r\n550 5.1.1 here\r\n";
        return odd_answer(c, SMTP_RSET) ? odd_answer(c, SMTP_RSET) : good_answer(c, p);
}

static void memory_fails_once(void **state)
{
        static const Play plays[] = {
                {SECURITY_STARTTLS, .pipelining = true, .n_mails = 2},
                {SECURITY_TLS, .n_mails = 2, .test = true},
                {SECURITY_TLS, .by_challenges = true, .n_mails = 1},
                {SECURITY_NONE, .n_mails = 1, .n_recipients = 3},
        };

        for (size_t i = 0; i < ELEMENTSOF(plays); i++) {
                play_without_each(&plays[i], good_answer, OUTCOME_DELIVERED);
                play_without_each(&plays[i], refuse_first, OUTCOME_DESTINATION_PERMANENT);
        }
}

/* The answer is longer than the flight that memory is kept for. */
static void memory_fails_at_a_long_secret(void **state)
{
        const Play p = {SECURITY_TLS, .by_challenges = true, .n_mails = 1};
        const char *usual = secret;
        char longer[1000];

        memset(longer, 'x', sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        secret = longer;
        play_without_each(&p, good_answer, OUTCOME_DELIVERED);
        secret = usual;
}

static void memory_fails_where_a_recipient_needs_smtputf8(void **state)
{
        const Play p = {SECURITY_NONE, .n_mails = 1};
        char *ascii = recipients[0];

        recipients[0] = (char *)"j\xc3\xb6rg@example.org";
        play_without_each(&p, good_answer, OUTCOME_DESTINATION_PERMANENT);
        recipients[0] = ascii;
}

/* Where there is no room for an answer yet. */
static void memory_fails_at_an_answer(void **state)
{
        const Play p = {SECURITY_TLS, .by_challenges = true, .n_mails = 1};
        unsigned n = 0;
        int r;

        do {
                _cleanup_(smtp_client_freep) SmtpClient *c = client_in(&p, SMTP_AUTH, 0);
                _cleanup_text_ Text words = {0};

                text_append(&words, "", 1);
                text_done(&c->out);
                c->n_pending = 0;
                memory.counts = true;
                memory.left = n++;
                memory.failed = false;
                r = smtp_auth_reply(c, &(SmtpCommand){.type = SMTP_AUTH},
                                    &(SmtpReply){.code = 334, .text = {.data = words.data}});
                memory.counts = false;
                assert_int_equal(r, memory.failed ? -ENOMEM : 0);
        } while (memory.failed);
        assert_true(n > 3);
}

static void memory_fails_where_a_test_hears(void **state)
{
        const Play p = {SECURITY_TLS, .n_mails = 1, .test = true};
        _cleanup_(smtp_client_freep) SmtpClient *c = new_client(&p);
        char words[] = "ok";
        int r;

        memory.counts = true;
        memory.left = 0;
        r = smtp_result_hear(c, &(SmtpCommand){.type = SMTP_EHLO},
                             &(SmtpReply){.code = 250, .text = {.data = words, .size = 2}});
        memory.counts = false;
        assert_int_equal(r, -ENOMEM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_fails_once),
                cmocka_unit_test(memory_fails_at_a_long_secret),
                cmocka_unit_test(memory_fails_at_an_answer),
                cmocka_unit_test(memory_fails_where_a_test_hears),
                cmocka_unit_test(memory_fails_where_a_recipient_needs_smtputf8),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
