/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/ledger-file.h"

#include <stdio.h>
#include <syslog.h>

#include "decide/ledger-text.h"
#include "journal/events.h"

/* An unreadable ledger is set aside, never overwritten: a person may want to see it. What it told is
 * forgotten then, so each destination gets the current address once more. */

#define LEDGER_NAME "ledger"
#define LEDGER_MODE 0600

#define LEDGER_FILE_TEXT_MAX 256

static const char *describe_damage(int error)
{
        if (error == -EPROTONOSUPPORT)
                return "it is of another version";
        if (error == -EFBIG)
                return "it is too large";
        if (error == -EISDIR || error == -ELOOP || error == -EINVAL)
                return "it is no regular file";
        return "it is cut or changed";
}

/* What can be read as damage; everything else (EIO, ENOMEM, EACCES) may be over the next time. */
static bool is_damage(int error)
{
        return error == -EBADMSG || error == -EPROTONOSUPPORT || error == -EFBIG || error == -EISDIR ||
               error == -ELOOP || error == -EINVAL;
}

static void set_aside(StateDir *dir, int error, char ret_damage[static LEDGER_FILE_TEXT_MAX])
{
        char name[STATE_NAME_MAX + 16];
        int r = state_dir_set_aside(dir, LEDGER_NAME, name);

        if (r >= 0)
                (void)snprintf(ret_damage, LEDGER_FILE_TEXT_MAX, "%s, and is kept as %s",
                               describe_damage(error), name);
        else
                (void)snprintf(ret_damage, LEDGER_FILE_TEXT_MAX, "%s, and can't be set aside (%s)",
                               describe_damage(error), strerror(-r));
}

static int read_ledger(StateDir *dir, Ledger **ret)
{
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r = state_dir_read(dir, LEDGER_NAME, &data, &size);

        return r < 0 ? r : ledger_parse(data, size, ret);
}

/* RET_DAMAGE: what was wrong with one that was set aside, or ""; RET_PROBLEM: what stands in the way. */
static int open_ledger(const char *path, const char *boot_id, StateDir **ret_dir, Ledger **ret_ledger,
                       char ret_damage[static LEDGER_FILE_TEXT_MAX],
                       char ret_problem[static LEDGER_FILE_TEXT_MAX])
{
        _cleanup_(state_dir_freep) StateDir *dir = NULL;
        pid_t holder = 0;
        int r;

        *ret_damage = '\0';
        r = state_dir_open(path, &dir);
        if (r >= 0)
                r = state_dir_lock(dir, &holder);
        if (r >= 0) {
                r = read_ledger(dir, ret_ledger);
                if (is_damage(r))
                        set_aside(dir, r, ret_damage);
                if (r == -ENOENT || is_damage(r))
                        r = ledger_new(boot_id, ret_ledger);
        }
        if (r == -EWOULDBLOCK && holder == 0) /* the lock is on a medium that took no pid */
                (void)snprintf(ret_problem, LEDGER_FILE_TEXT_MAX, "another ipherald is using it");
        else if (r == -EWOULDBLOCK)
                (void)snprintf(ret_problem, LEDGER_FILE_TEXT_MAX, "another ipherald is using it, process %d",
                               (int)holder);
        else if (r < 0)
                (void)snprintf(ret_problem, LEDGER_FILE_TEXT_MAX, "%s", strerror(-r));
        if (r < 0)
                return r;
        *ret_dir = TAKE_PTR(dir);
        return 0;
}

int ledger_file_open(const char *path, const char *boot_id, StateDir **ret_dir, Ledger **ret_ledger)
{
        _cleanup_(event_freep) Event *e = NULL;
        char damage[LEDGER_FILE_TEXT_MAX], problem[LEDGER_FILE_TEXT_MAX];
        int r = open_ledger(path, boot_id, ret_dir, ret_ledger, damage, problem);

        if (r < 0) {
                log_line(LOG_ERR, "Can't use the state folder %s: %s", path, problem);
                return r;
        }
        if (*damage && event_new(EVENT_LEDGER_DAMAGED, &e) >= 0) {
                event_appendf(e, " %s/" LEDGER_NAME ": %s; begins anew, as on the first start", path,
                              damage);
                event_log(e);
        }
        return 0;
}

int ledger_file_save(StateDir *dir, const Ledger *l)
{
        _cleanup_text_ Text text = {0};
        int r = ledger_format(l, &text);

        return r < 0 ? r
                     : state_dir_write(dir, LEDGER_NAME, text.data, text.size, LEDGER_MODE,
                                       STATE_WRITE_DURABLE);
}

void ledger_file_log_unwritable(const char *path, int error)
{
        _cleanup_(event_freep) Event *e = NULL;

        if (event_new(EVENT_LEDGER_UNWRITABLE, &e) < 0)
                return;
        event_appendf(
                e, " %s/" LEDGER_NAME ": %s; mails go out all the same, and may come again after a restart",
                path, strerror(-error));
        event_log(e);
}
