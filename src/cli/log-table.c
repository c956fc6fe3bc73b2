/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/log-table.h"

#include "cli/log-words.h"
#include "cli/messages.h"
#include "cli/status-words.h"
#include "cli/terminal.h"
#include "cli/wrap.h"

#define GAP               2
#define TIME_COLUMNS      19
#define ADDRESS_COLUMNS   15           /* of IPv4 */
#define TO_COLUMNS_MAX    ((size_t)32) /* a long one stands over */
#define WORDS_COLUMNS_MIN 24           /* where less is left the words go into lines of their own */
#define DESTINATIONS_MAX  4

enum {
        CELL_TIME,
        CELL_EVENT,
        CELL_ADDRESS,
        CELL_TO,
        CELL_WORDS,
        CELL_COUNT
};

void log_table_begin(LogTable *table)
{
        table->event = text_columns(_("Event"));
        for (EventType type = 0; type < EVENT_COUNT; type++)
                table->event = MAX(table->event, text_columns(log_event_words(type)));
        table->address = MAX((size_t)ADDRESS_COLUMNS, text_columns(_("Address")));
        table->to = text_columns(_("To"));
}

void log_table_measure(LogTable *table, const LogEntry *e)
{
        size_t n_to = MIN(e->lists[LOG_DESTINATIONS].n, (size_t)DESTINATIONS_MAX);

        for (size_t i = 0; i < e->lists[LOG_NEW].n; i++)
                table->address = MAX(table->address, text_columns(e->lists[LOG_NEW].items[i]));
        for (size_t i = 0; i < n_to; i++) {
                size_t columns = text_columns(e->lists[LOG_DESTINATIONS].items[i]);

                table->to = MAX(table->to, columns > TO_COLUMNS_MAX ? TO_COLUMNS_MAX : columns);
        }
}

/* How many cells fit into a line: time and event always stand there. Those left out go before the words,
 * which then stand below. RET_BEGIN: where the words begin. */
static size_t count_cells(const LogTable *table, size_t *ret_begin)
{
        size_t end = TIME_COLUMNS + GAP + table->event, cells = CELL_ADDRESS;
        const size_t more[] = {table->address, table->to, WORDS_COLUMNS_MIN};

        for (size_t i = 0; i < ELEMENTSOF(more); i++) {
                if (table->width > 0 && end + GAP + more[i] > table->width)
                        break;
                end += GAP + more[i];
                cells++;
        }
        *ret_begin = cells == CELL_COUNT ? end - WORDS_COLUMNS_MIN : GAP;
        return cells;
}

/* The next line of a cell, and what is left of it. */
static size_t take_line(const char **cell, const char **ret)
{
        size_t n = strcspn(*cell, "\n");

        *ret = *cell;
        *cell += n + ((*cell)[n] == '\n' ? 1 : 0);
        return n;
}

/* The first N of CELLS, which are texts of any number of lines. The style is the event's. */
static void append_cells(const LogTable *table, const char *cells[static CELL_COUNT], size_t n_cells,
                         Style style, Text *t)
{
        const size_t columns[CELL_COUNT] = {TIME_COLUMNS, table->event, table->address, table->to, 0};
        bool more = true;

        for (bool first = true; more || first; first = false) {
                size_t due =
                        0; /* blanks that stand before the next text alone, so that no line ends in them */

                more = false;
                for (size_t i = 0; i < n_cells; i++) {
                        const char *line;
                        size_t n = take_line(&cells[i], &line), width;
                        _cleanup_text_ Text cell = {0};

                        text_append(&cell, line, n);
                        width = cell.data ? text_columns(cell.data) : 0;
                        if (n > 0) {
                                text_appendf(t, "%*s", (int)due, "");
                                text_append_string(
                                        t, terminal_style_begin(table->coloured && i == CELL_EVENT, style));
                                text_append_string(t, cell.data ? cell.data : "");
                                text_append_string(
                                        t, terminal_style_end(table->coloured && i == CELL_EVENT, style));
                                due = 0;
                        }
                        due += (columns[i] > width ? columns[i] - width : 0) + GAP;
                        more = more || *cells[i];
                }
                text_append_string(t, "\n");
        }
}

void log_table_head(const LogTable *table, Text *t)
{
        const char *cells[CELL_COUNT] = {_("Time"), _("Event"), _("Address"), _("To"), _("What was said")};
        size_t begin;

        append_cells(table, cells, count_cells(table, &begin), STYLE_PLAIN, t);
}

/* And how many are left out. */
static void append_list(const LogEntry *e, LogList list, size_t max, const char *separator, Text *t)
{
        size_t n = e->lists[list].n;

        for (size_t i = 0; i < MIN(n, max); i++)
                text_appendf(t, "%s%s", i == 0 ? "" : separator, e->lists[list].items[i]);
        if (n > max)
                text_appendf(t, "%s+%zu", separator, n - max);
}

/* The words, behind what had no room in the line. */
static void append_said(const LogEntry *e, size_t n_cells, Text *t)
{
        _cleanup_text_ Text words = {0};

        if (n_cells <= CELL_ADDRESS)
                append_list(e, LOG_NEW, SIZE_MAX, ", ", t);
        if (n_cells <= CELL_TO && e->lists[LOG_DESTINATIONS].n > 0) {
                text_append_string(t, t->size > 0 ? "; " : "");
                append_list(e, LOG_DESTINATIONS, DESTINATIONS_MAX, ", ", t);
        }
        log_append_words(&words, e);
        if (words.size > 0)
                text_appendf(t, "%s%s", t->size > 0 ? "; " : "", words.data);
        t->failed = t->failed || words.failed;
}

void log_table_row(const LogTable *table, const LogEntry *e, WallTime at, Text *t)
{
        _cleanup_text_ Text addresses = {0}, to = {0}, said = {0}, wrapped = {0};
        size_t begin, n_cells = count_cells(table, &begin);
        char time[STATUS_WORDS_MAX];
        const char *rest;

        status_format_time(at, time);
        append_list(e, LOG_NEW, SIZE_MAX, "\n", &addresses);
        append_list(e, LOG_DESTINATIONS, DESTINATIONS_MAX, "\n", &to);
        append_said(e, n_cells, &said);
        text_wrap(&wrapped, said.data ? said.data : "", 0, 0,
                  table->width > begin ? table->width - begin : 0);
        rest = wrapped.data ? wrapped.data : "";
        const char *cells[CELL_COUNT] = {time, log_event_words(e->type),
                                         addresses.data ? addresses.data : "", to.data ? to.data : "", rest};
        append_cells(table, cells, n_cells, log_event_style(e->type), t);
        while (n_cells < CELL_COUNT && *rest) {
                const char *line;
                size_t n = take_line(&rest, &line);

                text_appendf(t, "%*s%.*s\n", GAP, "", (int)n, line);
        }
        t->failed = t->failed || addresses.failed || to.failed || said.failed || wrapped.failed;
}
