/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/text.h"
#include "base/wall-time.h"
#include "journal/log-reader.h"

/* `ipherald log` for a person: a row an event, as many lines high as its longest cell. Columns are as wide
 * as what was measured; what comes later may stand over. */
typedef struct LogTable {
        bool coloured;
        size_t width;              /* of a line; 0: as long as it gets */
        size_t event, address, to; /* columns of the cells; log_table_begin() sets the least of them */
} LogTable;

void log_table_begin(LogTable *table);
/* Makes the columns wide enough for E. */
void log_table_measure(LogTable *table, const LogEntry *e);
/* The line of the columns' names. */
void log_table_head(const LogTable *table, Text *t);
/* AT: the time of E with the local offset. */
void log_table_row(const LogTable *table, const LogEntry *e, WallTime at, Text *t);
