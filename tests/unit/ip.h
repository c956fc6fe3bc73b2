/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An address out of its text; NULL: none. cmocka comes before. */

#include "address/address.h"

static inline IpAddress ip(const char *text)
{
        IpAddress a = {0};

        if (text)
                assert_int_equal(ip_address_parse(text, &a), 0);
        return a;
}
