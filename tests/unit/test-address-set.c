/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Besides the single cases, a long random walk is held against a model that keeps one flag for each of a few
 * hundred possible entries. */
#include "address/address-set.h"

#include <linux/if_addr.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MODEL_LINKS     4
#define MODEL_ADDRESSES 64

static Address entry(int ifindex, unsigned n)
{
        return (Address){
                .ip = {AF_INET, {203, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}},
                .ifindex = ifindex,
                .prefixlen = 24,
                .prefered = UINT32_MAX,
        };
}

static size_t count_of(const AddressSet *s)
{
        size_t n;

        (void)address_set_entries(s, &n);
        return n;
}

static void expect_sorted(const AddressSet *s)
{
        size_t n;
        const Address *a = address_set_entries(s, &n);

        for (size_t i = 1; i < n; i++)
                assert_true(a[i - 1].ifindex < a[i].ifindex ||
                            (a[i - 1].ifindex == a[i].ifindex &&
                             ip_address_compare(&a[i - 1].ip, &a[i].ip) < 0));
}

static void test_put_and_remove(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address a = entry(2, 1), b = entry(1, 2), c = entry(2, 0), elsewhere = entry(1, 1);

        assert_int_equal(address_set_new(&s), 0);
        assert_int_equal(count_of(s), 0);
        assert_int_equal(address_set_remove(s, &a), 0);
        assert_int_equal(address_set_put(s, &a), 1);
        assert_int_equal(address_set_put(s, &b), 1);
        assert_int_equal(address_set_put(s, &c), 1);
        expect_sorted(s);
        assert_int_equal(count_of(s), 3);
        assert_non_null(address_set_find(s, &a));
        assert_null(address_set_find(s, &elsewhere));
        assert_true(address_set_contains(s, &a.ip));
        assert_int_equal(address_set_remove(s, &elsewhere), 0);
        assert_int_equal(address_set_remove(s, &a), 1);
        assert_int_equal(address_set_remove(s, &a), 0);
        assert_false(address_set_contains(s, &a.ip));
        assert_int_equal(address_set_remove_link(s, 3), 0);
        assert_int_equal(address_set_remove_link(s, 2), 1);
        assert_int_equal(count_of(s), 1);
        assert_null(address_set_free(NULL));
}

static void test_repeats(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address a = entry(1, 1);

        assert_int_equal(address_set_new(&s), 0);
        assert_int_equal(address_set_put(s, &a), 1);
        for (uint32_t i = 1; i <= 50; i++) {
                a.prefered = i;
                assert_int_equal(address_set_put(s, &a), 0);
        }
        a.flags = IFA_F_PERMANENT;
        assert_int_equal(address_set_put(s, &a), 1);
        a.scope = 253;
        assert_int_equal(address_set_put(s, &a), 1);
        a.cstamp = 7;
        assert_int_equal(address_set_put(s, &a), 1);
        assert_int_equal(address_set_put(s, &a), 0);
        assert_int_equal(count_of(s), 1);
}

/* One IPv4 address under two prefix lengths and for two peers: three entries, which go one by one, from the
 * tail too. */
static void test_one_address_held_thrice(void **state)
{
        for (unsigned in_tail = 0; in_tail < 2; in_tail++) {
                _cleanup_(address_set_freep) AddressSet *s = NULL;
                Address high = entry(1, 9), a = entry(1, 1), b = a, c = a;

                a.peer = b.peer = a.ip;
                b.prefixlen = c.prefixlen = 32;
                c.peer = high.ip;
                assert_int_equal(address_set_new(&s), 0);
                assert_int_equal(address_set_put(s, &high), 1);
                if (in_tail)
                        address_set_begin_sync(s);
                assert_int_equal(address_set_put(s, &c), 1);
                assert_int_equal(address_set_put(s, &a), 1);
                assert_int_equal(address_set_put(s, &b), 1);
                assert_int_equal(address_set_remove(s, &b), 1);
                assert_int_equal(address_set_remove(s, &b), 0);
                assert_int_equal(count_of(s), 3);
                assert_non_null(address_set_find(s, &c));
                assert_int_equal(address_set_remove(s, &a), 1);
                assert_true(address_set_contains(s, &a.ip));
                assert_int_equal(address_set_remove(s, &c), 1);
                assert_false(address_set_contains(s, &a.ip));
        }
}

/* The kernel changes the peer of an IPv6 address in place and says no more than the new one. */
static void test_ipv6_peer_changes(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address a = {.ip = {AF_INET6, {0x20, 1}}, .ifindex = 1, .prefixlen = 128, .prefered = UINT32_MAX};

        assert_int_equal(address_set_new(&s), 0);
        a.peer = (IpAddress){AF_INET6, {0x20, 2}};
        assert_int_equal(address_set_put(s, &a), 1);
        a.peer = (IpAddress){AF_INET6, {0x20, 3}};
        assert_int_equal(address_set_put(s, &a), 0);
        assert_int_equal(count_of(s), 1);
        assert_int_equal(address_set_remove(s, &a), 1);
        assert_int_equal(count_of(s), 0);
}

/* A router with preferred = 0: the flag goes off and on in turn, the lifetime stays 0. */
static void test_deprecated_forms(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address a = entry(1, 1);

        assert_int_equal(address_set_new(&s), 0);
        assert_int_equal(address_set_put(s, &a), 1);
        a.prefered = 0;
        assert_true(address_is_deprecated(&a));
        assert_int_equal(address_set_put(s, &a), 1);
        for (unsigned i = 0; i < 50; i++) {
                a.flags ^= IFA_F_DEPRECATED;
                assert_int_equal(address_set_put(s, &a), 0);
        }
        a.flags = IFA_F_DEPRECATED;
        a.prefered = 10;
        assert_true(address_is_deprecated(&a));
        a.flags = 0;
        assert_false(address_is_deprecated(&a));
        assert_int_equal(address_set_put(s, &a), 1);
}

static void test_sweep(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address stale = entry(1, 1), kept = entry(1, 2), fresh = entry(1, 0), late = entry(1, 3);

        assert_int_equal(address_set_new(&s), 0);
        assert_int_equal(address_set_put(s, &stale), 1);
        assert_int_equal(address_set_put(s, &kept), 1);

        address_set_begin_sync(s);
        assert_int_equal(address_set_put(s, &late), 1);
        address_set_cancel_sync(s);
        assert_int_equal(count_of(s), 3);

        address_set_begin_sync(s);
        assert_int_equal(address_set_put(s, &fresh), 1);
        assert_int_equal(address_set_put(s, &kept), 0);
        assert_int_equal(address_set_end_sync(s), 2);
        expect_sorted(s);
        assert_int_equal(count_of(s), 2);
        assert_non_null(address_set_find(s, &fresh));
        assert_non_null(address_set_find(s, &kept));
}

/* Within the tail the last put of a key holds, and a removal reaches it. */
static void test_tail(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        Address high = entry(1, 9), a = entry(1, 2), b = entry(1, 1);

        assert_int_equal(address_set_new(&s), 0);
        assert_int_equal(address_set_put(s, &high), 1);
        address_set_begin_sync(s);
        assert_int_equal(address_set_put(s, &a), 1);
        assert_int_equal(address_set_put(s, &b), 1);
        a.scope = 8;
        (void)address_set_put(s, &a);
        a.scope = 9;
        (void)address_set_put(s, &a);
        assert_int_equal(address_set_remove(s, &b), 1);
        assert_int_equal(address_set_remove(s, &b), 0);
        (void)address_set_put(s, &high);
        assert_int_equal(address_set_end_sync(s), 0);
        assert_int_equal(count_of(s), 2);
        assert_int_equal(address_set_find(s, &a)->scope, 9);
}

/* As the first dump brings them: in the kernel's hash order. */
static void test_many(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        const unsigned n = 50000;

        assert_int_equal(address_set_new(&s), 0);
        for (unsigned round = 0; round < 2; round++) {
                address_set_begin_sync(s);
                for (unsigned i = 0; i < n; i++) {
                        Address a = entry(1, i * 7919 % n);

                        assert_int_equal(address_set_put(s, &a), round == 0);
                }
                assert_int_equal(address_set_end_sync(s), 0);
                assert_int_equal(count_of(s), n);
        }
        expect_sorted(s);
        assert_int_equal(address_set_remove_link(s, 1), n);
}

static void expect_model(const AddressSet *s, const bool model[MODEL_LINKS][MODEL_ADDRESSES])
{
        size_t n = 0;

        expect_sorted(s);
        for (int l = 0; l < MODEL_LINKS; l++)
                for (unsigned i = 0; i < MODEL_ADDRESSES; i++) {
                        Address a = entry(l + 1, i);

                        assert_int_equal(address_set_find(s, &a) != NULL, model[l][i]);
                        n += model[l][i];
                }
        assert_int_equal(count_of(s), n);
}

static void test_against_model(void **state)
{
        _cleanup_(address_set_freep) AddressSet *s = NULL;
        bool model[MODEL_LINKS][MODEL_ADDRESSES] = {0}, marked[MODEL_LINKS][MODEL_ADDRESSES] = {0};
        uint32_t random = 1;
        bool syncing = false;

        assert_int_equal(address_set_new(&s), 0);
        for (unsigned step = 0; step < 40000; step++) {
                random = random * 1664525 + 1013904223;
                unsigned l = random >> 30, i = (random >> 24) % MODEL_ADDRESSES, what = (random >> 8) % 100;
                Address a = entry((int)l + 1, i);

                if (what < 60) {
                        int r = address_set_put(s, &a);

                        assert_true(syncing ? r >= !model[l][i] : r == !model[l][i]);
                        model[l][i] = marked[l][i] = true;
                } else if (what < 92) {
                        assert_int_equal(address_set_remove(s, &a), model[l][i]);
                        model[l][i] = false;
                } else if (what < 93) {
                        (void)address_set_remove_link(s, (int)l + 1);
                        memset(model[l], 0, sizeof(model[l]));
                } else if (what < 95) {
                        address_set_begin_sync(s);
                        memset(marked, 0, sizeof(marked));
                        syncing = true;
                } else if (what < 97 && syncing) {
                        (void)address_set_end_sync(s);
                        for (l = 0; l < MODEL_LINKS; l++)
                                for (i = 0; i < MODEL_ADDRESSES; i++)
                                        model[l][i] &= marked[l][i];
                        syncing = false;
                } else if (what == 99) {
                        expect_model(s, model);
                }
        }
        expect_model(s, model);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_put_and_remove),
                cmocka_unit_test(test_repeats),
                cmocka_unit_test(test_one_address_held_thrice),
                cmocka_unit_test(test_ipv6_peer_changes),
                cmocka_unit_test(test_deprecated_forms),
                cmocka_unit_test(test_sweep),
                cmocka_unit_test(test_tail),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_against_model),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
