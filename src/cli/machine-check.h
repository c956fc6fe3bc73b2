/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What `ipherald check` says of this machine: its interfaces and addresses, and the credentials. */

#include "cli/options.h"
#include "settings/faults.h"
#include "settings/places.h"
#include "settings/settings.h"

/* Adds to WARNINGS what will not do as long as the machine is as it is now: a pattern that no interface
 * matches, no address that is reachable from outside, a name that has other addresses in DNS, a credential
 * that is missing or that others may read. The name is looked up, which may take a while. Whoever may not
 * look into the credentials' folder hears nothing of them. 0 or -ENOMEM. */
int machine_check(const Settings *s, const SettingsPlaces *places, const Options *options,
                  SettingsFaults *warnings);
