/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What base64_decode() takes is what base64_append() writes, and nothing else; two quads, of which one is
 * the last, stand for any number, since each is read alone.
 *
 * sources: src/base/base64.c tests/proof/text-model.c
 * options: -DTEXT_ROOM=16 --unwind 5 --unwindset strchr.0:66,base64_decode.2:3,base64_append.0:3 */
#include "base/base64.h"

#include "proof.h"

#define ENCODED_MAX 8
#define PLAIN_MAX   5

static void decode(void)
{
        char encoded_room[ENCODED_MAX];
        uint8_t plain_room[ENCODED_MAX / 4 * 3];
        size_t size = any_size(ENCODED_MAX), n = SIZE_MAX, at;
        const char *encoded = last_octets(encoded_room, size);
        uint8_t *plain = last_octets(plain_room, size / 4 * 3);
        Text again = {0};

        if (base64_decode(encoded, size, plain, &n) < 0) {
                claim(n == SIZE_MAX);
                return;
        }
        claim(size % 4 == 0 && n <= size / 4 * 3);
        base64_append(&again, plain, n);
        if (text_error(&again) < 0)
                return;
        claim(again.size == size);
        at = any_size(ENCODED_MAX);
        claim(at >= size || again.data[at] == encoded[at]);
}

static void encode(void)
{
        uint8_t room[PLAIN_MAX], again[ENCODED_MAX / 4 * 3];
        size_t size = any_size(PLAIN_MAX), n, at;
        const uint8_t *plain = last_octets(room, size);
        Text encoded = {0};

        base64_append(&encoded, plain, size);
        if (text_error(&encoded) < 0)
                return;
        claim(encoded.size == (size + 2) / 3 * 4);
        claim(base64_decode(encoded.data, encoded.size, again, &n) == 0);
        claim(n == size);
        at = any_size(PLAIN_MAX);
        claim(at >= size || again[at] == plain[at]);
}

int main(void)
{
        if (nondet_bool())
                decode();
        else
                encode();
        return 0;
}
