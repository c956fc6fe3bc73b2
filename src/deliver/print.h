/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The order of a dry run: the mails go to standard output. */

#include "deliver/control.h"

/* Prints each mail as it would be sent to a server that takes every recipient, with the line ends of a text
 * file, and reports as a session does, the commit question included. RET is the session's result. 0 even
 * where the output can't be written (that is a result); -ENOMEM, or an error of CONTROL. */
int print_order(const Order *order, Control *control, Result *ret);
