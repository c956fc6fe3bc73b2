/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What stands in a text, and what does not; a failure shows all of it. cmocka comes before. */

#include <string.h>

#include "base/text.h"

static inline void assert_contains(const Text *t, const char *s)
{
        if (!strstr(t->data, s))
                fail_msg("\"%s\" is not in:\n%s", s, t->data);
}

static inline void assert_lacks(const Text *t, const char *s)
{
        if (strstr(t->data, s))
                fail_msg("\"%s\" is in:\n%s", s, t->data);
}
