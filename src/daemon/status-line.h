/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One sentence for `systemctl status`. */

#include "decide/status.h"

/* Into RET, SIZE octets, cut where it is too long. */
void status_line(const Status *s, char *ret, size_t size);
