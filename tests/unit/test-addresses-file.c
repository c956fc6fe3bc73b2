/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants those first */
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon/addresses-file.h"
#include "decide/addresses-text.h"
#include "folder.h"

#define NOW       (1000 * USEC_PER_SEC)
#define N_CHANGES 10000

static Ledger settled(unsigned n)
{
        Ledger l = {.settled = true};

        l.addresses[FAMILY_IPV4].address = (IpAddress){AF_INET, {192, 0, (uint8_t)(n >> 8), (uint8_t)n}};
        snprintf(l.addresses[FAMILY_IPV4].interface, sizeof(l.addresses[FAMILY_IPV4].interface), "%s",
                 n % 2 ? "ppp0" : "a-longer-name");
        return l;
}

static char *path_of(void **state, const char *name)
{
        char *path;

        assert_return_code(asprintf(&path, "%s/%s", (char *)*state, name), 0);
        return path;
}

static bool is_there(void **state, const char *name)
{
        _cleanup_free_ char *path = path_of(state, name);

        return access(path, F_OK) == 0;
}

/* How often it read the file: until the parent ends it; or -1, where it once was not whole. */
static void read_in_a_loop(const char *path, int out)
{
        long n = 0;

        for (bool first = true;; first = false) {
                char data[ADDRESSES_TEXT_MAX];
                const char *key;
                int fd = open(path, O_RDONLY | O_CLOEXEC);
                ssize_t size = fd < 0 ? -1 : read(fd, data, sizeof(data));

                if (size < 0 || addresses_check(data, (size_t)size, &key) < 0)
                        n = -1;
                close(fd);
                n = n < 0 ? n : n + 1;
                if (first || n < 0 || n % 64 == 0)
                        (void)!write(out, &n, sizeof(n));
                if (n < 0)
                        _exit(1);
        }
}

/* Ten thousand changes under the eyes of a reader that never rests: each time it sees an old text or a new
 * one, and whole. */
static void test_never_half_written(void **state)
{
        _cleanup_free_ char *path = path_of(state, "addresses");
        AddressesFile *f = addresses_file_new(*state);
        int ends[2], status;
        long n = 0, last = 0;

        Ledger l = settled(0);
        addresses_file_tell(f, &l, NOW);
        assert_return_code(pipe2(ends, O_CLOEXEC), errno);
        pid_t reader = fork();
        if (reader == 0)
                read_in_a_loop(path, ends[1]);
        close(ends[1]);
        assert_int_equal(read(ends[0], &n, sizeof(n)), sizeof(n)); /* it has begun */
        assert_return_code(fcntl(ends[0], F_SETFL, O_NONBLOCK), errno);
        for (unsigned i = 1; i <= N_CHANGES; i++) {
                l = settled(i);
                addresses_file_tell(f, &l, NOW);
                while (read(ends[0], &n, sizeof(n)) == sizeof(n))
                        last = n;
                assert_true(last >= 0);
        }
        assert_return_code(kill(reader, SIGKILL), errno);
        assert_int_equal(waitpid(reader, &status, 0), reader);
        assert_true(WIFSIGNALED(status)); /* and so never found a fault */
        print_message("%ld reads during %d changes\n", last, N_CHANGES);
        assert_true(last > 0);
        close(ends[0]);
        addresses_file_free(f);
        assert_false(is_there(state, "addresses"));
}

/* What stands in the way of a file is a folder that it can't be renamed over. */
static void test_nothing_is_tried_before_its_time(void **state)
{
        _cleanup_free_ char *path = path_of(state, "addresses");
        AddressesFile *f = addresses_file_new(*state);
        Ledger l = settled(1);

        assert_return_code(mkdir(path, 0755), errno);
        addresses_file_tell(f, &l, NOW);
        assert_int_equal(addresses_file_deadline(f), NOW + USEC_PER_SEC);
        assert_return_code(rmdir(path), errno);
        addresses_file_tell(f, &l, NOW + USEC_PER_SEC - 1);
        assert_false(is_there(state, "addresses"));
        assert_int_equal(addresses_file_deadline(f), NOW + USEC_PER_SEC);
        addresses_file_tell(f, &l, NOW + USEC_PER_SEC);
        assert_true(is_there(state, "addresses") && is_there(state, "changed"));
        assert_int_equal(addresses_file_deadline(f), USEC_INFINITY);
        addresses_file_free(f);
}

static void test_the_wait_doubles(void **state)
{
        _cleanup_free_ char *path = path_of(state, "addresses");
        AddressesFile *f = addresses_file_new(*state);
        Ledger l = settled(1);
        usec_t now = NOW;

        assert_return_code(mkdir(path, 0755), errno);
        for (usec_t wait = USEC_PER_SEC; wait < USEC_PER_MIN; wait *= 2) {
                addresses_file_tell(f, &l, now);
                assert_int_equal(addresses_file_deadline(f), now + wait);
                now = addresses_file_deadline(f);
        }
        addresses_file_tell(f, &l, now);
        assert_int_equal(addresses_file_deadline(f), now + USEC_PER_MIN);
        addresses_file_free(f);
        assert_true(is_there(state, "addresses")); /* not ours */
}

/* The addresses went out, and the word of it did not. */
static void test_without_a_marker_it_goes_too(void **state)
{
        _cleanup_free_ char *marker = path_of(state, "changed");
        AddressesFile *f = addresses_file_new(*state);
        Ledger l = settled(1);

        assert_return_code(mkdir(marker, 0755), errno);
        addresses_file_tell(f, &l, NOW);
        assert_true(is_there(state, "addresses"));
        assert_int_equal(addresses_file_deadline(f), NOW + USEC_PER_SEC);
        addresses_file_free(f);
        assert_false(is_there(state, "addresses"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_never_half_written, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(test_nothing_is_tried_before_its_time, folder_setup,
                                                folder_teardown),
                cmocka_unit_test_setup_teardown(test_the_wait_doubles, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(test_without_a_marker_it_goes_too, folder_setup,
                                                folder_teardown),
        };

        /* In memory, as the runtime folder is: on a disk the changes would take half a minute. */
        if (access("/dev/shm", W_OK) == 0)
                assert_return_code(setenv("TMPDIR", "/dev/shm", 1), errno);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
