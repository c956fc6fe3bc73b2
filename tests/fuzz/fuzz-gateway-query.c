/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A gateway, its neighbours and the clock, as octets that choose: what is sent stays within bounds whatever
 * they do, nothing but the gateway's own answer is ever a fact, and it is always asked again. */

#include "choices.h"
#include "fuzz.h"
#include "nat/gateway-query.h"
#include "nat/natpmp.h"
#include "nat/wire.h"

static const uint8_t nonce[PCP_NONCE_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

typedef struct Play {
        Choices c;
        GatewayQuery q;
        NatAddress gateway, client, stranger;
        usec_t now;
} Play;

static uint32_t number(Play *p)
{
        return choose(&p->c, 256) << 24 | choose(&p->c, 256) << 8 | choose(&p->c, 256);
}

/* Something that either protocol may have sent, or rubbish. */
static size_t write_datagram(Play *p, uint8_t data[static 128])
{
        unsigned kind = choose(&p->c, 6);
        bool pcp = kind >= 3;
        size_t size = kind == 0 ? 8 : kind < 3 ? 12 : kind == 3 ? 24 : 60;

        memset(data, 0, 128);
        data[0] = pcp ? 2 : 0;
        data[1] = kind == 4 || kind == 5 ? 129 : 128;
        data[3] = choose(&p->c, 3) ? (uint8_t)choose(&p->c, 14) : 0;
        wire_put_32(data + (pcp ? 8 : 4), number(p));
        if (pcp) {
                wire_put_32(data + 4, number(p));
                memcpy(data + 24, nonce, sizeof(nonce));
                data[36] = 17;
                wire_put_16(data + 40, 61258); /* the nonce's port */
                memcpy(data + 44, p->client.octets, 16);
                data[59] = (uint8_t)choose(&p->c, 4);
        } else
                wire_put_32(data + 8, number(p));
        if (choose(&p->c, 4) == 3)
                data[choose(&p->c, 64)] = (uint8_t)choose(&p->c, 256);
        return choose(&p->c, 8) == 7 ? choose(&p->c, 128) : size;
}

static void check_answer(const Play *p, const GatewayAnswer *a)
{
        require(a->verdict <= GATEWAY_UNREACHABLE);
        require((a->verdict == GATEWAY_KNOWN) == nat_address_is_set(&a->external));
        if (a->verdict == GATEWAY_KNOWN)
                require(nat_address_is_ipv4(&a->external) == p->q.ipv4);
        require((a->result > 0) == (a->verdict == GATEWAY_REFUSED));
}

static void receive(Play *p)
{
        uint8_t data[128];
        GatewayAnswer answer;
        bool own = choose(&p->c, 4) > 0, to_group = choose(&p->c, 2);
        size_t size = write_datagram(p, data);
        _cleanup_free_ uint8_t *copy = (uint8_t *)fuzz_copy(data, size);
        const NatAddress *from = own ? &p->gateway : &p->stranger;
        GatewayQuery before = p->q;

        if (to_group) {
                bool heard = gateway_query_hear(&p->q, from, copy, size, p->now);

                require(nat_address_equal(&before.external, &p->q.external));
                require(own || !heard);
                require(!heard || p->q.again <= p->now + USEC_PER_SEC);
        } else if (gateway_query_take(&p->q, from, copy, size, p->now, number(p), &answer)) {
                require(own && before.asking && !p->q.asking);
                check_answer(p, &answer);
        } else
                require(nat_address_equal(&before.external, &p->q.external));
}

static void steps(Play *p)
{
        uint8_t request[GATEWAY_REQUEST_MAX];
        GatewayAnswer answer;
        size_t size;

        for (unsigned i = 0;; i++) {
                require(i < 4);
                switch (gateway_query_step(&p->q, p->now, number(p), request, &size, &answer)) {
                case GATEWAY_WAIT:
                        return;
                case GATEWAY_BEGIN:
                        if (p->q.has_begun)
                                require(p->now >= p->q.began + USEC_PER_SEC);
                        if (choose(&p->c, 8) == 7) {
                                answer = gateway_query_unreachable(&p->q, p->now);
                                check_answer(p, &answer);
                        } else
                                gateway_query_begin(&p->q, &p->client, p->now);
                        break;
                case GATEWAY_SEND:
                        require(size == (p->q.pcp ? PCP_REQUEST_SIZE : NATPMP_REQUEST_SIZE));
                        break;
                case GATEWAY_END:
                        check_answer(p, &answer);
                        break;
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint8_t ipv4[3][4] = {{192, 168, 1, 1}, {192, 168, 1, 2}, {192, 168, 1, 9}};
        static const uint8_t ipv6[3][16] = {
                {0xfe, 0x80, [15] = 1}, {0x20, 1, [15] = 2}, {0xfe, 0x80, [15] = 9}};
        Play p = {.c = {data, data + size}};
        bool six = choose(&p.c, 2);

        p.gateway = six ? nat_address_ipv6(ipv6[0]) : nat_address_ipv4(ipv4[0]);
        p.client = six ? nat_address_ipv6(ipv6[1]) : nat_address_ipv4(ipv4[1]);
        p.stranger = six ? nat_address_ipv6(ipv6[2]) : nat_address_ipv4(ipv4[2]);
        gateway_query_init(&p.q, &p.gateway, nonce, p.now);
        while (p.c.p < p.c.end) {
                unsigned what = choose(&p.c, 8);

                if (what < 4)
                        receive(&p);
                else if (what == 4)
                        gateway_query_ask(&p.q, p.now);
                else if (what == 5)
                        p.now += choose(&p.c, 256) * 10 * USEC_PER_MSEC;
                else {
                        usec_t deadline = gateway_query_deadline(&p.q);

                        /* PCP's longest wait, and a tenth */
                        require(deadline <= p.now + 1127 * USEC_PER_SEC);
                        p.now = MAX(p.now, deadline);
                }
                steps(&p);
        }
        return 0;
}
