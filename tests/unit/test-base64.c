/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base64.h"

/* RFC 4648, 10. */
static const struct {
        const char *plain, *encoded;
} vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
};

static void encodes_as_the_rfc_has_it(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                _cleanup_text_ Text t = {0};

                base64_append(&t, vectors[i].plain, strlen(vectors[i].plain));
                assert_string_equal(t.data, vectors[i].encoded);
        }
}

static void decodes_as_the_rfc_has_it(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                uint8_t plain[16];
                size_t n = 99, size = strlen(vectors[i].encoded);

                assert_int_equal(base64_decode(vectors[i].encoded, size, plain, &n), 0);
                assert_int_equal(n, strlen(vectors[i].plain));
                assert_memory_equal(plain, vectors[i].plain, n);
        }
}

static void every_octet_survives_a_round_trip(void **state)
{
        uint8_t octets[259], back[264];

        for (size_t i = 0; i < sizeof(octets); i++)
                octets[i] = (uint8_t)(i * 7);
        for (size_t size = 0; size <= sizeof(octets); size++) {
                _cleanup_text_ Text t = {0};
                size_t n;

                base64_append(&t, octets, size);
                assert_int_equal(t.size, (size + 2) / 3 * 4);
                assert_int_equal(base64_decode(t.data, t.size, back, &n), 0);
                assert_int_equal(n, size);
                assert_memory_equal(back, octets, size);
        }
}

static void refuses_what_is_not_strict(void **state)
{
        static const char *const hostile[] =
                {
                        "Z",        "Zg",   "Zg=",  "Zm9",  "Zg==\n",   " Zg==",
                        "Zm9v Zg=", "Zh==", /* unused bits */
                        "Zm9=",     "====", "=m9v", "Z===", "Zg==Zg==", "Zm8=Zm9v",
                        "Zm9-",     "Zm9_", "Z=9v", "Zm=v", "Zg=a",     "\xc3\xa9vv",
                };

        for (size_t i = 0; i < ELEMENTSOF(hostile); i++) {
                uint8_t plain[16];
                size_t n = 99;

                assert_int_equal(base64_decode(hostile[i], strlen(hostile[i]), plain, &n), -EINVAL);
                assert_int_equal(n, 99);
        }

        uint8_t plain[4];
        size_t n;
        assert_int_equal(base64_decode("Zm\0v", 4, plain, &n), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(encodes_as_the_rfc_has_it),
                cmocka_unit_test(decodes_as_the_rfc_has_it),
                cmocka_unit_test(every_octet_survives_a_round_trip),
                cmocka_unit_test(refuses_what_is_not_strict),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
