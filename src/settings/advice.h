/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is no fault, and yet rarely what somebody meant. */

#include "settings/faults.h"
#include "settings/places.h"
#include "settings/settings.h"

/* Adds to WARNINGS what the settings alone show, each with its reason: a sender of another domain than the
 * account, a port that is known for the other kind of TLS, a destination that is the account itself. Nothing
 * where mail is off. 0 or -ENOMEM. */
int settings_advise(const Settings *s, const SettingsPlaces *places, SettingsFaults *warnings);
