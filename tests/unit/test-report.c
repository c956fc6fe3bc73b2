/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "ip.h"
#include "mail/report.h"

static void round_trip(const Report *r, Report *ret)
{
        _cleanup_text_ Text t = {0};

        assert_int_equal(report_format(r, &t), 0);
        assert_true(t.size <= REPORT_SIZE_MAX);
        assert_int_equal(report_parse(t.data, t.size, ret), 0);
}

static void a_step_tells_its_source(void **state)
{
        static const char *const sources[] = {"192.0.2.10", "2001:db8::10", NULL};
        Report read;

        for (size_t i = 0; i < ELEMENTSOF(sources); i++) {
                Report step = {.type = REPORT_STEP,
                               .result = {.step = STEP_GREETING, .server = "mail.example.com:587"},
                               .source = ip(sources[i])};

                round_trip(&step, &read);
                assert_memory_equal(&read, &step, sizeof(read));
        }
}

static void every_type_is_read_as_written(void **state)
{
        Report result = {
                .type = REPORT_TRANSACTION,
                .transaction = 7,
                .result = {.outcome = OUTCOME_DESTINATION_TEMPORARY,
                           .step = STEP_DOT,
                           .code = 451,
                           .enhanced = "4.7.1",
                           .server_text = "try \"later\", 100% sure",
                           .cause = "",
                           .hint = "greylisted",
                           .server = "mail.example.com:587"},
        };
        Report commit = {.type = REPORT_COMMIT, .transaction = 1, .n_accepted = 3, .accepted = {0, 5, 99}},
               read;

        round_trip(&result, &read);
        assert_memory_equal(&read, &result, sizeof(read));
        round_trip(&commit, &read);
        assert_memory_equal(&read, &commit, sizeof(read));
        for (Fact f = 0; f < FACT_COUNT; f++) {
                Report fact = {.type = REPORT_FACT,
                               .fact = f,
                               .result = {.step = STEP_EHLO,
                                          .code = 250,
                                          .enhanced = "2.1.0",
                                          .server_text = "PIPELINING SIZE"}};

                round_trip(&fact, &read);
                assert_memory_equal(&read, &fact, sizeof(read));
        }
        round_trip(&(Report){.type = REPORT_ALIVE}, &read);
        assert_int_equal(read.type, REPORT_ALIVE);
        result.type = REPORT_RECIPIENT;
        result.recipient = 99;
        round_trip(&result, &read);
        assert_int_equal(read.recipient, 99);
        result.type = REPORT_SESSION;
        string_copy(result.digest, sizeof(result.digest), "pbkdf2-sha256$100000$salt$hash=");
        round_trip(&result, &read);
        assert_string_equal(read.digest, result.digest);
        assert_false(read.result.pipelining_failed);
        result.result.pipelining_failed = true;
        round_trip(&result, &read);
        assert_true(read.result.pipelining_failed);
}

/* Every octet of every text is escaped to three: the server's words give way. */
static void the_longest_report_fits(void **state)
{
        Report r = {.type = REPORT_SESSION}, read;

        memset(r.result.server_text, ' ', sizeof(r.result.server_text) - 1);
        memset(r.result.cause, '%', sizeof(r.result.cause) - 1);
        memset(r.result.server, '%', sizeof(r.result.server) - 1);
        memset(r.digest, '%', sizeof(r.digest) - 1);
        round_trip(&r, &read);
        assert_string_equal(read.result.cause, r.result.cause);
}

static void nonsense_is_refused(void **state)
{
        static const char *const wrong[] = {
                "",
                "\n",
                "alive",
                "alive\nalive\n",
                "dead\n",
                "commit transaction=0\n",
                "commit transaction=0 accepted=\n",
                "commit transaction=0 accepted=1,1\n",
                "commit transaction=0 accepted=2,1\n",
                "commit transaction=0 accepted=100\n",
                "commit transaction=128 accepted=1\n",
                "commit transaction=0 accepted=1,\n",
                "recipient transaction=0 recipient=100 outcome=none step=rcpt code=250\n",
                "transaction transaction=0 outcome=fine step=dot code=250\n",
                "transaction transaction=0 outcome=delivered step=dot code=1000\n",
                "transaction outcome=delivered step=dot code=250\n",
                "fact outcome=none step=tls code=0\n",
                "fact fact=colour outcome=none step=tls code=0\n",
                "fact fact=tls outcome=none step=tls code=0 text=%1b[2J\n",
                "step outcome=none step=tls code=0 source=\n",
                "step outcome=none step=tls code=0 source=none\n",
                "step outcome=none step=tls code=0 source=192.0.2.256\n",
                "step outcome=none step=tls code=0 source=fe80::1%25eth0\n",
                "session outcome=none step=%00 code=0\n",
                "session outcome=none step= code=0 text=%1b[2J\n",
                "session outcome=none step= code=0 text=%ff\n",
                "session outcome=none step= code=0 pipelining-failed=2\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                char buffer[128];
                Report read;

                string_copy(buffer, sizeof(buffer), wrong[i]);
                assert_int_equal(report_parse(buffer, strlen(buffer), &read), -EBADMSG);
        }
}

static void the_answer_names_its_transaction(void **state)
{
        _cleanup_text_ Text t = {0};
        char wrong[] = "answer transaction=3 go=2\n";
        size_t transaction;
        bool go;

        assert_int_equal(commit_answer_format(3, true, &t), 0);
        assert_int_equal(commit_answer_parse(t.data, t.size, &transaction, &go), 0);
        assert_int_equal(transaction, 3);
        assert_true(go);
        assert_int_equal(commit_answer_parse(wrong, strlen(wrong), &transaction, &go), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_step_tells_its_source),
                cmocka_unit_test(every_type_is_read_as_written),
                cmocka_unit_test(the_longest_report_fits),
                cmocka_unit_test(nonsense_is_refused),
                cmocka_unit_test(the_answer_names_its_transaction),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
