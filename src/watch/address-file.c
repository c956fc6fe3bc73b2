/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/address-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/time-util.h"

/* One watch at a time: of the file's folder, or of the nearest folder above it that exists, for the one that
 * is missing below. The folders are walked from the root, each watched before the next is looked for, so
 * that none can be made unseen in between; the watches that were passed are given back.
 *
 * The kernel does not tell all: a folder further above that is moved, a link on the way that points
 * elsewhere, what another machine writes to a network file system, a folder that may be searched but not
 * read. So the file is looked at now and then whatever is heard; and who replaces it without an end is heard
 * thirty times a second at most. */

#define FOLDER_MASK                                                                            \
        (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_MOVE_SELF | \
         IN_DELETE_SELF)
#define ABOVE_MASK (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define GONE_MASK  (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)

#define EVENTS_SIZE       4096
#define READS_PER_WAKE_UP 64
#define WAKE_UPS          3 /* within APART, at most */
#define APART             (100 * USEC_PER_MSEC)
#define LOOK              (5 * USEC_PER_MIN)
#define LOOK_ACCURACY     (10 * USEC_PER_SEC)

struct AddressFileWatch {
        int fd;
        int error;        /* why what there is can't be watched, or 0 */
        int wd;           /* of the folder that is watched, or -1 */
        char *path;       /* from the root, and no doubled slash */
        const char *next; /* in PATH, behind the watched folder's slash: what is waited for there */
        sd_event_source *source, *timer;
        void (*changed)(void *userdata);
        void *userdata;
};

AddressFileWatch *address_file_watch_free(AddressFileWatch *w)
{
        if (!w)
                return NULL;
        (void)sd_event_source_disable_unref(w->source);
        (void)sd_event_source_disable_unref(w->timer);
        if (w->fd >= 0)
                (void)close(w->fd);
        free(w->path);
        free(w);
        return NULL;
}

static char *without_doubled_slashes(const char *path)
{
        char *copy = strdup(path), *to = copy;

        for (const char *p = path; copy && *p; p++)
                if (*p != '/' || to == copy || to[-1] != '/')
                        *to++ = *p;
        if (copy)
                *to = '\0';
        return copy;
}

/* Watches the folder whose slash NEXT stands behind. Its wd, or a negative errno. */
static int watch_folder(const AddressFileWatch *w, const char *next)
{
        char *folder = next == w->path + 1 ? strdup("/") : strndup(w->path, (size_t)(next - 1 - w->path));
        uint32_t mask = strchr(next, '/') ? ABOVE_MASK : FOLDER_MASK;
        int r = folder ? inotify_add_watch(w->fd, folder, mask | IN_ONLYDIR) : -1;

        if (r < 0)
                r = folder ? -errno : -ENOMEM;
        free(folder);
        return r;
}

static void arm(AddressFileWatch *w)
{
        int was = w->wd;

        if (w->fd < 0)
                return;
        w->wd = -1;
        w->error = 0;
        w->next = w->path + 1;
        for (const char *next = w->next; next; next = strchr(next, '/')) {
                next += *next == '/';

                int wd = watch_folder(w, next);
                if (wd < 0) {
                        w->error = wd == -ENOENT || wd == -ENOTDIR ? 0 : wd;
                        break;
                }
                if (w->wd >= 0)
                        (void)inotify_rm_watch(w->fd, w->wd);
                w->wd = wd;
                w->next = next;
        }
        if (was >= 0 && was != w->wd)
                (void)inotify_rm_watch(w->fd, was); /* it may have been given back already */
}

/* Is it what is waited for that the event names? */
static bool is_next(const AddressFileWatch *w, const struct inotify_event *e)
{
        size_t n = strcspn(w->next, "/");

        return e->len > n && memcmp(e->name, w->next, n) == 0 && e->name[n] == '\0';
}

/* What one read of the events comes to. */
typedef struct Heard {
        bool file, folders; /* it may be another; they are to be walked again */
} Heard;

/* False where there are none. */
static bool read_events(const AddressFileWatch *w, Heard *h)
{
        char buffer[EVENTS_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
        ssize_t n = read(w->fd, buffer, sizeof(buffer));

        for (char *p = buffer; n > 0 && p < buffer + n;) {
                const struct inotify_event *e = (const void *)p;
                bool lost = e->mask & IN_Q_OVERFLOW, ours = e->wd == w->wd;

                p += sizeof(*e) + e->len;
                h->folders = h->folders || lost || (ours && (e->mask & GONE_MASK)) ||
                             (ours && is_next(w, e) && strchr(w->next, '/'));
                h->file = h->file || h->folders || (ours && is_next(w, e));
        }
        return n > 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        AddressFileWatch *w = userdata;
        Heard heard = {0};

        for (unsigned i = 0; i < READS_PER_WAKE_UP && read_events(w, &heard); i++)
                ;
        if (heard.folders)
                arm(w);
        if (heard.file)
                w->changed(w->userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t when, void *userdata)
{
        AddressFileWatch *w = userdata;

        (void)sd_event_source_set_time_relative(w->timer, LOOK);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
        arm(w);
        w->changed(w->userdata);
        return 0;
}

int address_file_watch_error(const AddressFileWatch *w)
{
        return w->error;
}

/* Where there are no events to be had, the timer is left. */
static int listen_to_events(AddressFileWatch *w, sd_event *event)
{
        int r;

        w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (w->fd < 0) {
                w->error = -errno;
                return 0;
        }
        arm(w);
        r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, on_readable, w);
        return r < 0 ? r : sd_event_source_set_ratelimit(w->source, APART, WAKE_UPS);
}

int address_file_watch_new(sd_event *event, const char *path, void (*changed)(void *userdata),
                           void *userdata, AddressFileWatch **ret)
{
        _cleanup_(address_file_watch_freep) AddressFileWatch *w = calloc(1, sizeof(AddressFileWatch));
        int r;

        if (!w)
                return -ENOMEM;
        *w = (AddressFileWatch){.fd = -1, .wd = -1, .changed = changed, .userdata = userdata};
        w->path = without_doubled_slashes(path);
        if (!w->path)
                return -ENOMEM;
        r = sd_event_add_time_relative(event, &w->timer, CLOCK_BOOTTIME, LOOK, LOOK_ACCURACY, on_timer, w);
        if (r >= 0)
                r = listen_to_events(w, event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}
