/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lines of `ipherald test`: when, where, what. */

#include "base/time-util.h"
#include "mail/report.h"

typedef struct TestLines {
        usec_t begin;
        bool coloured;
        Step step; /* of the last line: it is named once */
} TestLines;

/* RET: from now on. */
void test_lines_begin(TestLines *ret);

/* A report as a line; TO: of a recipient's. What the last line will say has none. */
void test_lines_report(TestLines *l, const Report *report, const char *to);
/* A line of the verb's own. */
void test_lines_remark(TestLines *l, const char *words);

/* The last lines. TO: whom the failure is about, or "". */
void test_lines_good(TestLines *l, const char *words);
void test_lines_failed(TestLines *l, const Result *failure, const char *to);
