/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/notice.h"

#include <errno.h>

#include "base/string-util.h"

#define CLOCK_SET_FROM 1577836800 /* 2020-01-01 */

static int list_add(char ***list, size_t *n, const char *s)
{
        return *n >= NOTICE_RECIPIENTS_MAX ? -E2BIG : string_list_add(list, n, s);
}

void notice_done(Notice *n)
{
        string_list_free(n->recipients, n->n_recipients);
        string_list_free(n->header_to, n->n_header_to);
        *n = (Notice){0};
}

int notice_add_recipient(Notice *n, const char *to)
{
        return list_add(&n->recipients, &n->n_recipients, to);
}

int notice_add_header_to(Notice *n, const char *to)
{
        return list_add(&n->header_to, &n->n_header_to, to);
}

/* When it changed, where, and the name of the host are told along; they make no other news. */
bool facts_equal(const Facts *a, const Facts *b)
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (!ip_address_equal(&a->new[f], &b->new[f]) || !ip_address_equal(&a->old[f], &b->old[f]) ||
                    a->past[f].n_between != b->past[f].n_between || a->past[f].away != b->past[f].away)
                        return false;
        return a->language == b->language && streq(a->mac, b->mac) &&
               mail_content_equal(&a->content, &b->content);
}

/* A machine without a clock chip begins in 1970 or so, and its clock is set when the line is back, often
 * before the new address has settled. */
static bool is_before_the_clock_was_set(WallTime t)
{
        return t.seconds < CLOCK_SET_FROM;
}

int64_t past_seconds_away(const Past *p)
{
        if (p->back.seconds < p->gone.seconds ||
            is_before_the_clock_was_set(p->gone) != is_before_the_clock_was_set(p->back))
                return -1;
        return p->back.seconds - p->gone.seconds;
}
