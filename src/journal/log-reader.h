/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mail notification log as the journal keeps it, entry by entry. */

#include "journal/events.h"

typedef enum LogField {
        LOG_MESSAGE,
        LOG_INTERFACE,
        LOG_STEP,
        LOG_CODE,
        LOG_ENHANCED_CODE,
        LOG_SERVER,
        LOG_SERVER_TEXT,
        LOG_CAUSE,
        LOG_HINT,
        LOG_MAIL_ID,
        LOG_ATTEMPT,
        LOG_NEXT_TRY,
        LOG_FIELD_COUNT,
} LogField;

/* Fields that an event may have more than once. */
typedef enum LogList {
        LOG_DESTINATIONS,
        LOG_NEW,
        LOG_OLD,
        LOG_LIST_COUNT,
} LogList;

/* One event. All texts are harmless for a terminal, and UTF-8. */
typedef struct LogEntry {
        int64_t at; /* seconds since 1970, UTC: when the journal took it */
        EventType type;
        char *fields[LOG_FIELD_COUNT]; /* NULL: it has none */
        struct {
                char **items; /* IPv4 before IPv6, else in the order of the alphabet */
                size_t n;
        } lists[LOG_LIST_COUNT];
} LogEntry;

/* Gives back what E holds, and empties it. */
void log_entry_done(LogEntry *e);

/* "IPHERALD_NAME=value", SIZE octets as the journal has them, into E; what is no field of ours is passed
 * over. 0 or -ENOMEM. */
int log_entry_add(LogEntry *e, const void *data, size_t size);

/* What E holds is complete: brings its lists into their order. */
void log_entry_finish(LogEntry *e);

typedef struct LogReader LogReader;

/* Opens the journal of this machine, or the journal files in DIRECTORY where that is not NULL, for the
 * events of UNIT. 0; -EACCES where this user may not read it; -ENOENT where there is none; another negative
 * errno. */
int log_reader_open(const char *directory, const char *unit, LogReader **ret);
LogReader *log_reader_free(LogReader *r);
DEFINE_CLEANUP(LogReader, log_reader_free)

/* Goes before the last N events that came at SINCE (seconds since 1970) or later. 0 or negative errno. */
int log_reader_seek(LogReader *r, uint64_t n, int64_t since);

/* 1 and the next event in RET, which the caller gives back; 0 where there is none yet; negative errno. */
int log_reader_next(LogReader *r, LogEntry *ret);

/* Blocks until something was written to the journal. 0 or negative errno. */
int log_reader_wait(LogReader *r);
