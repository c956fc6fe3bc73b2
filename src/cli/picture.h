/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One look at the kernel, for a verb that does not stay. */

#include "address/network.h"

/* Links, addresses and default routes as they are now, read within five seconds. 0, -ETIMEDOUT, or what the
 * kernel said. */
int picture_read(Network **ret);
