/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The chain of sources: which address a line has outside, where the interface has none that is public. Pure:
 * what each source said last goes in, a selection comes out. */

#include "address/selection.h"

/* The sources in the order in which they are believed: watch.sources. The first is SOURCE_INTERFACE. */
typedef struct SourceOrder {
        size_t n;
        Source source[SOURCE_COUNT];
} SourceOrder;

typedef enum OutsideState {
        OUTSIDE_OFF,    /* it is not asked */
        OUTSIDE_ASKING, /* and has not answered yet */
        OUTSIDE_KNOWN,
        OUTSIDE_SILENT, /* no answer, or none that tells an address: unknown, and no change */
} OutsideState;

typedef struct OutsideReport {
        OutsideState state;
        IpAddress address; /* OUTSIDE_KNOWN's */
} OutsideReport;

/* What each source but the interface said last. */
typedef struct OutsideReports {
        OutsideReport of[SOURCE_COUNT][FAMILY_COUNT];
} OutsideReports;

/* What of a family stands settled: the address, unset where there is none; and where it, or the last one,
 * was known from. */
typedef struct OutsideSettled {
        IpAddress address;
        Origin origin;
} OutsideSettled;

/* Does ORDER name a source beyond the interface? */
bool source_order_looks_outside(const SourceOrder *o);
bool source_order_has(const SourceOrder *o, Source s);

/* Is there a question for other sources: has the interface an address in family F, and no public one? S is
 * what select_addresses() gave. */
bool outside_is_asked(const SourceOrder *o, const Selection *s, Family f);

/* Where outside_is_asked(), the address of the first source that knows a public one takes the place of the
 * interface's, which goes among the others; where none is public, the last one that is known does. While
 * nothing is known, what was known from a source stands, and during the first question whatever stands;
 * while a source is asked for the first time, what stands by its word is not left for one behind it. With
 * PRIVATE_ADDRESSES false (watch.private), what comes of it is none where it is not reachable. */
void outside_apply(const SourceOrder *o, const OutsideReports *reports,
                   const OutsideSettled settled[static FAMILY_COUNT], bool private_addresses, Selection *s);
