/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An administrator's text, behind octets that choose the facts: what the check passes is filled, what it
 * does not is refused with lines of the text, and a file's text is never made of more than its values. */

#include "base/string-util.h"
#include "choices.h"
#include "fuzz.h"
#include "mail/placeholder.h"

typedef struct Seen {
        size_t n;
        unsigned line, last_line;
} Seen;

static void note(void *userdata, unsigned line, const char *reason)
{
        Seen *seen = userdata;

        require(line >= seen->line && line <= seen->last_line);
        require(*reason && string_is_clean(reason) && strlen(reason) < PLACEHOLDER_REASON_MAX);
        seen->line = line;
        seen->n++;
}

static size_t count(const char *text, size_t size, char c)
{
        size_t n = 0;

        for (size_t i = 0; i < size; i++)
                n += text[i] == c;
        return n;
}

static void choose_facts(Choices *c, Facts *ret)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                if (choose(c, 2))
                        ret->new[f] = (IpAddress){(uint8_t)family_to_af(f), {(uint8_t)choose(c, 256)}};
                if (choose(c, 2))
                        ret->old[f] = (IpAddress){(uint8_t)family_to_af(f), {(uint8_t)choose(c, 256)}};
                for (size_t i = 0; i < 3; i++)
                        ret->interface[f][i] = (char)choose(c, 256);
        }
        for (size_t i = 0; i < 4; i++)
                ret->host[i] = (char)choose(c, 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Choices c = {data, data + size};
        Facts facts = {0};

        choose_facts(&c, &facts);
        size = (size_t)(c.end - c.p);
        _cleanup_free_ char *text = fuzz_copy(c.p, size);
        Seen seen = {.line = 1, .last_line = (unsigned)count(text, size, '\n') + 1};
        _cleanup_text_ Text filled = {0}, strict = {0};
        size_t n = placeholders_check(text, size, note, &seen);
        int r = placeholders_fill(text, size, &facts, false, &filled);

        require(n == seen.n && r == (n > 0 ? -EINVAL : 0));
        if (r == 0) {
                static const char breaking[] = "\n\r\"'<>&\\$`";

                for (size_t i = 0; i < strlen(breaking); i++)
                        require(count(filled.data, filled.size, breaking[i]) ==
                                count(text, size, breaking[i]));
        } else
                require(!filled.data);
        r = placeholders_fill(text, size, &facts, true, &strict);
        require(n > 0 ? r == -EINVAL : r == 0 || r == -ENODATA);
        require(r == 0 ? fuzz_equal(&strict, &filled) : !strict.data);
        return 0;
}
