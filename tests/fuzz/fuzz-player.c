/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plays a server, a network, a clock and a service to the client, by choice: whatever they do, session.c and
 * wire.c say what must hold. Each conversation is held twice, the second time octet by octet: nothing that
 * can be seen from outside may differ.
 *
 * The environment's PLAYER_UNTIL=OUTCOME ends the program, with 0, at the first mail or session of that
 * outcome, and with 1 where there is none. At its end it says what it came to. */

#include <unistd.h>

#include "fuzz.h"
#include "server.h"
#include "session.h"

typedef enum Event {
        EVENT_2YZ,
        EVENT_3YZ,
        EVENT_4YZ,
        EVENT_5YZ,
        EVENT_BROKEN,
        EVENT_EOF,
        EVENT_TIME_OUT,
        EVENT_COUNT,
} Event;

static const char *const event_names[EVENT_COUNT] = {
        [EVENT_2YZ] = "2yz",       [EVENT_3YZ] = "3yz", [EVENT_4YZ] = "4yz",           [EVENT_5YZ] = "5yz",
        [EVENT_BROKEN] = "broken", [EVENT_EOF] = "eof", [EVENT_TIME_OUT] = "time-out",
};

/* What was reached by one input, for libFuzzer to steer by, and by all. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[UNIT_COUNT][EVENT_COUNT];
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t code_counters[UNIT_COUNT][400];
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t outcome_counters[OUTCOME_COUNT];
static bool reached[UNIT_COUNT][EVENT_COUNT], reached_outcome[OUTCOME_COUNT];

static void reach(UnitType unit, Event event)
{
        counters[unit][event] = 1;
        reached[unit][event] = true;
}

static void note_replies(const Wire *w)
{
        for (size_t i = 0; i < w->n_units; i++) {
                unsigned code = w->units[i].code;

                if (code == 0)
                        continue;
                code_counters[w->units[i].type][code - 200] = 1;
                reach(w->units[i].type, (Event)(EVENT_2YZ + code / 100 - 2));
        }
}

static void note_end(const Wire *w, Event event)
{
        reach(w->units[MIN(w->n_replied, w->n_units - 1)].type, event);
}

static void note_outcome(Outcome outcome)
{
        const char *until = getenv("PLAYER_UNTIL");

        outcome_counters[outcome] = 1;
        reached_outcome[outcome] = true;
        if (until && streq(until, outcome_name(outcome)))
                _exit(0);
}

static void note_outcomes(const Session *s)
{
        Result r;

        smtp_client_session_result(s->client, &r);
        note_outcome(r.outcome);
        for (size_t i = 0; i < s->wire.scene->order.n_notices; i++) {
                require(smtp_client_transaction_result(s->client, i, &r));
                note_outcome(r.outcome);
        }
}

static void say_what_was_reached(void)
{
        for (size_t u = 0; u < UNIT_COUNT; u++) {
                fprintf(stderr, "reached %s:", unit_names[u]);
                for (size_t e = 0; e < EVENT_COUNT; e++)
                        if (reached[u][e])
                                fprintf(stderr, " %s", event_names[e]);
                fprintf(stderr, "\n");
        }
        fprintf(stderr, "reached outcomes:");
        for (size_t o = 0; o < OUTCOME_COUNT; o++)
                if (reached_outcome[o])
                        fprintf(stderr, " %s", outcome_name((Outcome)o));
        fprintf(stderr, "\n");
        if (getenv("PLAYER_UNTIL"))
                _exit(1);
}

static void reply(Session *s, Choices *c, void (*words)(Choices *c, const Wire *w, Text *ret))
{
        _cleanup_text_ Text said = {0};

        words(c, &s->wire, &said);
        session_feed(s, said.data, said.size);
        if (s->wire.broken)
                note_end(&s->wire, EVENT_BROKEN);
}

static void eof(Session *s)
{
        note_end(&s->wire, EVENT_EOF);
        session_eof(s);
}

static void time_out(Session *s)
{
        note_end(&s->wire, EVENT_TIME_OUT);
        session_time_out(s);
}

static void shake_hands(Session *s, Choices *c)
{
        switch (choose(c, 8)) {
        case 5:
                session_tls(s, false);
                break;
        case 6:
                time_out(s);
                break;
        case 7:
                reply(s, c, server_reply);
                break;
        default:
                session_tls(s, true);
                break;
        }
}

/* What is due: the client's octets, the service's answer, the server's. */
static void go_on(Session *s, Choices *c)
{
        if (session_wants(s) & SMTP_WANT_WRITE)
                session_write(s, SIZE_MAX);
        else if (session_wants(s) & SMTP_WANT_COMMIT)
                session_commit(s, choose(c, 8) != 7);
        else
                reply(s, c, server_reply);
}

static void take_turn(Session *s, Choices *c)
{
        if (session_wants(s) & SMTP_WANT_START_TLS) {
                shake_hands(s, c);
                return;
        }
        switch (choose(c, 16)) {
        case 8:
                session_write(s, choose(c, 256));
                break;
        case 9:
                reply(s, c, server_reply);
                break;
        case 10:
        case 11:
                reply(s, c, server_reply_to_all);
                break;
        case 12:
                session_wait(s, choose(c, 256) * USEC_PER_SEC);
                break;
        case 13:
                session_wait(s, USEC_PER_DAY);
                break;
        case 14:
                time_out(s);
                break;
        case 15:
                eof(s);
                break;
        default:
                go_on(s, c);
                break;
        }
}

static void play(const Scene *scene, Choices c, bool in_octets, Text *ret)
{
        Session s;

        session_begin(&s, scene, in_octets);
        while (!session_over(&s) && c.p < c.end)
                take_turn(&s, &c);
        if (!session_over(&s))
                eof(&s);
        note_replies(&s.wire);
        note_outcomes(&s);
        session_end(&s, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static bool begun;
        _cleanup_text_ Text whole = {0}, in_octets = {0};
        Choices c = {data, data + size};
        Scene scene;

        if (!begun)
                begun = atexit(say_what_was_reached) == 0;
        scene_choose(&c, &scene);
        play(&scene, c, false, &whole);
        play(&scene, c, true, &in_octets);
        if (!fuzz_equal(&whole, &in_octets))
                fprintf(stderr, "in segments:\n%s\n\nin octets:\n%s\n", whole.data, in_octets.data);
        require(fuzz_equal(&whole, &in_octets));
        return 0;
}
