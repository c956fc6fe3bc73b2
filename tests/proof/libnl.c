/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "libnl.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "proof.h"

/* libnl as its sources say it (lib/attr.c, lib/msg.c), but that what a parse finds is left open: of each
 * type none, or any attribute that lies within what was given and keeps to the policy, as if there were any
 * number of them. Types that nobody asks for point nowhere, so that to read one is a fault. */

static bool is_asked(int type, int maxtype)
{
        switch (maxtype) {
        case IFLA_MAX:
                return type == IFLA_IFNAME || type == IFLA_LINKINFO;
        case IFLA_INFO_MAX:
                return type == IFLA_INFO_KIND;
        case IFA_MAX:
                return type == IFA_ADDRESS || type == IFA_LOCAL || type == IFA_FLAGS ||
                       type == IFA_CACHEINFO;
        default:
                return type == RTA_TABLE || type == RTA_PRIORITY || type == RTA_PREFSRC || type == RTA_OIF ||
                       type == RTA_GATEWAY;
        }
}

const struct nlattr *parsed[PARSED_TYPES];

void *nlmsg_data(const struct nlmsghdr *nlh)
{
        return (unsigned char *)nlh + NLMSG_HDRLEN;
}

int nla_len(const struct nlattr *nla)
{
        return nla->nla_len - NLA_HDRLEN;
}

void *nla_data(const struct nlattr *nla)
{
        return (char *)nla + NLA_HDRLEN;
}

uint32_t nla_get_u32(const struct nlattr *nla)
{
        return *(const uint32_t *)nla_data(nla);
}

size_t nla_strlcpy(char *dst, const struct nlattr *nla, size_t dstsize)
{
        size_t size = (size_t)nla_len(nla);
        const char *src = nla_data(nla);

        if (size > 0 && src[size - 1] == '\0')
                size--;
        for (size_t i = 0; i < dstsize; i++)
                dst[i] = i < size && i < dstsize - 1 ? src[i] : '\0';
        return size;
}

static bool keeps_to(const struct nla_policy *policy, const struct nlattr *a)
{
        static const uint8_t least[NLA_TYPE_MAX + 1] = {[NLA_U32] = sizeof(uint32_t), [NLA_STRING] = 1};
        int size = nla_len(a), least_size = policy->minlen ? policy->minlen : least[policy->type];

        if (size < least_size || (policy->maxlen && size > policy->maxlen))
                return false;
        return policy->type != NLA_STRING || ((const char *)nla_data(a))[size - 1] == '\0';
}

static struct nlattr *any_attribute(struct nlattr *head, size_t size, const struct nla_policy *policy)
{
        size_t at = any_size(size);
        struct nlattr *a = (struct nlattr *)((char *)head + at);

        if (nondet_bool() || at % NLA_ALIGNTO != 0 || size - at < NLA_HDRLEN)
                return NULL;
        assume(a->nla_len >= NLA_HDRLEN && a->nla_len <= size - at && keeps_to(policy, a));
        return a;
}

int nla_parse(struct nlattr **tb, int maxtype, struct nlattr *head, int len, const struct nla_policy *policy)
{
        claim(len <= 0 || __CPROVER_r_ok(head, (size_t)len));
        if (nondet_bool())
                return -1;
        if (maxtype == RTA_MAX)
                tb[RTA_MULTIPATH] = NULL; /* netlink-hops.c has those */
        for (int i = 0; i < PARSED_TYPES; i++)
                if (is_asked(i, maxtype))
                        tb[i] = any_attribute(head, len > 0 ? (size_t)len : 0, &policy[i]);
        return 0;
}

int nla_parse_nested(struct nlattr **tb, int maxtype, struct nlattr *nla, const struct nla_policy *policy)
{
        return nla_parse(tb, maxtype, nla_data(nla), nla_len(nla), policy);
}

int nlmsg_parse(struct nlmsghdr *nlh, int hdrlen, struct nlattr **tb, int maxtype,
                const struct nla_policy *policy)
{
        int header = NLMSG_HDRLEN + NLMSG_ALIGN(hdrlen);

        if (nlh->nlmsg_len < (uint32_t)(NLMSG_HDRLEN + hdrlen))
                return -1;
        int r = nla_parse(tb, maxtype, (struct nlattr *)((char *)nlh + header), (int)nlh->nlmsg_len - header,
                          policy);
        for (int i = 0; i < PARSED_TYPES; i++)
                if (r >= 0 && is_asked(i, maxtype))
                        parsed[i] = tb[i];
        return r;
}
