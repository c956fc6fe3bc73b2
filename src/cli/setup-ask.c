/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/setup-ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "store/fd.h"

/* Who breaks off at a question has changed nothing: what the handler has to undo is the terminal's echo and
 * a folder in memory, and both calls are among those that a handler may make. */

static struct {
        bool terminal;
        struct termios modes;
        char folder[PATH_MAX], files[4][PATH_MAX + 64];
        char farewell[256];
} guard;

void setup_ask_sweep(void)
{
        if (!*guard.folder)
                return;
        for (size_t i = 0; i < ELEMENTSOF(guard.files); i++)
                (void)unlink(guard.files[i]);
        (void)rmdir(guard.folder);
}

static void on_signal(int number)
{
        if (guard.terminal)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &guard.modes);
        setup_ask_sweep();
        if (write(STDOUT_FILENO, guard.farewell, strlen(guard.farewell)) < 0)
                _exit(EXIT_FAILURE);
        _exit(EXIT_FAILURE);
}

/* What a person, a terminal or the reader of a pipe that goes away ends us with. */
static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE};

static void fill_signals(sigset_t *ret)
{
        (void)sigemptyset(ret);
        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                (void)sigaddset(ret, ends[i]);
}

void setup_ask_begin(void)
{
        struct sigaction action = {.sa_handler = on_signal};

        fill_signals(&action.sa_mask);
        guard.terminal = tcgetattr(STDIN_FILENO, &guard.modes) == 0;
        (void)snprintf(guard.farewell, sizeof(guard.farewell), "\n%s\n", _("Nothing was changed."));
        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                (void)sigaction(ends[i], &action, NULL);
}

void setup_ask_hold(void)
{
        sigset_t signals;

        fill_signals(&signals);
        (void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

void setup_ask_guard(const char *folder, const char *name)
{
        const char *const names[] = {"settings", name ? name : ""};

        /* Each also under the name that it has until it is whole. */
        for (size_t i = 0; i < ELEMENTSOF(guard.files); i++)
                (void)snprintf(guard.files[i], sizeof(guard.files[i]), "%s/%s%s%s", folder ? folder : "",
                               i % 2 ? "." : "", names[i / 2], i % 2 ? ".new" : "");
        string_copy(guard.folder, sizeof(guard.folder), folder ? folder : "");
}

int setup_ask(const char *question, const char *fallback, char ret[static ANSWER_MAX])
{
        char line[ANSWER_MAX];
        size_t n;

        for (;;) {
                printf("%s%s%s%s: ", question, fallback ? " [" : "", fallback ? fallback : "",
                       fallback ? "]" : "");
                (void)fflush(stdout);
                if (!fgets(line, sizeof(line), stdin))
                        return -ECANCELED;
                n = strlen(line);
                /* The rest of a line that is too long would be the next answer. */
                if (n == sizeof(line) - 1 && line[n - 1] != '\n')
                        for (int c = getchar(); c != '\n' && c != EOF;)
                                c = getchar();
                while (n > 0 && strchr(" \t\r\n", line[n - 1]))
                        line[--n] = '\0';
                const char *answer = line + strspn(line, " \t");
                if (!*answer && !fallback)
                        continue;
                string_copy(ret, ANSWER_MAX, *answer ? answer : fallback);
                return 0;
        }
}

int setup_ask_yes(const char *question, bool fallback)
{
        for (;;) {
                char answer[ANSWER_MAX];
                /* TRANSLATORS: The answers; the first letter of either, and y and n, are understood. */
                const char *yes = _("yes"), *no = _("no");
                int r = setup_ask(question, fallback ? yes : no, answer);

                if (r < 0)
                        return r;
                if (string_equal_nocase(answer, yes) || string_equal_nocase(answer, "y") ||
                    string_equal_nocase(answer, "yes"))
                        return 1;
                if (string_equal_nocase(answer, no) || string_equal_nocase(answer, "n") ||
                    string_equal_nocase(answer, "no"))
                        return 0;
        }
}

/* What comes out of FD, until it ends. */
static void read_output(int fd, char *ret, size_t size)
{
        size_t n = 0;

        for (;;) {
                char beyond[64];
                bool full = n == size - 1;
                ssize_t k = read(fd, full ? beyond : ret + n, full ? sizeof(beyond) : size - 1 - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        break;
                n += full ? 0 : (size_t)k;
        }
        ret[n] = '\0';
}

static int spawn(const char *const argv[], int output, pid_t *ret)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r;

        (void)sigemptyset(&none);
        if (posix_spawn_file_actions_init(&actions) != 0)
                return -ENOMEM;
        if (posix_spawnattr_init(&attributes) != 0) {
                (void)posix_spawn_file_actions_destroy(&actions);
                return -ENOMEM;
        }
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        r = output >= 0 ? -posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) : 0;
        if (r == 0)
                r = -posix_spawnp(ret, argv[0], &actions, &attributes, (char *const *)argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
        return r;
}

int setup_run(const char *const argv[], char *output, size_t size)
{
        _cleanup_close_ int from = -1, to = -1;
        int pipes[2], status, r;
        pid_t pid;

        (void)fflush(stdout);
        if (output) {
                if (pipe2(pipes, O_CLOEXEC) < 0)
                        return -errno;
                from = pipes[0];
                to = pipes[1];
        }
        r = spawn(argv, to, &pid);
        if (r < 0)
                return r;
        if (output) {
                (void)close(to);
                to = -1;
                read_output(from, output, size);
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* Where there is no systemd-ask-password, or no terminal of ours for it. */
static int read_secret(const char *question, char ret[static SECRET_MAX + 1])
{
        struct termios quiet = guard.modes;
        size_t n = 0;
        ssize_t k;

        printf("%s: ", question);
        (void)fflush(stdout);
        quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
        if (guard.terminal)
                (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        /* No stdio, whose buffers nobody wipes. */
        while ((k = read(STDIN_FILENO, ret + n, 1)) == 1 && ret[n] != '\n' && n < SECRET_MAX)
                n++;
        ret[n] = '\0';
        if (guard.terminal)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &guard.modes);
        printf("\n");
        return k == 1 ? 0 : -ECANCELED;
}

int setup_ask_secret(const char *question, char ret[static SECRET_MAX + 1])
{
        char words[ANSWER_MAX];
        const char *const argv[] = {
                "systemd-ask-password", "--timeout=0", "--echo=no", "--emoji=no", "-n", words, NULL};

        (void)snprintf(words, sizeof(words), "%s:", question);
        if (guard.terminal && setup_run(argv, ret, SECRET_MAX + 1) == 0)
                return 0;
        return read_secret(question, ret);
}
