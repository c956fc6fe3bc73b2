/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(Text *t, const void *data, size_t size)
{
        const uint8_t *p = data;

        text_reserve(t, (size + 2) / 3 * 4);
        while (size > 0) {
                size_t n = MIN(size, (size_t)3);
                uint32_t bits = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) |
                                (n > 2 ? p[2] : 0);
                char quad[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                                n > 1 ? alphabet[bits >> 6 & 63] : '=', n > 2 ? alphabet[bits & 63] : '='};

                text_append(t, quad, sizeof(quad));
                p += n;
                size -= n;
        }
}

static int sextet(char c)
{
        const char *p = c ? strchr(alphabet, c) : NULL;

        return p ? (int)(p - alphabet) : -EINVAL;
}

int base64_decode(const char *s, size_t size, uint8_t *ret, size_t *ret_size)
{
        size_t n = 0;

        if (size % 4 != 0)
                return -EINVAL;
        for (size_t i = 0; i < size; i += 4) {
                bool last = i + 4 == size;
                unsigned padding = last && s[i + 3] == '=' ? (s[i + 2] == '=' ? 2 : 1) : 0;
                uint32_t bits = 0;

                for (unsigned k = 0; k < 4; k++) {
                        int v = k >= 4 - padding ? 0 : sextet(s[i + k]);

                        if (v < 0)
                                return v;
                        bits = bits << 6 | (uint32_t)v;
                }
                if (padding > 0 && (bits & (padding == 2 ? 0xffffU : 0xffU)) != 0)
                        return -EINVAL;
                for (unsigned k = 0; k < 3 - padding; k++)
                        ret[n++] = (uint8_t)(bits >> (16 - 8 * k));
        }
        *ret_size = n;
        return 0;
}
