/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "proof.h"

/* What CBMC's own library lacks of the C library's, octet by octet, so that each access is checked. */

void *memchr(const void *s, int c, size_t n)
{
        const unsigned char *p = s;

        for (size_t i = 0; i < n; i++)
                if (p[i] == (unsigned char)c)
                        return (void *)(p + i);
        return NULL;
}

size_t strnlen(const char *s, size_t max)
{
        size_t n = 0;

        while (n < max && s[n])
                n++;
        return n;
}

/* Octet by octet too: a copy of an unknown size as a whole takes CBMC far longer. */
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ((char *)to)[i] = ((const char *)from)[i];
        return to;
}

size_t strcspn(const char *s, const char *reject)
{
        size_t n = 0;

        for (; s[n]; n++)
                if (strchr(reject, s[n]))
                        break;
        return n;
}

/* DELIM has one octet wherever we call it. */
char *strsep(char **string, const char *delim)
{
        char *begin = *string;

        if (!begin)
                return NULL;
        claim(delim[0] && !delim[1]);
        for (char *p = begin; *p; p++)
                if (*p == delim[0]) {
                        *p = '\0';
                        *string = p + 1;
                        return begin;
                }
        *string = NULL;
        return begin;
}

void explicit_bzero(void *s, size_t n)
{
        memset(s, 0, n);
}
