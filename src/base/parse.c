/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <errno.h>

#include "base/macros.h"

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
        uint64_t value = 0;

        if (!*s || (s[0] == '0' && s[1]))
                return -EINVAL;
        for (const char *p = s; *p; p++)
                if (*p < '0' || *p > '9')
                        return -EINVAL;
        for (; *s; s++)
                if (__builtin_mul_overflow(value, 10U, &value) ||
                    __builtin_add_overflow(value, (unsigned)(*s - '0'), &value))
                        return -ERANGE;
        if (value < min || value > max)
                return -ERANGE;
        *ret = value;
        return 0;
}

int parse_hex(const char *s, unsigned n, uint64_t *ret)
{
        uint64_t value = 0;

        assert(n <= 16);
        for (unsigned i = 0; i < n; i++, s++) {
                if (*s >= '0' && *s <= '9')
                        value = value << 4 | (uint64_t)(*s - '0');
                else if (*s >= 'a' && *s <= 'f')
                        value = value << 4 | (uint64_t)(*s - 'a' + 10);
                else
                        return -EINVAL;
        }
        if (*s)
                return -EINVAL;
        *ret = value;
        return 0;
}

int parse_mac(const char *s, char ret[static MAC_TEXT_MAX])
{
        char mac[MAC_TEXT_MAX] = "";

        if (strlen(s) != MAC_TEXT_MAX - 1 || (s[2] != ':' && s[2] != '-'))
                return -EINVAL;
        for (size_t i = 0; i < MAC_TEXT_MAX - 1; i++) {
                char lower = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
                bool is_separator = i % 3 == 2;

                if (is_separator ? s[i] != s[2] : !memchr("0123456789abcdef", lower, 16))
                        return -EINVAL;
                mac[i] = is_separator ? ':' : lower;
        }
        memcpy(ret, mac, sizeof(mac));
        return 0;
}
