/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include <stdio.h>

#include "base/string-util.h"
#include "check.h"
#include "decide/plan.h"
#include "decide/remind.h"

static Settings *settings[FILES];
static IpAddress addresses[PLACES];

static void prepare_destinations(Settings *s, const Scene *scene, const File *f)
{
        s->destinations = calloc(scene->readers, sizeof(DestinationSettings));
        if (!s->destinations)
                abort();
        for (unsigned r = 0; r < scene->readers; r++) {
                DestinationSettings *d = &s->destinations[s->n_destinations];

                if (!(f->listed & 1U << r))
                        continue;
                char to[sizeof("to4294967295@example.com")];

                (void)snprintf(to, sizeof(to), "to%u@example.com", r);
                if (destination_settings_init(d, to) < 0)
                        abort();
                d->enabled = f->enabled & 1U << r;
                d->family[FAMILY_IPV4] = !(f->unconcerned & 1U << r);
                d->remind_days = scene->reminded & 1U << r ? REMIND_SECONDS / 86400 : 0;
                s->n_destinations++;
        }
}

void service_prepare(const Scene *scene)
{
        if (ip_address_parse("203.0.113.1", &addresses[PLACE_A]) < 0 ||
            ip_address_parse("203.0.113.2", &addresses[PLACE_B]) < 0)
                abort();
        for (unsigned i = 0; i < FILES; i++) {
                Settings *s;

                if (settings_new(&s) < 0)
                        abort();
                s->mail.enabled = files[i].mail;
                s->unknown_wait = UNKNOWN_WAIT;
                s->mails_per_hour = scene->mails_per_hour > 0 ? scene->mails_per_hour : 1000;
                s->settle_quiet = QUIET;
                s->watch.settle_limit = LIMIT;
                if (string_replace(&s->mail.from, "home@example.com") < 0 ||
                    string_replace(&s->mail.server, files[i].account ? "other.example" : "example.com") < 0)
                        abort();
                prepare_destinations(s, scene, &files[i]);
                settings[i] = s;
        }
}

void service_done(void)
{
        for (unsigned i = 0; i < FILES; i++)
                settings[i] = settings_free(settings[i]);
}

const Settings *service_settings(const State *s)
{
        return settings[s->world.file];
}

uint64_t place_of(const IpAddress *a)
{
        uint64_t place = NOWHERE;

        while (place < PLACES && !ip_address_equal(a, &addresses[place]))
                place++;
        return place;
}

unsigned reader_of(const char *to)
{
        return (unsigned)to[2] - '0';
}

void service_save(State *s)
{
        s->writes++;
        if (s->writes == s->fault_at && s->fault == FAULT_CRASH)
                s->crashed = true;
        else if (s->writes == s->fault_at && s->fault == FAULT_REFUSED)
                s->world.refused_writes++;
        else {
                ledger_free(s->disk);
                s->disk = ledger_through_text(s->ledger);
                if (!s->disk)
                        violate(s, "the ledger does not read as it was written");
                s->world.durable = s->world.known;
                s->world.refused_writes = 0;
        }
}

void service_hear(State *s)
{
        Selection selection = {0};

        selection.family[FAMILY_IPV4].address = addresses[s->world.truth];
        string_copy(selection.family[FAMILY_IPV4].interface, IFNAMSIZ,
                    s->world.truth == NOWHERE ? "" : "eth0");
        (void)settle_hear(&s->settle, &selection, NOW);
        spec_hear(&s->world);
}

usec_t service_deadline(const State *s)
{
        IpAddress was[FAMILY_COUNT];
        usec_t settles, owed = USEC_INFINITY;

        ledger_addresses(s->ledger, was);
        settles = settle_deadline(&s->settle, was, QUIET, LIMIT);
        if (!s->delivery)
                owed = plan_deadline(s->ledger, service_settings(s));
        return MIN(MIN(settles, owed), s->ring);
}

WallTime service_wall(const State *s)
{
        return (WallTime){.seconds = spec_wall(&s->world)};
}

static void take_reminders(State *s, const Scene *scene)
{
        bool anew = spec_count_days(&s->world, scene);
        int64_t next;

        if (ledger_remind(s->ledger, service_settings(s), service_wall(s), &next) != anew)
                violate(s, anew ? "a clock that was set back is not noted"
                                : "days are counted anew for nothing");
        s->ring = next == REMIND_NEVER ? USEC_INFINITY : NOW + (usec_t)(next - WALL_NOW) * USEC_PER_SEC;
        if (anew)
                service_save(s);
}

void service_advance(State *s, const Scene *scene)
{
        char left[16];
        unsigned k = state_fresh_id(s);
        int r;

        take_reminders(s, scene);
        if (s->delivery || s->crashed)
                return;
        (void)snprintf(left, sizeof(left), "m%u", k);
        PlanInput input = {
                .settings = service_settings(s),
                .host = "router",
                .message_id_left = left,
                .message_id_right = "example.com",
                .random = scene->random,
                .wall = {.seconds = id_date(8 * k)},
                .now = NOW,
        };
        r = plan_delivery(s->ledger, &input, &s->delivery);
        if (r < 0)
                abort();
        check_plan(s, scene, k);
}

void service_timer(State *s, const Scene *scene)
{
        IpAddress was[FAMILY_COUNT];
        SettledChange change[FAMILY_COUNT];
        bool settles = spec_settle_deadline(&s->world) <= NOW;

        ledger_addresses(s->ledger, was);
        if (settle_take(&s->settle, was, QUIET, LIMIT, NOW) != settles) {
                violate(s,
                        settles ? "the address does not settle in time" : "the address settles too early");
                return;
        }
        if (settles) {
                (void)ledger_settle(s->ledger, &s->settle.settled, service_wall(s), change);
                ledger_release_hold_by_address(s->ledger, NOW);
                spec_settle(&s->world);
                service_save(s);
        }
        if (!s->crashed)
                service_advance(s, scene);
}

void service_reload(State *s, const Scene *scene, unsigned file)
{
        if (ledger_take_settings(s->ledger, settings[file]) < 0)
                abort();
        ledger_release(s->ledger, NOW);
        spec_take_file(&s->world, file);
        spec_release(&s->world);
        service_save(s);
        if (s->crashed)
                return;
        service_hear(s);
        service_advance(s, scene);
}

void service_route_changed(State *s, const Scene *scene)
{
        ledger_route_changed(s->ledger);
        spec_route_changed(&s->world);
        service_advance(s, scene);
}

static void set_wall_clock(Ledger *l, WallClock how)
{
        for (size_t i = 0; l && i < l->n_destinations; i++) {
                move_wall_time(&l->destinations[i].told_at.seconds, clock_moves(how));
                move_wall_time(&l->destinations[i].remind_from.seconds, clock_moves(how));
        }
}

void service_clock_set(State *s, const Scene *scene, WallClock how)
{
        set_wall_clock(s->ledger, how);
        set_wall_clock(s->disk, how);
        spec_set_wall_clock(&s->world, how);
        ledger_clock_set(s->ledger);
        spec_clock_set(&s->world);
        service_advance(s, scene);
}

/* A ledger that stood on the disk before a write was refused may know less than the reader: the manual says
 * that. The next mail that is taken heals it. */
static void excuse(State *s)
{
        World *w = &s->world;

        for (unsigned r = 0; r < READERS && w->refused_writes > 0; r++)
                if (w->durable.reader[r].mail.id == 0 && w->durable.reader[r].told != w->believes[r])
                        w->excused[r] = 1;
}

static void start(State *s, bool new_boot)
{
        if (ledger_new("boot", &s->ledger) < 0)
                abort();
        if (s->disk) {
                ledger_free(s->ledger);
                s->ledger = ledger_through_text(s->disk);
        }
        ledger_start(s->ledger, "boot", UNKNOWN_WAIT, NOW);
        if (ledger_take_settings(s->ledger, service_settings(s)) < 0)
                abort();
        spec_start(&s->world, new_boot);
        service_hear(s);
}

/* The boot that is under way is always "boot": the ones before take another name. */
void service_restart(State *s, const Scene *scene, bool new_boot)
{
        World *w = &s->world;

        s->crashed = false;
        if (new_boot) {
                w->durable.this_boot = 0;
                if (s->disk)
                        string_copy(s->disk->boot_id, BOOT_ID_MAX, "earlier");
        }
        excuse(s);
        s->delivery = delivery_free(s->delivery);
        s->ledger = ledger_free(s->ledger);
        s->settle = (Settle){0};
        memset(w->sending, 0, sizeof(w->sending));
        w->asks = w->account = w->at = w->n = 0;
        start(s, new_boot);
        service_advance(s, scene);
}

State *service_begin(const Scene *scene)
{
        State *s = calloc(1, sizeof(State));

        if (!s)
                abort();
        s->world.truth = PLACE_A;
        s->ring = USEC_INFINITY;
        start(s, true);
        service_advance(s, scene);
        return s;
}
