/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/retransmit.h"

/* The RFCs' letters for these: PCP has IRT 3 s, MRT 1024 s, no MRC and no MRD; STUN has RTO 500 ms, Rc 7 and
 * Rm 16. */

const RetransmitPolicy retransmit_natpmp = {
        .first = 250 * USEC_PER_MSEC,
        .longest = 64 * USEC_PER_SEC,
        .tries = 9,
};
const RetransmitPolicy retransmit_pcp = {
        .first = 3 * USEC_PER_SEC,
        .longest = 1024 * USEC_PER_SEC,
        .spread = true,
};
const RetransmitPolicy retransmit_stun = {
        .first = 500 * USEC_PER_MSEC,
        .longest = 32 * USEC_PER_SEC,
        .last = 8 * USEC_PER_SEC,
        .tries = 7,
};

void retransmit_begin(Retransmit *r, const RetransmitPolicy *policy, usec_t now)
{
        *r = (Retransmit){.policy = policy, .due = now};
}

bool retransmit_is_last(const Retransmit *r)
{
        return r->policy->tries > 0 && r->sent >= r->policy->tries;
}

void retransmit_sent(Retransmit *r, usec_t now, uint32_t random)
{
        const RetransmitPolicy *p = r->policy;

        assert(!retransmit_is_last(r));
        r->wait = r->sent == 0 ? p->first : MIN(2 * r->wait, p->longest);
        if (p->spread)
                r->wait = usec_spread(r->wait, random);
        r->sent++;
        if (retransmit_is_last(r) && p->last > 0)
                r->wait = p->last;
        r->due = usec_add(now, r->wait);
}
