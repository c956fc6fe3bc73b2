/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/string-util.h"
#include "cli/load-settings.h"
#include "cli/setup.h"
#include "cli/test-run.h"
#include "store/fd.h"
#include "store/state-file.h"

/* What was answered is tried as the service would do it: it becomes a settings file and a credential, in a
 * folder in memory that this program alone can enter, and goes by the service's own reader and mailer. */

#define PATIENCE (15 * USEC_PER_SEC)
#define FOLDER   "ipherald-setup."

static int lock_fd = -1; /* on the folder, for as long as it is in use */

static void unlock_folder(void)
{
        int fd = TAKE_FD(lock_fd);

        /* Closed once: the number is soon another file's. */
        close_fdp(&fd);
}

static void remove_files(int folder)
{
        int fd = fcntl(folder, F_DUPFD_CLOEXEC, 0);
        DIR *files = fd >= 0 ? fdopendir(fd) : NULL;
        const struct dirent *e;

        if (!files) {
                close_fdp(&fd);
                return;
        }
        while ((e = readdir(files)))
                (void)unlinkat(folder, e->d_name, 0);
        (void)closedir(files);
}

/* Who is killed during a try leaves a password behind: in a folder that nobody holds the lock of. */
static void remove_abandoned(const char *parent)
{
        DIR *folders = opendir(parent);
        const struct dirent *e;

        while (folders && (e = readdir(folders))) {
                if (strncmp(e->d_name, FOLDER, strlen(FOLDER)) != 0)
                        continue;
                _cleanup_close_ int fd = openat(dirfd(folders), e->d_name,
                                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
                        continue;
                remove_files(fd);
                (void)unlinkat(dirfd(folders), e->d_name, AT_REMOVEDIR);
        }
        if (folders)
                (void)closedir(folders);
}

int setup_make_folder(Setup *s)
{
        const char *parent = geteuid() == 0 ? "/run" : "/tmp";

        if (geteuid() == 0)
                remove_abandoned(parent);
        (void)snprintf(s->folder, sizeof(s->folder), "%s/" FOLDER "XXXXXX", parent);
        if (!mkdtemp(s->folder)) {
                int r = -errno;

                string_copy(s->folder, sizeof(s->folder), parent);
                return r;
        }
        setup_ask_guard(s->folder, setup_credential(s));
        unlock_folder();
        lock_fd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock_fd >= 0)
                (void)flock(lock_fd, LOCK_EX | LOCK_NB);
        return 0;
}

static int write_files(const Setup *s)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        _cleanup_text_ Text text = {0};
        int r;

        config_tree_render(s->tree, s->model, &text);
        r = text_error(&text);
        if (r >= 0)
                r = state_dir_open(s->folder, &d);
        if (r >= 0)
                r = state_dir_write(d, "settings", text.data, text.size, 0600, STATE_WRITE_VOLATILE);
        if (r >= 0 && *s->secret)
                r = state_dir_write(d, setup_credential(s), s->secret, strlen(s->secret), 0600,
                                    STATE_WRITE_VOLATILE);
        return r;
}

/* The faults in LINES without "PATH:LINE: ", which nobody finds any more. */
static void print_faults(char *lines, const char *path)
{
        size_t n = strlen(path);
        char *rest = lines, *line;

        while ((line = strsep(&rest, "\n"))) {
                if (strncmp(line, path, n) == 0 && line[n] == ':')
                        line += n + 1 + strspn(line + n + 1, "0123456789: ");
                if (*line)
                        fprintf(stderr, "ipherald setup: %s\n", line);
        }
}

static int load(const Setup *s, Settings **ret)
{
        _cleanup_free_ char *lines = NULL;
        char path[PATH_MAX + 16];
        size_t size;
        FILE *faults = open_memstream(&lines, &size);
        int r;

        if (!faults)
                return -ENOMEM;
        (void)snprintf(path, sizeof(path), "%s/settings", s->folder);
        r = load_settings("setup", path, faults, ret);
        if (fclose(faults) == 0 && r != EXIT_SUCCESS)
                print_faults(lines, path);
        return r == EXIT_SUCCESS ? 0 : -EINVAL;
}

static int prepare(Setup *s, Settings **ret)
{
        int r = setup_make_folder(s);

        if (r >= 0)
                r = write_files(s);
        if (r >= 0)
                return load(s, ret);
        fprintf(stderr, "ipherald setup: %s: %s\n", s->folder, strerror(-r));
        return r;
}

void setup_sweep(void)
{
        setup_ask_sweep();
        setup_ask_guard(NULL, NULL);
        unlock_folder();
}

int setup_try(Setup *s, bool send, Step *ret_step)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        TestRun run = {.verb = "setup", .send = send, .patience = PATIENCE};
        int r = prepare(s, &settings);

        *ret_step = STEP_NONE;
        if (r >= 0) {
                settings->mail.enabled = true;
                run.settings = settings;
                run.credentials_dir = *s->secret ? s->folder : s->options->credentials_dir;
                r = test_run(&run, ret_step) == EXIT_SUCCESS;
        }
        setup_sweep();
        return r;
}

int setup_check(Setup *s)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        int r = prepare(s, &settings);

        setup_sweep();
        return r;
}
