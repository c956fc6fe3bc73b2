/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/log-words.h"

#include "base/wall-time.h"
#include "cli/messages.h"
#include "cli/status-words.h"
#include "mail/hint.h"

const char *log_event_words(EventType type)
{
        switch (type) {
        case EVENT_ADDRESS_CHANGED:
                return _("Address changed");
        case EVENT_ADDRESS_GONE:
                return _("Address gone");
        case EVENT_MAIL_STARTED:
                return _("Mail sending started");
        case EVENT_MAIL_COMPLETED:
                return _("Mail sending completed");
        case EVENT_MAIL_FAILED:
                return _("Mail sending failed");
        case EVENT_AUTH_FAILED:
                return _("Mail authentication failed");
        case EVENT_MAIL_DEFERRED:
                return _("Mail sending deferred");
        case EVENT_MAIL_SUPERSEDED:
                return _("Mail superseded");
        case EVENT_CONFIG_ERROR:
                return _("Settings not usable");
        case EVENT_LEDGER_DAMAGED:
                return _("Ledger damaged");
        case EVENT_LEDGER_UNWRITABLE:
                return _("Ledger not writable");
        case EVENT_EVENTS_LOST:
                return _("Kernel events lost");
        case EVENT_COUNT:
                break;
        }
        return "";
}

Style log_event_style(EventType type)
{
        static const Style styles[EVENT_COUNT] = {
                [EVENT_ADDRESS_CHANGED] = STYLE_PLAIN, [EVENT_ADDRESS_GONE] = STYLE_ADVICE,
                [EVENT_MAIL_STARTED] = STYLE_FAINT,    [EVENT_MAIL_COMPLETED] = STYLE_GOOD,
                [EVENT_MAIL_FAILED] = STYLE_BAD,       [EVENT_AUTH_FAILED] = STYLE_BAD,
                [EVENT_MAIL_DEFERRED] = STYLE_ADVICE,  [EVENT_MAIL_SUPERSEDED] = STYLE_FAINT,
                [EVENT_CONFIG_ERROR] = STYLE_BAD,      [EVENT_LEDGER_DAMAGED] = STYLE_BAD,
                [EVENT_LEDGER_UNWRITABLE] = STYLE_BAD, [EVENT_EVENTS_LOST] = STYLE_ADVICE,
        };

        return styles[type];
}

/* Parts are told apart by a semicolon, but what follows a step belongs to it. */
static void begin_part(Text *t, const char *separator)
{
        if (t->size > 0)
                text_append_string(t, separator);
}

static void append_address_words(Text *t, const LogEntry *e)
{
        if (e->fields[LOG_INTERFACE])
                text_appendf(t, _("on %s"), e->fields[LOG_INTERFACE]);
        for (size_t i = 0; i < e->lists[LOG_OLD].n; i++) {
                begin_part(t, ", ");
                text_appendf(t, _("was %s"), e->lists[LOG_OLD].items[i]);
        }
}

static void append_server_words(Text *t, const LogEntry *e)
{
        const LogField said[] = {LOG_CODE, LOG_ENHANCED_CODE, LOG_SERVER_TEXT};
        const char *separator = t->size > 0 ? ": " : "";

        for (size_t i = 0; i < ELEMENTSOF(said); i++) {
                if (!e->fields[said[i]])
                        continue;
                text_appendf(t, "%s%s", separator, e->fields[said[i]]);
                separator = " ";
        }
        if (e->fields[LOG_CAUSE]) {
                begin_part(t, ": ");
                text_append_string(t, e->fields[LOG_CAUSE]);
        }
}

static void append_trouble(Text *t, const LogEntry *e)
{
        const char *hint = e->fields[LOG_HINT] ? hint_text(e->fields[LOG_HINT], messages_language()) : NULL;
        char when[STATUS_WORDS_MAX];
        WallTime next;

        if (e->fields[LOG_STEP])
                /* TRANSLATORS: the name of a step, such as auth. */
                text_appendf(t, _("step %s"), e->fields[LOG_STEP]);
        if (e->fields[LOG_SERVER])
                text_appendf(t, t->size > 0 ? " (%s)" : "%s", e->fields[LOG_SERVER]);
        append_server_words(t, e);
        if (hint) {
                begin_part(t, "; ");
                text_appendf(t, _("Hint: %s"), hint);
        }
        if (e->fields[LOG_NEXT_TRY] && wall_time_parse_iso(e->fields[LOG_NEXT_TRY], &next) >= 0) {
                status_format_time(next, when);
                begin_part(t, "; ");
                text_appendf(t, _("next try %s"), when);
        }
}

/* What stands in the journal's line behind its beginning, which the event's name says already. */
static void append_message(Text *t, const LogEntry *e)
{
        const char *begins = event_description(e->type)->begins, *message = e->fields[LOG_MESSAGE];

        if (!message)
                return;
        if (strncmp(message, begins, strlen(begins)) == 0)
                message += strlen(begins);
        text_append_string(t, message + strspn(message, " "));
}

void log_append_words(Text *t, const LogEntry *e)
{
        size_t size = t->size;

        switch (e->type) {
        case EVENT_ADDRESS_CHANGED:
                append_address_words(t, e);
                break;
        case EVENT_MAIL_STARTED:
                if (e->fields[LOG_SERVER])
                        text_appendf(t, _("through %s"), e->fields[LOG_SERVER]);
                break;
        case EVENT_MAIL_COMPLETED:
                append_server_words(t, e);
                break;
        case EVENT_MAIL_FAILED:
        case EVENT_AUTH_FAILED:
        case EVENT_MAIL_DEFERRED:
                append_trouble(t, e);
                break;
        case EVENT_MAIL_SUPERSEDED:
                if (e->fields[LOG_CAUSE])
                        text_append_string(t, e->fields[LOG_CAUSE]);
                break;
        case EVENT_ADDRESS_GONE:
        case EVENT_CONFIG_ERROR:
        case EVENT_LEDGER_DAMAGED:
        case EVENT_LEDGER_UNWRITABLE:
        case EVENT_EVENTS_LOST:
        case EVENT_COUNT:
                break;
        }
        if (t->size == size)
                append_message(t, e);
}
