/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "failing-memory.h"
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
        Report commit = {.type = REPORT_COMMIT,
                         .transaction = 1,
                         .n_accepted = 4,
                         .accepted = {0, 1, 5, 99}},
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
        assert_memory_equal(&read, &(Report){.type = REPORT_ALIVE}, sizeof(read));
        result.type = REPORT_RECIPIENT;
        result.recipient = 99;
        round_trip(&result, &read);
        assert_memory_equal(&read, &result, sizeof(read));
        result.recipient = 0;
        result.type = REPORT_SESSION;
        result.transaction = 0;
        string_copy(result.digest, sizeof(result.digest), "pbkdf2-sha256$100000$salt$hash=");
        round_trip(&result, &read);
        assert_string_equal(read.digest, result.digest);
        assert_false(read.result.pipelining_failed);
        result.result.pipelining_failed = true;
        round_trip(&result, &read);
        assert_memory_equal(&read, &result, sizeof(read));
}

/* A report says what its type is made of, and nothing else. */
static void each_type_has_its_fields(void **state)
{
#define RESULT " outcome=none step=dot code=250 enhanced=2.0.0 text=ok cause=why hint=relay server=h:25"
        static const char *const lines[REPORT_TYPE_COUNT] = {
                [REPORT_ALIVE] = "alive\n",
                [REPORT_STEP] = "step" RESULT " source=192.0.2.1\n",
                [REPORT_FACT] = "fact fact=tls" RESULT "\n",
                [REPORT_RECIPIENT] = "recipient transaction=7 recipient=9" RESULT "\n",
                [REPORT_COMMIT] = "commit transaction=7 accepted=0,1\n",
                [REPORT_TRANSACTION] = "transaction transaction=7" RESULT "\n",
                [REPORT_SESSION] = "session" RESULT " digest=d pipelining-failed=1\n",
        };
        Report r = {.fact = FACT_TLS,
                    .transaction = 7,
                    .recipient = 9,
                    .result = {.step = STEP_DOT,
                               .code = 250,
                               .enhanced = "2.0.0",
                               .server_text = "ok",
                               .cause = "why",
                               .hint = "relay",
                               .server = "h:25",
                               .pipelining_failed = true},
                    .source = ip("192.0.2.1"),
                    .digest = "d",
                    .n_accepted = 2,
                    .accepted = {0, 1}};

        for (r.type = REPORT_ALIVE; r.type < REPORT_TYPE_COUNT; r.type++) {
                _cleanup_text_ Text t = {0};

                assert_int_equal(report_format(&r, &t), 0);
                assert_string_equal(t.data, lines[r.type]);
        }
        for (size_t i = 0; i < 2; i++) {
                static const char *const without[] = {"step" RESULT "\n", "session" RESULT "\n"};
                Report less = {.type = i == 0 ? REPORT_STEP : REPORT_SESSION, .result = r.result};
                _cleanup_text_ Text t = {0};

                less.result.pipelining_failed = false;
                assert_int_equal(report_format(&less, &t), 0);
                assert_string_equal(t.data, without[i]);
        }
#undef RESULT
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
        /* Half of them is enough. */
        assert_int_equal(strlen(read.result.server_text), (sizeof(r.result.server_text) - 1) / 2);
        assert_int_equal(strspn(read.result.server_text, " "), (sizeof(r.result.server_text) - 1) / 2);
}

static void what_fits_is_not_cut(void **state)
{
        _cleanup_text_ Text t = {0};
        Report r = {.type = REPORT_SESSION}, read;
        size_t left;

        memset(r.result.cause, '%', sizeof(r.result.cause) - 1);
        memset(r.result.server, '%', sizeof(r.result.server) - 1);
        memset(r.digest, '%', sizeof(r.digest) - 1);
        assert_int_equal(report_format(&r, &t), 0);
        left = REPORT_SIZE_MAX - t.size;
        assert_true(left / 3 + left % 3 < sizeof(r.result.server_text));
        memset(r.result.server_text, ' ', left / 3);
        memset(r.result.server_text + left / 3, 'x', left % 3);
        text_wipe(&t);
        assert_int_equal(report_format(&r, &t), 0);
        assert_int_equal(t.size, REPORT_SIZE_MAX);
        assert_int_equal(report_parse(t.data, t.size, &read), 0);
        assert_memory_equal(&read, &r, sizeof(read));
}

/* SIZE octets, one of them the line feed. */
static int parse_of_size(size_t size)
{
        char line[REPORT_SIZE_MAX + 2];
        Report read;

        memset(line, 'x', sizeof(line));
        memcpy(line, "alive x=", strlen("alive x="));
        line[size - 1] = '\n';
        line[size] = '\0';
        return report_parse(line, size, &read);
}

static void a_packet_has_its_limit(void **state)
{
        assert_int_equal(parse_of_size(REPORT_SIZE_MAX), 0);
        assert_int_equal(parse_of_size(REPORT_SIZE_MAX + 1), -EBADMSG);
}

static void nonsense_is_refused(void **state)
{
        static const char *const wrong[] = {
                "",
                "\n",
                "alive",
                "alive\nalive\n",
                "dead\n",
                "dead outcome=none step= code=0\n",
                "answer transaction=0 go=1\n",
                "commit transaction=0\n",
                "commit accepted=1\n",
                "commit transaction=0 accepted=\n",
                "commit transaction=0 accepted=1,1\n",
                "commit transaction=0 accepted=2,1\n",
                "commit transaction=0 accepted=100\n",
                "commit transaction=128 accepted=1\n",
                "commit transaction=0 accepted=1,\n",
                "recipient transaction=0 recipient=100 outcome=none step=rcpt code=250\n",
                "recipient transaction=0 outcome=none step=rcpt code=250\n",
                "recipient recipient=0 outcome=none step=rcpt code=250\n",
                "transaction transaction=0 step=dot code=250\n",
                "transaction transaction=0 outcome=delivered code=250\n",
                "transaction transaction=0 outcome=delivered step=dot\n",
                "transaction transaction=0 outcome=delivered step=dot code=600\n",
                "transaction transaction=0 outcome=delivered step=dotty code=250\n",
                "transaction transaction=0 outcome=delivered step=dot code=250 enhanced=2.1000.1000x\n",
                "transaction transaction=0 outcome=delivered step=dot code=250 cause=%1b\n",
                "transaction transaction=0 outcome=delivered step=dot code=250 hint=%1b\n",
                "transaction transaction=0 outcome=delivered step=dot code=250 server=%1b\n",
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
                "session outcome=none step= code=0 digest=%1b\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                char buffer[128];
                Report read;

                string_copy(buffer, sizeof(buffer), wrong[i]);
                assert_int_equal(report_parse(buffer, strlen(buffer), &read), -EBADMSG);
        }
}

/* What is at the edge of being wrong; and what is not of this type is passed over. */
static void the_least_and_the_most_are_read(void **state)
{
        static const struct {
                const char *line;
                Report read;
        } rows[] = {
                {"commit transaction=0 accepted=0\n", {.type = REPORT_COMMIT, .n_accepted = 1}},
                {"commit transaction=127 accepted=99\n",
                 {.type = REPORT_COMMIT, .transaction = 127, .n_accepted = 1, .accepted = {99}}},
                {"recipient transaction=0 recipient=0 outcome=none step=rcpt code=0\n",
                 {.type = REPORT_RECIPIENT, .result = {.step = STEP_RCPT}}},
                {"transaction transaction=0 outcome=temporary step=dot code=599\n",
                 {.type = REPORT_TRANSACTION,
                  .result = {.outcome = OUTCOME_TEMPORARY, .step = STEP_DOT, .code = 599}}},
                {"session outcome=none step= code=0 pipelining-failed=0\n", {.type = REPORT_SESSION}},
                {"transaction transaction=0 outcome=none step= code=0 digest=d pipelining-failed=1\n",
                 {.type = REPORT_TRANSACTION}},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char buffer[128];
                Report read;

                string_copy(buffer, sizeof(buffer), rows[i].line);
                assert_int_equal(report_parse(buffer, strlen(buffer), &read), 0);
                assert_memory_equal(&read, &rows[i].read, sizeof(read));
        }
}

static void no_packet_has_a_nul(void **state)
{
        char line[] = "alive x=\0y\n", empty[] = "";
        Report read;

        assert_int_equal(report_parse(line, sizeof(line) - 1, &read), -EBADMSG);
        assert_int_equal(report_parse(empty, 0, &read), -EBADMSG);
}

static void the_answer_names_its_transaction(void **state)
{
        static const size_t transactions[] = {0, 3, SESSION_NOTICES_MAX - 1};

        for (size_t i = 0; i < 2 * ELEMENTSOF(transactions); i++) {
                _cleanup_text_ Text t = {0};
                size_t transaction;
                bool go;

                assert_int_equal(commit_answer_format(transactions[i / 2], i % 2, &t), 0);
                assert_int_equal(commit_answer_parse(t.data, t.size, &transaction, &go), 0);
                assert_int_equal(transaction, transactions[i / 2]);
                assert_int_equal(go, i % 2);
        }
}

static void another_answer_is_refused(void **state)
{
        static const char *const wrong[] = {
                "",
                "answer\n",
                "answer go=1\n",
                "answer transaction=3\n",
                "answer transaction=3 go=2\n",
                "answer transaction=128 go=1\n",
                "answers transaction=3 go=1\n",
                "answer transaction=3 go=1",
                "answer transaction=3 go=1\nanswer transaction=3 go=1\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                char buffer[128];
                size_t transaction = 7;
                bool go = false;

                string_copy(buffer, sizeof(buffer), wrong[i]);
                assert_int_equal(commit_answer_parse(buffer, strlen(buffer), &transaction, &go), -EBADMSG);
                assert_int_equal(transaction, 7);
                assert_false(go);
        }
}

/* The (N + 1)st request fails. False where there are not so many. */
static bool format_without(const Report *r, unsigned n)
{
        _cleanup_text_ Text t = {0};
        int error;

        memory.left = n;
        memory.failed = false;
        memory.counts = true;
        error = r ? report_format(r, &t) : commit_answer_format(3, true, &t);
        memory.counts = false;
        assert_int_equal(error, memory.failed ? -ENOMEM : 0);
        assert_int_equal(t.size == 0, memory.failed);
        return memory.failed;
}

static void memory_fails_once(void **state)
{
        Report r = {.type = REPORT_SESSION};
        unsigned n = 0;

        memset(r.result.server_text, ' ', sizeof(r.result.server_text) - 1);
        memset(r.result.cause, '%', sizeof(r.result.cause) - 1);
        memset(r.result.server, '%', sizeof(r.result.server) - 1);
        memset(r.digest, '%', sizeof(r.digest) - 1);
        while (format_without(&r, n))
                n++;
        assert_true(n > 2);
        assert_true(format_without(NULL, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_step_tells_its_source),
                cmocka_unit_test(every_type_is_read_as_written),
                cmocka_unit_test(each_type_has_its_fields),
                cmocka_unit_test(the_longest_report_fits),
                cmocka_unit_test(what_fits_is_not_cut),
                cmocka_unit_test(a_packet_has_its_limit),
                cmocka_unit_test(nonsense_is_refused),
                cmocka_unit_test(the_least_and_the_most_are_read),
                cmocka_unit_test(no_packet_has_a_nul),
                cmocka_unit_test(the_answer_names_its_transaction),
                cmocka_unit_test(another_answer_is_refused),
                cmocka_unit_test(memory_fails_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
