/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The readers of single values, each line one text: what is taken is what would be written. */

#include "address/address.h"
#include "address/origin.h"
#include "base/base64.h"
#include "base/parse.h"
#include "base/string-util.h"
#include "base/wall-time.h"
#include "fuzz.h"

static void read_number(const char *s)
{
        char text[32];
        uint64_t value;

        if (parse_u64(s, 0, UINT64_MAX, &value) < 0)
                return;
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
        require(streq(text, s));
}

static void read_time(const char *s)
{
        char text[WALL_TIME_TEXT_MAX], others[WALL_TIME_TEXT_MAX];
        WallTime t;

        if (wall_time_parse_iso(s, &t) < 0)
                return;
        wall_time_format_iso(t, text);
        require(streq(text, s));
        wall_time_format_mail(t, others);
        wall_time_format_plain(t, others);
}

static void read_address(const char *s)
{
        char text[IP_ADDRESS_TEXT_MAX];
        IpAddress a, again;

        if (ip_address_parse(s, &a) < 0)
                return;
        ip_address_format(&a, text);
        require(ip_address_parse(text, &again) == 0 && ip_address_equal(&a, &again));
}

static void read_origin(const char *s)
{
        static const int families[] = {AF_INET, AF_INET6};

        for (size_t i = 0; i < ELEMENTSOF(families); i++) {
                char text[ORIGIN_TEXT_MAX];
                Origin o, again;

                if (origin_parse(s, families[i], &o) < 0)
                        continue;
                require(o.source < SOURCE_COUNT && o.nat < NAT_COUNT);
                require(!ip_address_is_set(&o.other) || o.other.family == families[i]);
                origin_format(&o, text);
                require(origin_parse(text, families[i], &again) == 0);
                require(again.source == o.source && again.nat == o.nat &&
                        ip_address_equal(&again.other, &o.other));
        }
}

static void read_names(const char *s)
{
        if (mail_address_is_valid(s)) {
                _cleanup_free_ char *identity = mail_address_identity(s);

                require(string_is_clean(s) && !strpbrk(s, " <>\"(),;\\") && strlen(s) <= 254);
                require(identity && mail_address_is_valid(identity));
        }
        if (host_name_is_valid(s))
                require(string_is_clean(s) && !strpbrk(s, " @<>/:") && strlen(s) <= 253);
}

static void read_base64(const char *s)
{
        size_t size = strlen(s), n;
        _cleanup_free_ uint8_t *octets = malloc(size / 4 * 3 + 1);
        _cleanup_text_ Text again = {0};

        require(octets);
        if (base64_decode(s, size, octets, &n) < 0)
                return;
        require(n <= size / 4 * 3);
        base64_append(&again, octets, n);
        require(!again.failed && streq(again.data ? again.data : "", s));
}

static void read_words(const char *s)
{
        char words[48];

        string_make_harmless(s, strlen(s), words, sizeof(words));
        require(strlen(words) < sizeof(words) && string_is_clean(words));
        string_copy(words, 8, s);
        require(strlen(words) < 8 && strncmp(words, s, strlen(words)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *p = data, *end = data + size;

        while (p < end) {
                _cleanup_free_ char *line = fuzz_line(&p, end);

                read_number(line);
                read_time(line);
                read_address(line);
                read_origin(line);
                read_names(line);
                read_base64(line);
                read_words(line);
        }
        return 0;
}
