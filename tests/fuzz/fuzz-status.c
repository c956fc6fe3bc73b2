/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The reader of what `ipherald status` shows. What it takes keeps its meaning when it is written and read
 * again, and can be shown to a person and to a program. */

#include "cli/status-json.h"
#include "cli/status-lines.h"
#include "decide/status-text.h"
#include "fuzz.h"

static void write_and_read(const Status *s)
{
        _cleanup_(status_freep) Status *again = NULL;
        _cleanup_text_ Text first = {0}, second = {0};

        require(status_format(s, &first) == 0);
        _cleanup_free_ char *copy = fuzz_copy(first.data, first.size);
        require(status_parse(copy, first.size, &again) == 0);
        require(status_format(again, &second) == 0);
        require(fuzz_equal(&first, &second));
}

static bool is_plain(const Text *t)
{
        for (size_t i = 0; i < t->size; i++)
                if ((unsigned char)t->data[i] < ' ' && t->data[i] != '\n')
                        return false;
        return true;
}

static void show(const Status *s)
{
        const StatusForm form = {.width = 60, .wall = {.seconds = 1764000000}, .now = 1000 * USEC_PER_SEC};
        _cleanup_text_ Text lines = {0}, json = {0};

        status_lines(s, &form, &lines);
        status_json(s, &json);
        require(text_error(&lines) == 0 && text_error(&json) == 0);
        require(is_plain(&lines) && is_plain(&json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(status_freep) Status *s = NULL;
        _cleanup_free_ char *document = fuzz_document(data, size, &size);
        int r;

        r = status_parse(document, size, &s);
        require(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
        if (r < 0)
                return 0;
        write_and_read(s);
        show(s);
        return 0;
}
