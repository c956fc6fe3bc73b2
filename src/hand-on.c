/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/parse.h"
#include "decide/addresses-text.h"
#include "store/fd.h"

/* ipherald-hand-on FROM TO WAIT: the gate between the service's folder FROM and root's folder TO.
 *
 * It runs as root, and the service's user may be anybody's by then. So it takes one small regular file out
 * of FROM, by names that nothing is followed for, and only the octets that were checked go on. The marker
 * goes first: a change that comes later makes it anew, and the path unit starts all of this again.
 *
 * 0: TO/addresses is another than TO/handed, which says what was acted on last. 1: there is nothing to do,
 * for ExecCondition= to end it there. 255: refused, or it did not work, and said why; after WAIT seconds,
 * since who makes the marker again and again would keep root busy. */

#define EXIT_NOTHING 1
#define EXIT_REFUSED 255
#define WAIT_MOST    3600

#define MARKER    "changed"
#define ADDRESSES "addresses"
#define TEMPORARY ".addresses.new"
#define HANDED    "handed"

typedef struct Run {
        const char *from, *to;
        int from_fd, to_fd;
        char data[ADDRESSES_TEXT_MAX + 1]; /* one octet more than is taken */
        size_t size;
} Run;

static int refuse(const char *folder, const char *name, const char *why)
{
        fprintf(stderr, "%s/%s: %s\n", folder, name, why);
        return EXIT_REFUSED;
}

static int open_folder(const char *path, int *ret)
{
        *ret = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret < 0 ? -errno : 0;
}

/* A regular file that stands here alone, of the folder's owner: a hard link would be somebody else's. */
static const char *unfit(const struct stat *folder, const struct stat *file)
{
        if (!S_ISREG(file->st_mode))
                return "no regular file";
        if (file->st_nlink != 1)
                return "has other names";
        if (file->st_uid != folder->st_uid)
                return "is not of its folder's owner";
        return file->st_size > ADDRESSES_TEXT_MAX ? "too large" : NULL;
}

/* Reads FROM/addresses, and takes it or not. 0 or an exit code. */
static int take_addresses(Run *run)
{
        _cleanup_close_ int fd = openat(run->from_fd, ADDRESSES,
                                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        const char *why, *key = NULL;
        struct stat folder, file;
        ssize_t n;

        if (fd < 0 && errno == ENOENT) /* the service has ended, or nothing has settled yet */
                return EXIT_NOTHING;
        if (fd < 0 || fstat(run->from_fd, &folder) < 0 || fstat(fd, &file) < 0)
                return refuse(run->from, ADDRESSES, strerror(errno));
        why = unfit(&folder, &file);
        if (why)
                return refuse(run->from, ADDRESSES, why);
        n = read(fd, run->data, sizeof(run->data));
        if (n < 0)
                return refuse(run->from, ADDRESSES, strerror(errno));
        run->size = (size_t)n;
        switch (addresses_check(run->data, run->size, &key)) {
        case 0:
                return 0;
        case -EFBIG:
                return refuse(run->from, ADDRESSES, "too large");
        default:
                fprintf(stderr, "%s/%s: the line of %s is not what the service writes\n", run->from,
                        ADDRESSES, key);
                return EXIT_REFUSED;
        }
}

/* TO is root's own; what is missing there has not been handed on. */
static bool was_handed(const Run *run)
{
        char data[ADDRESSES_TEXT_MAX + 1];
        _cleanup_close_ int fd = openat(run->to_fd, HANDED, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));

        return n >= 0 && (size_t)n == run->size && memcmp(data, run->data, run->size) == 0;
}

static int write_addresses(const Run *run)
{
        int r = 0;

        if (unlinkat(run->to_fd, TEMPORARY, 0) < 0 && errno != ENOENT)
                return -errno;
        _cleanup_close_ int fd = openat(run->to_fd, TEMPORARY,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        ssize_t n = write(fd, run->data, run->size);
        if (n < 0 || fchmod(fd, 0644) < 0) /* open(2)'s mode is cut by the umask */
                r = -errno;
        else if ((size_t)n < run->size)
                r = -ENOSPC;
        else if (renameat(run->to_fd, TEMPORARY, run->to_fd, ADDRESSES) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(run->to_fd, TEMPORARY, 0);
        return r;
}

static int hand_on(Run *run)
{
        int r = open_folder(run->from, &run->from_fd);

        if (r == -ENOENT) /* the service has ended */
                return EXIT_NOTHING;
        if (r < 0)
                return refuse(run->from, ".", strerror(-r));
        if (unlinkat(run->from_fd, MARKER, 0) < 0 && errno != ENOENT)
                return refuse(run->from, MARKER, strerror(errno));
        r = take_addresses(run);
        if (r != 0)
                return r;
        r = open_folder(run->to, &run->to_fd);
        if (r < 0)
                return refuse(run->to, ".", strerror(-r));
        if (was_handed(run))
                return EXIT_NOTHING;
        r = write_addresses(run);
        return r < 0 ? refuse(run->to, ADDRESSES, strerror(-r)) : 0;
}

int main(int argc, char *argv[])
{
        Run run = {.from_fd = -1, .to_fd = -1};
        uint64_t wait;
        int code;

        if (argc != 4 || parse_u64(argv[3], 0, WAIT_MOST, &wait) < 0) {
                fprintf(stderr, "Usage: %s FROM TO WAIT\n", argc > 0 ? argv[0] : "ipherald-hand-on");
                return 2;
        }
        run.from = argv[1];
        run.to = argv[2];
        code = hand_on(&run);
        if (code == EXIT_REFUSED) {
                struct timespec left = {.tv_sec = (time_t)wait};

                while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
                        ;
        }
        close_fdp(&run.from_fd);
        close_fdp(&run.to_fd);
        return code;
}
