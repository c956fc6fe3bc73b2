/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/string-util.h"
#include "deliver/files.h"
#include "folder.h"

/* An order of N mails that name nothing, whose credentials lie in FOLDER. */
static Order *order_of(const char *folder, size_t n)
{
        Order *o = calloc(1, sizeof(Order));

        assert_non_null(o);
        o->notices = calloc(n, sizeof(Notice));
        assert_non_null(o->notices);
        o->n_notices = n;
        assert_int_equal(string_replace(&o->credentials_dir, folder), 0);
        return o;
}

static void use_template(Order *o, size_t i, const char *name)
{
        string_copy(o->notices[i].facts.content.template, CONTENT_NAME_MAX, name);
}

static void attach(Order *o, size_t i, const char *name)
{
        MailContent *c = &o->notices[i].facts.content;

        string_copy(c->attachments[c->n_attachments++], CONTENT_NAME_MAX, name);
}

static void open_and_read(Order *o)
{
        _cleanup_(files_done) OpenFiles f = {0};

        assert_int_equal(files_open(o, &f), 0);
        assert_int_equal(files_read(&f, o), 0);
}

static void each_is_read_once(void **state)
{
        _cleanup_(order_freep) Order *o = order_of(*state, 3);
        _cleanup_free_ char *text = folder_file(*state, "mail.txt", "Hello\n", 6);
        free(folder_file(*state, "ipherald.phone", "a\0b", 3));

        use_template(o, 0, text);
        use_template(o, 1, "short");
        use_template(o, 2, text);
        attach(o, 2, "ipherald.phone");
        attach(o, 1, "ipherald.phone");
        open_and_read(o);
        assert_int_equal(o->n_files, 2);
        assert_string_equal(o->files[0].name, text);
        assert_string_equal(o->files[0].data, "Hello\n");
        assert_int_equal(o->files[0].size, 6);
        assert_string_equal(o->files[1].name, "ipherald.phone");
        assert_int_equal(o->files[1].size, 3);
        assert_memory_equal(o->files[1].data, "a\0b", 4);
}

/* By then nobody but the owner of the folder may be able to open one; a path is opened with no right left.
 */
static void credentials_are_opened_first(void **state)
{
        _cleanup_(order_freep) Order *o = order_of(*state, 1);
        _cleanup_(files_done) OpenFiles f = {0};
        _cleanup_free_ char *text = folder_file(*state, "mail.txt", "Hello\n", 6);
        _cleanup_free_ char *phone = folder_file(*state, "ipherald.phone", "x", 1);

        use_template(o, 0, text);
        attach(o, 0, "ipherald.phone");
        assert_int_equal(files_open(o, &f), 0);
        assert_return_code(unlink(text), errno);
        assert_return_code(unlink(phone), errno);
        assert_int_equal(files_read(&f, o), 0);
        assert_int_equal(o->files[0].error, -ENOENT);
        assert_null(o->files[0].data);
        assert_int_equal(o->files[1].error, 0);
        assert_string_equal(o->files[1].data, "x");
}

static void what_cannot_be_had_says_why(void **state)
{
        static const char octets[ATTACHMENT_SIZE_MAX + 1];
        _cleanup_(order_freep) Order *o = order_of(*state, 3), *without = order_of(NULL, 1);
        char *files[] = {
                folder_file(*state, "template", octets, TEMPLATE_SIZE_MAX),
                folder_file(*state, "large-template", octets, TEMPLATE_SIZE_MAX + 1),
                folder_file(*state, "attachment", octets, ATTACHMENT_SIZE_MAX),
                folder_file(*state, "large-attachment", octets, ATTACHMENT_SIZE_MAX + 1),
        };
        static const int expected[] = {0, 0, -EFBIG, -EFBIG, -ENOENT, -EISDIR};

        use_template(o, 0, files[0]);
        attach(o, 0, files[2]);
        use_template(o, 1, files[1]);
        attach(o, 2, files[3]);
        attach(o, 2, "ipherald.none");
        attach(o, 2, *state);
        open_and_read(o);
        assert_int_equal(o->n_files, ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                assert_int_equal(o->files[i].error, expected[i]);
                assert_true(!o->files[i].data == (expected[i] < 0));
        }
        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                free(files[i]);

        attach(without, 0, "ipherald.phone"); /* no folder is known */
        open_and_read(without);
        assert_int_equal(without->files[0].error, -ENOENT);
}

/* An order can name more than the mailer has memory for: the first ones are read. */
static void all_together_have_a_limit(void **state)
{
        static const char octets[ATTACHMENT_SIZE_MAX];
        _cleanup_(order_freep) Order *o = order_of(*state, 40);
        size_t sum = 0;

        for (size_t i = 0; i < 160; i++) {
                char name[32];

                (void)snprintf(name, sizeof(name), "ipherald.%zu", i);
                free(folder_file(*state, name, octets, i < 100 ? sizeof(octets) : 1));
                attach(o, i / ATTACHMENTS_MAX, name);
        }
        open_and_read(o);
        assert_int_equal(o->n_files, 160);
        for (size_t i = 0; i < o->n_files; i++)
                sum += o->files[i].size;
        assert_int_equal(sum, FILES_OCTETS_MAX);
        assert_int_equal(o->files[0].error, 0);
        assert_int_equal(o->files[FILES_OCTETS_MAX / ATTACHMENT_SIZE_MAX].error, -EFBIG);
        assert_int_equal(o->files[FILES_MAX].error, -EFBIG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_is_read_once, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(credentials_are_opened_first, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(what_cannot_be_had_says_why, folder_setup, folder_teardown),
                cmocka_unit_test_setup_teardown(all_together_have_a_limit, folder_setup, folder_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
