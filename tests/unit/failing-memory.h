/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Memory that fails once. The linker (--wrap, see failing_memory in meson.build) sends the requests of the
 * program and of core here. */

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

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
        return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
        return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
        return fails() ? NULL : __real_strdup(s);
}
