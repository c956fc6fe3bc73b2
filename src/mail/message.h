/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* RFC 5322 and MIME: a notice as the octets of a mail. */

#include "base/text.h"
#include "mail/order.h"

/* Appends the whole mail with CRLF line ends, neither dot-stuffed nor ended by a dot. To: lists ACCEPTED,
 * whom the server accepted, or the notice's own header_to where it has one. Every line is at most 998
 * octets, aimed at 78. 0 or -ENOMEM. */
int message_render(const Order *order, const Notice *notice, char *const *accepted, size_t n_accepted,
                   Text *ret);
