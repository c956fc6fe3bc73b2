/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/status-file.h"

#include <errno.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/string-util.h"
#include "daemon/clock.h"
#include "daemon/status-line.h"
#include "decide/status-text.h"
#include "journal/events.h"
#include "store/process.h"
#include "store/state-file.h"

#define STATUS_FILE_MODE  0644
#define RETRY_DELAY_LEAST USEC_PER_SEC
#define RETRY_DELAY_MOST  (60 * USEC_PER_SEC)
#define LINE_MAX          512
#define CALM_FACTOR       20
#define CALM_MOST         (250 * USEC_PER_MSEC)
#define MINOR_INTERVAL    (100 * USEC_PER_MSEC)

/* Telling takes a twentieth of the time at most, unless that would mean a longer wait than a person likes: a
 * picture of a thousand destinations costs milliseconds, and each of them changes it twice within one
 * session. With few it is microseconds, and who asks sees no delay. What is minor is not told more often
 * than a person can see: a storm of addresses changes the picture with each of them. */

struct StatusFile {
        char line[LINE_MAX]; /* what the service manager was told last */
        StateDir *dir;       /* NULL: there is no runtime folder */
        Text written;        /* what stands in the file; empty: not ours yet */
        usec_t retry_delay;  /* the last write failed, which was said; 0: it did not */
        usec_t retry_at;
        bool waiting; /* what was to be told last waits ... */
        usec_t waits_until;
        usec_t told_at, calm_until; /* of the last that was told */
};

StatusFile *status_begin(const char *path, const char *config, StatusService *ret_service)
{
        StatusService service = {.pid = (uint64_t)getpid(), .since = clock_wall()};
        StatusFile *f = calloc(1, sizeof(StatusFile));
        int r = f && path ? state_dir_open(path, &f->dir) : 0;

        if (r < 0)
                log_line(LOG_WARNING,
                         "Can't use the runtime folder %s: %s; `ipherald status` has nothing to read", path,
                         strerror(-r));
        (void)process_started_at(getpid(), &service.started_at);
        string_make_harmless(config, strlen(config), service.config, sizeof(service.config));
        *ret_service = service;
        return f;
}

StatusFile *status_file_free(StatusFile *f)
{
        if (!f)
                return NULL;
        if (f->written.size > 0) /* else it may be that of the one which has the state folder */
                (void)state_dir_remove(f->dir, STATUS_FILE_NAME);
        state_dir_free(f->dir);
        text_done(&f->written);
        free(f);
        return NULL;
}

static bool is_written(const StatusFile *f, const Text *t)
{
        return f->retry_delay == 0 && t->size == f->written.size &&
               memcmp(t->data, f->written.data, t->size) == 0;
}

/* A folder that has room again sends no event. */
static void note_failure(StatusFile *f, int error)
{
        if (f->retry_delay == 0)
                log_line(LOG_WARNING, "Can't write what `ipherald status` reads: %s", strerror(-error));
        f->retry_delay = f->retry_delay > 0 ? MIN(f->retry_delay * 2, RETRY_DELAY_MOST) : RETRY_DELAY_LEAST;
        f->retry_at = usec_add(clock_now(), f->retry_delay);
}

static void write_file(StatusFile *f, const Status *s)
{
        _cleanup_text_ Text t = {0};
        int r = status_format(s, &t);

        if (r >= 0 && is_written(f, &t))
                return;
        if (r >= 0)
                r = state_dir_write(f->dir, STATUS_FILE_NAME, t.data, t.size, STATUS_FILE_MODE,
                                    STATE_WRITE_VOLATILE);
        if (r < 0) {
                note_failure(f, r);
                return;
        }
        f->retry_delay = 0;
        text_done(&f->written);
        f->written = t;
        t = (Text){0};
}

/* Each line once: the notice waits for room in the manager's queue, and the service with it. */
static void tell_manager(StatusFile *f, const Status *s)
{
        char line[LINE_MAX];

        status_line(s, line, sizeof(line));
        if (streq(line, f->line))
                return;
        (void)sd_notifyf(false, "STATUS=%s", line);
        string_copy(f->line, sizeof(f->line), line);
}

void status_tell(const StatusInput *input, bool minor, StatusFile *f)
{
        _cleanup_(status_freep) Status *s = NULL;
        usec_t begin = clock_now(), until;

        if (!f)
                return;
        until = f->calm_until;
        if (minor)
                until = MAX(until, usec_add(f->told_at, MINOR_INTERVAL));
        /* What waits already is not put off by what is minor. */
        f->waits_until = f->waiting ? MIN(f->waits_until, until) : until;
        f->waiting = begin < f->waits_until;
        if (f->waiting || status_take(input, &s) < 0)
                return;
        tell_manager(f, s);
        if (f->dir)
                write_file(f, s);
        f->told_at = begin;
        f->calm_until = usec_add(begin, MIN(CALM_FACTOR * (clock_now() - begin), CALM_MOST));
}

usec_t status_file_deadline(const StatusFile *f)
{
        usec_t deadline = USEC_INFINITY;

        if (f && f->waiting)
                deadline = f->waits_until;
        if (f && f->retry_delay > 0)
                deadline = MIN(deadline, f->retry_at);
        return deadline;
}

int status_file_read(const char *path, Status **ret)
{
        _cleanup_(state_dir_freep) StateDir *dir = NULL;
        _cleanup_(status_freep) Status *s = NULL;
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r = state_dir_open(path, &dir);

        if (r >= 0)
                r = state_dir_read(dir, STATUS_FILE_NAME, &data, &size);
        if (r >= 0)
                r = status_parse(data, size, &s);
        if (r < 0)
                return r;
        if (!process_runs((pid_t)s->service.pid, s->service.started_at))
                return -ESRCH;
        *ret = TAKE_PTR(s);
        return 0;
}
