/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat-octets.h"
#include "nat/stun-round.h"
#include "nat/wire.h"

#define MSEC  USEC_PER_MSEC
#define SEC   USEC_PER_SEC
#define START (100 * SEC)

static const uint8_t ids[STUN_ROUND_MAX][STUN_ID_SIZE] = {{1}, {2}, {3}, {4}};

static StunRound round_of(size_t n)
{
        StunRound r;
        uint8_t request[STUN_REQUEST_SIZE];
        size_t index;

        stun_round_begin(&r, true, n, ids, START);
        for (size_t i = 0; i < n; i++) {
                assert_true(stun_round_step(&r, START, &index, request));
                assert_int_equal(index, i);
                assert_memory_equal(request + 8, ids[i], STUN_ID_SIZE);
        }
        assert_false(stun_round_step(&r, START, &index, request));
        return r;
}

/* A response to transaction ID as server I's socket gets it: "!" is an error, else an IPv4 address. */
static void respond(StunRound *r, size_t i, const uint8_t id[static STUN_ID_SIZE], const char *text)
{
        uint8_t data[32];
        size_t n;

        if (*text == '!')
                n = octets("0111 0008 2112a442 000000000000000000000000 0009 0004 00000400", data,
                           sizeof(data));
        else {
                NatAddress a = nat(text);

                n = octets("0101 000c 2112a442 000000000000000000000000 0020 0008 0001 a147 00000000", data,
                           sizeof(data));
                wire_put_32(data + 28, wire_get_32(a.octets + NAT_ADDRESS_IPV4_AT) ^ 0x2112a442);
        }
        memcpy(data + 8, id, STUN_ID_SIZE);
        stun_round_take(r, i, data, n);
}

#define A "203.0.113.7"
#define B "203.0.113.9"

typedef struct Row {
        size_t n;
        const char *said[STUN_ROUND_MAX]; /* NULL: nothing yet; "-": can't be reached; "!": an error */
        StunVerdict verdict;
        const char *address;
} Row;

static const Row rows[] = {
        {1, {A}, STUN_AGREED, A},
        {1, {"-"}, STUN_NO_ANSWER},
        {1, {"!"}, STUN_NO_ANSWER},
        {1, {NULL}, STUN_UNDECIDED},
        {2, {A, A}, STUN_AGREED, A},
        {2, {A, B}, STUN_DISAGREED},
        {2, {A, NULL}, STUN_UNDECIDED},
        {2, {A, "-"}, STUN_AGREED, A},
        {2, {"!", B}, STUN_AGREED, B},
        {2, {"!", "-"}, STUN_NO_ANSWER},
        {3, {A, A, NULL}, STUN_AGREED, A},
        {3, {NULL, B, B}, STUN_AGREED, B},
        {3, {A, NULL, B}, STUN_UNDECIDED},
        {3, {A, B, A}, STUN_AGREED, A},
        {3, {A, "-", B}, STUN_DISAGREED},
        {4, {A, A, NULL, NULL}, STUN_UNDECIDED},
        {4, {A, A, B, B}, STUN_DISAGREED},
        {4, {A, A, B, "-"}, STUN_DISAGREED},
        {4, {B, "-", "-", A}, STUN_DISAGREED},
        {4, {A, B, A, A}, STUN_AGREED, A},
        {4, {"-", A, "!", A}, STUN_AGREED, A},
};

static void verdicts(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                StunRound r = round_of(rows[i].n);
                NatAddress address = {0};

                for (size_t s = 0; s < rows[i].n; s++)
                        if (rows[i].said[s] && *rows[i].said[s] == '-')
                                stun_round_give_up(&r, s);
                        else if (rows[i].said[s])
                                respond(&r, s, ids[s], rows[i].said[s]);
                if (stun_round_verdict(&r, &address) != rows[i].verdict)
                        fail_msg("row %zu", i);
                assert_nat(&address, rows[i].address);
        }
}

static void only_the_answer_to_the_transaction_counts(void **state)
{
        StunRound r = round_of(2);
        NatAddress address;
        static const uint8_t wrong[STUN_ID_SIZE] = {9};

        respond(&r, 0, wrong, B);
        respond(&r, 0, ids[1], B);
        assert_int_equal(r.servers[0].state, STUN_ASKING);
        respond(&r, 0, ids[0], A);
        respond(&r, 0, ids[0], B); /* said once */
        stun_round_give_up(&r, 0);
        respond(&r, 1, ids[1], A);
        assert_int_equal(stun_round_verdict(&r, &address), STUN_AGREED);
        assert_nat(&address, A);
}

static void nothing_counts_before_it_was_asked_for(void **state)
{
        StunRound r;

        stun_round_begin(&r, true, 1, ids, START);
        respond(&r, 0, ids[0], A);
        assert_int_equal(r.servers[0].state, STUN_ASKING);
}

static void the_other_family_is_no_answer(void **state)
{
        StunRound r = round_of(1);

        r.ipv4 = false;
        respond(&r, 0, ids[0], A);
        assert_int_equal(r.servers[0].state, STUN_ASKING);
}

static void each_server_is_asked_seven_times(void **state)
{
        StunRound r = round_of(2);
        uint8_t request[STUN_REQUEST_SIZE];
        size_t index;
        unsigned tries[2] = {1, 1};
        NatAddress address = {0};
        usec_t now = START;

        while (stun_round_verdict(&r, &address) == STUN_UNDECIDED) {
                now = stun_round_deadline(&r);
                while (stun_round_step(&r, now, &index, request))
                        tries[index]++;
                if (now == START + 3500 * MSEC)
                        respond(&r, 1, ids[1], A);
        }
        assert_int_equal(tries[0], 7);
        assert_int_equal(tries[1], 4);
        assert_true(now == START + 39500 * MSEC);
        assert_true(stun_round_deadline(&r) == USEC_INFINITY);
        assert_int_equal(stun_round_verdict(&r, &address), STUN_AGREED);
        assert_nat(&address, A);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(verdicts),
                cmocka_unit_test(only_the_answer_to_the_transaction_counts),
                cmocka_unit_test(nothing_counts_before_it_was_asked_for),
                cmocka_unit_test(the_other_family_is_no_answer),
                cmocka_unit_test(each_server_is_asked_seven_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
