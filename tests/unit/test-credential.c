/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "folder.h"
#include "store/credential.h"

#define NAME "ipherald.smtp-password"

/* What credential_read() says of a file of SIZE octets. */
static int read_octets(const char *folder, const void *data, size_t size, char **ret)
{
        free(folder_file(folder, NAME, data, size));
        int fd = credential_open(folder, NAME);

        assert_return_code(fd, errno);
        int r = credential_read(fd, CREDENTIAL_LINE, ret);
        assert_int_equal(fcntl(fd, F_GETFD), -1); /* it is closed */
        return r;
}

static void assert_secret(const char *folder, const char *content, const char *expected)
{
        _cleanup_(secret_freep) char *secret = NULL;

        assert_int_equal(read_octets(folder, content, strlen(content), &secret), 0);
        assert_string_equal(secret, expected);
}

static void one_newline_is_cut(void **state)
{
        assert_secret(*state, "secret", "secret");
        assert_secret(*state, "secret\n", "secret");
        assert_secret(*state, "secret\r\n", "secret");
        assert_secret(*state, " with spaces \n", " with spaces ");
        assert_secret(*state, "\xe7\xa7\x98\t", "\xe7\xa7\x98\t");
}

static void what_no_login_carries_is_refused(void **state)
{
        static const char *const bad[] = {"a\nb", "a\n\n", "a\rb", "a\r", "\na", "\n\n"};
        char *secret = NULL;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(read_octets(*state, bad[i], strlen(bad[i]), &secret), -EBADMSG);
        assert_int_equal(read_octets(*state, "a\0b", 3, &secret), -EBADMSG);
        assert_int_equal(read_octets(*state, "a\0", 2, &secret), -EBADMSG);
        assert_int_equal(read_octets(*state, "\0", 1, &secret), -EBADMSG);
        assert_null(secret);
}

static void empty_is_none(void **state)
{
        char *secret = NULL;

        assert_int_equal(read_octets(*state, "", 0, &secret), -ENODATA);
        assert_int_equal(read_octets(*state, "\n", 1, &secret), -ENODATA);
        assert_int_equal(read_octets(*state, "\r\n", 2, &secret), -ENODATA);
        assert_null(secret);
}

static void its_length_is_bounded(void **state)
{
        char data[CREDENTIAL_SIZE_MAX + 10];
        _cleanup_(secret_freep) char *longest = NULL, *crlf = NULL;
        char *none = NULL;

        memset(data, 'x', sizeof(data));
        assert_int_equal(read_octets(*state, data, CREDENTIAL_SIZE_MAX + 1, &none), -EFBIG);
        assert_int_equal(read_octets(*state, data, sizeof(data), &none), -EFBIG);
        assert_null(none);
        assert_int_equal(read_octets(*state, data, CREDENTIAL_SIZE_MAX, &longest), 0);
        assert_int_equal(strlen(longest), CREDENTIAL_SIZE_MAX);
        memcpy(data + CREDENTIAL_SIZE_MAX, "\r\n", 2);
        assert_int_equal(read_octets(*state, data, CREDENTIAL_SIZE_MAX + 2, &crlf), 0);
        assert_int_equal(strlen(crlf), CREDENTIAL_SIZE_MAX);
}

static void a_key_has_lines(void **state)
{
        static const char key[] = "-----BEGIN\r\nMIIB\n\n-----END\n";
        _cleanup_free_ char *path = folder_file(*state, NAME, key, strlen(key));
        _cleanup_(secret_freep) char *secret = NULL;
        char *none = NULL;

        assert_int_equal(credential_read(credential_open(NULL, path), CREDENTIAL_TEXT, &secret), 0);
        assert_string_equal(secret, key);
        free(folder_file(*state, NAME, "a\0b", 3));
        assert_int_equal(credential_read(credential_open(*state, NAME), CREDENTIAL_TEXT, &none), -EBADMSG);
        free(folder_file(*state, NAME, "", 0));
        assert_int_equal(credential_read(credential_open(*state, NAME), CREDENTIAL_TEXT, &none), -ENODATA);
        assert_null(none);
}

static void what_is_no_file_is_not_opened(void **state)
{
        _cleanup_free_ char *path = folder_file(*state, NAME, "", 0);

        assert_int_equal(credential_open("/nonexistent", NAME), -ENOENT);
        assert_int_equal(credential_open(*state, "other"), -ENOENT);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(credential_open(*state, NAME), -EINVAL);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(credential_open(*state, NAME), -EINVAL);
        assert_null(secret_free(NULL));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(one_newline_is_cut), IN_FOLDER(what_no_login_carries_is_refused),
                IN_FOLDER(empty_is_none),      IN_FOLDER(its_length_is_bounded),
                IN_FOLDER(a_key_has_lines),    IN_FOLDER(what_is_no_file_is_not_opened),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
