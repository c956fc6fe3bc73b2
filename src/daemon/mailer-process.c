/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/mailer-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time-util.h"
#include "config.h"
#include "store/fd.h"
#include "store/installed.h"

/* The order goes out as one packet before anything is waited for; a socketpair takes it whole. Reports come
 * as packets until end of file. The process is over when it has been reaped: packets that it left are read
 * first, so that a result that it had before it died is not lost. Why it was killed is kept for the end
 * handler.
 *
 * Its limits run on CLOCK_MONOTONIC, which stands still while the machine sleeps, as the mailer does: it is
 * not silent for that. What a server may take is the mailer's own matter, and on the other clock.
 *
 * One that only says that it is alive may wait for a server that thinks. The longest that it honestly waits
 * in one step is half an hour, for six replies to two logins. */

#define MAILER_FD      3
#define SILENCE_LIMIT  (90 * USEC_PER_SEC)
#define STEP_LIMIT     USEC_PER_HOUR
#define FINISH_LIMIT   (10 * USEC_PER_SEC)
#define TIMER_ACCURACY 1 /* 0 would mean 250 ms */
#define REASON_MAX     128

struct MailerProcess {
        int fd;
        pid_t pid; /* 0: reaped */
        bool finishing;
        usec_t progress;         /* when it last said more than that it is alive */
        char reason[REASON_MAX]; /* why it was killed, or "" */
        sd_event_source *io, *child, *timer;
        MailerReportHandler on_report;
        MailerEndHandler on_end;
        void *userdata;
};

static void kill_mailer(MailerProcess *m, const char *reason)
{
        if (m->pid == 0 || *m->reason)
                return;
        (void)snprintf(m->reason, sizeof(m->reason), "%s", reason);
        (void)kill(m->pid, SIGKILL);
        (void)sd_event_source_set_enabled(m->io, SD_EVENT_OFF);
}

static usec_t loop_now(const MailerProcess *m)
{
        uint64_t now = 0;

        (void)sd_event_now(sd_event_source_get_event(m->timer), CLOCK_MONOTONIC, &now);
        return now;
}

static void restart_timer(MailerProcess *m, usec_t limit)
{
        (void)sd_event_source_set_time(m->timer, loop_now(m) + limit);
        (void)sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

/* One packet: 1 read, 0 not now, -EPIPE end of file, -EBADMSG nonsense. */
static int read_report(MailerProcess *m)
{
        char buffer[REPORT_SIZE_MAX + 1];
        struct iovec iov = {.iov_base = buffer, .iov_len = REPORT_SIZE_MAX};
        struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
        Report report;
        ssize_t n = recvmsg(m->fd, &header, MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR || errno == ENOMEM ? 0 : -EPIPE;
        if (n == 0)
                return -EPIPE;
        buffer[n] = '\0';
        if ((header.msg_flags & MSG_TRUNC) || report_parse(buffer, (size_t)n, &report) < 0)
                return -EBADMSG;
        if (report.type != REPORT_ALIVE)
                m->progress = loop_now(m);
        return m->on_report(&report, m->userdata) ? 1 : -EBADMSG;
}

/* As read_report(), and what follows from it. */
static int hear(MailerProcess *m)
{
        int r = read_report(m);

        if (r == -EBADMSG)
                kill_mailer(m, "it said what makes no sense");
        else if (r < 0)
                (void)sd_event_source_set_enabled(m->io, SD_EVENT_OFF);
        else if (r > 0 && !m->finishing && loop_now(m) - m->progress >= STEP_LIMIT)
                kill_mailer(m, "it got no further for an hour");
        else if (r > 0 && !m->finishing)
                restart_timer(m, SILENCE_LIMIT);
        return r;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        (void)hear(userdata);
        return 0;
}

/* It was not silent where its words lie there already: a write of the ledger may have kept this loop. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        MailerProcess *m = userdata;

        if (m->finishing)
                kill_mailer(m, "it did not end when it was due");
        else if (hear(m) <= 0)
                kill_mailer(m, "it was silent for 90 s");
        return 0;
}

/* How it ended, for a person; NULL where it was well. */
static const char *describe_end(MailerProcess *m, const siginfo_t *si)
{
        if (*m->reason)
                return m->reason;
        if (si->si_code == CLD_EXITED && si->si_status == 0)
                return NULL;
        if (si->si_code == CLD_EXITED)
                (void)snprintf(m->reason, sizeof(m->reason), "it ended with exit code %d", si->si_status);
        else
                (void)snprintf(m->reason, sizeof(m->reason), "it was killed by signal %d", si->si_status);
        return m->reason;
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *userdata)
{
        MailerProcess *m = userdata;
        int r = 1;

        m->pid = 0;
        while (r > 0 && !*m->reason)
                r = read_report(m);
        m->on_end(describe_end(m, si), m->userdata);
        return 0;
}

static int set_actions(posix_spawn_file_actions_t *actions, int fd, bool keep_stdout)
{
        int r = posix_spawn_file_actions_adddup2(actions, fd, MAILER_FD);

        r = r ? r : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (!keep_stdout)
                r = r ? r
                      : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        r = r ? r : posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        return r ? r : posix_spawn_file_actions_addclosefrom_np(actions, MAILER_FD + 1);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
        sigset_t none, all;
        int r;

        (void)sigemptyset(&none);
        (void)sigfillset(&all);
        r = posix_spawnattr_setflags(attributes,
                                     POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        r = r ? r : posix_spawnattr_setsigmask(attributes, &none);
        return r ? r : posix_spawnattr_setsigdefault(attributes, &all);
}

/* With an empty environment: nothing of ours (NOTIFY_SOCKET, CREDENTIALS_DIRECTORY ...) is the mailer's
 * business. */
static int spawn_mailer(int fd, bool keep_stdout, pid_t *ret)
{
        char path[PATH_MAX], *argv[] = {(char *)"ipherald-mailer", NULL}, *envp[] = {NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int r;

        find_installed("ipherald-mailer", IPHERALD_LIBEXECDIR "/ipherald-mailer", path);
        r = posix_spawn_file_actions_init(&actions);
        if (r)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                r = set_actions(&actions, fd, keep_stdout);
                r = r ? r : set_attributes(&attributes);
                r = r ? r : posix_spawn(ret, path, &actions, &attributes, argv, envp);
                (void)posix_spawnattr_destroy(&attributes);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int send_packet(int fd, const Text *packet)
{
        ssize_t n = send(fd, packet->data, packet->size, MSG_DONTWAIT | MSG_NOSIGNAL);

        return n < 0 ? -errno : 0;
}

static int add_sources(MailerProcess *m, sd_event *event)
{
        int r = sd_event_add_child(event, &m->child, m->pid, WEXITED, on_child, m);

        /* A one-shot source, the default, is lost where a tracer still has the process when its end is seen.
         * Only one that is off turns into another kind. */
        if (r >= 0)
                r = sd_event_source_set_enabled(m->child, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->child, SD_EVENT_ON);
        if (r >= 0)
                r = sd_event_add_io(event, &m->io, m->fd, EPOLLIN, on_readable, m);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &m->timer, CLOCK_MONOTONIC, SILENCE_LIMIT,
                                               TIMER_ACCURACY, on_timer, m);
        if (r >= 0)
                m->progress = loop_now(m);
        return r;
}

int mailer_process_new(sd_event *event, const Text *order, bool keep_stdout, MailerReportHandler on_report,
                       MailerEndHandler on_end, void *userdata, MailerProcess **ret)
{
        _cleanup_(mailer_process_freep) MailerProcess *m = calloc(1, sizeof(MailerProcess));
        int fds[2], r;

        if (!m)
                return -ENOMEM;
        *m = (MailerProcess){.fd = -1, .on_report = on_report, .on_end = on_end, .userdata = userdata};
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        m->fd = fds[0];
        r = send_packet(m->fd, order);
        if (r >= 0)
                r = spawn_mailer(fds[1], keep_stdout, &m->pid);
        (void)close(fds[1]);
        if (r < 0)
                return r;
        r = add_sources(m, event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

MailerProcess *mailer_process_free(MailerProcess *m)
{
        if (!m)
                return NULL;
        (void)sd_event_source_disable_unref(m->io);
        (void)sd_event_source_disable_unref(m->child);
        (void)sd_event_source_disable_unref(m->timer);
        if (m->pid > 0) {
                (void)kill(m->pid, SIGKILL);
                while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        close_fdp(&m->fd);
        free(m);
        return NULL;
}

int mailer_process_answer(MailerProcess *m, size_t transaction, bool go)
{
        _cleanup_text_ Text packet = {0};
        int r = commit_answer_format(transaction, go, &packet);

        return r < 0 ? r : send_packet(m->fd, &packet);
}

void mailer_process_finish(MailerProcess *m)
{
        if (m->finishing)
                return;
        m->finishing = true;
        restart_timer(m, FINISH_LIMIT);
}

void mailer_process_end(MailerProcess *m)
{
        (void)shutdown(m->fd, SHUT_WR);
        mailer_process_finish(m);
}
