/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"
#include "base/wall-time.h"
#include "journal/log-reader.h"

/* E as one JSON object in one line, with its newline; ipherald(1) has its keys. AT: its time with the local
 * offset. */
void log_json(const LogEntry *e, WallTime at, Text *t);
