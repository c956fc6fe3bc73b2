/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* `ipherald status` for a person: aligned text, one screen where the destinations are few. */

#include "decide/status.h"

typedef struct StatusForm {
        bool coloured;
        size_t width; /* of a line; 0: as long as it gets */
        WallTime wall;
        usec_t now;      /* the same moment, as in the record */
        const char *dns; /* what DNS says of watch.name, in words; NULL: nobody asked */
        bool dns_is_old;
} StatusForm;

void status_lines(const Status *s, const StatusForm *form, Text *t);
