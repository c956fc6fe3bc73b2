/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Small language helpers: cleanup at acquisition, publish last. */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))

#define MIN(a, b)                       \
        ({                              \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a < _b ? _a : _b;      \
        })
#define MAX(a, b)                       \
        ({                              \
                __typeof__(a) _a = (a); \
                __typeof__(b) _b = (b); \
                _a > _b ? _a : _b;      \
        })

/* X, but not below LOW nor above HIGH. */
#define CLAMP(x, low, high)                                           \
        ({                                                            \
                __typeof__(x) _x = (x), _low = (low), _high = (high); \
                _x<_low ? _low : _x> _high ? _high : _x;              \
        })

/* Hands a pointer over: the variable is NULL afterwards, so that its cleanup does nothing. */
#define TAKE_PTR(p)                        \
        ({                                 \
                __typeof__(p) *_pp = &(p); \
                __typeof__(p) _p = *_pp;   \
                *_pp = NULL;               \
                _p;                        \
        })

/* Defines TYPE *FUNCp(TYPE **) for _cleanup_(), from a destructor that takes NULL. */
#define DEFINE_CLEANUP(type, func)           \
        static inline void func##p(type **p) \
        {                                    \
                func(*p);                    \
        }

static inline void freep(void *p)
{
        free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(freep)

static inline bool streq(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}
