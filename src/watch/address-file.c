/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/address-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* One watch at a time: of the file's folder, or of the nearest folder above it that exists, for the one that
 * is missing below. The folders are walked from the root, each watched before the next is looked for, so
 * that none can be made unseen in between; the watches that were passed are given back. */

#define FOLDER_MASK                                                                            \
        (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_MOVE_SELF | \
         IN_DELETE_SELF)
#define ABOVE_MASK (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define GONE_MASK  (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)

#define EVENTS_SIZE 4096

struct AddressFileWatch {
        int fd;
        int wd;           /* of the folder that is watched, or -1 */
        char *path;       /* from the root, and no doubled slash */
        const char *next; /* in PATH, behind the watched folder's slash: what is waited for there */
        sd_event_source *source;
        void (*changed)(void *userdata);
        void *userdata;
};

AddressFileWatch *address_file_watch_free(AddressFileWatch *w)
{
        if (!w)
                return NULL;
        (void)sd_event_source_disable_unref(w->source);
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

        w->wd = -1;
        w->next = w->path + 1;
        for (const char *next = w->next; next; next = strchr(next, '/')) {
                next += *next == '/';

                int wd = watch_folder(w, next);
                if (wd < 0)
                        break;
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

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        AddressFileWatch *w = userdata;
        char buffer[EVENTS_SIZE] __attribute__((aligned(__alignof__(struct inotify_event))));
        ssize_t n = read(fd, buffer, sizeof(buffer));
        bool heard = false, anew = false;

        for (char *p = buffer; n > 0 && p < buffer + n;) {
                const struct inotify_event *e = (const void *)p;
                bool lost = e->mask & IN_Q_OVERFLOW, ours = e->wd == w->wd;

                p += sizeof(*e) + e->len;
                anew = anew || lost || (ours && (e->mask & GONE_MASK)) ||
                       (ours && is_next(w, e) && strchr(w->next, '/'));
                heard = heard || anew || (ours && is_next(w, e));
        }
        if (anew)
                arm(w);
        if (heard)
                w->changed(w->userdata);
        return 0;
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
        w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (w->fd < 0)
                return -errno;
        arm(w);
        r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, on_readable, w);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}
