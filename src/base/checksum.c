/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/checksum.h"

#include "base/macros.h"

uint32_t crc32(const void *data, size_t size)
{
        const uint8_t *p = data;
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < size; i++) {
                crc ^= p[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
        }
        return ~crc;
}

uint64_t fnv1a(uint64_t hash, const void *data, size_t size)
{
        const uint8_t *p = data;

        for (size_t i = 0; i < size; i++)
                hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
        return hash;
}

uint64_t fnv1a_string(uint64_t hash, const char *s)
{
        if (!s)
                return fnv1a(hash, "\377", 1);
        return fnv1a(hash, s, strlen(s) + 1);
}
