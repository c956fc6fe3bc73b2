/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The form that a mail has behind DATA (RFC 5321, 4.5.2). */

#include "base/text.h"

/* Appends MAIL, SIZE octets with CRLF line ends, with a second dot before each line that begins with one,
 * and with CRLF at its end where that is missing. The final dot is not appended. Memory: text_error(). */
void smtp_data_append_stuffed(Text *ret, const char *mail, size_t size);
