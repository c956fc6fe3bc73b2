/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver/sandbox.h"

/* The sandbox is for good, so each question is asked in a child of its own, whose exit status answers: 0 is
 * yes, and another value names the check that failed. */

#define ANSWER_YES           0
#define ANSWER_SANDBOX_FAILS 100
#define ANSWER_NO_LANDLOCK   101

typedef int (*Question)(const Sandbox *s, pid_t parent);

static int ask(Question question)
{
        pid_t parent = getpid(), child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
                Sandbox s;

                if (sandbox_hide() < 0 || sandbox_follow(parent) < 0 || sandbox_enter(parent, &s) < 0)
                        _exit(ANSWER_SANDBOX_FAILS);
                _exit(question(&s, parent));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void expect_yes(Question question)
{
        int answer = ask(question);

        if (answer == ANSWER_NO_LANDLOCK)
                skip();
        assert_int_equal(answer, ANSWER_YES);
}

static bool is_refused(int r)
{
        return r < 0 && errno == EACCES;
}

static int refuses_writing(const Sandbox *s, pid_t parent)
{
        char path[] = "/tmp/test-sandbox-XXXXXX";

        if (s->landlock == 0)
                return ANSWER_NO_LANDLOCK;
        if (!is_refused(open("/tmp/test-sandbox-new", O_WRONLY | O_CREAT | O_EXCL, 0600)))
                return 1;
        if (!is_refused(open("/dev/null", O_WRONLY)))
                return 2;
        if (!is_refused(open("/dev/null", O_RDWR)))
                return 3;
        if (!is_refused(mkdir("/tmp/test-sandbox-folder", 0700)))
                return 4;
        return is_refused(mkstemp(path)) ? ANSWER_YES : 5;
}

static int refuses_execution(const Sandbox *s, pid_t parent)
{
        char *arguments[] = {(char[]){"true"}, NULL};

        if (s->landlock == 0)
                return ANSWER_NO_LANDLOCK;
        execv("/bin/true", arguments);
        return errno == EACCES ? ANSWER_YES : 1;
}

/* A process of the same user, which only Landlock keeps the sandbox from signalling. It lives until its end
 * of the pipe is closed. */
static pid_t start_bystander(int *ret_fd)
{
        int fds[2];
        char octet;
        pid_t child;

        assert_int_equal(pipe(fds), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                close(fds[1]);
                if (geteuid() == 0 && setresuid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID) < 0 && errno != EPERM &&
                    errno != EINVAL)
                        _exit(1);
                _exit(read(fds[0], &octet, 1) == 0 ? 0 : 1);
        }
        close(fds[0]);
        *ret_fd = fds[1];
        return child;
}

static pid_t bystander;

static int refuses_signals(const Sandbox *s, pid_t parent)
{
        if (s->landlock < 6)
                return ANSWER_NO_LANDLOCK;
        return kill(bystander, 0) < 0 && errno == EPERM ? ANSWER_YES : 1;
}

static int allows_reading(const Sandbox *s, pid_t parent)
{
        char octet;
        int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

        return fd >= 0 && read(fd, &octet, 1) == 1 ? ANSWER_YES : 1;
}

static int has_no_privilege(const Sandbox *s, pid_t parent)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

        if (syscall(SYS_capget, &header, data) < 0)
                return 1;
        for (size_t i = 0; i < ELEMENTSOF(data); i++)
                if (data[i].effective | data[i].permitted | data[i].inheritable)
                        return 2;
        if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
                return 3;
        if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
                return 4;
        int signal_number = 0;
        return prctl(PR_GET_PDEATHSIG, &signal_number) == 0 && signal_number == SIGKILL ? ANSWER_YES : 5;
}

static int is_not_root(const Sandbox *s, pid_t parent)
{
        uid_t real, effective, saved;

        if (s->ids_kept)
                return ANSWER_YES;
        if (getresuid(&real, &effective, &saved) < 0 || real == 0 || effective != real || saved != real)
                return 1;
        if (getgid() == 0 || getegid() == 0)
                return 2;
        return setuid(0) < 0 ? ANSWER_YES : 3;
}

static void test_writes_nothing(void **state)
{
        expect_yes(refuses_writing);
}

static void test_executes_nothing(void **state)
{
        expect_yes(refuses_execution);
}

static void test_signals_nobody(void **state)
{
        int fd, status;

        bystander = start_bystander(&fd);
        expect_yes(refuses_signals);
        close(fd);
        assert_int_equal(waitpid(bystander, &status, 0), bystander);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_reads(void **state)
{
        expect_yes(allows_reading);
}

static void test_no_privilege(void **state)
{
        expect_yes(has_no_privilege);
}

static void test_not_root(void **state)
{
        expect_yes(is_not_root);
}

static void test_another_parent(void **state)
{
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0)
                _exit(sandbox_follow(1) == -ESRCH && sandbox_follow(0) == 0 ? ANSWER_YES : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ANSWER_YES);
}

/* A unit's filter may answer capset() with EPERM. */
static bool filter_capset(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {.len = ELEMENTSOF(code), .filter = code};

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int enter_with_capabilities_but_without_capset(void)
{
        Sandbox s;
        bool root = geteuid() == 0;

        /* With a capability left it must not go on; without one there is nothing to drop. */
        if (root && !filter_capset())
                return 1;
        if (root && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && sandbox_enter(0, &s) != -EPERM)
                return 2;
        return 0;
}

static int enter_without_capabilities_nor_capset(void)
{
        Sandbox s;

        if (sandbox_enter(0, &s) < 0)
                return 3;
        return filter_capset() && sandbox_enter(0, &s) == 0 ? 0 : 4;
}

static void expect_zero(int (*in_child)(void))
{
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0)
                _exit(in_child());
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_capset_refused(void **state)
{
        expect_zero(enter_with_capabilities_but_without_capset);
        expect_zero(enter_without_capabilities_nor_capset);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_writes_nothing), cmocka_unit_test(test_executes_nothing),
                cmocka_unit_test(test_signals_nobody), cmocka_unit_test(test_reads),
                cmocka_unit_test(test_no_privilege),   cmocka_unit_test(test_not_root),
                cmocka_unit_test(test_another_parent), cmocka_unit_test(test_capset_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
