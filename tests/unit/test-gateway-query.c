/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat-octets.h"
#include "nat/gateway-query.h"
#include "nat/natpmp.h"

#define MSEC   USEC_PER_MSEC
#define SEC    USEC_PER_SEC
#define MINUTE USEC_PER_MIN

#define ROUTER "192.168.1.1"
#define OURS   "192.168.1.2"
#define NONCE  "0102030405060708090a0b0c"
#define START  (100 * SEC)

/* RANDOM that puts the poll at five minutes sharp and PCP's waits at the RFC's middle. */
#define MIDDLE 500

static const uint8_t nonce[PCP_NONCE_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

typedef struct Scene {
        GatewayQuery q;
        usec_t now;
        const char *router;
        GatewayAnswer answer;
        uint8_t request[GATEWAY_REQUEST_MAX];
        size_t size;
} Scene;

static Scene scene(const char *router)
{
        Scene s = {.now = START, .router = router};
        NatAddress gateway = nat(router);

        gateway_query_init(&s.q, &gateway, nonce, s.now);
        return s;
}

static GatewayStep step(Scene *s)
{
        s->size = 0;
        return gateway_query_step(&s->q, s->now, MIDDLE, s->request, &s->size, &s->answer);
}

/* Up to the first request of the asking that is due. */
static void begin(Scene *s)
{
        NatAddress client = nat(s->q.ipv4 ? OURS : "2001:db8::5");

        assert_int_equal(step(s), GATEWAY_BEGIN);
        gateway_query_begin(&s->q, &client, s->now);
        assert_int_equal(step(s), GATEWAY_SEND);
        assert_int_equal(step(s), GATEWAY_WAIT);
}

/* The same, of the one that is due at AT and no sooner. */
static void asks_at(Scene *s, usec_t at)
{
        if (gateway_query_deadline(&s->q) != at)
                fail_msg("%llu ms", (unsigned long long)(gateway_query_deadline(&s->q) / MSEC));
        s->now = at;
        begin(s);
}

static bool take_from(Scene *s, const char *from, const char *text)
{
        uint8_t data[128];
        size_t n = octets(text, data, sizeof(data));
        NatAddress source = nat(from);

        s->answer = (GatewayAnswer){.verdict = 99};
        return gateway_query_take(&s->q, &source, data, n, s->now, MIDDLE, &s->answer);
}

static void known(Scene *s, const char *text, const char *external)
{
        assert_true(take_from(s, s->router, text));
        assert_int_equal(s->answer.verdict, GATEWAY_KNOWN);
        assert_nat(&s->answer.external, external);
}

static bool hear_from(Scene *s, const char *from, const char *text)
{
        uint8_t data[128];
        size_t n = octets(text, data, sizeof(data));
        NatAddress source = nat(from);

        return gateway_query_hear(&s->q, &source, data, n, s->now);
}

/* A response of NAT-PMP; the epoch is in hexadecimal seconds. */
#define NATPMP(epoch, address) "00 80 0000" epoch address
#define ADDRESS_7              "cb007107" /* 203.0.113.7 */
#define ADDRESS_9              "cb007109"

static void asked_at_once_and_every_five_minutes(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
        assert_int_equal(step(&s), GATEWAY_WAIT);
        asks_at(&s, START + 5 * MINUTE);
        known(&s, NATPMP("00000190", ADDRESS_9), "203.0.113.9");
        asks_at(&s, START + 10 * MINUTE);
}

static void no_answer_is_unknown_after_nine_tries(void **state)
{
        Scene s = scene(ROUTER);
        unsigned tries = 1;

        asks_at(&s, START);
        for (;;) {
                s.now = gateway_query_deadline(&s.q);
                GatewayStep did = step(&s);
                if (did == GATEWAY_END)
                        break;
                assert_int_equal(did, GATEWAY_SEND);
                assert_int_equal(s.size, NATPMP_REQUEST_SIZE);
                tries++;
        }
        assert_int_equal(tries, 9);
        assert_true(s.now == START + 127750 * MSEC);
        assert_int_equal(s.answer.verdict, GATEWAY_SILENT);
        /* what comes late is passed over */
        assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_7)));
        asks_at(&s, s.now + 30 * SEC);
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
}

static void retries_grow_to_a_quarter_of_an_hour(void **state)
{
        static const usec_t waits[] = {30 * SEC,  60 * SEC,  120 * SEC, 240 * SEC,
                                       480 * SEC, 900 * SEC, 900 * SEC};
        Scene s = scene(ROUTER);

        for (size_t i = 0; i < ELEMENTSOF(waits); i++) {
                s.now = gateway_query_deadline(&s.q);
                assert_int_equal(step(&s), GATEWAY_BEGIN);
                GatewayAnswer answer = gateway_query_unreachable(&s.q, s.now);
                assert_int_equal(answer.verdict, GATEWAY_UNREACHABLE);
                assert_int_equal(step(&s), GATEWAY_WAIT);
                assert_true(gateway_query_deadline(&s.q) == s.now + waits[i]);
        }
        /* a network event is reason enough */
        s.now += 5 * SEC;
        gateway_query_ask(&s.q, s.now);
        asks_at(&s, s.now);
}

static void what_is_unknown(void **state)
{
        static const struct {
                const char *octets;
                GatewayVerdict verdict;
                unsigned result;
        } rows[] = {
                {"00 80 0003 00000064 00000000", GATEWAY_REFUSED, 3},
                {"00 80 0003 00000064 cb007107", GATEWAY_REFUSED, 3},
                {"00 80 0002 00000064", GATEWAY_REFUSED, 2},
                {"00 80 0000 00000064 00000000", GATEWAY_NO_ADDRESS, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Scene s = scene(ROUTER);

                asks_at(&s, START);
                known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
                asks_at(&s, START + 5 * MINUTE);
                assert_true(take_from(&s, ROUTER, rows[i].octets));
                assert_int_equal(s.answer.verdict, rows[i].verdict);
                assert_int_equal(s.answer.result, rows[i].result);
                assert_nat(&s.answer.external, NULL);
        }
}

static void only_the_gateway_counts(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        assert_false(take_from(&s, "192.168.1.9", NATPMP("00000064", ADDRESS_9)));
        assert_false(take_from(&s, "::1", NATPMP("00000064", ADDRESS_9)));
        assert_false(take_from(&s, ROUTER, "00 81 0000 00000064 cb007109"));
        assert_false(take_from(&s, ROUTER, ""));
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
        /* nor does anything count that was not asked for */
        assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_9)));
        assert_false(hear_from(&s, "192.168.1.9", NATPMP("00000064", ADDRESS_9)));
        assert_true(gateway_query_deadline(&s.q) == START + 5 * MINUTE);
}

static void an_announcement_is_a_reason_to_ask_and_no_fact(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
        s.now += 10 * SEC;
        /* what the last answer said already */
        assert_false(hear_from(&s, ROUTER, NATPMP("0000006e", ADDRESS_7)));
        assert_true(hear_from(&s, ROUTER, NATPMP("0000006e", ADDRESS_9)));
        asks_at(&s, s.now);
        known(&s, NATPMP("0000006e", ADDRESS_7), "203.0.113.7");
        /* the old address was still there: so it is asked on */
        asks_at(&s, s.now + 2 * SEC);
        known(&s, NATPMP("00000070", ADDRESS_9), "203.0.113.9");
        asks_at(&s, s.now + 8 * SEC);
        known(&s, NATPMP("00000078", ADDRESS_9), "203.0.113.9");
        asks_at(&s, s.now + 30 * SEC);
        known(&s, NATPMP("00000096", ADDRESS_9), "203.0.113.9");
        asks_at(&s, s.now + 5 * MINUTE);
}

static void an_epoch_that_began_anew_is_a_reason(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
        s.now += 10 * SEC;
        assert_true(hear_from(&s, ROUTER, NATPMP("00000000", ADDRESS_7)));
        asks_at(&s, s.now);
        known(&s, NATPMP("00000000", ADDRESS_7), "203.0.113.7");
        asks_at(&s, s.now + 2 * SEC);
        known(&s, NATPMP("00000002", ADDRESS_7), "203.0.113.7");
        /* an answer that shows it is one as well */
        asks_at(&s, s.now + 8 * SEC);
        known(&s, NATPMP("00000000", ADDRESS_7), "203.0.113.7");
        asks_at(&s, s.now + 2 * SEC);
}

/* Some routers have no clock and say the same at each question; one that lies may say anything. */
static void a_clock_that_never_goes_right_is_no_reason_for_ever(void **state)
{
        static const char *const answers[][2] = {
                {NATPMP("00000000", ADDRESS_7), NATPMP("00000000", ADDRESS_7)},
                {NATPMP("ffffffff", ADDRESS_7), NATPMP("00000001", ADDRESS_7)},
                {NATPMP("00000001", ADDRESS_7), NATPMP("00000000", ADDRESS_7)},
        };

        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                Scene s = scene(ROUTER);
                unsigned asked = 0;

                while (gateway_query_deadline(&s.q) < START + 60 * MINUTE) {
                        asks_at(&s, gateway_query_deadline(&s.q));
                        known(&s, answers[i][asked % 2], "203.0.113.7");
                        asked++;
                }
                assert_in_range(asked, 12, 66);
        }
}

static void a_flood_of_announcements_asks_once_a_second(void **state)
{
        Scene s = scene(ROUTER);
        unsigned asked = 0;

        for (unsigned i = 0; i < 10000; i++, s.now += MSEC) {
                (void)hear_from(&s, ROUTER, NATPMP("00000000", ADDRESS_9));
                if (step(&s) != GATEWAY_BEGIN)
                        continue;
                begin(&s);
                known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
                asked++;
        }
        assert_int_equal(asked, 10);
}

/* As router advertisements of IPv6 may have it. */
static void a_flood_of_routers_asks_once_a_second(void **state)
{
        NatAddress gateways[] = {nat("fe80::1"), nat("fe80::2")};
        Scene s = scene("fe80::1");
        unsigned asked = 0;

        for (unsigned i = 0; i < 10000; i++, s.now += MSEC) {
                gateway_query_replace(&s.q, &gateways[i % 2], nonce, s.now);
                if (step(&s) != GATEWAY_BEGIN)
                        continue;
                begin(&s);
                asked++;
        }
        assert_int_equal(asked, 10);
}

static void an_announcement_in_an_asking_begins_it_anew(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        s.now += 200 * MSEC;
        assert_true(hear_from(&s, ROUTER, NATPMP("00000000", ADDRESS_9)));
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
        asks_at(&s, START + SEC);
        /* and ends the wait for an answer of a gateway that was away */
        while (s.now < START + 60 * SEC) {
                s.now = gateway_query_deadline(&s.q);
                assert_int_equal(step(&s), GATEWAY_SEND);
        }
        s.now += SEC;
        assert_true(hear_from(&s, ROUTER, NATPMP("00000000", ADDRESS_9)));
        asks_at(&s, s.now);
}

static void a_network_event_leaves_an_asking_alone_that_may_be_answered(void **state)
{
        Scene s = scene(ROUTER);

        asks_at(&s, START);
        s.now += 100 * MSEC;
        gateway_query_ask(&s.q, s.now);
        assert_true(gateway_query_deadline(&s.q) == START + 250 * MSEC);
        while (s.now < START + 10 * SEC) {
                s.now = gateway_query_deadline(&s.q);
                assert_int_equal(step(&s), GATEWAY_SEND);
        }
        s.now += SEC;
        gateway_query_ask(&s.q, s.now);
        asks_at(&s, s.now);
}

#define PCP(result, lifetime, epoch, address)                                                       \
        "02 81 00 " result lifetime epoch "00000000 00000000 00000000" NONCE " 11 000000 ef4a c001" \
        "00000000 00000000 0000ffff" address

static void pcp_where_nat_pmp_is_refused(void **state)
{
        static const char *const refusals[] = {"02 80 00 01 00000000 00000064 00000000 00000000 00000000",
                                               "00 80 0001 00000064"};

        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                Scene s = scene(ROUTER);

                asks_at(&s, START);
                assert_int_equal(s.size, 0);
                assert_false(take_from(&s, ROUTER, refusals[i]));
                assert_int_equal(step(&s), GATEWAY_SEND);
                assert_int_equal(s.size, PCP_REQUEST_SIZE);
                assert_int_equal(s.request[0], 2);
                assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_9)));
                known(&s, PCP("00", "00000078", "00000064", ADDRESS_7), "203.0.113.7");
                assert_true(s.answer.pcp);
                /* it is PCP's from now on, until it is unknown again */
                asks_at(&s, START + 5 * MINUTE);
                assert_true(take_from(&s, ROUTER, PCP("08", "00000384", "00000190", "00000000")));
                assert_int_equal(s.answer.verdict, GATEWAY_REFUSED);
                assert_int_equal(s.answer.result, 8);
                asks_at(&s, s.now + 15 * MINUTE);
                assert_false(s.q.pcp);
        }
}

static void a_lifetime_is_any_number(void **state)
{
        static const struct {
                const char *lifetime;
                usec_t retry;
        } rows[] = {{"00000000", 30 * SEC}, {"0000003c", 60 * SEC}, {"ffffffff", 15 * MINUTE}};
        char text[160];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Scene s = scene("fe80::1");

                asks_at(&s, START);
                (void)snprintf(text, sizeof(text), "02 81 00 00 %s 00000064 00000000 00000000 00000000 %s",
                               rows[i].lifetime,
                               NONCE "11 000000 ef4a 0009 20010db8 00000000 00000000 00000005");
                known(&s, text, "2001:db8::5");
                asks_at(&s, START + 5 * MINUTE);
                (void)snprintf(text, sizeof(text), "02 81 00 08 %s 00000190 00000000 00000000 00000000",
                               rows[i].lifetime);
                assert_true(take_from(&s, "fe80::1", text));
                assert_int_equal(s.answer.verdict, GATEWAY_REFUSED);
                asks_at(&s, s.now + rows[i].retry);
        }
}

/* To a port that was guessed, or left over from before. */
static void an_answer_before_the_question(void **state)
{
        NatAddress client = nat(OURS);
        Scene s = scene(ROUTER);

        assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_9)));
        assert_int_equal(step(&s), GATEWAY_BEGIN);
        assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_9)));
        gateway_query_begin(&s.q, &client, s.now);
        assert_false(take_from(&s, ROUTER, NATPMP("00000064", ADDRESS_9)));
        assert_int_equal(step(&s), GATEWAY_SEND);
        known(&s, NATPMP("00000064", ADDRESS_7), "203.0.113.7");
}

static void pcp_goes_on_after_it_was_given_up(void **state)
{
        static const usec_t times[] = {3 * SEC, 9 * SEC, 21 * SEC, 45 * SEC};
        Scene s = scene("fe80::1");

        asks_at(&s, START);
        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                s.now = gateway_query_deadline(&s.q);
                assert_true(s.now == START + times[i]);
                assert_int_equal(step(&s), GATEWAY_SEND);
                assert_int_equal(s.size, PCP_REQUEST_SIZE);
        }
        s.now = gateway_query_deadline(&s.q);
        assert_true(s.now == START + 93 * SEC);
        assert_int_equal(step(&s), GATEWAY_END);
        assert_int_equal(s.answer.verdict, GATEWAY_SILENT);
        assert_int_equal(step(&s), GATEWAY_SEND);
        assert_true(gateway_query_deadline(&s.q) == START + 189 * SEC);
        s.now += SEC;
        /* an address of the other family is none */
        assert_true(take_from(&s, "fe80::1", PCP("00", "00000078", "00000064", ADDRESS_7)));
        assert_int_equal(s.answer.verdict, GATEWAY_NO_ADDRESS);
}

static void pcp_announces_without_an_address(void **state)
{
        Scene s = scene("fe80::1");
        static const char announcement[] = "02 80 00 00 00000000 00000074 00000000 00000000 00000000";

        asks_at(&s, START);
        known(&s,
              "02 81 00 00 00000078 00000064 00000000 00000000 00000000" NONCE
              "11 000000 ef4a 0009 20010db8 00000000 00000000 00000005",
              "2001:db8::5");
        s.now += 10 * SEC;
        assert_false(hear_from(&s, "fe80::2", announcement));
        assert_true(hear_from(&s, "fe80::1", announcement));
        /* NAT-PMP is IPv4's */
        assert_false(hear_from(&s, "fe80::1", NATPMP("00000000", ADDRESS_9)));
        asks_at(&s, s.now);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(asked_at_once_and_every_five_minutes),
                cmocka_unit_test(no_answer_is_unknown_after_nine_tries),
                cmocka_unit_test(retries_grow_to_a_quarter_of_an_hour),
                cmocka_unit_test(what_is_unknown),
                cmocka_unit_test(only_the_gateway_counts),
                cmocka_unit_test(an_announcement_is_a_reason_to_ask_and_no_fact),
                cmocka_unit_test(an_epoch_that_began_anew_is_a_reason),
                cmocka_unit_test(a_clock_that_never_goes_right_is_no_reason_for_ever),
                cmocka_unit_test(a_flood_of_announcements_asks_once_a_second),
                cmocka_unit_test(a_flood_of_routers_asks_once_a_second),
                cmocka_unit_test(an_announcement_in_an_asking_begins_it_anew),
                cmocka_unit_test(a_network_event_leaves_an_asking_alone_that_may_be_answered),
                cmocka_unit_test(pcp_where_nat_pmp_is_refused),
                cmocka_unit_test(a_lifetime_is_any_number),
                cmocka_unit_test(an_answer_before_the_question),
                cmocka_unit_test(pcp_goes_on_after_it_was_given_up),
                cmocka_unit_test(pcp_announces_without_an_address),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
