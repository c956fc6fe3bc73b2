/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/address-set.h"

#include <errno.h>
#include <linux/if_addr.h>

/* One array. Its first n_sorted entries are in order and of different keys; behind them, only while a sync
 * is open, lies a tail in the order of arrival, which may hold a key twice. Inserting each entry of a dump
 * where it belongs would move the array once an entry; so the tail is sorted once, when somebody looks or at
 * the sync's end.
 *
 * Each put stamps its entry with the next number. Of two entries with one key the later stamp is the truth,
 * and what a sync did not stamp anew is what its sweep drops.
 *
 * Memory is taken by address_set_put() alone: where that fails, the set is as it was before. */

#define MINIMUM_CAPACITY 16

struct AddressSet {
        Address *entries;
        size_t count, n_sorted, capacity;
        uint64_t stamp, sync_stamp; /* the last one given, and the last one before the sync */
        bool syncing;
};

int address_set_new(AddressSet **ret)
{
        AddressSet *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        *ret = s;
        return 0;
}

AddressSet *address_set_free(AddressSet *s)
{
        if (!s)
                return NULL;
        free(s->entries);
        free(s);
        return NULL;
}

bool address_is_deprecated(const Address *a)
{
        return (a->flags & IFA_F_DEPRECATED) || a->prefered == 0;
}

static int compare_keys(const Address *a, const Address *b)
{
        if (a->ifindex != b->ifindex)
                return a->ifindex < b->ifindex ? -1 : 1;
        int r = ip_address_compare(&a->ip, &b->ip);
        if (r != 0 || a->ip.family != AF_INET)
                return r;
        if (a->prefixlen != b->prefixlen)
                return a->prefixlen < b->prefixlen ? -1 : 1;
        return ip_address_compare(&a->peer, &b->peer);
}

static int compare_entries(const void *left, const void *right)
{
        const Address *a = left, *b = right;
        int r = compare_keys(a, b);

        if (r != 0)
                return r;
        return a->stamp < b->stamp ? -1 : a->stamp > b->stamp;
}

/* The place of the first sorted entry that is not below the key. */
static size_t lower_bound(const AddressSet *s, const Address *key)
{
        size_t low = 0, high = s->n_sorted;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_keys(key, &s->entries[middle]) > 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_at(const AddressSet *s, size_t i, const Address *key)
{
        return i < s->n_sorted && compare_keys(key, &s->entries[i]) == 0;
}

static void sort_tail(AddressSet *s)
{
        size_t n = 0;

        if (s->n_sorted == s->count)
                return;
        qsort(s->entries, s->count, sizeof(*s->entries), compare_entries);
        for (size_t i = 0; i < s->count; i++) {
                const Address *a = &s->entries[i], *next = a + 1;

                if (i + 1 == s->count || compare_keys(a, next) != 0)
                        s->entries[n++] = *a;
        }
        s->count = s->n_sorted = n;
}

static int make_room(AddressSet *s)
{
        if (s->count < s->capacity)
                return 0;

        size_t capacity = MAX(s->capacity * 2, (size_t)MINIMUM_CAPACITY);
        Address *entries = reallocarray(s->entries, capacity, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        s->entries = entries;
        s->capacity = capacity;
        return 0;
}

/* A router that advertises preferred = 0 has the kernel send each address with the deprecated flag off and
 * on in turn: the flag alone says nothing. A new cstamp under an old key is an address that was deleted and
 * made again unseen. */
static bool is_repeat(const Address *a, const Address *b)
{
        return ((a->flags ^ b->flags) & ~(uint32_t)IFA_F_DEPRECATED) == 0 && a->scope == b->scope &&
               a->cstamp == b->cstamp && address_is_deprecated(a) == address_is_deprecated(b);
}

int address_set_put(AddressSet *s, const Address *a)
{
        size_t i = lower_bound(s, a);

        if (is_at(s, i, a)) {
                bool repeat = is_repeat(a, &s->entries[i]);

                s->entries[i] = *a;
                s->entries[i].stamp = ++s->stamp;
                return !repeat;
        }
        int r = make_room(s);
        if (r < 0)
                return r;

        bool in_order = s->n_sorted == s->count;
        if (!in_order || (s->syncing && i < s->n_sorted))
                i = s->count;
        else
                s->n_sorted++;
        memmove(s->entries + i + 1, s->entries + i, (s->count - i) * sizeof(*s->entries));
        s->entries[i] = *a;
        s->entries[i].stamp = ++s->stamp;
        s->count++;
        return 1;
}

static void cut(AddressSet *s, size_t from, size_t n)
{
        if (n == 0)
                return;
        memmove(s->entries + from, s->entries + from + n, (s->count - from - n) * sizeof(*s->entries));
        s->count -= n;
        s->n_sorted -= n;
}

/* Drops the tail's entries of one key. Their order does not matter. */
static size_t cut_tail(AddressSet *s, const Address *key)
{
        size_t before = s->count;

        for (size_t i = s->n_sorted; i < s->count;)
                if (compare_keys(key, &s->entries[i]) == 0)
                        s->entries[i] = s->entries[--s->count];
                else
                        i++;
        return before - s->count;
}

int address_set_remove(AddressSet *s, const Address *key)
{
        size_t n = cut_tail(s, key), i = lower_bound(s, key);

        if (is_at(s, i, key)) {
                cut(s, i, 1);
                n++;
        }
        return n > 0;
}

size_t address_set_remove_link(AddressSet *s, int ifindex)
{
        const Address lowest = {.ip.family = AF_UNSPEC, .ifindex = ifindex};

        sort_tail(s);
        size_t from = lower_bound(s, &lowest), to = from;
        while (to < s->count && s->entries[to].ifindex == ifindex)
                to++;
        cut(s, from, to - from);
        return to - from;
}

void address_set_begin_sync(AddressSet *s)
{
        s->syncing = true;
        s->sync_stamp = s->stamp;
}

void address_set_cancel_sync(AddressSet *s)
{
        s->syncing = false;
        sort_tail(s);
}

size_t address_set_end_sync(AddressSet *s)
{
        size_t n = 0;

        assert(s->syncing);
        address_set_cancel_sync(s);
        for (size_t i = 0; i < s->count; i++)
                if (s->entries[i].stamp > s->sync_stamp)
                        s->entries[n++] = s->entries[i];

        size_t dropped = s->count - n;
        s->count = s->n_sorted = n;
        return dropped;
}

/* Sorting changes nothing that a caller could have seen, so it is done behind const. */
const Address *address_set_entries(const AddressSet *s, size_t *ret_count)
{
        sort_tail((AddressSet *)s);
        *ret_count = s->count;
        return s->entries;
}

const Address *address_set_find(const AddressSet *s, const Address *key)
{
        sort_tail((AddressSet *)s);
        size_t i = lower_bound(s, key);
        return is_at(s, i, key) ? &s->entries[i] : NULL;
}

bool address_set_contains(const AddressSet *s, const IpAddress *ip)
{
        for (size_t i = 0; i < s->count; i++)
                if (ip_address_equal(&s->entries[i].ip, ip))
                        return true;
        return false;
}
