/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A server's words, by choice: those that fit, and all the ways in which they don't. */

#include "choices.h"
#include "wire.h"

/* Appends what the server says now to the oldest unit that has no reply, come or not. */
void server_reply(Choices *c, const Wire *w, Text *ret);
/* Appends the replies of a good server to all that it has received. */
void server_reply_to_all(Choices *c, const Wire *w, Text *ret);
