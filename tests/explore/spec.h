/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The outside world, and what the service may know of it by the manual: which mail each reader holds, what
 * was answered, which waits run. Written from the table of waits alone, on numbers; it shares with
 * src/decide the names of the outcomes and nothing else.
 *
 * All fields are as wide as the widest, so that a struct has no holes and can be hashed and compared as it
 * is. Now is always NOW: time passes by moving everything else into the past. */

#include "base/time-util.h"
#include "decide/outcome.h"

#define NOW            (1000 * USEC_PER_DAY)
#define QUIET          (3 * USEC_PER_SEC)
#define LIMIT          (30 * USEC_PER_SEC)
#define UNKNOWN_WAIT   (30 * USEC_PER_MIN)
#define WALL_NOW       INT64_C(1764000000)
#define WALL_UNSET     INT64_C(1000) /* of a machine without a clock chip */
#define REMIND_SECONDS (2 * INT64_C(86400))
#define READERS        2 /* at most: destinations, and transactions of a session */

/* What varies from one exploration to the next; the rest is in SCENES (scenes.c). */
typedef struct Scene {
        const char *name, *about;
        unsigned readers;
        uint32_t random;        /* the draw of every wait */
        bool levels;            /* a wait may have grown to its most */
        unsigned refusals_most; /* of a login, beyond which they are not counted */
        unsigned goes_most;
        unsigned rows;           /* bits of Outcome: how a session may fail on the account's clock */
        unsigned refusal;        /* bits of Outcome: how a recipient is refused */
        unsigned ends;           /* bits of End (server.h): what becomes of a mail behind its go */
        unsigned files;          /* bits: the settings files that a reload may find */
        unsigned refused_writes; /* one behind another, at most */
        unsigned mails_per_hour; /* 0: as many as there are */
        bool forget_old;         /* which address a mail names as the old one: it decides nothing */
        bool gone;               /* the line has no address at times */
        bool drag;               /* and goes on changing until settle's limit is near */
        bool route, credential;  /* another default route, another password */
        unsigned clock;          /* how many ways of WallClock there are to set it */
        unsigned reminded;       /* bits of readers */
        bool death;              /* of the mailer */
        bool crash, new_boot;
} Scene;

/* A settings file. */
typedef struct File {
        const char *about;
        unsigned listed, enabled; /* bits of readers */
        bool mail;
        unsigned account;
        unsigned unconcerned; /* bits of readers, whose families have no address here */
} File;
extern const File files[];
#define FILES 6

/* What somebody does to the wall clock. */
typedef enum WallClock {
        WALL_CLOCK_RIGHT, /* by nothing to speak of */
        WALL_CLOCK_FORWARD,
        WALL_CLOCK_BACK,
        WALL_CLOCK_LOST,
        WALL_CLOCKS,
} WallClock;

/* The addresses that the line may have. */
enum {
        NOWHERE,
        PLACE_A,
        PLACE_B,
        PLACES
};

typedef struct Wait {
        uint64_t row, delay, last, due;
} Wait;

/* A mail between its go and the answer. */
typedef struct Unanswered {
        uint64_t id; /* 0: none */
        uint64_t place, old, to;
        uint64_t goes, go, due;
} Unanswered;

typedef struct Reader {
        uint64_t told; /* a place */
        int64_t since; /* from when the days of its reminder are counted, by the wall clock; 0: not told */
        Unanswered mail;
        Wait wait;
        uint64_t hour, mails; /* when it began, and how many were sent in it; 0 mails: it has not */
} Reader;

/* What survives a crash. */
typedef struct Knowledge {
        uint64_t this_boot;
        uint64_t account; /* that the next ones are about */
        Wait wait;
        uint64_t refusals, held_credential, held_until; /* 0 refusals: not held */
        uint64_t held_whole; /* while it is released by a new address: when it would have been due */
        uint64_t held_from, releases, releases_since; /* the place of the last login; by a new one */
        uint64_t place;                               /* settled */
        Reader reader[READERS];
} Knowledge;

typedef struct Sending {
        uint64_t id, place, old, again;
        uint64_t recipients, refused, accepted; /* bits of readers */
        uint64_t committed, stopped, closed, unknown, undone;
        Unanswered earlier; /* that it is the retry of: a reader may be forgotten and come back meanwhile */
        Unanswered before[READERS];
} Sending;

typedef struct World {
        /* outside */
        uint64_t truth;             /* the address that the line has */
        uint64_t believes[READERS]; /* what the last mail in the mailbox says */
        uint64_t excused[READERS];  /* the service lost what it knew, to a write that was refused */
        uint64_t credential;
        uint64_t clock_unset;
        uint64_t refused_writes; /* since the last one that was not */
        uint64_t file;
        /* the service */
        Knowledge known, durable;
        uint64_t ask, settled;
        uint64_t heard, any, open, candidate, held_still, since, first; /* settle */
        uint64_t active, asks, account, at, n;                          /* the session */
        Sending sending[READERS];
} World;

/* The row's clock, and whether it stands in the table at all. */
bool spec_is_account(Outcome o);
usec_t spec_least(uint64_t row);
usec_t spec_unknown_wait(uint64_t goes);
void spec_put_off(Wait *w, Outcome row, const Scene *s);

void spec_hear(World *w);
usec_t spec_settle_deadline(const World *w);
void spec_settle(World *w); /* and a held login from a new place */
void spec_start(World *w, bool new_boot);
void spec_take_file(World *w, unsigned file);
void spec_release(World *w);
void spec_route_changed(World *w);
void spec_clock_set(World *w);

int64_t spec_wall(const World *w);
void spec_set_wall_clock(World *w, WallClock how);
/* How many seconds what was noted moves by. */
int64_t clock_moves(WallClock how);
void move_wall_time(int64_t *at, int64_t seconds);
/* Days that can't be counted are counted anew; true where there are any. */
bool spec_count_days(World *w, const Scene *s);
bool spec_is_to_be_reminded(const World *w, unsigned reader, const Scene *s);
/* When the next reminder will be owed that is not; USEC_INFINITY where none will. */
usec_t spec_reminder(const World *w, const Scene *s);

/* When a mail to READER is due; USEC_INFINITY where none is owed. */
usec_t spec_next_try(const World *w, unsigned reader, const Scene *s);

bool spec_may_commit(const World *w, uint64_t accepted);
/* FORGOTTEN: nobody points to the mail any more that is told again, and its count of goes is lost. */
void spec_commit(World *w, uint64_t accepted, bool forgotten, const Scene *s);
void spec_refuse(World *w, unsigned reader, Outcome how, const Scene *s);
void spec_close(World *w, unsigned i, Outcome how, const Scene *s);
/* What has no go is stopped; true where the session had come to something before. */
bool spec_supersede(World *w);
bool spec_is_outdated(const World *w);
void spec_end(World *w, Outcome how, const Scene *s);

/* Rounding that keeps the states finite: a wait that runs begins anew, one that is over is over just now;
 * growth has two levels, counts have a most. */
void round_wait(uint64_t *row, usec_t *delay, usec_t *last, usec_t *due, const Scene *s);
void round_hold(bool active, usec_t *due, const Scene *s);
void round_whole(usec_t *due, const Scene *s);
void round_releases(uint64_t *releases, usec_t *since);
void round_mail(uint64_t goes, usec_t *go, usec_t *due);
void round_hour(uint64_t *mails, usec_t *begin, const Scene *s);
void round_wall_time(int64_t *at, const Scene *s);
void round_settle(bool open, usec_t *since, usec_t *first);
void spec_round(World *w, const Scene *s);
/* TIME passes. */
void spec_pass(World *w, usec_t time);
/* How long until something that runs ends; USEC_INFINITY where nothing runs. */
usec_t spec_next(const World *w);
