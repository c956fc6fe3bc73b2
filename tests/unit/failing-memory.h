/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Memory that fails once. The linker (--wrap) sends the requests of the program and of core here; a program
 * that has more than these sent here asks fails() likewise. */

#include <stdbool.h>
#include <stddef.h>

static struct {
        bool counts;
        unsigned left; /* until one fails */
        bool failed;
} memory;

static inline bool fails(void)
{
        if (!memory.counts || memory.left-- > 0)
                return false;
        memory.counts = false;
        memory.failed = true;
        return true;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
        return fails() ? NULL : __real_realloc(p, size);
}
