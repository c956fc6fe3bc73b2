/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address/origin.h"

#include <errno.h>
#include <stdio.h>

#include "base/string-util.h"

static const char *const source_names[SOURCE_COUNT] = {
        [SOURCE_INTERFACE] = "interface",
        [SOURCE_GATEWAY] = "gateway",
        [SOURCE_STUN] = "stun",
        [SOURCE_FILE] = "file",
};

static const char *const nat_names[NAT_COUNT] = {
        [NAT_NONE] = "none", [NAT_ROUTER] = "router",     [NAT_DOUBLE] = "double",
        [NAT_CGN] = "cgn",   [NAT_DISAGREE] = "disagree",
};

const char *source_name(Source s)
{
        return source_names[s];
}

int source_from_name(const char *name, Source *ret)
{
        int i = string_index(source_names, SOURCE_COUNT, name);

        if (i < 0)
                return i;
        *ret = (Source)i;
        return 0;
}

const char *nat_name(Nat n)
{
        return nat_names[n];
}

void origin_format(const Origin *o, char ret[static ORIGIN_TEXT_MAX])
{
        char other[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&o->other, other);
        (void)snprintf(ret, ORIGIN_TEXT_MAX, "%s/%s/%s", source_names[o->source], nat_names[o->nat], other);
}

int origin_parse(const char *s, int family, Origin *ret)
{
        char text[ORIGIN_TEXT_MAX];
        Origin o = {0};

        if (strlen(s) >= sizeof(text))
                return -EBADMSG;
        string_copy(text, sizeof(text), s);

        char *nat = strchr(text, '/'), *other = nat ? strchr(nat + 1, '/') : NULL;
        if (!other)
                return -EBADMSG;
        *nat++ = '\0';
        *other++ = '\0';
        int i = string_index(nat_names, NAT_COUNT, nat);
        if (i < 0 || source_from_name(text, &o.source) < 0)
                return -EBADMSG;
        o.nat = (Nat)i;
        if (!streq(other, "none") && (ip_address_parse(other, &o.other) < 0 || o.other.family != family))
                return -EBADMSG;
        *ret = o;
        return 0;
}

bool origin_is_reachable(const Origin *o, const IpAddress *a)
{
        return address_scope_is_reachable(address_scope(a)) && o->nat != NAT_DOUBLE && o->nat != NAT_CGN;
}
