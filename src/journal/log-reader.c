/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/log-reader.h"

#include <errno.h>
#include <stdio.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/string-util.h"

/* Any process may send the journal an entry with our MESSAGE_IDs and fields. What begins with an underscore
 * journald sets itself, so an event is ours where _SYSTEMD_UNIT is our unit. _EXE would not do instead:
 * everybody can run our program with settings and libraries of his own. Within the unit the mailer, which
 * reads a stranger's octets, logs no event, and is not believed one. */

#define FIELD_OCTETS_MAX 16384
#define MAILER           "/ipherald-mailer"

struct LogReader {
        sd_journal *journal;
};

static const char *const field_names[LOG_FIELD_COUNT] = {
        [LOG_MESSAGE] = "MESSAGE",
        [LOG_INTERFACE] = "IPHERALD_INTERFACE",
        [LOG_STEP] = "IPHERALD_STEP",
        [LOG_CODE] = "IPHERALD_CODE",
        [LOG_ENHANCED_CODE] = "IPHERALD_ENHANCED_CODE",
        [LOG_SERVER] = "IPHERALD_SERVER",
        [LOG_SERVER_TEXT] = "IPHERALD_SERVER_TEXT",
        [LOG_CAUSE] = "IPHERALD_CAUSE",
        [LOG_HINT] = "IPHERALD_HINT",
        [LOG_MAIL_ID] = "IPHERALD_MAIL_ID",
        [LOG_ATTEMPT] = "IPHERALD_ATTEMPT",
        [LOG_NEXT_TRY] = "IPHERALD_NEXT_TRY",
};

static const char *const list_names[LOG_LIST_COUNT] = {
        [LOG_DESTINATIONS] = "IPHERALD_DESTINATION",
        [LOG_NEW] = "IPHERALD_NEW",
        [LOG_OLD] = "IPHERALD_OLD",
};

void log_entry_done(LogEntry *e)
{
        for (LogField f = 0; f < LOG_FIELD_COUNT; f++)
                free(e->fields[f]);
        for (LogList l = 0; l < LOG_LIST_COUNT; l++)
                string_list_free(e->lists[l].items, e->lists[l].n);
        *e = (LogEntry){0};
}

int log_entry_add(LogEntry *e, const void *data, size_t size)
{
        const char *equals = memchr(data, '=', size);
        _cleanup_free_ char *name = NULL, *value = NULL;
        size_t n_name = equals ? (size_t)(equals - (const char *)data) : 0, n = size - n_name - 1;
        int index;

        if (!equals)
                return 0;
        name = strndup(data, n_name);
        value = malloc(n + 1);
        if (!name || !value)
                return -ENOMEM;
        string_make_harmless(equals + 1, n, value, n + 1);
        index = string_index(field_names, LOG_FIELD_COUNT, name);
        if (index >= 0 && !e->fields[index]) {
                e->fields[index] = value;
                value = NULL;
                return 0;
        }
        index = string_index(list_names, LOG_LIST_COUNT, name);
        if (index < 0 || e->lists[index].n >= EVENT_FIELDS_MAX)
                return 0;
        return string_list_add(&e->lists[index].items, &e->lists[index].n, value);
}

static int compare_items(const void *a, const void *b)
{
        const char *x = *(char *const *)a, *y = *(char *const *)b;
        int six_x = strchr(x, ':') != NULL, six_y = strchr(y, ':') != NULL;

        return six_x != six_y ? six_x - six_y : strcmp(x, y);
}

void log_entry_finish(LogEntry *e)
{
        for (LogList l = 0; l < LOG_LIST_COUNT; l++)
                if (e->lists[l].n > 1)
                        qsort(e->lists[l].items, e->lists[l].n, sizeof(char *), compare_items);
}

/* No file could be opened: is one there that this user may not read? */
static int explain_none(void)
{
        static const char *const roots[] = {"/var/log/journal", "/run/log/journal"};
        char id[SD_ID128_STRING_MAX], path[128];
        sd_id128_t machine;

        if (sd_id128_get_machine(&machine) < 0)
                return -ENOENT;
        (void)sd_id128_to_string(machine, id);
        for (size_t i = 0; i < ELEMENTSOF(roots); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s/system.journal", roots[i], id);
                if (access(path, R_OK) < 0 && errno == EACCES)
                        return -EACCES;
        }
        return -ENOENT;
}

static int add_match(LogReader *r, const char *name, const char *value)
{
        char match[512];
        int n = snprintf(match, sizeof(match), "%s=%s", name, value);

        return n < (int)sizeof(match) ? sd_journal_add_match(r->journal, match, (size_t)n) : -ENAMETOOLONG;
}

/* Matches of one field are alternatives, those of two fields have to hold together. */
static int add_matches(LogReader *r, const char *unit)
{
        int q = add_match(r, "_SYSTEMD_UNIT", unit);

        for (EventType t = 0; q >= 0 && t < EVENT_COUNT; t++)
                q = add_match(r, "MESSAGE_ID", event_description(t)->message_id);
        return q < 0 ? q : sd_journal_set_data_threshold(r->journal, FIELD_OCTETS_MAX);
}

int log_reader_open(const char *directory, const char *unit, LogReader **ret)
{
        _cleanup_(log_reader_freep) LogReader *r = calloc(1, sizeof(LogReader));
        int q;

        if (!r)
                return -ENOMEM;
        if (directory)
                q = sd_journal_open_directory(&r->journal, directory, 0);
        else
                q = sd_journal_open(&r->journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
        if (q < 0)
                return q;
        if (!directory && sd_journal_has_runtime_files(r->journal) <= 0 &&
            sd_journal_has_persistent_files(r->journal) <= 0)
                return explain_none();
        q = add_matches(r, unit);
        if (q < 0)
                return q;
        *ret = r;
        r = NULL;
        return 0;
}

LogReader *log_reader_free(LogReader *r)
{
        if (!r)
                return NULL;
        sd_journal_close(r->journal);
        free(r);
        return NULL;
}

/* Does the current entry have a field NAME in which PART stands? */
static bool field_has(LogReader *r, const char *name, const char *part)
{
        const void *data;
        size_t size;

        return sd_journal_get_data(r->journal, name, &data, &size) >= 0 &&
               memmem(data, size, part, strlen(part)) != NULL;
}

static bool find_type(LogReader *r, EventType *ret)
{
        for (EventType t = 0; t < EVENT_COUNT; t++)
                if (field_has(r, "MESSAGE_ID", event_description(t)->message_id)) {
                        *ret = t;
                        return true;
                }
        return false;
}

/* One event on or back: 1, 0 at the end, negative errno. */
static int step(LogReader *r, int (*go)(sd_journal *j), EventType *ret)
{
        for (;;) {
                int q = go(r->journal);

                if (q <= 0 || (!field_has(r, "_EXE", MAILER) && find_type(r, ret)))
                        return q;
        }
}

static int read_time(LogReader *r, int64_t *ret)
{
        uint64_t at;
        int q = sd_journal_get_realtime_usec(r->journal, &at);

        if (q >= 0)
                *ret = (int64_t)(at / 1000000);
        return q;
}

/* One more than is wanted: from there the next is the first, and no entry is told by where it lies. */
int log_reader_seek(LogReader *r, uint64_t n, int64_t since)
{
        int q = sd_journal_seek_tail(r->journal);

        for (uint64_t back = 0; q >= 0; back++) {
                EventType type;
                int64_t at = 0;

                q = step(r, sd_journal_previous, &type);
                if (q == 0)
                        return sd_journal_seek_head(r->journal);
                if (q > 0)
                        q = read_time(r, &at);
                if (q >= 0 && (back == n || at < since))
                        return 0;
        }
        return q;
}

int log_reader_next(LogReader *r, LogEntry *ret)
{
        LogEntry e = {0};
        const void *data;
        size_t size;
        int q = step(r, sd_journal_next, &e.type);

        if (q <= 0)
                return q;
        q = read_time(r, &e.at);
        SD_JOURNAL_FOREACH_DATA(r->journal, data, size)
        if (q >= 0)
                q = log_entry_add(&e, data, size);
        if (q < 0) {
                log_entry_done(&e);
                return q;
        }
        log_entry_finish(&e);
        *ret = e;
        return 1;
}

int log_reader_wait(LogReader *r)
{
        int q = sd_journal_wait(r->journal, (uint64_t)-1);

        return q < 0 ? q : 0;
}
