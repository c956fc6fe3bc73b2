/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"

/* RFC 4648, 4: the standard alphabet with padding, no line breaks. */
void base64_append(Text *t, const void *data, size_t size);

/* Strict: no white space, padding complete, unused bits zero. Writes at most SIZE / 4 * 3 octets to RET.
 * 0 or -EINVAL; RET's content is undefined on failure. */
int base64_decode(const char *s, size_t size, uint8_t *ret, size_t *ret_size);
