/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/settle.h"

/* States: nothing heard; open (a candidate waits); settled. The wait hears the selection, not the set of
 * addresses: what happens to addresses that were not selected, on a container bridge for one, cannot keep it
 * open. */

bool settle_hear(Settle *s, const Selection *selection, usec_t now)
{
        bool repeat = s->heard && selection_equal(&s->candidate, selection);

        s->candidate = *selection; /* the reasons and the other addresses may be new ones */
        s->heard = true;
        if (repeat)
                return false;
        if (s->any_settled && selection_equal(&s->settled, selection)) {
                s->open = false;
                return true;
        }
        if (!s->open)
                s->first = now;
        s->open = true;
        s->since = now;
        return true;
}

static bool family_is_missing(const Settle *s, const IpAddress was[static FAMILY_COUNT])
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (ip_address_is_set(&was[f]) && !ip_address_is_set(&s->candidate.family[f].address))
                        return true;
        return false;
}

usec_t settle_deadline(const Settle *s, const IpAddress was[static FAMILY_COUNT], usec_t quiet, usec_t limit)
{
        usec_t most = usec_add(s->first, limit);

        if (!s->open)
                return USEC_INFINITY;
        return family_is_missing(s, was) ? most : MIN(usec_add(s->since, quiet), most);
}

bool settle_take(Settle *s, const IpAddress was[static FAMILY_COUNT], usec_t quiet, usec_t limit, usec_t now)
{
        if (now < settle_deadline(s, was, quiet, limit)) /* never where nothing waits */
                return false;
        s->settled = s->candidate;
        s->any_settled = true;
        s->open = false;
        return true;
}
