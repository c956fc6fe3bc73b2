/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Line records: the one text form of the ledger, the status file, orders and reports.
 *
 *     KIND VERSION                          first line
 *     TYPE KEY=VALUE KEY=VALUE ...          any number of records
 *     end crc32=XXXXXXXX                    CRC-32 of all before this line
 *
 * TYPE and KEY are lower-case letters, digits, '-' and '_'. VALUE may be empty; in it space, '%', controls
 * and DEL are written %XX, everything else as it is; a NUL cannot be written. A reader passes over keys that
 * it does not know. */

#include "base/text.h"

#define RECORD_FIELDS_MAX 48

typedef struct RecordField {
        const char *key, *value;
} RecordField;

typedef struct Record {
        const char *type;
        size_t n_fields;
        RecordField fields[RECORD_FIELDS_MAX];
} Record;

/* What is left to be read, in a buffer that the reader changes as it goes: records point into it. */
typedef struct RecordReader {
        char *p, *end;
} RecordReader;

void record_begin_document(Text *t, const char *kind, unsigned version);
void record_end_document(Text *t);

/* One record: begin, fields, end. A NULL value leaves the field out. */
void record_begin(Text *t, const char *type);
void record_add(Text *t, const char *key, const char *value);
void record_add_u64(Text *t, const char *key, uint64_t value);
void record_add_hex(Text *t, const char *key, uint64_t value); /* 16 digits */
void record_end(Text *t);

/* Opens SIZE octets of DATA, followed by a NUL, as a document. 0; -EBADMSG where it is damaged, cut or no
 * such document; -EPROTONOSUPPORT where kind and checksum hold but the version is not VERSION. */
int record_open_document(char *data, size_t size, const char *kind, unsigned version, RecordReader *ret);

/* The next record: 1; 0 at the end; -EBADMSG where the line is malformed, a key occurs twice, or there are
 * too many. */
int record_read(RecordReader *reader, Record *ret);

/* The value of KEY; NULL where there is none. */
const char *record_get(const Record *r, const char *key);

/* As parse_u64(); -ENOENT where there is no such key. */
int record_get_u64(const Record *r, const char *key, uint64_t min, uint64_t max, uint64_t *ret);
/* 16 digits: 0; -EINVAL where it is not that; -ENOENT. */
int record_get_hex(const Record *r, const char *key, uint64_t *ret);
