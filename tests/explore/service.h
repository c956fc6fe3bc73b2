/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the service does with src/decide at each event, in the order of daemon.c and mail-session.c, and the
 * model beside it. Each ends with a look at what is owed and due. */

#include "state.h"

void service_prepare(const Scene *scene); /* once, before anything else */
void service_done(void);

/* The first start on a new machine. */
State *service_begin(const Scene *scene);
/* Dies and starts again. */
void service_restart(State *s, const Scene *scene, bool new_boot);

void service_hear(State *s);
void service_timer(State *s, const Scene *scene);
void service_reload(State *s, const Scene *scene, unsigned file);
void service_route_changed(State *s, const Scene *scene);
void service_clock_set(State *s, const Scene *scene, WallClock how);
void service_advance(State *s, const Scene *scene);
void service_save(State *s);

const Settings *service_settings(const State *s);
WallTime service_wall(const State *s);
/* When the one timer rings, or the wall clock's. */
usec_t service_deadline(const State *s);

uint64_t place_of(const IpAddress *a);
unsigned reader_of(const char *to);
