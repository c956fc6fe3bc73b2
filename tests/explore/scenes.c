/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenes.h"

#include "server.h"

#define ROW(o)   (1U << OUTCOME_##o)
#define ENDED(e) (1U << END_##e)
#define FILE_(n) (1U << (n))

#define ONE .readers = 1, .refusals_most = 3, .goes_most = 2
#define TWO .readers = 2, .refusals_most = 1, .goes_most = 2, .forget_old = true

/* Each is explored whole. What grows together without need is kept apart: two destinations have few ways to
 * fail, one has all of them. */
const Scene scenes[] = {
        {
                .name = "line",
                .about = "one destination, a restless line, crashes, refused writes, every end of a mail",
                ONE,
                .rows = ROW(NOT_REACHED),
                .refusal = ROW(DESTINATION_TEMPORARY),
                .ends = (1U << ENDS) - 1,
                .refused_writes = 1,
                .gone = true,
                .drag = true,
                .death = true,
                .crash = true,
        },
        {
                .name = "waits",
                .about = "one destination, every row of the table, short and long, the default route, boots",
                ONE,
                .random = UINT32_C(1) << 31,
                .levels = true,
                .rows = ROW(NOT_REACHED) | ROW(TEMPORARY) | ROW(INSECURE) | ROW(SETTINGS),
                .refusal = ROW(DESTINATION_TEMPORARY) | ROW(DESTINATION_PERMANENT),
                .ends = ENDED(ACCEPTED) | ENDED(TEMPORARY) | ENDED(PERMANENT),
                .files = FILE_(0),
                .route = true,
                .new_boot = true,
        },
        {
                .name = "dates",
                .about = "one destination, certificates that are out of date, a clock that is set, boots",
                ONE,
                .rows = ROW(NOT_REACHED) | ROW(INSECURE) | ROW(OUT_OF_DATE),
                .ends = ENDED(ACCEPTED),
                .files = FILE_(0),
                .clock = WALL_CLOCK_RIGHT + 1,
                .new_boot = true,
        },
        {
                .name = "login",
                .about = "one destination, logins refused from two addresses, passwords changed, restarts, "
                         "boots",
                ONE,
                .rows = ROW(LOGIN_REFUSED),
                .ends = ENDED(ACCEPTED),
                .files = FILE_(0),
                .credential = true,
        },
        {
                .name = "settings",
                .about = "one destination, reloads with mail off and with another account, cuts, crashes, "
                         "boots",
                ONE,
                .rows = ROW(NOT_REACHED),
                .ends = ENDED(ACCEPTED) | ENDED(CUT_TAKEN) | ENDED(CUT_LOST),
                .files = FILE_(0) | FILE_(3) | FILE_(4),
                .crash = true,
                .new_boot = true,
        },
        {
                .name = "limit",
                .about = "one destination that is sent two mails an hour, the default route, reloads, cuts, "
                         "crashes, boots",
                ONE,
                .mails_per_hour = 2,
                .rows = ROW(NOT_REACHED),
                .refusal = ROW(DESTINATION_TEMPORARY),
                .ends = ENDED(ACCEPTED) | ENDED(TEMPORARY) | ENDED(CUT_TAKEN),
                .files = FILE_(0),
                .route = true,
                .crash = true,
                .new_boot = true,
        },
        {
                .name = "pair-limit",
                .about = "two destinations that are sent one mail an hour, one of them refused at times",
                TWO,
                .mails_per_hour = 1,
                .refusal = ROW(DESTINATION_TEMPORARY),
                .ends = ENDED(ACCEPTED),
        },
        {
                .name = "pair",
                .about = "two destinations, each of them refused at times, cuts",
                TWO,
                .refusal = ROW(DESTINATION_TEMPORARY),
                .ends = ENDED(ACCEPTED) | ENDED(CUT_LOST),
        },
        {
                .name = "forgotten",
                .about = "two destinations, one of them forgotten at times",
                TWO,
                .ends = ENDED(ACCEPTED) | ENDED(CUT_LOST),
                .files = FILE_(0) | FILE_(1),
        },
        {
                .name = "disabled",
                .about = "two destinations, one of them disabled at times",
                TWO,
                .ends = ENDED(ACCEPTED) | ENDED(CUT_TAKEN),
                .files = FILE_(0) | FILE_(2),
        },
        {
                .name = "unconcerned",
                .about = "two destinations, one of them not concerned at times, cuts",
                TWO,
                .ends = ENDED(ACCEPTED) | ENDED(CUT_TAKEN) | ENDED(CUT_LOST),
                .files = FILE_(0) | FILE_(5),
        },
        {
                .name = "reminder",
                .about = "one destination that is reminded, a clock that is set by years or lost, cuts, "
                         "crashes, boots",
                ONE,
                .reminded = 1,
                .clock = WALL_CLOCKS,
                .ends = ENDED(ACCEPTED) | ENDED(CUT_TAKEN) | ENDED(CUT_LOST),
                .gone = true,
                .crash = true,
                .new_boot = true,
        },
        {
                .name = "pair-reminder",
                .about = "two destinations, one of them reminded, refused and not concerned at times",
                TWO,
                .reminded = 2,
                .refusal = ROW(DESTINATION_TEMPORARY),
                .ends = ENDED(ACCEPTED),
                .files = FILE_(0) | FILE_(5),
        },
        {0},
};
