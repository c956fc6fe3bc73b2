/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/notice.h"

#include <errno.h>

#include "base/string-util.h"

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
        return a->still == b->still && a->language == b->language && streq(a->mac, b->mac) &&
               mail_content_equal(&a->content, &b->content);
}

/* The clock is set when the line is back, often before the new address has settled. */
int64_t past_seconds_away(const Past *p)
{
        if (p->back.seconds < p->gone.seconds || wall_time_is_set(p->gone) != wall_time_is_set(p->back))
                return -1;
        return p->back.seconds - p->gone.seconds;
}
