/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Line records with one field of another value, or without it: a table of them says what a reader demands of
 * each field, and what it takes. cmocka comes before. */

#include <stdio.h>

#include "base/record.h"

#define WRONG_MAX 6

typedef struct FieldRule {
        const char *type, *key;       /* of the first record of that type */
        bool needed;                  /* without it the record is refused; else it may be missing */
        const char *most;             /* a value that is taken, and written again as it was; or NULL */
        const char *least;            /* one more */
        const char *wrong[WRONG_MAX]; /* values that are refused */
} FieldRule;

/* "x@xxx..." of N octets, which a rule writes as "#N": what is one octet too long for a field, and what just
 * fits. */
static inline const char *value_of_rule(const char *value, char buffer[static 2048])
{
        int n = 0;

        if (sscanf(value, "#%d", &n) != 1)
                return value;
        memset(buffer, 'x', (size_t)n);
        buffer[1] = '@';
        buffer[n] = '\0';
        return buffer;
}

/* LINES, in which the field has VALUE; NULL: it is left out. A record that has no such field gets it at its
 * end. */
static inline void vary_field(const char *lines, const FieldRule *rule, const char *value, Text *ret)
{
        char type[64], key[64], buffer[2048];
        const char *line = lines;
        size_t n;

        (void)snprintf(type, sizeof(type), "%s ", rule->type);
        (void)snprintf(key, sizeof(key), " %s=", rule->key);
        while (strncmp(line, type, strlen(type)) != 0) {
                line = strchr(line, '\n');
                assert_non_null(line);
                line++;
        }
        n = strcspn(line, "\n");
        const char *field = memmem(line, n, key, strlen(key));
        const char *begin = field ? field : line + n;
        const char *end = field ? field + 1 + strcspn(field + 1, " \n") : line + n;
        text_append(ret, lines, (size_t)(begin - lines));
        if (value)
                text_appendf(ret, "%s%s", key, value_of_rule(value, buffer));
        text_append_string(ret, end);
}

/* What PARSE says of LINES as a document, and where it takes them, in AGAIN what it writes of them. */
typedef int (*ParseLines)(const char *lines, Text *again);

static inline void assert_refused(ParseLines parse, const char *lines, const FieldRule *rule,
                                  const char *value)
{
        _cleanup_text_ Text text = {0}, again = {0};

        vary_field(lines, rule, value, &text);
        if (parse(text.data, &again) != -EBADMSG)
                fail_msg("taken: %s %s=%s", rule->type, rule->key, value ? value : "(missing)");
}

static inline void assert_taken(ParseLines parse, const char *lines, const FieldRule *rule,
                                const char *value)
{
        _cleanup_text_ Text text = {0}, again = {0};

        vary_field(lines, rule, value, &text);
        if (parse(text.data, &again) != 0)
                fail_msg("refused: %s %s=%s", rule->type, rule->key, value ? value : "(missing)");
        if (value)
                assert_string_equal(again.data, text.data);
}

static inline void assert_rules(ParseLines parse, const char *lines, const FieldRule *rules, size_t n)
{
        for (const FieldRule *rule = rules; rule < rules + n; rule++) {
                if (rule->needed)
                        assert_refused(parse, lines, rule, NULL);
                else
                        assert_taken(parse, lines, rule, NULL);
                if (rule->most)
                        assert_taken(parse, lines, rule, rule->most);
                if (rule->least)
                        assert_taken(parse, lines, rule, rule->least);
                for (size_t i = 0; i < WRONG_MAX && rule->wrong[i]; i++)
                        assert_refused(parse, lines, rule, rule->wrong[i]);
        }
}

/* LINES as they stand are taken, and written again octet by octet. */
static inline void assert_written_again(ParseLines parse, const char *lines)
{
        _cleanup_text_ Text again = {0};

        assert_int_equal(parse(lines, &again), 0);
        assert_string_equal(again.data, lines);
}

/* What stands between the first line and the last of a document. */
static inline void append_records(const Text *document, Text *ret)
{
        const char *begin = strchr(document->data, '\n') + 1;

        text_append(ret, begin, (size_t)(strstr(begin, "end crc32=") - begin));
}
