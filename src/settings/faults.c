/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/faults.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/string-util.h"

/* A list that grows while a file is read, sorted once at the end. Each entry remembers its file's rank (the
 * order in which files turned up) and its own number, which make the order total and stable. */

typedef struct Entry {
        SettingsFault fault;
        size_t rank, number;
} Entry;

struct SettingsFaults {
        Entry *entries;
        SettingsFault *view; /* the faults alone, for the reader */
        size_t n, n_files;
};

int settings_faults_new(SettingsFaults **ret)
{
        SettingsFaults *f = calloc(1, sizeof(*f));

        if (!f)
                return -ENOMEM;
        *ret = f;
        return 0;
}

SettingsFaults *settings_faults_free(SettingsFaults *f)
{
        if (!f)
                return NULL;
        for (size_t i = 0; i < f->n; i++) {
                free((char *)f->entries[i].fault.file);
                free((char *)f->entries[i].fault.text);
        }
        free(f->entries);
        free(f->view);
        free(f);
        return NULL;
}

static size_t rank_of(const SettingsFaults *f, const char *file)
{
        for (size_t i = 0; i < f->n; i++)
                if (streq(f->entries[i].fault.file, file))
                        return f->entries[i].rank;
        return f->n_files;
}

static int add(SettingsFaults *f, const char *file, unsigned line, const char *text)
{
        _cleanup_free_ char *file_copy = strdup(file), *text_copy = strdup(text);
        size_t rank = rank_of(f, file);

        if (!file_copy || !text_copy)
                return -ENOMEM;

        Entry *entries = reallocarray(f->entries, f->n + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        f->entries = entries;
        SettingsFault *view = reallocarray(f->view, f->n + 1, sizeof(*view));
        if (!view)
                return -ENOMEM;
        f->view = view;

        f->view[f->n] = (SettingsFault){TAKE_PTR(file_copy), line, TAKE_PTR(text_copy)};
        f->entries[f->n] = (Entry){.fault = f->view[f->n], .rank = rank, .number = f->n};
        f->n_files = MAX(f->n_files, rank + 1);
        f->n++;
        return 0;
}

int settings_faults_add(SettingsFaults *f, const char *file, unsigned line, const char *format, ...)
{
        char raw[SETTINGS_FAULT_TEXT_MAX], text[SETTINGS_FAULT_TEXT_MAX];
        va_list args;

        va_start(args, format);
        int n = vsnprintf(raw, sizeof(raw), format, args);
        va_end(args);
        if (n < 0)
                return -ENOMEM;
        string_make_harmless(raw, strlen(raw), text, sizeof(text));
        return add(f, file, line, text);
}

static int compare(const void *a, const void *b)
{
        const Entry *x = a, *y = b;

        if (x->rank != y->rank)
                return x->rank < y->rank ? -1 : 1;
        if (x->fault.line != y->fault.line)
                return x->fault.line < y->fault.line ? -1 : 1;
        return x->number < y->number ? -1 : 1;
}

void settings_faults_sort(SettingsFaults *f)
{
        if (f->n == 0)
                return;
        qsort(f->entries, f->n, sizeof(*f->entries), compare);
        for (size_t i = 0; i < f->n; i++) {
                f->entries[i].number = i;
                f->view[i] = f->entries[i].fault;
        }
}

const SettingsFault *settings_faults_entries(const SettingsFaults *f, size_t *ret_count)
{
        *ret_count = f->n;
        return f->view;
}

void settings_fault_format(const SettingsFault *fault, Text *t)
{
        text_append_string(t, fault->file);
        if (fault->line > 0)
                text_appendf(t, ":%u", fault->line);
        text_appendf(t, ": %s", fault->text);
}
