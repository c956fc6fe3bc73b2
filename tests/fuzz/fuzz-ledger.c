/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader of the ledger. What it takes keeps its meaning when it is written and read again, and can be
 * started with. */

#include "decide/ledger-text.h"
#include "fuzz.h"

static void write_and_read(const Ledger *l)
{
        _cleanup_(ledger_freep) Ledger *again = NULL;
        _cleanup_text_ Text first = {0}, second = {0};

        require(ledger_format(l, &first) == 0);
        _cleanup_free_ char *copy = fuzz_copy(first.data, first.size);
        require(ledger_parse(copy, first.size, &again) == 0);
        require(ledger_format(again, &second) == 0);
        require(fuzz_equal(&first, &second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(ledger_freep) Ledger *l = NULL;
        _cleanup_free_ char *document = fuzz_document(data, size, &size);
        int r;

        r = ledger_parse(document, size, &l);
        require(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
        if (r < 0)
                return 0;
        write_and_read(l);
        ledger_start(l, "same", 30 * USEC_PER_MIN, USEC_PER_HOUR);
        write_and_read(l);
        ledger_start(l, "another", 30 * USEC_PER_MIN, USEC_PER_SEC);
        ledger_release(l, USEC_PER_SEC);
        ledger_sweep_mails(l);
        write_and_read(l);
        return 0;
}
