/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text stays valid whatever is appended, keeps what it has, also without memory, and loses no octet
 * unsaid.
 *
 * sources: src/base/text.c
 * options: --unwind 10 --conversion-check */
#include "base/text.h"

#include "proof.h"
#include "valid.h"

#define ROOM_MAX 12
#define MORE_MAX 8

void explicit_bzero(void *s, size_t n)
{
        memset(s, 0, n);
}

static Text any_text(void)
{
        Text t = {.failed = nondet_bool()};

        if (nondet_bool()) {
                t.capacity = any_size(ROOM_MAX);
                assume(t.capacity > 0);
                t.data = malloc(t.capacity);
                assume(t.data != NULL);
                t.size = any_size(t.capacity - 1);
        }
        assume(text_is_valid(&t));
        return t;
}

int main(void)
{
        Text t = any_text();
        const Text before = t;
        size_t more = any_size(MORE_MAX), at = any_size(ROOM_MAX);
        char room[MORE_MAX], *octets = last_octets(room, more), was = at < t.size ? t.data[at] : '\0';

        switch (nondet_int()) {
        case 0:
                text_append(&t, octets, more);
                claim(t.size == (t.failed ? before.size : before.size + more));
                claim(at < before.size || t.failed || at >= t.size ||
                      t.data[at] == octets[at - before.size]);
                break;
        case 1:
                text_reserve(&t, nondet_size());
                claim(t.size == before.size);
                break;
        default:
                text_wipe(&t);
                claim(t.size == 0 && t.capacity == before.capacity);
                at = ROOM_MAX;
        }
        claim(text_is_valid(&t));
        claim(t.failed || !before.failed);
        claim(at >= t.size || at >= before.size || t.data[at] == was);
        return 0;
}
