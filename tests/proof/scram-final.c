/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the server's last message says: it is believed by its signature alone, all of it.
 *
 * sources: tests/proof/text-sizes.c tests/proof/libc.c
 * options: --unwind 50 --unwindset strchr.0:3 */
#include "mail/sasl-scram.c"

#include "scram-stubs.h"

#define MESSAGE_MAX 49 /* "v=", a signature, and an attribute more */

void base64_append(Text *t, const void *data, size_t size)
{
        claim(!"it is no time to answer");
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
        claim(!"nothing is to be reckoned");
        return -EINVAL;
}

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(__CPROVER_r_ok(data, size) && __CPROVER_w_ok(ret, ret_size) && ret_size > 0);
        ret[0] = '\0';
}

int main(void)
{
        char message[MESSAGE_MAX + 1];
        size_t at = any_size(SHA256_SIZE - 1);
        SaslExchange x;

        message[MESSAGE_MAX] = '\0'; /* or before */
        x.proven = false;
        const uint8_t expected = x.server_signature[at];
        int r = answer_final(&x, message);

        claim(r == SASL_ANSWERED || r == SASL_UNEXPECTED || r == SASL_UNPROVEN);
        claim(x.server_signature[at] == expected);
        if (!x.proven)
                return 0;
        claim(r == SASL_ANSWERED && message[0] == 'v' && message[1] == '=');
        claim(n_decoded == SHA256_SIZE && decoded[at] == expected);
        return 0;
}
