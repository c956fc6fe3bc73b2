/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "mail/smtp-client-private.h"

/* Around the SMTP client: an order of one mail to two recipients, and what it calls, which may answer
 * anything. */

#define SCENE_RECIPIENTS 2
#define SCENE_PENDING    2

/* Any client over that order; the caller assumes the invariant. */
void scene_make(SmtpClient *c);
