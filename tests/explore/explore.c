/* SPDX-License-Identifier: GPL-2.0-or-later */

/* explore [SCENE]...: every reachable state of src/decide, breadth first, with no limit of depth. A scene
 * says what may happen; all of them are explored where none is named. Exits with 1 at a violation.
 *
 * A state is what stands in memory and on the disk, with times made relative and rounded (spec-time.c), and
 * the world outside of it (spec.h). From each, everything that can happen is tried, and each write of the
 * ledger once more refused and once more with the service killed before it. What must be true is in check.c.
 * Then the states are asked whether a friendly world leads from each of them to readers who know the true
 * address. */

#include <stdio.h>
#include <time.h>

#include "check.h"
#include "scenes.h"
#include "steps.h"

#define NOBODY UINT32_MAX

/* What is kept of each state: from where, how, and where a friendly world leads. */
typedef struct Seen {
        uint64_t hash;
        uint32_t from, friendly;
        Happening how;
} Seen;

typedef struct Search {
        const Scene *scene;
        Seen *seen;
        State **state; /* until it is expanded */
        size_t n, room;
        uint32_t *table; /* open addressing: index + 1 */
        size_t slots;
        uint64_t transitions;
        char violation[VIOLATION_MAX];
        uint32_t from; /* the last step of the violation's trace */
        Happening how;
} Search;

static void *must(void *p)
{
        if (!p) {
                (void)fprintf(stderr, "out of memory\n");
                exit(2);
        }
        return p;
}

static uint32_t *slot(Search *s, uint64_t hash)
{
        size_t i = hash & (s->slots - 1);

        while (s->table[i] > 0 && s->seen[s->table[i] - 1].hash != hash)
                i = (i + 1) & (s->slots - 1);
        return &s->table[i];
}

static void grow(Search *s)
{
        s->room = s->room ? 2 * s->room : 1024;
        s->slots = 4 * s->room;
        s->seen = must(realloc(s->seen, s->room * sizeof(Seen)));
        s->state = must(realloc(s->state, s->room * sizeof(State *)));
        free(s->table);
        s->table = must(calloc(s->slots, sizeof(uint32_t)));
        for (size_t i = 0; i < s->n; i++)
                *slot(s, s->seen[i].hash) = (uint32_t)i + 1;
}

/* Takes STATE over. Returns its index. */
static uint32_t meet(Search *s, State *state, uint32_t from, Happening how)
{
        uint64_t hash = state_hash(state);
        uint32_t *place;

        if (s->n == s->room)
                grow(s);
        place = slot(s, hash);
        if (*place > 0) {
                state_free(state);
                return *place - 1;
        }
        s->seen[s->n] = (Seen){.hash = hash, .from = from, .friendly = NOBODY, .how = how};
        s->state[s->n] = state;
        *place = (uint32_t)++s->n;
        return *place - 1;
}

/* The index of what follows, NOBODY where that is a violation; RET_WRITES is how often the ledger was
 * written. */
static uint32_t follow(Search *s, uint32_t from, Happening h, unsigned *ret_writes)
{
        State *next = steps_take(s->state[from], s->scene, h);

        s->transitions++;
        if (ret_writes)
                *ret_writes = next->writes;
        if (!*next->violation)
                return meet(s, next, from, h);
        memcpy(s->violation, next->violation, sizeof(s->violation));
        s->from = from;
        s->how = h;
        state_free(next);
        return NOBODY;
}

/* H, and H with each of its writes going wrong. False at a violation. */
static bool follow_all(Search *s, uint32_t from, Happening h)
{
        bool may_refuse = s->state[from]->world.refused_writes < s->scene->refused_writes;
        unsigned writes;

        if (follow(s, from, h, &writes) == NOBODY)
                return false;
        for (h.fault_at = 1; h.fault_at <= writes; h.fault_at++) {
                h.fault = FAULT_REFUSED;
                if (may_refuse && follow(s, from, h, NULL) == NOBODY)
                        return false;
                h.fault = FAULT_CRASH;
                if (s->scene->crash && follow(s, from, h, NULL) == NOBODY)
                        return false;
        }
        return true;
}

static bool expand(Search *s, uint32_t i)
{
        Happening all[HAPPENINGS_MAX], friendly;
        size_t n = steps_list(s->state[i], s->scene, all);

        for (size_t k = 0; k < n; k++)
                if (!follow_all(s, i, all[k]))
                        return false;
        if (check_arrived(s->state[i], s->scene))
                s->seen[i].friendly = i;
        else if (steps_friendly(s->state[i], &friendly)) {
                uint32_t next = follow(s, i, friendly, NULL);

                s->seen[i].friendly = next; /* behind follow(), which may move seen */
        } else {
                (void)snprintf(s->violation, sizeof(s->violation),
                               "nothing is awaited, and not every reader knows the true address");
                s->from = i;
        }
        s->state[i] = state_free(s->state[i]);
        return !*s->violation;
}

/* The most friendly steps that any state is away from arrival; a circle is a violation. */
static unsigned longest_friendly(Search *s, uint32_t *ret_start)
{
        _cleanup_free_ uint32_t *length = must(calloc(s->n, sizeof(uint32_t))); /* + 1; 0: not known */
        uint32_t longest = 0;

        for (uint32_t start = 0; start < s->n; start++) {
                uint32_t steps = 0, i = start, end;

                while (length[i] == 0 && s->seen[i].friendly != i && steps <= s->n) {
                        i = s->seen[i].friendly;
                        steps++;
                }
                if (steps > s->n) {
                        (void)snprintf(s->violation, sizeof(s->violation),
                                       "a friendly world goes round in a circle");
                        s->from = start;
                        return 0;
                }
                end = steps + (length[i] > 0 ? length[i] - 1 : 0);
                if (end > longest) {
                        longest = end;
                        *ret_start = start;
                }
                for (i = start; length[i] == 0; i = s->seen[i].friendly, end--)
                        length[i] = end + 1;
        }
        return longest;
}

static size_t print_trace(const Search *s, uint32_t last)
{
        _cleanup_free_ uint32_t *path = must(calloc(s->n + 1, sizeof(uint32_t)));
        char text[200];
        size_t n = 0;

        for (uint32_t i = last; s->seen[i].from != NOBODY; i = s->seen[i].from)
                path[n++] = i;
        for (size_t k = 0; k < n; k++) {
                steps_describe(s->seen[path[n - 1 - k]].how, text, sizeof(text));
                printf("  %2zu. %s\n", k + 1, text);
        }
        return n;
}

static void print_violation(const Search *s)
{
        char text[200];
        size_t n = print_trace(s, s->from);

        if (s->how.kind || s->how.a) {
                steps_describe(s->how, text, sizeof(text));
                printf("  %2zu. %s\n", ++n, text);
        }
        printf("%s: VIOLATION after %zu steps: %s\n", s->scene->name, n, s->violation);
}

static bool explore(const Scene *scene)
{
        Search s = {.scene = scene};
        struct timespec begin, end;
        uint32_t start = 0;
        unsigned longest = 0;
        bool fine = true;

        printf("%s: %s\n", scene->name, scene->about);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        service_prepare(scene);
        State *first = service_begin(scene);
        state_round(first, scene);
        (void)meet(&s, first, NOBODY, (Happening){0});
        for (uint32_t i = 0; i < s.n && fine; i++)
                fine = expand(&s, i);
        if (fine)
                longest = longest_friendly(&s, &start);
        fine = !*s.violation;
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        if (fine)
                printf("%s: %zu states, %llu transitions, %.1f s of the processor, at most %u friendly "
                       "steps to arrival\n",
                       scene->name, s.n, (unsigned long long)s.transitions,
                       (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
                       longest);
        else
                print_violation(&s);
        for (size_t i = 0; i < s.n; i++)
                state_free(s.state[i]);
        free(s.seen);
        free(s.state);
        free(s.table);
        service_done();
        return fine;
}

int main(int argc, char **argv)
{
        bool fine = true;

        setlinebuf(stdout);
        if (argc == 2 && streq(argv[1], "--list")) {
                for (const Scene *scene = scenes; scene->name; scene++)
                        puts(scene->name);
                return 0;
        }
        for (const Scene *scene = scenes; scene->name; scene++) {
                bool named = false;

                for (int i = 1; i < argc; i++)
                        named = named || streq(argv[i], scene->name);
                if (named || argc == 1)
                        fine = explore(scene) && fine;
        }
        return fine ? 0 : 1;
}
