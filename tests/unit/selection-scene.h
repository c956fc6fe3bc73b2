/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A picture, options and what comes of them, as cmocka's state. cmocka comes before. */

#include "address/selection.h"
#include "ip.h"

typedef struct Scene {
        Network *network;
        SelectionOptions options;
        IpAddress settled[FAMILY_COUNT];
        Selection selection;
} Scene;

/* Both families, private addresses, the default limit; the links of LINKS. */
static inline Scene *scene_new(const Link *links, size_t n)
{
        Scene *s = calloc(1, sizeof(*s));

        assert_non_null(s);
        assert_int_equal(network_new(&s->network), 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(network_put_link(s->network, &links[i]), 1);
        s->options = (SelectionOptions){
                .family = {true, true},
                .private_addresses = true,
                .settle_limit = 30 * USEC_PER_SEC,
        };
        return s;
}

static inline int tear_down(void **state)
{
        Scene *s = *state;

        network_free(s->network);
        free(s);
        return 0;
}

/* Selects, and holds the address of family F against its text. */
static inline void expect_address(Scene *s, Family f, const char *address)
{
        char text[IP_ADDRESS_TEXT_MAX];

        select_addresses(s->network, &s->options, s->settled, &s->selection);
        ip_address_format(&s->selection.family[f].address, text);
        assert_string_equal(text, address);
}
