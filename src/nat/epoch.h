/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whether a gateway's clock went on as ours did since it was heard last, or began anew: then it was
 * restarted, or lost its tables. */

#include "base/macros.h"
#include "base/time-util.h"

typedef struct Epoch {
        bool known;
        uint32_t seconds; /* what the gateway said */
        usec_t at;        /* when, on our clock */
} Epoch;

/* The rules of NAT-PMP (RFC 6886, 3.6) and of PCP (RFC 6887, 8.5): true where SECONDS, heard at NOW, goes on
 * from E. Anything goes on from one that is not known. */
bool epoch_holds_natpmp(const Epoch *e, uint32_t seconds, usec_t now);
bool epoch_holds_pcp(const Epoch *e, uint32_t seconds, usec_t now);

void epoch_note(Epoch *e, uint32_t seconds, usec_t now);
