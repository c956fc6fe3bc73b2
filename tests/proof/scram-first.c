/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the server's first message says: it is answered only where its nonce begins with ours and goes
 * on, and by as many rounds as it says and no more than are allowed; and it proves nothing.
 *
 * sources: src/base/parse.c tests/proof/text-sizes.c tests/proof/libc.c
 * options: --unwind 33 --unwindset strcspn.0:20,strchr.0:3 */
#include "mail/sasl-scram.c"

#include "scram-stubs.h"

#define MESSAGE_MAX 18 /* "r=NMx,s=x,i=600001" */

static char nonce[] = "NM"; /* ours, in small */

void base64_append(Text *t, const void *data, size_t size)
{
        claim(__CPROVER_r_ok(data, size));
        text_append(t, data, size);
        if (size == SASL_NONCE_SIZE)
                t->data = nonce;
}

void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size)
{
        claim(!"no reason is given yet");
}

/* The number that stands behind the second comma. */
static unsigned rounds_of(const char *message)
{
        unsigned commas = 0, n = 0;

        for (size_t i = 0; message[i]; i++)
                if (message[i] == ',')
                        commas++;
                else if (commas == 2 && message[i] >= '0' && message[i] <= '9')
                        n = 10 * n + (unsigned)(message[i] - '0');
        return n;
}

int main(void)
{
        char message[MESSAGE_MAX + 1];
        const SaslIdentity who = {.account = "a", .secret = "b"};
        SaslExchange x = {.who = &who};
        Text answer = {0};

        message[MESSAGE_MAX] = '\0'; /* or before */
        int r = answer_first(&x, message, &answer);

        claim(!x.proven);
        claim(r == SASL_ANSWERED || r == SASL_UNEXPECTED || r == SASL_TOO_COSTLY || r == -ENOMEM ||
              r == -EIO);
        claim(r != SASL_TOO_COSTLY || rounds_done == 0);
        claim(answer.size == 0 || rounds_done > 0);
        claim(r != SASL_ANSWERED || answer.size > 0);
        if (rounds_done == 0)
                return 0;
        claim(message[0] == 'r' && message[1] == '=' && message[2] == nonce[0] && message[3] == nonce[1] &&
              message[4] && message[4] != ',');
        claim(rounds_of(message) == rounds_done);
        return 0;
}
