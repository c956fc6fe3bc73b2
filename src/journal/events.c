/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/string-util.h"
#include "base/text.h"

/* Under systemd stderr is a stream into the journal, and $JOURNAL_STREAM names its device and inode: then
 * events go to the journal's own socket, with their fields. Anywhere else (a terminal, a file, a test) the
 * same line goes to stderr. What a server said is harmless before it comes here, and is made so again. */

#define LINE_MAX_OCTETS     4096
#define MESSAGE_NAME        "MESSAGE="
#define MESSAGE_NAME_LENGTH (sizeof(MESSAGE_NAME) - 1)

static const EventDescription descriptions[EVENT_COUNT] = {
        [EVENT_ADDRESS_CHANGED] = {"address-changed", "Address changed:", LOG_NOTICE,
                                   "43550bc8afb74301aaf2bf5b9f4e187a"},
        [EVENT_ADDRESS_GONE] = {"address-gone", "Address gone:", LOG_NOTICE,
                                "510794aec618471b8e58d888b21abcf1"},
        [EVENT_MAIL_STARTED] = {"mail-started", "Mail sending started:", LOG_INFO,
                                "734deb49dd9a44399583af5a8c40275f"},
        [EVENT_MAIL_COMPLETED] = {"mail-completed", "Mail sending completed:", LOG_NOTICE,
                                  "f601b5269b56468fba9cdc2d53a21557"},
        [EVENT_MAIL_FAILED] = {"mail-failed", "Mail sending failed:", LOG_ERR,
                               "c8e2adf2c1a84ddabe8c79b98f77fffb"},
        [EVENT_AUTH_FAILED] = {"auth-failed", "Mail authentication failed:", LOG_ERR,
                               "91721bdb57e449a48d945d21509107d9"},
        [EVENT_MAIL_DEFERRED] = {"mail-deferred", "Mail sending deferred:", LOG_WARNING,
                                 "6733d1d0b73048fab50e8ce7ee912950"},
        [EVENT_MAIL_SUPERSEDED] = {"mail-superseded", "Mail superseded:", LOG_INFO,
                                   "ca5b913141714dc7b309595df2571e53"},
        [EVENT_CONFIG_ERROR] = {"config-error", "Settings not usable:", LOG_ERR,
                                "fbd5172899fb449a8cea131895a73980"},
        [EVENT_LEDGER_DAMAGED] = {"ledger-damaged", "Ledger damaged:", LOG_ERR,
                                  "96ae1a3bde454e2aaf3997b78a8c691f"},
        [EVENT_LEDGER_UNWRITABLE] = {"ledger-unwritable", "Ledger not writable:", LOG_ERR,
                                     "8a6f427c894f4ef39194fb09a4ddfa2b"},
        [EVENT_EVENTS_LOST] = {"events-lost", "Kernel events lost:", LOG_WARNING,
                               "0c1ad0d7c19441b295ebb56986789573"},
};

struct Event {
        EventType type;
        Text line;
        size_t n_fields;
        char *fields[EVENT_FIELDS_MAX];
};

const EventDescription *event_description(EventType type)
{
        return &descriptions[type];
}

int event_new(EventType type, Event **ret)
{
        Event *e = calloc(1, sizeof(Event));

        if (!e)
                return -ENOMEM;
        e->type = type;
        text_append_string(&e->line, descriptions[type].begins);
        *ret = e;
        return 0;
}

Event *event_free(Event *e)
{
        if (!e)
                return NULL;
        for (size_t i = 0; i < e->n_fields; i++)
                free(e->fields[i]);
        text_done(&e->line);
        free(e);
        return NULL;
}

void event_add(Event *e, const char *name, const char *value)
{
        char *field;

        if (!value || !*value || e->n_fields == EVENT_FIELDS_MAX)
                return;
        if (asprintf(&field, "IPHERALD_%s=%s", name, value) < 0)
                return;
        e->fields[e->n_fields++] = field;
}

void event_appendf(Event *e, const char *format, ...)
{
        _cleanup_free_ char *text = NULL;
        va_list args;

        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                text = NULL;
        va_end(args);
        if (text)
                text_append_string(&e->line, text);
}

/* Is stderr the stream that systemd connected to the journal? */
static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        char expected[64];
        struct stat st;

        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return false;
        (void)snprintf(expected, sizeof(expected), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        return streq(stream, expected);
}

static struct iovec iovec_from(const char *s)
{
        return (struct iovec){.iov_base = (char *)s, .iov_len = strlen(s)};
}

/* One write, so that lines of several programs on one terminal stay whole. */
static void write_stderr(const char *line)
{
        const struct iovec iov[] = {iovec_from(line), iovec_from("\n")};
        ssize_t written;

        do
                written = writev(STDERR_FILENO, iov, ELEMENTSOF(iov));
        while (written < 0 && errno == EINTR);
}

/* MESSAGE: the field, its name included. */
static void event_to_journal(const Event *e, const char *message)
{
        const EventDescription *d = &descriptions[e->type];
        char priority[24], id[64], name[64];
        struct iovec iov[EVENT_FIELDS_MAX + 4];
        int n = 0;

        (void)snprintf(priority, sizeof(priority), "PRIORITY=%d", d->priority);
        (void)snprintf(id, sizeof(id), "MESSAGE_ID=%s", d->message_id);
        (void)snprintf(name, sizeof(name), "IPHERALD_EVENT=%s", d->name);
        iov[n++] = iovec_from(message);
        iov[n++] = iovec_from(priority);
        iov[n++] = iovec_from(id);
        iov[n++] = iovec_from(name);
        for (size_t i = 0; i < e->n_fields; i++)
                iov[n++] = iovec_from(e->fields[i]);
        (void)sd_journal_sendv(iov, n);
}

void event_log(const Event *e)
{
        char message[MESSAGE_NAME_LENGTH + LINE_MAX_OCTETS] = MESSAGE_NAME;
        char *line = message + MESSAGE_NAME_LENGTH;

        if (!e->line.data)
                return;
        string_make_harmless(e->line.data, e->line.size, line, LINE_MAX_OCTETS);
        if (stderr_is_journal())
                event_to_journal(e, message);
        else
                write_stderr(line);
}

void log_line(int priority, const char *format, ...)
{
        char text[LINE_MAX_OCTETS], line[LINE_MAX_OCTETS];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        string_make_harmless(text, strlen(text), line, sizeof(line));
        if (stderr_is_journal())
                (void)sd_journal_send("MESSAGE=%s", line, "PRIORITY=%i", priority, NULL);
        else
                write_stderr(line);
}
