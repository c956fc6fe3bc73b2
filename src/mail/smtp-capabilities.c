/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/smtp-capabilities.h"

#include <stdio.h>

#include "base/parse.h"
#include "base/string-util.h"
#include "settings/settings.h"

/* One pass over the lines, word by word. A line can only add to what is offered; a keyword that comes twice
 * adds twice. */

#define WORD_MAX 64

/* Copies the next word of the line at *P, which ends at LF or NUL, and moves on. False at the line's end. A
 * word that is too long for WORD is passed over: it is none of ours. */
static bool next_word(const char **p, char word[static WORD_MAX])
{
        for (;;) {
                size_t n;

                *p += strspn(*p, " \t");
                n = strcspn(*p, " \t\n");
                if (n == 0)
                        return false;
                if (n < WORD_MAX) {
                        memcpy(word, *p, n);
                        word[n] = '\0';
                }
                *p += n;
                if (n < WORD_MAX)
                        return true;
        }
}

static void add_mechanism(SmtpCapabilities *c, const char *name)
{
        size_t used = strlen(c->auth_list);
        char harmless[WORD_MAX];
        SaslMechanism ours;

        if (sasl_mechanism_from_name(name, &ours) == 0)
                c->mechanisms |= ours;
        string_make_harmless(name, strlen(name), harmless, sizeof(harmless));
        if (used + strlen(harmless) + 2 <= sizeof(c->auth_list))
                (void)snprintf(c->auth_list + used, sizeof(c->auth_list) - used, "%s%s", used > 0 ? " " : "",
                               harmless);
}

static void parse_auth(SmtpCapabilities *c, const char *p)
{
        char word[WORD_MAX];

        while (next_word(&p, word))
                add_mechanism(c, word);
}

static void parse_size(SmtpCapabilities *c, const char *p)
{
        char word[WORD_MAX];
        uint64_t value = 0;

        if (next_word(&p, word) && parse_u64(word, 0, UINT64_MAX, &value) < 0)
                return;
        c->size = true;
        c->size_max = value;
}

static void parse_line(SmtpCapabilities *c, const char *p)
{
        char keyword[WORD_MAX];

        if (!next_word(&p, keyword))
                return;
        string_lower(keyword);
        if (streq(keyword, "starttls"))
                c->starttls = true;
        else if (streq(keyword, "pipelining"))
                c->pipelining = true;
        else if (streq(keyword, "8bitmime"))
                c->eightbit_mime = true;
        else if (streq(keyword, "smtputf8"))
                c->smtp_utf8 = true;
        else if (streq(keyword, "size"))
                parse_size(c, p);
        else if (streq(keyword, "auth"))
                parse_auth(c, p);
        else if (strncmp(keyword, "auth=", 5) == 0) {
                if (keyword[5])
                        add_mechanism(c, keyword + 5);
                parse_auth(c, p);
        }
}

void smtp_capabilities_parse(const char *text, SmtpCapabilities *ret)
{
        SmtpCapabilities c = {0};

        for (const char *p = strchr(text, '\n'); p; p = strchr(p + 1, '\n'))
                parse_line(&c, p + 1);
        *ret = c;
}
