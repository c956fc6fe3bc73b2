/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nat/epoch.h"

/* Both allow for a gateway whose clock is somewhat slow, PCP for a fast one too; all in whole seconds. */

static uint64_t elapsed(const Epoch *e, usec_t now)
{
        return usec_sub(now, e->at) / USEC_PER_SEC;
}

bool epoch_holds_natpmp(const Epoch *e, uint32_t seconds, usec_t now)
{
        uint64_t expected = e->seconds + elapsed(e, now) * 7 / 8;

        return !e->known || seconds + UINT64_C(2) >= expected;
}

bool epoch_holds_pcp(const Epoch *e, uint32_t seconds, usec_t now)
{
        if (!e->known)
                return true;
        if (seconds + UINT64_C(1) < e->seconds)
                return false;
        uint64_t client = elapsed(e, now), server = seconds > e->seconds ? seconds - e->seconds : 0;

        return client + 2 >= server - server / 16 && server + 2 >= client - client / 16;
}

void epoch_note(Epoch *e, uint32_t seconds, usec_t now)
{
        *e = (Epoch){true, seconds, now};
}
