/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is wrong with a settings file: data, gathered whole, so that one reading shows all of it. */

#include "base/text.h"

typedef struct SettingsFault {
        const char *file;
        unsigned line;    /* from 1; 0: it concerns the file as a whole */
        const char *text; /* one line, harmless to print, without a full stop */
} SettingsFault;

typedef struct SettingsFaults SettingsFaults;

int settings_faults_new(SettingsFaults **ret);
SettingsFaults *settings_faults_free(SettingsFaults *f);
DEFINE_CLEANUP(SettingsFaults, settings_faults_free)

/* Copies FILE. What came from a file may be passed to the format as it is: the text is made harmless, and
 * cut at SETTINGS_FAULT_TEXT_MAX - 1 octets. 0 or -ENOMEM. */
#define SETTINGS_FAULT_TEXT_MAX 512
int settings_faults_add(SettingsFaults *f, const char *file, unsigned line, const char *format, ...)
        _printf_(4, 5);

/* In the order of the files' first faults, and of lines within each; stable. */
void settings_faults_sort(SettingsFaults *f);

/* Valid until the next change. */
const SettingsFault *settings_faults_entries(const SettingsFaults *f, size_t *ret_count);

/* Appends "FILE:LINE: text", without the line where there is none, without a newline. */
void settings_fault_format(const SettingsFault *fault, Text *t);
