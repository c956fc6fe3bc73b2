/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/remind.h"

/* Days are counted from when the destination was last told. Whatever the clock does, each jump costs one
 * mail at most:
 *   - forward beyond the day: the reminder is owed at once, and the days are counted from there;
 *   - back before the last mail, which lies ahead then: the days are counted anew from now, which is
 *     written, so that neither that time nor a restart silences it for years;
 *   - a clock that is not set (a machine without a clock chip) reminds nobody. When it is set, what was told
 *     before counts from then on. */

#define SECONDS_PER_DAY 86400

static bool was_told(const DestinationRecord *d)
{
        return d->told[FAMILY_IPV4].known || d->told[FAMILY_IPV6].known;
}

/* True where the days are counted anew. */
static bool take_begin(DestinationRecord *d, WallTime wall)
{
        const WallTime *begin = d->remind_from.seconds > 0 ? &d->remind_from : &d->told_at;

        if (begin->seconds <= wall.seconds && wall_time_is_set(*begin))
                return false;
        d->remind_from = wall;
        return true;
}

int64_t remind_due(const DestinationRecord *d, const DestinationSettings *settings)
{
        const WallTime *begin = d->remind_from.seconds > 0 ? &d->remind_from : &d->told_at;

        if (settings->remind_days == 0 || !was_told(d))
                return REMIND_NEVER;
        return begin->seconds + (int64_t)settings->remind_days * SECONDS_PER_DAY;
}

bool ledger_remind(Ledger *l, const Settings *s, WallTime wall, int64_t *ret_next)
{
        int64_t next = REMIND_NEVER;
        bool changed = false;

        for (size_t i = 0; i < l->n_destinations; i++) {
                DestinationRecord *d = &l->destinations[i];
                const DestinationSettings *settings = ledger_settings_of(l, d, s);

                d->reminder = false;
                if (!settings || remind_due(d, settings) == REMIND_NEVER || !wall_time_is_set(wall))
                        continue;
                changed = take_begin(d, wall) || changed;
                int64_t due = remind_due(d, settings);

                d->reminder = due <= wall.seconds;
                if (!d->reminder)
                        next = MIN(next, due);
        }
        *ret_next = next;
        return changed;
}
