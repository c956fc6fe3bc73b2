/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A login against any challenges: the first octet chooses the mechanism, the second the secret, each line
 * behind them is a challenge. */

#include "fuzz.h"
#include "mail/sasl.h"

#define ANSWERS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const passwords[] = {"hunter2secret", "p", "p\xc3\xa4ss w=ord,", "\x01\x7f,="};
        const uint8_t *p, *end = data + size;
        SaslExchange x = {.account = "me@example.com"};
        _cleanup_secret_ Text initial = {0};
        unsigned n = 0;

        if (size < 2)
                return 0;
        x.method = sasl_choose(data[0]);
        x.password = passwords[data[1] % ELEMENTSOF(passwords)];
        x.initial_due = data[1] & 0x80;
        if (!x.method)
                return 0;
        require(sasl_initial_response(&x, &initial) >= 0);
        for (p = data + 2; p < end;) {
                _cleanup_free_ char *challenge = fuzz_line(&p, end);
                _cleanup_secret_ Text answer = {0};
                int r = sasl_answer(&x, challenge, strlen(challenge), &answer);

                require(r == 0 || r == -EPROTO);
                require(r == 0 || answer.size == 0);
                if (r < 0)
                        break;
                require(++n <= ANSWERS_MAX);
                require(answer.size < 12288);
        }
        _cleanup_free_ char *words = fuzz_copy(data, size);
        require(!strstr(words, x.password) || sasl_text_reveals(x.account, x.password, words) == 1);
        return 0;
}
