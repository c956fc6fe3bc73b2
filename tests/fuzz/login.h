/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A good server's part in a login, by its mechanism. */

#include "wire.h"

/* The challenge, as base64, that is due in answer to unit I of a login; false where a yes is. */
bool login_challenge(const Wire *w, size_t i, Text *ret);

/* Whether a yes to unit I may be believed: SCRAM's server has to prove itself first. */
bool login_is_proven(const Wire *w, size_t i);
