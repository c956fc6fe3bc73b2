/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Numbers in network order, in octets that need not be aligned. */

#include <stdint.h>

static inline uint16_t wire_get_16(const uint8_t *p)
{
        return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_get_32(const uint8_t *p)
{
        return (uint32_t)wire_get_16(p) << 16 | wire_get_16(p + 2);
}

static inline void wire_put_16(uint8_t *p, uint16_t value)
{
        p[0] = (uint8_t)(value >> 8);
        p[1] = (uint8_t)value;
}

static inline void wire_put_32(uint8_t *p, uint32_t value)
{
        wire_put_16(p, (uint16_t)(value >> 16));
        wire_put_16(p + 2, (uint16_t)value);
}
