/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The mail notification log: its events, each with a fixed MESSAGE_ID, a priority and the beginning of its
 * line. */

#include "base/macros.h"

typedef enum EventType {
        EVENT_ADDRESS_CHANGED,
        EVENT_ADDRESS_GONE,
        EVENT_MAIL_STARTED,
        EVENT_MAIL_COMPLETED,
        EVENT_MAIL_FAILED,
        EVENT_AUTH_FAILED,
        EVENT_MAIL_DEFERRED,
        EVENT_MAIL_SUPERSEDED,
        EVENT_CONFIG_ERROR,
        EVENT_LEDGER_DAMAGED,
        EVENT_LEDGER_UNWRITABLE,
        EVENT_EVENTS_LOST,
        EVENT_COUNT,
} EventType;

/* What people and scripts build on. */
typedef struct EventDescription {
        const char *name;       /* IPHERALD_EVENT */
        const char *begins;     /* the beginning of its line */
        int priority;           /* syslog's */
        const char *message_id; /* 32 hexadecimal digits */
} EventDescription;

const EventDescription *event_description(EventType type);

/* One event under construction. Fields may be added more than once. */
typedef struct Event Event;

/* 0 or -ENOMEM; what is lost for want of memory later is left out of the event. */
int event_new(EventType type, Event **ret);
Event *event_free(Event *e);
DEFINE_CLEANUP(Event, event_free)

/* IPHERALD_NAME=VALUE; an empty or NULL value leaves the field out. One beyond EVENT_FIELDS_MAX is lost. */
#define EVENT_FIELDS_MAX 160
void event_add(Event *e, const char *name, const char *value);

/* What follows the beginning of the line. Controls in it are made harmless. */
void event_appendf(Event *e, const char *format, ...) _printf_(2, 3);

/* To the journal, or as one line to stderr where that is not the journal. */
void event_log(const Event *e);

/* A line of the log that is no event. */
void log_line(int priority, const char *format, ...) _printf_(2, 3);
