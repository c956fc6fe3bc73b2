/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/record.h"

/* A document whose end line fits BODY. */
static void seal(Text *t, const char *body)
{
        text_append_string(t, body);
        record_end_document(t);
}

static int open_sealed(Text *t, const char *body, RecordReader *ret)
{
        seal(t, body);
        return record_open_document(t->data, t->size, "ledger", 1, ret);
}

static void writes_and_reads_every_octet(void **state)
{
        _cleanup_text_ Text t = {0};
        char all[256], key[] = "all";
        RecordReader reader;
        Record r;
        uint64_t n;

        for (unsigned i = 1; i < 256; i++)
                all[i - 1] = (char)i;
        all[255] = '\0';

        record_begin_document(&t, "ledger", 1);
        record_begin(&t, "one");
        record_add(&t, key, all);
        record_add(&t, "empty", "");
        record_add(&t, "none", NULL);
        record_add_u64(&t, "number", UINT64_MAX);
        record_add_hex(&t, "hex", 0xabc);
        record_end(&t);
        record_begin(&t, "two");
        record_end(&t);
        record_end_document(&t);
        assert_int_equal(text_error(&t), 0);

        assert_int_equal(record_open_document(t.data, t.size, "ledger", 1, &reader), 0);
        assert_int_equal(record_read(&reader, &r), 1);
        assert_string_equal(r.type, "one");
        assert_string_equal(record_get(&r, "all"), all);
        assert_string_equal(record_get(&r, "empty"), "");
        assert_null(record_get(&r, "none"));
        assert_int_equal(record_get_u64(&r, "number", 0, UINT64_MAX, &n), 0);
        assert_true(n == UINT64_MAX);
        assert_int_equal(record_get_hex(&r, "hex", &n), 0);
        assert_true(n == 0xabc);
        assert_int_equal(record_get_u64(&r, "none", 0, 1, &n), -ENOENT);
        assert_int_equal(record_get_u64(&r, "number", 0, 1, &n), -ERANGE);
        assert_int_equal(record_read(&reader, &r), 1);
        assert_string_equal(r.type, "two");
        assert_int_equal(r.n_fields, 0);
        assert_int_equal(record_read(&reader, &r), 0);
        assert_int_equal(record_read(&reader, &r), 0);
}

static void its_text_is_fixed(void **state)
{
        _cleanup_text_ Text t = {0};

        record_begin_document(&t, "ledger", 1);
        record_begin(&t, "mail");
        record_add(&t, "text", "a b%\n\x7f\xc3\xa9=");
        record_end(&t);
        assert_string_equal(t.data, "ledger 1\nmail text=a%20b%25%0a%7f\xc3\xa9=\n");
}

static void an_empty_document_is_one(void **state)
{
        _cleanup_text_ Text t = {0};
        RecordReader reader;
        Record r;

        assert_int_equal(open_sealed(&t, "ledger 1\n", &reader), 0);
        assert_int_equal(record_read(&reader, &r), 0);
}

static void another_version_is_told_from_damage(void **state)
{
        _cleanup_text_ Text version = {0}, kind = {0}, longer = {0};
        RecordReader reader;

        assert_int_equal(open_sealed(&version, "ledger 2\n", &reader), -EPROTONOSUPPORT);
        assert_int_equal(open_sealed(&kind, "status 1\n", &reader), -EBADMSG);
        assert_int_equal(open_sealed(&longer, "ledgers 1\n", &reader), -EBADMSG);
}

static void every_cut_and_every_flipped_bit_is_damage(void **state)
{
        _cleanup_text_ Text whole = {0};
        RecordReader reader;

        seal(&whole, "ledger 1\none a=1 b=%20\ntwo c=3\n");
        for (size_t size = 0; size < whole.size; size++) {
                _cleanup_text_ Text t = {0};

                text_append(&t, whole.data, size);
                assert_int_equal(record_open_document(t.data, t.size, "ledger", 1, &reader), -EBADMSG);
        }
        for (size_t bit = 0; bit < 8 * whole.size; bit++) {
                _cleanup_text_ Text t = {0};

                text_append(&t, whole.data, whole.size);
                t.data[bit / 8] = (char)(t.data[bit / 8] ^ 1 << bit % 8);
                assert_int_equal(record_open_document(t.data, t.size, "ledger", 1, &reader), -EBADMSG);
        }
}

static void what_surrounds_a_document_is_damage(void **state)
{
        static const char *const bodies[] = {"",
                                             "\n",
                                             "ledger\n",
                                             "ledger 1",
                                             "ledger 01\n",
                                             "ledger 1 \n",
                                             "ledger 99999999999\n",
                                             " ledger 1\n",
                                             "ledger 1\r\n"};
        RecordReader reader;

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                _cleanup_text_ Text t = {0};

                assert_int_equal(open_sealed(&t, bodies[i], &reader), -EBADMSG);
        }

        _cleanup_text_ Text behind = {0};
        seal(&behind, "ledger 1\n");
        text_append_string(&behind, "\n");
        assert_int_equal(record_open_document(behind.data, behind.size, "ledger", 1, &reader), -EBADMSG);
}

static void malformed_lines_are_refused(void **state)
{
        static const char *const lines[] = {
                "",          " one",      "one ",        "one  a=1",   "one a",          "one =1",
                "one A=1",   "ONE a=1",   "one a=1 a=2", "one a=%",    "one a=%2",       "one a=%2x",
                "one a=%00", "one a=%2A", "one a=\t",    "one a=\x7f", "one\r",          "one a=1\r",
                "o.ne",      "one a b=1", "one a=1 ",    "one a.b=1",  "on\xc3\xa9 a=1",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                _cleanup_text_ Text t = {0};
                RecordReader reader;
                char body[64];
                Record r;

                (void)snprintf(body, sizeof(body), "ledger 1\n%s\n", lines[i]);
                assert_int_equal(open_sealed(&t, body, &reader), 0);
                if (record_read(&reader, &r) != -EBADMSG)
                        fail_msg("accepted: \"%s\"", lines[i]);
        }
}

static void fields_are_bounded(void **state)
{
        for (unsigned n = RECORD_FIELDS_MAX; n <= RECORD_FIELDS_MAX + 1; n++) {
                _cleanup_text_ Text body = {0}, t = {0};
                RecordReader reader;
                Record r;

                text_append_string(&body, "ledger 1\none");
                for (unsigned i = 0; i < n; i++)
                        text_appendf(&body, " k%u=%u", i, i);
                text_append_string(&body, "\n");
                assert_int_equal(open_sealed(&t, body.data, &reader), 0);
                assert_int_equal(record_read(&reader, &r), n > RECORD_FIELDS_MAX ? -EBADMSG : 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_and_reads_every_octet),
                cmocka_unit_test(its_text_is_fixed),
                cmocka_unit_test(an_empty_document_is_one),
                cmocka_unit_test(another_version_is_told_from_damage),
                cmocka_unit_test(every_cut_and_every_flipped_bit_is_damage),
                cmocka_unit_test(what_surrounds_a_document_is_damage),
                cmocka_unit_test(malformed_lines_are_refused),
                cmocka_unit_test(fields_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
