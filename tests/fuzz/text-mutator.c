/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A mutator for what is read by lines and words: half the time a line is copied to another place or dropped,
 * or a word takes another's place; else libFuzzer's own mutations of octets are used. */

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

typedef struct Part {
        size_t at, size;
} Part;

/* xorshift32: the choices of one mutation, from libFuzzer's seed. */
static unsigned next(unsigned *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        return *state;
}

/* A line with its LF. */
static Part pick_line(const uint8_t *data, size_t size, unsigned *state)
{
        size_t begin = next(state) % size, end = begin;

        while (begin > 0 && data[begin - 1] != '\n')
                begin--;
        while (end < size && data[end] != '\n')
                end++;
        return (Part){begin, MIN(end + 1, size) - begin};
}

static bool is_in_word(uint8_t octet)
{
        return octet > ' ' && !memchr("=,;\"()", octet, 6);
}

/* A word, which may be empty. */
static Part pick_word(const uint8_t *data, size_t size, unsigned *state)
{
        size_t begin = next(state) % size, end = begin;

        while (begin > 0 && is_in_word(data[begin - 1]))
                begin--;
        while (end < size && is_in_word(data[end]))
                end++;
        return (Part){begin, end - begin};
}

/* NEW takes the place of OLD. The new size; the old one where there is no room. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, Part old, Part new)
{
        _cleanup_free_ char *copy = fuzz_copy(data + new.at, new.size);

        if (size - old.size + new.size > max_size)
                return size;
        memmove(data + old.at + new.size, data + old.at + old.size, size - old.at - old.size);
        memcpy(data + old.at, copy, new.size);
        return size - old.size + new.size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
        unsigned state = seed | 1;
        Part other;

        if (size == 0)
                return LLVMFuzzerMutate(data, size, max_size);
        switch (next(&state) % 8) {
        case 0:
                other = pick_line(data, size, &state);
                return replace(data, size, max_size, (Part){other.at, 0}, pick_line(data, size, &state));
        case 1:
                return replace(data, size, max_size, pick_line(data, size, &state), (Part){0, 0});
        case 2:
        case 3:
                other = pick_word(data, size, &state);
                return replace(data, size, max_size, other, pick_word(data, size, &state));
        default:
                return LLVMFuzzerMutate(data, size, max_size);
        }
}
