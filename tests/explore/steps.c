/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steps.h"

#include <stdio.h>

#include "check.h"

typedef struct List {
        Happening *items;
        size_t n;
} List;

static void add(List *l, Happens kind, uint64_t a, uint64_t b)
{
        if (l->n == HAPPENINGS_MAX)
                abort();
        l->items[l->n++] = (Happening){.kind = (uint8_t)kind, .a = (uint8_t)a, .b = (uint8_t)b};
}

static bool is_still_held(const World *w)
{
        return w->asks && w->known.held_credential == w->credential;
}

static void list_recipients(const World *w, const Scene *scene, List *l)
{
        uint64_t all = w->sending[w->at].recipients;

        add(l, HAPPENS_RECIPIENTS, all, 0);
        for (unsigned o = 0; o < OUTCOME_COUNT; o++)
                for (uint64_t accepted = 0; scene->refusal & 1U << o && accepted < all; accepted++)
                        if ((accepted & ~all) == 0)
                                add(l, HAPPENS_RECIPIENTS, accepted, o);
}

static void list_session(const World *w, const Scene *scene, List *l)
{
        for (unsigned taken = 0; scene->death && spec_is_outdated(w) && taken < 2; taken++)
                add(l, HAPPENS_SUPERSEDED, taken, 0);
        if (w->sending[w->at].committed) {
                for (unsigned end = 0; end < ENDS; end++)
                        if (scene->ends & 1U << end)
                                add(l, HAPPENS_MAIL_ENDS, end, 0);
                return;
        }
        if (scene->death)
                add(l, HAPPENS_MAILER_DIES, 0, 0);
        if (is_still_held(w)) {
                add(l, HAPPENS_SESSION_FAILS, OUTCOME_STILL_HELD, 0);
                return;
        }
        for (unsigned o = 0; o < OUTCOME_COUNT; o++)
                if (scene->rows & 1U << o && (o != OUTCOME_LOGIN_REFUSED || w->at == 0))
                        add(l, HAPPENS_SESSION_FAILS, o, 0);
        list_recipients(w, scene, l);
}

static void list_outside(const World *w, const Scene *scene, List *l)
{
        for (unsigned place = scene->gone ? NOWHERE : PLACE_A; place < PLACES; place++)
                if (place != w->truth)
                        add(l, HAPPENS_LINE, place, 0);
        if (scene->drag && w->open)
                add(l, HAPPENS_UNREST, 0, 0);
        if (scene->route)
                add(l, HAPPENS_ROUTE, 0, 0);
        for (unsigned how = 0; how < scene->clock; how++)
                add(l, HAPPENS_CLOCK, how, 0);
        for (unsigned file = 0; file < FILES; file++)
                if (scene->files & 1U << file)
                        add(l, HAPPENS_RELOAD, file, 0);
        if (scene->crash)
                add(l, HAPPENS_CRASH, 0, 0);
        if (scene->new_boot)
                add(l, HAPPENS_CRASH, 1, 0);
        if (scene->credential)
                add(l, HAPPENS_CREDENTIAL, 0, 0);
}

size_t steps_list(const State *s, const Scene *scene, Happening ret[static HAPPENINGS_MAX])
{
        const World *w = &s->world;
        List l = {.items = ret};

        if (spec_next(w) != USEC_INFINITY)
                add(&l, HAPPENS_TIME, 0, 0);
        if (service_deadline(s) != USEC_INFINITY)
                add(&l, HAPPENS_TIMER, 0, 0);
        if (w->active)
                list_session(w, scene, &l);
        else
                add(&l, HAPPENS_DAYS, 0, 0);
        list_outside(w, scene, &l);
        return l.n;
}

bool steps_friendly(const State *s, Happening *ret)
{
        const World *w = &s->world;
        const Sending *t = &w->sending[w->at];
        List l = {.items = ret};

        if (!w->active && service_deadline(s) == USEC_INFINITY)
                return false;
        if (!w->active)
                add(&l, HAPPENS_TIMER, 0, 0);
        else if (t->committed)
                add(&l, HAPPENS_MAIL_ENDS, END_ACCEPTED, 0);
        else if (is_still_held(w))
                add(&l, HAPPENS_SESSION_FAILS, OUTCOME_STILL_HELD, 0);
        else
                add(&l, HAPPENS_RECIPIENTS, t->recipients, 0);
        return true;
}

static void pass(State *s, const Scene *scene, usec_t time)
{
        state_pass(s, time);
        service_timer(s, scene);
}

static void unrest(State *s, const Scene *scene)
{
        usec_t near = s->world.first + LIMIT - USEC_PER_SEC;

        state_pass(s, near > NOW ? near - NOW : 0);
        s->settle.since = s->world.since = NOW;
        service_timer(s, scene);
}

static void line_has(State *s, const Scene *scene, unsigned place)
{
        s->world.truth = place;
        service_hear(s);
        service_timer(s, scene);
}

static void happen(State *s, const Scene *scene, Happening h)
{
        switch ((Happens)h.kind) {
        case HAPPENS_LINE:
                line_has(s, scene, h.a);
                break;
        case HAPPENS_TIME:
                pass(s, scene, spec_next(&s->world));
                break;
        case HAPPENS_TIMER:
                pass(s, scene, usec_sub(service_deadline(s), NOW));
                break;
        case HAPPENS_DAYS:
                pass(s, scene, 2 * USEC_PER_DAY);
                break;
        case HAPPENS_UNREST:
                unrest(s, scene);
                break;
        case HAPPENS_ROUTE:
                service_route_changed(s, scene);
                break;
        case HAPPENS_CLOCK:
                service_clock_set(s, scene, (WallClock)h.a);
                break;
        case HAPPENS_RELOAD:
                service_reload(s, scene, h.a);
                break;
        case HAPPENS_CREDENTIAL:
                s->world.credential = !s->world.credential;
                service_restart(s, scene, false);
                break;
        case HAPPENS_CRASH:
                service_restart(s, scene, h.a);
                break;
        case HAPPENS_SESSION_FAILS:
                server_fails(s, scene, (Outcome)h.a);
                break;
        case HAPPENS_RECIPIENTS:
                server_takes(s, scene, h.a, (Outcome)h.b);
                break;
        case HAPPENS_MAIL_ENDS:
                server_ends(s, scene, (End)h.a);
                break;
        case HAPPENS_MAILER_DIES:
                server_mailer_dies(s, scene);
                break;
        case HAPPENS_SUPERSEDED:
                server_loses_line(s, scene, h.a);
                break;
        }
}

State *steps_take(const State *from, const Scene *scene, Happening h)
{
        State *s = state_clone(from);

        s->fault = h.fault;
        s->fault_at = h.fault_at;
        happen(s, scene, h);
        if (s->crashed)
                service_restart(s, scene, false);
        check_state(s, scene);
        if (!*s->violation)
                state_round(s, scene);
        return s;
}

static const char *const ends[ENDS] = {
        [END_ACCEPTED] = "the server accepts the mail",
        [END_TEMPORARY] = "the server defers the mail at its dot (4yz)",
        [END_PERMANENT] = "the server refuses the mail at its dot (5yz)",
        [END_CUT_BEFORE] = "the connection is cut in the body",
        [END_CUT_TAKEN] = "the connection is cut behind the dot, the server has the mail",
        [END_CUT_LOST] = "the connection is cut behind the dot, the server has not got the mail",
        [END_DIED_TAKEN] = "the mailer dies behind the dot, the server has the mail",
        [END_DIED_LOST] = "the mailer dies behind the go, the server has not got the mail",
};

static const char *const clocks[WALL_CLOCKS] = {"set", "set a year forward", "set a year back", "lost"};

static const char *const places[PLACES] = {"no address", "A", "B"};

static void describe(Happening h, char *ret, size_t size)
{
        static const char *const readers[] = {"nobody", "the first recipient", "the second recipient",
                                              "both recipients"};

        switch ((Happens)h.kind) {
        case HAPPENS_LINE:
                (void)snprintf(ret, size, "the line has %s", places[h.a]);
                break;
        case HAPPENS_RELOAD:
                (void)snprintf(ret, size, "reload: %s", files[h.a].about);
                break;
        case HAPPENS_SESSION_FAILS:
                (void)snprintf(ret, size, "the session fails: %s", outcome_name((Outcome)h.a));
                break;
        case HAPPENS_RECIPIENTS:
                (void)snprintf(ret, size, "the server takes %s%s%s", readers[h.a],
                               h.b ? ", the rest is " : "", h.b ? outcome_name((Outcome)h.b) : "");
                break;
        case HAPPENS_MAIL_ENDS:
                (void)snprintf(ret, size, "%s", ends[h.a]);
                break;
        case HAPPENS_CLOCK:
                (void)snprintf(ret, size, "the wall clock is %s", clocks[h.a]);
                break;
        case HAPPENS_CRASH:
                (void)snprintf(ret, size, h.a ? "the machine boots" : "the service is killed and starts");
                break;
        case HAPPENS_TIME:
        case HAPPENS_TIMER:
        case HAPPENS_DAYS:
        case HAPPENS_UNREST:
        case HAPPENS_ROUTE:
        case HAPPENS_CREDENTIAL:
        case HAPPENS_SUPERSEDED:
        case HAPPENS_MAILER_DIES: {
                static const char *const words[] = {
                        [HAPPENS_TIME] = "time passes until the next wait ends",
                        [HAPPENS_TIMER] = "time passes until the timer rings",
                        [HAPPENS_DAYS] = "two days pass",
                        [HAPPENS_UNREST] = "the line goes on changing until settle.limit is near",
                        [HAPPENS_ROUTE] = "the default route changes",
                        [HAPPENS_CREDENTIAL] = "another password, and a restart",
                        [HAPPENS_MAILER_DIES] = "the mailer dies",
                        [HAPPENS_SUPERSEDED] = "the session\'s own address leaves the machine",
                };
                (void)snprintf(ret, size, "%s", words[h.kind]);
        }
        }
}

void steps_describe(Happening h, char *ret, size_t size)
{
        size_t n;

        describe(h, ret, size);
        n = strlen(ret);
        if (h.fault == FAULT_REFUSED)
                (void)snprintf(ret + n, size - n, "; write %u of the ledger is refused", h.fault_at);
        else if (h.fault == FAULT_CRASH)
                (void)snprintf(ret + n, size - n, "; the service is killed before write %u, and starts",
                               h.fault_at);
}
