/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../proof/valid.h"
#include "base/text.h"

static void begins_empty(void **state)
{
        _cleanup_text_ Text t = {0};

        assert_null(t.data);
        assert_true(text_is_valid(&t));
        assert_int_equal(text_error(&t), 0);
        text_append(&t, "", 0);
        assert_string_equal(t.data, "");
        assert_int_equal(t.size, 0);
}

static void appends_in_order_and_ends_with_nul(void **state)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, "one ");
        text_append(&t, "two\0x", 5);
        text_appendf(&t, " %d%s", 3, "!");
        assert_int_equal(t.size, 12);
        assert_memory_equal(t.data, "one two\0x 3!", 13);
        assert_int_equal(text_error(&t), 0);
}

static void grows_beyond_its_first_room(void **state)
{
        _cleanup_text_ Text t = {0};

        for (int i = 0; i < 10000; i++) {
                text_appendf(&t, "%04d", i);
                assert_true(text_is_valid(&t));
        }
        assert_int_equal(t.size, 40000);
        assert_memory_equal(t.data + 4 * 1234, "1234", 4);
        assert_memory_equal(t.data + 4 * 9999, "9999", 5);
}

static void reserved_room_does_not_move(void **state)
{
        _cleanup_text_ Text t = {0};

        text_reserve(&t, 1000);
        const char *before = t.data;
        for (int i = 0; i < 1000; i++)
                text_append(&t, "x", 1);
        assert_ptr_equal(t.data, before);
}

static void drops_its_front(void **state)
{
        _cleanup_text_ Text t = {0};

        text_drop_front(&t, 0);
        text_append_string(&t, "abcdef");
        text_drop_front(&t, 2);
        assert_string_equal(t.data, "cdef");
        assert_true(text_is_valid(&t));
        text_drop_front(&t, 4);
        assert_string_equal(t.data, "");
        assert_int_equal(t.size, 0);
}

static void wipes_everything_it_ever_held(void **state)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, "a secret that is long");
        text_drop_front(&t, 9);
        text_wipe(&t);
        assert_true(text_is_valid(&t));
        assert_int_equal(t.size, 0);
        for (size_t i = 0; i < t.capacity; i++)
                assert_int_equal(t.data[i], 0);
        text_append_string(&t, "again");
        assert_string_equal(t.data, "again");
}

static void a_lost_append_is_remembered(void **state)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, "kept");
        text_reserve(&t, SIZE_MAX - 2);
        assert_true(text_is_valid(&t));
        assert_int_equal(text_error(&t), -ENOMEM);
        assert_string_equal(t.data, "kept");
        text_append_string(&t, " not");
        text_appendf(&t, "%d", 1);
        assert_int_equal(text_error(&t), -ENOMEM);
        assert_string_equal(t.data, "kept");
        text_done(&t);
        assert_int_equal(text_error(&t), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(begins_empty),
                cmocka_unit_test(appends_in_order_and_ends_with_nul),
                cmocka_unit_test(grows_beyond_its_first_room),
                cmocka_unit_test(reserved_room_does_not_move),
                cmocka_unit_test(drops_its_front),
                cmocka_unit_test(wipes_everything_it_ever_held),
                cmocka_unit_test(a_lost_append_is_remembered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
