/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What root's programs get as their environment: whatever is taken has six lines with the known keys, and in
 * their values no octet that a shell or systemd.exec(5) would take for anything but itself; what is not has
 * one of the keys as the reason. As the file of watch.file, which a program of the owner's writes, it is
 * read by the same rule, and its first two lines say the addresses that come out. */

#include <errno.h>

#include "decide/addresses-text.h"
#include "fuzz.h"

static const char *const keys[] = {"IPHERALD_IPV4",     "IPHERALD_IPV6",      "IPHERALD_IPV4_OLD",
                                   "IPHERALD_IPV6_OLD", "IPHERALD_INTERFACE", "IPHERALD_CHANGED"};

static void require_harmless(const uint8_t *p, const uint8_t *end)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:@+";

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                size_t n = strlen(keys[i]);
                _cleanup_free_ char *line = fuzz_line(&p, end);

                require(line && strncmp(line, keys[i], n) == 0 && line[n] == '=');
                require(strspn(line + n + 1, plain) == strlen(line + n + 1));
        }
        require(p == end && end[-1] == '\n');
}

/* R is what addresses_check() said of the same octets. */
static void parse(const char *copy, size_t size, int r)
{
        const uint8_t *p = (const uint8_t *)copy;
        IpAddress address[FAMILY_COUNT] = {0};
        const char *key = NULL;

        require(addresses_parse(copy, size, address, &key) == r);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char text[IP_ADDRESS_TEXT_MAX];

                if (r < 0) {
                        require(!ip_address_is_set(&address[f]));
                        continue;
                }
                _cleanup_free_ char *line = fuzz_line(&p, (const uint8_t *)copy + size);
                const char *value = strchr(line, '=') + 1;

                ip_address_format(&address[f], text);
                require(strcmp(value, ip_address_is_set(&address[f]) ? text : "") == 0);
                require(!*value || address[f].family == family_to_af(f));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *copy = fuzz_copy(data, size);
        const char *key = NULL;
        bool known = false;
        int r = addresses_check(copy, size, &key);

        parse(copy, size, r);
        if (r == 0) {
                require(!memchr(data, '\0', size));
                require_harmless(data, data + size);
                return 0;
        }
        require(r == (size > ADDRESSES_TEXT_MAX ? -EFBIG : -EBADMSG));
        for (size_t i = 0; r == -EBADMSG && i < ELEMENTSOF(keys); i++)
                known = known || strcmp(key, keys[i]) == 0;
        require(known == (r == -EBADMSG));
        return 0;
}
