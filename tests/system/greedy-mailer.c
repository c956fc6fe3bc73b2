/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in the mailer's place, and tries what a mailer that a server has taken over would try: before it
 * has entered the mailer's sandbox, to show that the attempts are good ones, and after. One line an attempt
 * goes to a file that it opened before: "before write-ledger 0", "after run-program EACCES". */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver/sandbox.h"

#define STATE_FOLDER "/var/lib/ipherald"

static int try_open(const char *path, int flags)
{
        int fd = open(path, flags | O_CLOEXEC, 0600);

        if (fd < 0)
                return errno;
        (void)close(fd);
        return 0;
}

static int write_ledger(void)
{
        return try_open(STATE_FOLDER "/ledger", O_WRONLY);
}

static int make_file(void)
{
        return try_open(STATE_FOLDER "/made", O_WRONLY | O_CREAT);
}

static int rename_ledger(void)
{
        if (rename(STATE_FOLDER "/ledger", STATE_FOLDER "/moved") < 0)
                return errno;
        return rename(STATE_FOLDER "/moved", STATE_FOLDER "/ledger") < 0 ? errno : 0;
}

static int run_program(void)
{
        char *argv[] = {(char *)"true", NULL}, *envp[] = {NULL};
        int status;
        pid_t pid;
        int r = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp);

        if (r == 0)
                (void)waitpid(pid, &status, 0);
        return r;
}

static int signal_service(void)
{
        return kill(getppid(), 0) < 0 ? errno : 0;
}

/* Also before: the service does not let itself be read or written, by its own user either. */
static int write_service_memory(void)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
        return try_open(path, O_RDWR);
}

static void try_all(FILE *results, const char *when)
{
        static const struct {
                const char *name;
                int (*attempt)(void);
        } attempts[] = {
                {"write-ledger", write_ledger},     {"make-file", make_file},
                {"rename-ledger", rename_ledger},   {"run-program", run_program},
                {"signal-service", signal_service}, {"write-service-memory", write_service_memory},
        };

        for (size_t i = 0; i < ELEMENTSOF(attempts); i++) {
                int error = attempts[i].attempt();

                (void)fprintf(results, "%s %s %s\n", when, attempts[i].name,
                              error == 0 ? "0" : strerrorname_np(error));
        }
}

int main(void)
{
        Sandbox sandbox = {0};
        FILE *results = fopen(STATE_FOLDER "/attempts", "we");

        if (!results)
                return 2;
        try_all(results, "before");
        if (sandbox_enter(getppid(), &sandbox) < 0)
                return 3;
        try_all(results, "after");
        (void)fprintf(results, "landlock %d\n", sandbox.landlock);
        return fclose(results) == 0 ? 1 : 4;
}
