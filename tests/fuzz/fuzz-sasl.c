/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A login against any challenges: the first octet chooses the mechanism, the second the secret, each line
 * behind them is a challenge. No server proves itself here: it would have to know the secret. */

#include "base/string-util.h"
#include "fuzz.h"
#include "mail/sasl.h"

#define ANSWERS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const passwords[] = {"hunter2secret", "p", "p\xc3\xa4ss w=ord,", "\x01\x7f,="};
        const uint8_t *p, *end = data + size;
        SaslIdentity who = {.account = "me@example.com", .host = "mail.example.com", .port = 587};
        SaslExchange x = {.who = &who};
        _cleanup_secret_ Text initial = {0};
        unsigned n = 0;

        if (size < 2)
                return 0;
        x.method = sasl_choose(data[0]);
        who.secret = passwords[data[1] % ELEMENTSOF(passwords)];
        x.initial_due = data[1] & 0x80;
        if (!x.method)
                return 0;
        require(sasl_initial_response(&x, &initial) >= 0);
        for (p = data + 2; p < end;) {
                _cleanup_free_ char *challenge = fuzz_line(&p, end);
                _cleanup_secret_ Text answer = {0};
                int r = sasl_answer(&x, challenge, strlen(challenge), &answer);

                require(r >= SASL_ANSWERED && r <= SASL_TOO_COSTLY);
                require(r == SASL_ANSWERED || answer.size == 0);
                if (r != SASL_ANSWERED)
                        break;
                require(++n <= ANSWERS_MAX);
                require(answer.size < 12288);
        }
        require(!x.proven && string_is_clean(x.reason));
        require(sasl_may_succeed(&x) == (sasl_method_bit(x.method) != SASL_SCRAM_SHA_256));
        _cleanup_free_ char *words = fuzz_copy(data, size);
        require(!strstr(words, who.secret) || sasl_text_reveals(&who, words) == 1);
        return 0;
}
