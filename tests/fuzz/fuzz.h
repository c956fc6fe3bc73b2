/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the fuzzers share. Each is a program that libFuzzer calls with octets; what must hold for any octets
 * is said with require(), what must not happen to memory is watched by the sanitizers. */

#include <stdio.h>

#include "base/checksum.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define require(condition)                                                                             \
        do {                                                                                           \
                if (!(condition)) {                                                                    \
                        fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
                        abort();                                                                       \
                }                                                                                      \
        } while (0)

/* A copy in a buffer of exactly its size, so that a read past the end is seen; a NUL follows it. */
static inline char *fuzz_copy(const void *data, size_t size)
{
        char *copy = malloc(size + 1);

        require(copy);
        if (size > 0)
                memcpy(copy, data, size);
        copy[size] = '\0';
        return copy;
}

/* The next line of the octets at *P, without its LF, as a copy; NULL at the END. */
static inline char *fuzz_line(const uint8_t **p, const uint8_t *end)
{
        const uint8_t *line = *p, *lf;
        size_t n = (size_t)(end - line);

        if (n == 0)
                return NULL;
        lf = memchr(line, '\n', n);
        *p = lf ? lf + 1 : end;
        return fuzz_copy(line, lf ? (size_t)(lf - line) : n);
}

/* A document of line records whose end line is left out: it gets one that fits, since no fuzzer guesses a
 * checksum. One that brings its own end line is left as it is. */
static inline char *fuzz_document(const uint8_t *data, size_t size, size_t *ret_size)
{
        _cleanup_text_ Text t = {0};

        text_append(&t, data, size);
        if (size > 0 && !memmem(data, size, "\nend crc32=", 11))
                text_appendf(&t, "end crc32=%08x\n", crc32(data, size));
        require(!t.failed);
        *ret_size = t.size;
        return fuzz_copy(t.data, t.size);
}

static inline bool fuzz_equal(const Text *a, const Text *b)
{
        return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}
