/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/wait.h>

#include "folder.h"
#include "store/state-file.h"

static StateDir *open_dir(const char *folder)
{
        StateDir *d;

        assert_int_equal(state_dir_open(folder, &d), 0);
        return d;
}

static void write_text(StateDir *d, const char *name, const char *text)
{
        assert_int_equal(state_dir_write(d, name, text, strlen(text), 0600, STATE_WRITE_DURABLE), 0);
}

static void assert_holds(StateDir *d, const char *name, const char *text)
{
        _cleanup_free_ char *data = NULL;
        size_t size;

        assert_int_equal(state_dir_read(d, name, &data, &size), 0);
        assert_int_equal(size, strlen(text));
        assert_string_equal(data, text);
}

static void what_is_written_is_read(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        char data[9000];
        _cleanup_free_ char *back = NULL;
        size_t size;

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char)i;
        assert_int_equal(state_dir_write(d, "ledger", data, sizeof(data), 0600, STATE_WRITE_DURABLE), 0);
        assert_int_equal(state_dir_read(d, "ledger", &back, &size), 0);
        assert_int_equal(size, sizeof(data));
        assert_memory_equal(back, data, size);
        assert_int_equal(back[size], 0);

        write_text(d, "ledger", "shorter");
        assert_holds(d, "ledger", "shorter");
        write_text(d, "ledger", "");
        assert_holds(d, "ledger", "");
}

static void nothing_is_left_beside_it(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        _cleanup_free_ char *leftover = folder_file(*state, ".ledger.new", "half", 4);

        write_text(d, "ledger", "whole");
        assert_holds(d, "ledger", "whole");
        assert_int_equal(access(leftover, F_OK), -1);
}

static void the_mode_is_exact(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        _cleanup_free_ char *path = NULL;
        mode_t before = umask(077);
        struct stat st;

        assert_int_equal(state_dir_write(d, "status", "x", 1, 0644, STATE_WRITE_VOLATILE), 0);
        umask(before);
        assert_return_code(asprintf(&path, "%s/status", (char *)*state), errno);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
}

static void a_failed_write_leaves_the_old_whole(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        _cleanup_free_ char *path = NULL;

        write_text(d, "ledger", "old");
        assert_return_code(asprintf(&path, "%s/.ledger.new", (char *)*state), errno);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_true(state_dir_write(d, "ledger", "new", 3, 0600, STATE_WRITE_DURABLE) < 0);
        assert_holds(d, "ledger", "old");
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(
                state_dir_write(d, "ledger", "", STATE_FILE_SIZE_MAX + 1, 0600, STATE_WRITE_DURABLE),
                -EFBIG);
        assert_holds(d, "ledger", "old");

        /* A folder cannot be replaced by a file: the rename fails, and the temporary file goes. */
        _cleanup_free_ char *folder = NULL;
        assert_return_code(asprintf(&folder, "%s/status", (char *)*state), errno);
        assert_int_equal(mkdir(folder, 0700), 0);
        assert_int_equal(state_dir_write(d, "status", "x", 1, 0644, STATE_WRITE_VOLATILE), -EISDIR);
        free(path);
        assert_return_code(asprintf(&path, "%s/.status.new", (char *)*state), errno);
        assert_int_equal(access(path, F_OK), -1);
}

static void what_is_no_file_is_refused(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        _cleanup_free_ char *fifo = folder_file(*state, "fifo", "", 0), *link = NULL, *huge = NULL;
        char *data = NULL;
        size_t size;

        assert_int_equal(state_dir_read(d, "ledger", &data, &size), -ENOENT);
        assert_int_equal(unlink(fifo), 0);
        assert_int_equal(mkfifo(fifo, 0600), 0);
        assert_int_equal(state_dir_read(d, "fifo", &data, &size), -EINVAL);
        assert_return_code(asprintf(&link, "%s/link", (char *)*state), errno);
        assert_int_equal(symlink("/etc/passwd", link), 0);
        assert_int_equal(state_dir_read(d, "link", &data, &size), -ELOOP);
        huge = folder_file(*state, "huge", "", 0);
        assert_int_equal(truncate(huge, STATE_FILE_SIZE_MAX + 1), 0);
        assert_int_equal(state_dir_read(d, "huge", &data, &size), -EFBIG);
        assert_null(data);
        assert_int_equal(truncate(huge, STATE_FILE_SIZE_MAX), 0);
        assert_int_equal(state_dir_read(d, "huge", &data, &size), 0);
        free(data);
}

static void a_missing_folder_is_said(void **state)
{
        StateDir *d = NULL;

        assert_int_equal(state_dir_open("/nonexistent", &d), -ENOENT);
        assert_int_equal(state_dir_open("/etc/passwd", &d), -ENOTDIR);
        assert_null(d);
        assert_null(state_dir_free(NULL));
}

static void one_holds_the_lock_and_is_named(void **state)
{
        _cleanup_(state_dir_freep) StateDir *first = open_dir(*state), *second = open_dir(*state);
        pid_t holder = 0;

        assert_int_equal(state_dir_lock(first, &holder), 0);
        assert_int_equal(holder, 0);
        assert_int_equal(state_dir_lock(second, &holder), -EWOULDBLOCK);
        assert_int_equal(holder, getpid());
        first = state_dir_free(first);
        assert_int_equal(state_dir_lock(second, &holder), 0);
}

static void what_is_spawned_does_not_keep_the_lock(void **state)
{
        _cleanup_(state_dir_freep) StateDir *first = open_dir(*state), *second = open_dir(*state);
        int input[2], started[2], status;
        pid_t holder, child;
        char octet;

        assert_int_equal(pipe2(input, O_CLOEXEC), 0);
        assert_int_equal(pipe2(started, O_CLOEXEC), 0);
        assert_int_equal(state_dir_lock(first, &holder), 0);
        child = fork();
        assert_return_code(child, errno);
        if (child == 0) {
                /* Says that it runs, then lives until its input ends. */
                if (dup2(input[0], 0) < 0 || dup2(started[1], 1) < 0)
                        _exit(1);
                execl("/bin/sh", "sh", "-c", "echo; exec cat", NULL);
                _exit(1);
        }
        assert_int_equal(close(input[0]), 0);
        assert_int_equal(read(started[0], &octet, 1), 1);

        first = state_dir_free(first);
        assert_int_equal(state_dir_lock(second, &holder), 0);
        assert_int_equal(close(input[1]), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        close(started[0]);
        close(started[1]);
}

static void the_damaged_are_numbered(void **state)
{
        _cleanup_(state_dir_freep) StateDir *d = open_dir(*state);
        char name[STATE_NAME_MAX + 16] = "untouched";

        assert_int_equal(state_dir_set_aside(d, "ledger", name), -ENOENT);
        assert_string_equal(name, "untouched");
        for (int i = 1; i <= STATE_DAMAGED_MAX; i++) {
                char text[16];

                (void)snprintf(text, sizeof(text), "%d", i);
                assert_int_equal(
                        state_dir_write(d, "ledger", text, strlen(text), 0600, STATE_WRITE_VOLATILE), 0);
                assert_int_equal(state_dir_set_aside(d, "ledger", name), 0);
        }
        assert_string_equal(name, "ledger.damaged-99");
        assert_holds(d, "ledger.damaged-1", "1");
        assert_holds(d, "ledger.damaged-99", "99");
        write_text(d, "ledger", "100");
        assert_int_equal(state_dir_set_aside(d, "ledger", name), -EEXIST);
        assert_holds(d, "ledger", "100");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(what_is_written_is_read),
                IN_FOLDER(nothing_is_left_beside_it),
                IN_FOLDER(the_mode_is_exact),
                IN_FOLDER(a_failed_write_leaves_the_old_whole),
                IN_FOLDER(what_is_no_file_is_refused),
                IN_FOLDER(a_missing_folder_is_said),
                IN_FOLDER(one_holds_the_lock_and_is_named),
                IN_FOLDER(what_is_spawned_does_not_keep_the_lock),
                IN_FOLDER(the_damaged_are_numbered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
