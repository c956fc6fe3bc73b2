/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One delivery: from the server's name to the result of every transaction. */

#include "deliver/control.h"
#include "deliver/secrets.h"

/* Carries ORDER out and reports on the way: each step, each recipient's reply, the commit question, each
 * transaction's result. RET is the session's, which is left to the caller to report.
 *
 * 0 however the delivery went; -ENOMEM, or an error of CONTROL (control.h), after which the connection was
 * closed at once and nothing more is to be reported. */
int session_run(const Order *order, const Secrets *secrets, Control *control, Result *ret);
