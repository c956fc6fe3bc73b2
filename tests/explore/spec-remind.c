/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

/* The reminder, by the manual: an address that has not changed is told again when the wall clock says that
 * so many days are over since the reader was told. A clock that was set back before that counts anew, one
 * that is not set reminds nobody. */

int64_t spec_wall(const World *w)
{
        return w->clock_unset ? WALL_UNSET : WALL_NOW;
}

static bool is_counted(const World *w, unsigned reader, const Scene *s)
{
        return (s->reminded & files[w->file].listed & 1U << reader) && !w->clock_unset &&
               w->known.reader[reader].told != NOWHERE;
}

bool spec_count_days(World *w, const Scene *s)
{
        bool anew = false;

        for (unsigned r = 0; r < READERS; r++) {
                int64_t *since = &w->known.reader[r].since;

                if (!is_counted(w, r, s) || (*since <= WALL_NOW && *since != WALL_UNSET))
                        continue;
                *since = WALL_NOW;
                anew = true;
        }
        return anew;
}

bool spec_is_to_be_reminded(const World *w, unsigned reader, const Scene *s)
{
        return is_counted(w, reader, s) && w->known.reader[reader].since + REMIND_SECONDS <= WALL_NOW;
}

usec_t spec_reminder(const World *w, const Scene *s)
{
        int64_t next = INT64_MAX;

        for (unsigned r = 0; r < READERS; r++)
                if (is_counted(w, r, s) && !spec_is_to_be_reminded(w, r, s))
                        next = MIN(next, w->known.reader[r].since + REMIND_SECONDS);
        return next == INT64_MAX ? USEC_INFINITY : NOW + (usec_t)(next - WALL_NOW) * USEC_PER_SEC;
}

void move_wall_time(int64_t *at, int64_t seconds)
{
        if (*at != 0 && *at != WALL_UNSET)
                *at += seconds;
}

void spec_set_wall_clock(World *w, WallClock how)
{
        w->clock_unset = how == WALL_CLOCK_LOST;
        for (unsigned r = 0; r < READERS; r++) {
                move_wall_time(&w->known.reader[r].since, clock_moves(how));
                move_wall_time(&w->durable.reader[r].since, clock_moves(how));
        }
}

/* A year at most of anything: reminders are days. */
int64_t clock_moves(WallClock how)
{
        static const int64_t year = INT64_C(366) * 86400;

        return how == WALL_CLOCK_FORWARD ? -year : how == WALL_CLOCK_BACK ? year : 0;
}

void round_wall_time(int64_t *at, const Scene *s)
{
        if (*at == 0 || *at == WALL_UNSET)
                return;
        if (*at <= WALL_NOW - REMIND_SECONDS)
                *at = WALL_NOW - REMIND_SECONDS;
        else
                *at = *at > WALL_NOW ? WALL_NOW + clock_moves(WALL_CLOCK_BACK) : WALL_NOW;
        if (!s->reminded)
                *at = WALL_NOW;
}
