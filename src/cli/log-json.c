/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/log-json.h"

#include "base/parse.h"
#include "cli/json.h"
#include "mail/hint.h"

static void add_number(Text *t, const char *key, const char *value)
{
        uint64_t number;

        if (value && parse_u64(value, 0, UINT32_MAX, &number) >= 0)
                json_number(t, key, number);
        else
                json_string(t, key, NULL);
}

static void add_list(Text *t, const char *key, const LogEntry *e, LogList list)
{
        json_begin(t, key, '[');
        for (size_t i = 0; i < e->lists[list].n; i++)
                json_string(t, NULL, e->lists[list].items[i]);
        json_end(t, ']');
}

void log_json(const LogEntry *e, WallTime at, Text *t)
{
        _cleanup_text_ Text line = {0};
        const char *hint = e->fields[LOG_HINT];
        char time[WALL_TIME_TEXT_MAX];

        wall_time_format_iso(at, time);
        json_begin(&line, NULL, '{');
        json_string(&line, "time", time);
        json_string(&line, "event", event_description(e->type)->name);
        json_string(&line, "message", e->fields[LOG_MESSAGE]);
        add_list(&line, "destinations", e, LOG_DESTINATIONS);
        add_list(&line, "new", e, LOG_NEW);
        add_list(&line, "old", e, LOG_OLD);
        json_string(&line, "interface", e->fields[LOG_INTERFACE]);
        json_string(&line, "step", e->fields[LOG_STEP]);
        json_string(&line, "server", e->fields[LOG_SERVER]);
        add_number(&line, "code", e->fields[LOG_CODE]);
        json_string(&line, "enhanced_code", e->fields[LOG_ENHANCED_CODE]);
        json_string(&line, "server_text", e->fields[LOG_SERVER_TEXT]);
        json_string(&line, "cause", e->fields[LOG_CAUSE]);
        json_string(&line, "hint", hint);
        json_string(&line, "hint_text", hint ? hint_text(hint, LANGUAGE_EN) : NULL);
        add_number(&line, "attempt", e->fields[LOG_ATTEMPT]);
        json_string(&line, "next_try", e->fields[LOG_NEXT_TRY]);
        json_string(&line, "mail_id", e->fields[LOG_MAIL_ID]);
        json_end(&line, '}');
        text_append_string(&line, "\n");
        if (text_error(&line) < 0)
                t->failed = true;
        else
                text_append(t, line.data, line.size);
}
