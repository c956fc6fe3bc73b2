/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The invariants: what a harness assumes of the state before the call, claims of it afterwards, and what
 * unit tests hold of the states that really come. */

#include "base/text.h"

/* A text is without a buffer, or has room for a NUL behind its octets, and the NUL. */
static inline bool text_is_valid(const Text *t)
{
        if (!t->data)
                return t->size == 0 && t->capacity == 0;
        return t->size < t->capacity && t->data[t->size] == '\0';
}
