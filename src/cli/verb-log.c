/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/parse.h"
#include "base/string-util.h"
#include "cli/log-json.h"
#include "cli/log-since.h"
#include "cli/log-table.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "daemon/clock.h"

/* The journal is read twice for a table: once for how wide its columns are, once for its rows, so that a log
 * of years needs no memory. */

#define LINES_DEFAULT 50
#define UNIT_MAX      256 /* systemd's own limit, with the NUL */

typedef struct Log {
        const Options *options;
        LogReader *reader;
        char unit[UNIT_MAX];
        uint64_t lines;
        int64_t since;
        LogTable table;
} Log;

static int wrong(const char *option, const char *what)
{
        fprintf(stderr, "ipherald log: %s: %s\n", option, what);
        return -EINVAL;
}

/* What a unit's name may have behind its '@' (systemd.unit(5)). */
static bool instance_is_valid(const char *s)
{
        return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.-\\")] ==
                       '\0' &&
               strlen(s) < UNIT_MAX - sizeof("ipherald@.service");
}

static int read_options(Log *l)
{
        const Options *o = l->options;

        if (o->instance && !instance_is_valid(o->instance))
                return wrong("--instance", _("not the name of an instance"));
        if (o->instance)
                (void)snprintf(l->unit, sizeof(l->unit), "ipherald@%s.service", o->instance);
        else
                string_copy(l->unit, sizeof(l->unit), "ipherald.service");
        l->since = INT64_MIN;
        l->lines = o->since ? UINT64_MAX : LINES_DEFAULT;
        if (o->since && log_since_parse(o->since, clock_wall().seconds, &l->since) < 0)
                return wrong("--since",
                             _("not a time; 2026-11-24, \"2026-11-24 09:18\", today or 2h would be one"));
        if (o->lines && parse_u64(o->lines, 0, INT32_MAX, &l->lines) < 0)
                return wrong("-n", _("not a number"));
        return 0;
}

/* Why it can't be read, and the next command to type. */
static void complain(const Log *l, int error)
{
        if (error == -EACCES && !l->options->directory)
                fprintf(stderr, "ipherald log: %s: sudo ipherald log\n",
                        _("only root and the groups systemd-journal and adm may read the journal"));
        else if (error == -ENOENT && !l->options->directory)
                fprintf(stderr, "ipherald log: %s: systemctl status systemd-journald\n",
                        _("this machine keeps no journal"));
        else
                fprintf(stderr, "ipherald log: %s: %s\n",
                        l->options->directory ? l->options->directory : _("the journal"), strerror(-error));
}

/* Whether there is any; negative errno. */
static int measure(Log *l)
{
        bool any = false;
        LogEntry e;
        int r = log_reader_seek(l->reader, l->lines, l->since);

        if (r < 0)
                return r;
        while ((r = log_reader_next(l->reader, &e)) > 0) {
                log_table_measure(&l->table, &e);
                log_entry_done(&e);
                any = true;
        }
        return r < 0 ? r : any;
}

/* All that is there. How many it were, or negative errno. */
static int64_t print_entries(const Log *l)
{
        int64_t count = 0;
        LogEntry e;
        int r;

        while ((r = log_reader_next(l->reader, &e)) > 0) {
                _cleanup_text_ Text t = {0};
                WallTime at = clock_wall_of(e.at);

                if (l->options->json)
                        log_json(&e, at, &t);
                else
                        log_table_row(&l->table, &e, at, &t);
                log_entry_done(&e);
                if (text_error(&t) < 0)
                        return -ENOMEM;
                (void)fwrite(t.data, 1, t.size, stdout);
                count++;
        }
        return r < 0 ? r : count;
}

static int begin_table(Log *l)
{
        _cleanup_text_ Text head = {0};
        int r;

        l->table = (LogTable){.coloured = terminal_is_coloured(), .width = terminal_width()};
        log_table_begin(&l->table);
        r = measure(l);
        if (r < 0 || (r == 0 && !l->options->follow))
                return r;
        log_table_head(&l->table, &head);
        if (text_error(&head) < 0)
                return -ENOMEM;
        (void)fwrite(head.data, 1, head.size, stdout);
        return 0;
}

static int print_log(Log *l)
{
        int64_t count;
        int r = l->options->json ? 0 : begin_table(l);

        if (r >= 0)
                r = log_reader_seek(l->reader, l->lines, l->since);
        if (r < 0)
                return r;
        count = print_entries(l);
        if (count == 0 && l->lines > 0)
                fprintf(stderr, "ipherald log: %s: %s\n", l->unit, _("the journal has no event of it"));
        while (count >= 0 && l->options->follow) {
                /* Whoever reads a pipe sees each event as it comes, and one who went away ends us. */
                if (fflush(stdout) != 0)
                        return 0;
                r = log_reader_wait(l->reader);
                if (r < 0)
                        return r;
                count = print_entries(l);
        }
        return (int)MIN(count, (int64_t)0);
}

int verb_log(const Options *options)
{
        _cleanup_(log_reader_freep) LogReader *reader = NULL;
        Log l = {.options = options};
        int r;

        messages_begin();
        if (read_options(&l) < 0)
                return EXIT_USAGE;
        r = log_reader_open(options->directory, l.unit, &reader);
        l.reader = reader;
        if (r >= 0)
                r = print_log(&l);
        if (r < 0) {
                complain(&l, r);
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
