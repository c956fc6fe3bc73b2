/* SPDX-License-Identifier: GPL-2.0-or-later */
/* renumber [LINES [FIRST]]: a provider gives LINES lines (1,000,000) another address within a minute, and
 * all their machines mail through one server, which can't hold as many sessions at once. Each line has the
 * real settle, ledger, plan, delivery and waits of src/decide; time is virtual. FIRST: seconds over which
 * the first try of each line is spread beside that, to see what it would do (0). Prints a table in Markdown.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "base/string-util.h"
#include "decide/plan.h"
#include "decide/settle.h"

#define BEGIN        USEC_PER_DAY /* the lines change from here on; before, all was told */
#define LAST_SECONDS (4 * 24 * 3600)
#define SESSION      USEC_PER_SEC        /* of one mail */
#define NO_ANSWER    (10 * USEC_PER_SEC) /* until the mailer gives up connecting */
#define AT_ONCE      (USEC_PER_SEC / 10) /* a refusal */

/* What the server does with a session more than it can hold in this second. */
typedef enum Beyond {
        BEYOND_BUSY,   /* 421 */
        BEYOND_SILENT, /* nothing is answered to TCP's SYN */
} Beyond;

typedef struct Scenario {
        const char *name;
        usec_t within; /* the lines change evenly in this time */
        Beyond beyond;
        usec_t down, login_fails; /* from BEGIN on for so long */
} Scenario;

static const Scenario scenarios[] = {
        {"421 beyond", USEC_PER_MIN, BEYOND_BUSY, 0, 0},
        {"silent beyond", USEC_PER_MIN, BEYOND_SILENT, 0, 0},
        {"421, all lines in one second", USEC_PER_SEC, BEYOND_BUSY, 0, 0},
        {"421, 535 for ten minutes", USEC_PER_MIN, BEYOND_BUSY, 0, 10 * USEC_PER_MIN},
        {"421, away for an hour", USEC_PER_MIN, BEYOND_BUSY, USEC_PER_HOUR, 0},
        {"silent, away for an hour", USEC_PER_MIN, BEYOND_SILENT, USEC_PER_HOUR, 0},
};
static const unsigned capacities[] = {500, 2000}; /* sessions a second */

typedef struct Event {
        usec_t at;
        size_t line;
} Event;

typedef struct Simulation {
        const Scenario *scenario;
        unsigned capacity;
        Settings *settings;
        Selection before, after;
        Ledger **ledgers; /* of each line */
        size_t n_lines;
        Event *heap; /* what comes first is first */
        size_t n_events;
        uint64_t random;
        unsigned attempts[LAST_SECONDS], held[LAST_SECONDS], told[LAST_SECONDS]; /* in each second */
        size_t n_attempts;
} Simulation;

/* SplitMix64 */
static uint64_t draw(Simulation *s)
{
        uint64_t z = s->random += 0x9e3779b97f4a7c15;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
}

static void swap(Event *a, Event *b)
{
        Event e = *a;

        *a = *b;
        *b = e;
}

static void push(Simulation *s, usec_t at, size_t line)
{
        size_t i = s->n_events++;

        s->heap[i] = (Event){at, line};
        for (; i > 0 && s->heap[i].at < s->heap[(i - 1) / 2].at; i = (i - 1) / 2)
                swap(&s->heap[i], &s->heap[(i - 1) / 2]);
}

static Event pop(Simulation *s)
{
        Event first = s->heap[0];
        size_t i = 0, child;

        s->heap[0] = s->heap[--s->n_events];
        for (; (child = 2 * i + 1) < s->n_events; i = child) {
                if (child + 1 < s->n_events && s->heap[child + 1].at < s->heap[child].at)
                        child++;
                if (s->heap[i].at <= s->heap[child].at)
                        break;
                swap(&s->heap[i], &s->heap[child]);
        }
        return first;
}

static void check(int r)
{
        if (r >= 0)
                return;
        (void)fprintf(stderr, "renumber: %s\n", strerror(-r));
        exit(1);
}

static Delivery *plan(Simulation *s, const Ledger *l, usec_t now)
{
        const PlanInput input = {
                .settings = s->settings,
                .host = "router",
                .message_id_left = "m",
                .message_id_right = "example.com",
                .random = (uint32_t)draw(s),
                .now = now,
        };
        Delivery *d = NULL;

        check(plan_delivery(l, &input, &d));
        return d;
}

/* The session of D, of one transaction to one reader, came to OUTCOME at NOW. */
static void end_session(const Simulation *s, Ledger *l, Delivery *d, Outcome outcome, usec_t now)
{
        const Result result = {.outcome = outcome}, done = {.outcome = OUTCOME_NONE};
        const uint8_t reader = 0;
        bool delivered = outcome == OUTCOME_DELIVERED;

        if (delivered && delivery_may_commit(d, 0, &reader, 1, l, s->settings))
                check(delivery_commit(d, 0, &reader, 1, l, s->settings->unknown_wait, now));
        (void)delivery_close(d, 0, &result, l, (WallTime){0}, now);
        (void)delivery_end(d, delivered ? &done : &result, "digest", l, now);
}

static Outcome answer(Simulation *s, usec_t now, usec_t *ret_end)
{
        const Scenario *scenario = s->scenario;
        size_t second = (now - BEGIN) / USEC_PER_SEC;

        s->attempts[second]++;
        s->n_attempts++;
        *ret_end = now + (scenario->beyond == BEYOND_SILENT ? NO_ANSWER : AT_ONCE);
        if (now < BEGIN + scenario->down)
                return OUTCOME_NOT_REACHED;
        if (s->held[second] < s->capacity) {
                s->held[second]++;
                *ret_end = now + SESSION;
                return now < BEGIN + scenario->login_fails ? OUTCOME_LOGIN_REFUSED : OUTCOME_DELIVERED;
        }
        return scenario->beyond == BEYOND_BUSY ? OUTCOME_TEMPORARY : OUTCOME_NOT_REACHED;
}

/* The timer of a line rings: something is owed and due. */
static void attempt(Simulation *s, const Event *e)
{
        Ledger *l = s->ledgers[e->line];
        _cleanup_(delivery_freep) Delivery *d = plan(s, l, e->at);
        usec_t end, next;
        Outcome outcome;

        if (!d)
                return;
        outcome = answer(s, e->at, &end);
        end_session(s, l, d, outcome, end);
        if (outcome == OUTCOME_DELIVERED)
                s->told[(end - BEGIN) / USEC_PER_SEC]++;
        next = plan_deadline(l, s->settings);
        if (next < BEGIN + (LAST_SECONDS - 60) * USEC_PER_SEC)
                push(s, MAX(next, end), e->line);
}

/* The selection is this one at NOW, and stays. When it has settled. */
static usec_t settle(const Simulation *s, Settle *settle, Ledger *l, const Selection *selection, usec_t now)
{
        const usec_t quiet = s->settings->settle_quiet, limit = s->settings->watch.settle_limit;
        SettledChange change[FAMILY_COUNT];
        IpAddress was[FAMILY_COUNT];

        ledger_addresses(l, was);
        (void)settle_hear(settle, selection, now);
        now = settle_deadline(settle, was, quiet, limit);
        (void)settle_take(settle, was, quiet, limit, now);
        (void)ledger_settle(l, &settle->settled, (WallTime){0}, change);
        ledger_release_hold_by_address(l, now);
        return now;
}

/* A machine that has told the address before, and hears of the one after. */
static void add_line(Simulation *s, size_t line, usec_t first)
{
        _cleanup_(delivery_freep) Delivery *d = NULL;
        Settle state = {0};
        Ledger *l;
        usec_t now;

        check(ledger_new("boot", &s->ledgers[line]));
        l = s->ledgers[line];
        check(ledger_take_settings(l, s->settings));
        now = settle(s, &state, l, &s->before, 0);
        d = plan(s, l, now);
        end_session(s, l, d, OUTCOME_DELIVERED, now);
        now = settle(s, &state, l, &s->after, BEGIN + draw(s) % s->scenario->within);
        push(s, MAX(now, plan_deadline(l, s->settings)) + (first ? draw(s) % first : 0), line);
}

/* The most tries in one second of these. */
static unsigned peak(const Simulation *s, size_t from, size_t to)
{
        unsigned most = 0;

        for (size_t i = from; i < to; i++)
                most = MAX(most, s->attempts[i]);
        return most;
}

/* Minutes until PERCENT of the lines were told; 0: never. */
static double minutes_until(const Simulation *s, unsigned percent)
{
        size_t told = 0, wanted = (s->n_lines * percent + 99) / 100;

        for (size_t i = 0; i < LAST_SECONDS; i++) {
                told += s->told[i];
                if (told >= wanted)
                        return (double)(i + 1) / 60;
        }
        return 0;
}

static void print_row(const Simulation *s)
{
        (void)printf("| %s | %u | %u | %u | %u | %u | %.0f | %.0f | %.0f | %.0f | %.1f |\n",
                     s->scenario->name, s->capacity, peak(s, 0, 60), peak(s, 60, 600), peak(s, 600, 3600),
                     peak(s, 3600, LAST_SECONDS), (double)s->n_lines / s->capacity / 60,
                     minutes_until(s, 50), minutes_until(s, 99), minutes_until(s, 100),
                     (double)s->n_attempts / (double)s->n_lines);
        (void)fflush(stdout);
}

static void simulate(Simulation *s, const Scenario *scenario, unsigned capacity, usec_t first)
{
        s->scenario = scenario;
        s->capacity = capacity;
        s->random = 1;
        s->n_attempts = 0;
        memset(s->attempts, 0, sizeof(s->attempts));
        memset(s->held, 0, sizeof(s->held));
        memset(s->told, 0, sizeof(s->told));
        for (size_t i = 0; i < s->n_lines; i++)
                add_line(s, i, first);
        while (s->n_events > 0) {
                const Event e = pop(s);

                attempt(s, &e);
        }
        print_row(s);
        for (size_t i = 0; i < s->n_lines; i++)
                s->ledgers[i] = ledger_free(s->ledgers[i]);
}

static void prepare(Simulation *s, size_t n_lines)
{
        check(settings_new(&s->settings));
        s->settings->mail.enabled = true;
        s->settings->destinations = calloc(1, sizeof(DestinationSettings));
        s->ledgers = calloc(n_lines, sizeof(Ledger *));
        s->heap = calloc(n_lines, sizeof(Event));
        check(s->settings->destinations && s->ledgers && s->heap ? 0 : -ENOMEM);
        s->settings->destinations[0].enabled = true;
        s->settings->destinations[0].family[FAMILY_IPV4] = true;
        s->settings->n_destinations = 1;
        s->n_lines = n_lines;
        check(string_replace(&s->settings->destinations[0].to, "me@example.com"));
        check(ip_address_parse("192.0.2.10", &s->before.family[FAMILY_IPV4].address));
        check(ip_address_parse("192.0.2.20", &s->after.family[FAMILY_IPV4].address));
}

int main(int argc, char **argv)
{
        static Simulation s;
        uint64_t lines = 1000000, first = 0;

        if (argc > 1)
                check(parse_u64(argv[1], 1, 100000000, &lines));
        if (argc > 2)
                check(parse_u64(argv[2], 0, 86400, &first));
        prepare(&s, lines);
        (void)printf(
                "| beside its capacity the server | sessions/s | tries/s: 1st min | 2nd to 10th | to 60th | "
                "later | at best, min | half told | 99 %% | all | tries a mail |\n"
                "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
                for (size_t k = 0; k < sizeof(capacities) / sizeof(*capacities); k++)
                        simulate(&s, &scenarios[i], capacities[k], first * USEC_PER_SEC);
        settings_free(s.settings);
        free(s.ledgers);
        free(s.heap);
        return 0;
}
