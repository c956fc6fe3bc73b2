/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Octets as choices, one an octet: the shape that lets a fuzzer write conversations instead of text. */

#include "base/macros.h"

typedef struct Choices {
        const uint8_t *p, *end;
} Choices;

/* One of N, at most 256; 0 when the octets are used up. */
static inline unsigned choose(Choices *c, unsigned n)
{
        return c->p < c->end ? *c->p++ % n : 0;
}
