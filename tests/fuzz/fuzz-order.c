/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The mailer's reader of orders. What it takes keeps its meaning when it is written and read again. */

#include "fuzz.h"
#include "mail/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(order_freep) Order *o = NULL, *again = NULL;
        _cleanup_text_ Text first = {0}, second = {0};
        _cleanup_free_ char *document = fuzz_document(data, size, &size);
        int r;

        r = order_parse(document, size, &o);
        require(r == 0 || r == -EBADMSG);
        if (r < 0)
                return 0;
        require((o->n_notices > 0 || o->test) && o->n_notices <= SESSION_NOTICES_MAX && o->mail.from);
        require(o->print || o->mail.security != SECURITY_NONE || o->mail.method != AUTH_METHOD_SMTP);

        /* Escapes can make it longer than it came in. */
        r = order_format(o, &first);
        if (r == -EMSGSIZE)
                return 0;
        require(r == 0);
        _cleanup_free_ char *copy = fuzz_copy(first.data, first.size);
        require(order_parse(copy, first.size, &again) == 0);
        require(order_format(again, &second) == 0);
        require(fuzz_equal(&first, &second));
        return 0;
}
