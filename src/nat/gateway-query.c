/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/gateway-query.h"

#include "nat/natpmp.h"

/* An asking is a request, its retransmissions and one answer. NAT-PMP comes first, although RFC 6887 would
 * have it the other way round: it asks for the address and changes nothing in the gateway, where PCP has to
 * make a mapping. PCP is for gateways that refuse NAT-PMP, and for IPv6.
 *
 * An announcement begins an asking, and three more behind it: a gateway that adds its new address before it
 * takes the old one away announces once, and still answers with the old one then. The same announcement
 * again (RFC 6886, 3.2.1 has ten of them) says nothing new as long as address and epoch go together with
 * the last answer. PCP's carries no address, so each of them is a reason. */

#define POLL       (5 * USEC_PER_MIN)
#define RETRY      (30 * USEC_PER_SEC) /* doubles with each failure */
#define RETRY_MAX  (15 * USEC_PER_MIN)
#define APART      USEC_PER_SEC /* the least between two askings that others are the reason of */
#define RESTARTS   2 /* that are believed between two polls: some clocks never go on as they should */
#define PCP_SILENT 5 /* tries: a minute and a half, about as long as NAT-PMP's nine */

static const usec_t follow_ups[] = {2 * USEC_PER_SEC, 8 * USEC_PER_SEC, 30 * USEC_PER_SEC};

void gateway_query_init(GatewayQuery *q, const NatAddress *gateway,
                        const uint8_t nonce[static PCP_NONCE_SIZE], usec_t now)
{
        bool ipv4 = nat_address_is_ipv4(gateway);

        *q = (GatewayQuery){
                .gateway = *gateway,
                .ipv4 = ipv4,
                .pcp = !ipv4,
                .again = now,
                .follow_up = ELEMENTSOF(follow_ups),
        };
        memcpy(q->nonce, nonce, sizeof(q->nonce));
}

/* From NOW on, but no sooner than a second behind the beginning of the latest asking. */
static void ask_soon(GatewayQuery *q, usec_t now)
{
        usec_t earliest = q->has_begun ? usec_add(q->began, APART) : now;
        usec_t at = MAX(now, earliest);

        q->again = MIN(q->again, at);
        q->failures = 0;
}

void gateway_query_replace(GatewayQuery *q, const NatAddress *gateway,
                           const uint8_t nonce[static PCP_NONCE_SIZE], usec_t now)
{
        bool has_begun = q->has_begun;
        usec_t began = q->began;

        gateway_query_init(q, gateway, nonce, now);
        q->has_begun = has_begun;
        q->began = began;
        q->again = USEC_INFINITY;
        ask_soon(q, now);
}

void gateway_query_ask(GatewayQuery *q, usec_t now)
{
        if (!q->asking || usec_sub(q->retransmit.due, now) > USEC_PER_SEC)
                ask_soon(q, now);
}

usec_t gateway_query_deadline(const GatewayQuery *q)
{
        return q->asking ? MIN(q->again, q->retransmit.due) : q->again;
}

static const RetransmitPolicy *policy(const GatewayQuery *q)
{
        return q->pcp ? &retransmit_pcp : &retransmit_natpmp;
}

/* Behind what was announced sooner than else. */
static usec_t next_wait(GatewayQuery *q, usec_t otherwise)
{
        if (q->follow_up < ELEMENTSOF(follow_ups))
                return follow_ups[q->follow_up++];
        q->restarts = 0;
        return otherwise;
}

static GatewayAnswer unknown(GatewayQuery *q, GatewayVerdict verdict)
{
        q->external = (NatAddress){0};
        q->failures++;
        return (GatewayAnswer){.verdict = verdict, .pcp = q->pcp};
}

/* The asking is over, and what was announced meanwhile may have set the next one already; not before
 * EARLIEST else. */
static GatewayAnswer end_unknown(GatewayQuery *q, GatewayVerdict verdict, usec_t now, usec_t earliest)
{
        usec_t longer = RETRY << MIN(q->failures, 5U);
        usec_t wait = next_wait(q, MIN(longer, RETRY_MAX));

        q->asking = false;
        if (q->again == USEC_INFINITY)
                q->again = MAX(usec_add(now, wait), earliest);
        return unknown(q, verdict);
}

GatewayStep gateway_query_step(GatewayQuery *q, usec_t now, uint32_t random,
                               uint8_t ret_request[static GATEWAY_REQUEST_MAX], size_t *ret_size,
                               GatewayAnswer *ret_answer)
{
        if (now >= q->again)
                return GATEWAY_BEGIN;
        if (!q->asking || now < q->retransmit.due)
                return GATEWAY_WAIT;
        if (retransmit_is_last(&q->retransmit)) {
                *ret_answer = end_unknown(q, GATEWAY_SILENT, now, now);
                return GATEWAY_END;
        }
        if (q->pcp && q->retransmit.sent >= PCP_SILENT && !q->said_silent) {
                q->said_silent = true;
                *ret_answer = unknown(q, GATEWAY_SILENT);
                return GATEWAY_END;
        }
        if (q->pcp) {
                pcp_write_request(&q->client, q->nonce, ret_request);
                *ret_size = PCP_REQUEST_SIZE;
        } else {
                natpmp_write_request(ret_request);
                *ret_size = NATPMP_REQUEST_SIZE;
        }
        retransmit_sent(&q->retransmit, now, random);
        return GATEWAY_SEND;
}

void gateway_query_begin(GatewayQuery *q, const NatAddress *client, usec_t now)
{
        /* Unknown: it may be another router by now, one that speaks NAT-PMP. */
        if (q->pcp && q->ipv4 && !nat_address_is_set(&q->external)) {
                q->pcp = false;
                q->epoch = (Epoch){0};
        }
        q->client = *client;
        q->asking = q->has_begun = true;
        q->said_silent = false;
        q->again = USEC_INFINITY;
        q->began = now;
        retransmit_begin(&q->retransmit, policy(q), now);
}

GatewayAnswer gateway_query_unreachable(GatewayQuery *q, usec_t now)
{
        if (q->again <= now)
                q->again = USEC_INFINITY;
        q->began = now;
        q->has_begun = true;
        return end_unknown(q, GATEWAY_UNREACHABLE, now, now);
}

/* A success or a failure of either protocol, made one. */
typedef struct Heard {
        unsigned result;
        uint32_t epoch;
        usec_t lifetime;
        NatAddress external;
} Heard;

static bool parse(const GatewayQuery *q, const uint8_t *data, size_t size, Heard *ret)
{
        NatpmpResponse natpmp;
        PcpResponse pcp;

        if (!q->pcp) {
                if (natpmp_parse_response(data, size, &natpmp) < 0)
                        return false;
                *ret = (Heard){.result = natpmp.result, .epoch = natpmp.epoch, .external = natpmp.external};
                return true;
        }
        if (pcp_parse_response(data, size, q->nonce, &pcp) < 0)
                return false;
        *ret = (Heard){
                .result = pcp.result,
                .epoch = pcp.epoch,
                .lifetime = pcp.lifetime * USEC_PER_SEC,
                .external = pcp.external,
        };
        return true;
}

static bool epoch_holds(const GatewayQuery *q, uint32_t seconds, usec_t now)
{
        return q->pcp ? epoch_holds_pcp(&q->epoch, seconds, now)
                      : epoch_holds_natpmp(&q->epoch, seconds, now);
}

static GatewayAnswer take_known(GatewayQuery *q, const Heard *heard, usec_t now, uint32_t random)
{
        usec_t next = usec_add(now, next_wait(q, usec_spread(POLL, random)));

        q->asking = false;
        q->failures = 0;
        q->again = MIN(q->again, next);
        q->external = heard->external;
        return (GatewayAnswer){.verdict = GATEWAY_KNOWN, .external = heard->external, .pcp = q->pcp};
}

/* A server of PCP says for how long it will go on to refuse; the retries heed it, up to their longest. */
static GatewayAnswer take_failure(GatewayQuery *q, const Heard *heard, usec_t now)
{
        bool refused = heard->result != NATPMP_SUCCESS;
        usec_t earliest = usec_add(now, MIN(heard->lifetime, RETRY_MAX));
        GatewayAnswer answer = refused ? end_unknown(q, GATEWAY_REFUSED, now, earliest)
                                       : end_unknown(q, GATEWAY_NO_ADDRESS, now, now);

        answer.result = heard->result;
        return answer;
}

bool gateway_query_take(GatewayQuery *q, const NatAddress *from, const uint8_t *data, size_t size,
                        usec_t now, uint32_t random, GatewayAnswer *ret)
{
        Heard heard;

        if (!q->asking || q->retransmit.sent == 0 || !nat_address_equal(from, &q->gateway))
                return false;
        bool parsed = parse(q, data, size, &heard);
        if (!q->pcp &&
            (parsed ? heard.result == NATPMP_UNSUPPORTED_VERSION : pcp_refuses_version(data, size))) {
                q->pcp = true;
                q->epoch = (Epoch){0};
                retransmit_begin(&q->retransmit, policy(q), now);
                return false;
        }
        if (!parsed)
                return false;
        /* One that was restarted may be far from done. */
        if (!epoch_holds(q, heard.epoch, now) && q->restarts < RESTARTS) {
                q->restarts++;
                q->follow_up = 0;
        }
        epoch_note(&q->epoch, heard.epoch, now);
        if (heard.result == NATPMP_SUCCESS && nat_address_is_set(&heard.external) &&
            nat_address_is_ipv4(&heard.external) == q->ipv4)
                *ret = take_known(q, &heard, now, random);
        else
                *ret = take_failure(q, &heard, now);
        return true;
}

bool gateway_query_hear(GatewayQuery *q, const NatAddress *from, const uint8_t *data, size_t size,
                        usec_t now)
{
        NatpmpResponse natpmp;
        uint32_t epoch;

        if (!nat_address_equal(from, &q->gateway))
                return false;
        if (q->ipv4 && natpmp_parse_response(data, size, &natpmp) == 0) {
                if (!q->pcp && q->epoch.known && nat_address_equal(&natpmp.external, &q->external) &&
                    epoch_holds(q, natpmp.epoch, now))
                        return false;
        } else if (pcp_parse_announcement(data, size, &epoch) < 0)
                return false;
        q->follow_up = 0;
        ask_soon(q, now);
        return true;
}
