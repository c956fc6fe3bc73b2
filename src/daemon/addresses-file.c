/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/addresses-file.h"

#include <syslog.h>

#include "decide/addresses-text.h"
#include "journal/events.h"
#include "store/state-file.h"

/* The first one that settles after a start is told whatever it is: the change may have come while the
 * service was away. Who acts on it compares it with what it acted on last. */

#define ADDRESSES_NAME    "addresses"
#define CHANGED_NAME      "changed"
#define FILE_MODE         0644
#define RETRY_DELAY_LEAST USEC_PER_SEC
#define RETRY_DELAY_MOST  (60 * USEC_PER_SEC)

struct AddressesFile {
        StateDir *dir;
        Text written;       /* what was told last, file and marker both; empty: nothing */
        bool ours;          /* the file is there by us, even where the marker is not */
        usec_t retry_delay; /* the last write failed, which was said; 0: it did not */
        usec_t retry_at;
};

AddressesFile *addresses_file_new(const char *path)
{
        AddressesFile *f = path ? calloc(1, sizeof(AddressesFile)) : NULL;

        if (f && state_dir_open(path, &f->dir) < 0)
                return addresses_file_free(f);
        return f;
}

AddressesFile *addresses_file_free(AddressesFile *f)
{
        if (!f)
                return NULL;
        if (f->ours) {
                (void)state_dir_remove(f->dir, CHANGED_NAME);
                (void)state_dir_remove(f->dir, ADDRESSES_NAME);
        }
        state_dir_free(f->dir);
        text_done(&f->written);
        free(f);
        return NULL;
}

static int write_files(AddressesFile *f, const Text *t)
{
        int r = text_error(t);

        if (r >= 0)
                r = state_dir_write(f->dir, ADDRESSES_NAME, t->data, t->size, FILE_MODE,
                                    STATE_WRITE_VOLATILE);
        if (r < 0)
                return r;
        f->ours = true;
        return state_dir_write(f->dir, CHANGED_NAME, "", 0, FILE_MODE, STATE_WRITE_VOLATILE);
}

void addresses_file_tell(AddressesFile *f, const Ledger *l, usec_t now)
{
        _cleanup_text_ Text t = {0};
        int r;

        if (!f || !l->settled || (f->retry_delay > 0 && now < f->retry_at))
                return;
        addresses_format(l->addresses, &t);
        if (t.size == f->written.size && t.size > 0 && memcmp(t.data, f->written.data, t.size) == 0)
                return;
        r = write_files(f, &t);
        if (r >= 0) {
                f->retry_delay = 0;
                text_done(&f->written);
                f->written = t;
                t = (Text){0};
                return;
        }
        if (f->retry_delay == 0)
                log_line(LOG_WARNING, "Can't hand the addresses on to other programs: %s", strerror(-r));
        f->retry_delay = f->retry_delay > 0 ? MIN(f->retry_delay * 2, RETRY_DELAY_MOST) : RETRY_DELAY_LEAST;
        f->retry_at = usec_add(now, f->retry_delay);
}

usec_t addresses_file_deadline(const AddressesFile *f)
{
        return f && f->retry_delay > 0 ? f->retry_at : USEC_INFINITY;
}
