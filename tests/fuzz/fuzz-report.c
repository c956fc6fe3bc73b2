/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The service's reader of a mailer's reports, and the mailer's of the answer to its question: each line is a
 * packet. */

#include "base/string-util.h"
#include "fuzz.h"
#include "mail/report.h"

static void look_at(const Report *r)
{
        const Result *result = &r->result;

        require(r->transaction < SESSION_NOTICES_MAX && r->recipient < NOTICE_RECIPIENTS_MAX);
        require(r->n_accepted <= NOTICE_RECIPIENTS_MAX);
        for (size_t i = 1; i < r->n_accepted; i++)
                require(r->accepted[i - 1] < r->accepted[i]);
        require(result->outcome < OUTCOME_COUNT && result->step < STEP_COUNT && result->code <= 599);
        require(ip_address_size(r->source.family) > 0 || !ip_address_is_set(&r->source));
        require(string_is_clean(result->server_text) && string_is_clean(result->cause) &&
                string_is_clean(result->server) && string_is_clean(result->hint) &&
                string_is_clean(result->enhanced) && string_is_clean(r->digest));
}

static void read_report(const char *packet, size_t size)
{
        _cleanup_free_ char *copy = fuzz_copy(packet, size), *copy_of_first = NULL;
        _cleanup_text_ Text first = {0}, second = {0};
        Report report, again;

        if (report_parse(copy, size, &report) < 0)
                return;
        look_at(&report);
        require(report_format(&report, &first) == 0 && first.size <= REPORT_SIZE_MAX);
        copy_of_first = fuzz_copy(first.data, first.size);
        require(report_parse(copy_of_first, first.size, &again) == 0);
        require(report_format(&again, &second) == 0);
        require(fuzz_equal(&first, &second));
}

static void read_answer(const char *packet, size_t size)
{
        _cleanup_free_ char *copy = fuzz_copy(packet, size), *copy_of_first = NULL;
        _cleanup_text_ Text first = {0};
        size_t transaction, transaction_again;
        bool go, go_again;

        if (commit_answer_parse(copy, size, &transaction, &go) < 0)
                return;
        require(commit_answer_format(transaction, go, &first) == 0);
        copy_of_first = fuzz_copy(first.data, first.size);
        require(commit_answer_parse(copy_of_first, first.size, &transaction_again, &go_again) == 0);
        require(transaction == transaction_again && go == go_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *p = data, *end = data + size;

        while (p < end) {
                const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
                size_t n = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);

                read_report((const char *)p, n);
                read_answer((const char *)p, n);
                p += n;
        }
        return 0;
}
