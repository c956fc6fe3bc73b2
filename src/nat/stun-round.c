/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/stun-round.h"

/* Servers that are silent don't count against the others: with one of two dead, the other is still worth
 * more than nothing. One that says something else does, wherever it isn't outvoted: a single server that
 * lies, or that is reached by another way, must not make a change. */

void stun_round_begin(StunRound *r, bool ipv4, size_t n, const uint8_t ids[][STUN_ID_SIZE], usec_t now)
{
        assert(n > 0 && n <= STUN_ROUND_MAX);
        *r = (StunRound){.ipv4 = ipv4, .n = n};
        for (size_t i = 0; i < n; i++) {
                memcpy(r->servers[i].id, ids[i], STUN_ID_SIZE);
                retransmit_begin(&r->servers[i].retransmit, &retransmit_stun, now);
        }
}

usec_t stun_round_deadline(const StunRound *r)
{
        usec_t deadline = USEC_INFINITY;

        for (size_t i = 0; i < r->n; i++)
                if (r->servers[i].state == STUN_ASKING)
                        deadline = MIN(deadline, r->servers[i].retransmit.due);
        return deadline;
}

bool stun_round_step(StunRound *r, usec_t now, size_t *ret_index,
                     uint8_t ret_request[static STUN_REQUEST_SIZE])
{
        for (size_t i = 0; i < r->n; i++) {
                StunAsked *s = &r->servers[i];

                if (s->state != STUN_ASKING || now < s->retransmit.due)
                        continue;
                if (retransmit_is_last(&s->retransmit)) {
                        s->state = STUN_SILENT;
                        continue;
                }
                stun_write_request(s->id, ret_request);
                retransmit_sent(&s->retransmit, now, 0);
                *ret_index = i;
                return true;
        }
        return false;
}

void stun_round_take(StunRound *r, size_t i, const uint8_t *data, size_t size)
{
        StunAsked *s = &r->servers[i];
        StunResponse response;

        if (s->state != STUN_ASKING || s->retransmit.sent == 0 ||
            stun_parse_response(data, size, s->id, &response) < 0)
                return;
        if (response.error > 0) {
                s->error = response.error;
                s->state = STUN_REFUSED;
        } else if (nat_address_is_ipv4(&response.mapped) == r->ipv4) {
                s->mapped = response.mapped;
                s->state = STUN_ANSWERED;
        }
}

void stun_round_give_up(StunRound *r, size_t i)
{
        if (r->servers[i].state == STUN_ASKING)
                r->servers[i].state = STUN_SILENT;
}

/* How many servers say what server I does. */
static size_t count_like(const StunRound *r, size_t i)
{
        size_t n = 0;

        for (size_t j = 0; j < r->n; j++)
                n += r->servers[j].state == STUN_ANSWERED &&
                     nat_address_equal(&r->servers[j].mapped, &r->servers[i].mapped);
        return n;
}

StunVerdict stun_round_verdict(const StunRound *r, NatAddress *ret)
{
        size_t asking = 0, answered = 0, alike = 0;

        for (size_t i = 0; i < r->n; i++) {
                asking += r->servers[i].state == STUN_ASKING;
                if (r->servers[i].state != STUN_ANSWERED)
                        continue;
                answered++;
                alike = count_like(r, i);
                if (alike * 2 > r->n) {
                        *ret = r->servers[i].mapped;
                        return STUN_AGREED;
                }
        }
        if (asking > 0)
                return STUN_UNDECIDED;
        if (answered == 0)
                return STUN_NO_ANSWER;
        if (alike < answered)
                return STUN_DISAGREED;
        for (size_t i = 0; i < r->n; i++)
                if (r->servers[i].state == STUN_ANSWERED)
                        *ret = r->servers[i].mapped;
        return STUN_AGREED;
}
