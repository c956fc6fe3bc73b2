/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec.h"

extern const Scene scenes[]; /* the last has no name */
