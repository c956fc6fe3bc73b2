/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A notice as fields of a line record: the same in the ledger and in an order. */

#include "base/record.h"
#include "decide/notice.h"

/* Adds id=, date= and the facts to the record that was begun. */
void notice_write_fields(Text *t, const Notice *n);

/* Reads them, and nothing of recipients. 0 or -EBADMSG where one is missing or malformed. */
int notice_read_fields(const Record *r, Notice *ret);

/* KEY-ipv4=, KEY-ipv6= */
void record_add_address(Text *t, const char *key, Family f, const IpAddress *a);
/* 1 where there is one, 0 where the key is missing, -EBADMSG where it is no address of that family. "none"
 * is the unset address. */
int record_get_address(const Record *r, const char *key, Family f, IpAddress *ret);
/* The same under KEY as it stands, in a record that names its family elsewhere. */
int record_get_family_address(const Record *r, const char *key, Family f, IpAddress *ret);
/* Missing is 0. 0 or -EBADMSG. */
int record_get_optional_u64(const Record *r, const char *key, uint64_t *ret);
/* The same under KEY-ipv4=, KEY-ipv6= */
void record_add_family_u64(Text *t, const char *key, Family f, uint64_t value);
int record_get_family_u64(const Record *r, const char *key, Family f, uint64_t *ret);
/* In ISO form. 0; -ENOENT where KEY is missing; -EBADMSG. */
void record_add_wall_time(Text *t, const char *key, WallTime time);
int record_get_wall_time(const Record *r, const char *key, WallTime *ret);
/* A string of less than SIZE octets without controls; missing is "". 0 or -EBADMSG. */
int record_get_string(const Record *r, const char *key, char *ret, size_t size);

/* KEY=, left out of an address of an interface, which is what a missing one says. O is all zero before. 0 or
 * -EBADMSG. */
void record_add_origin(Text *t, const char *key, const Origin *o);
int record_get_origin(const Record *r, const char *key, Family f, Origin *ret);

/* Printable ASCII without angle brackets, with one '@'. */
bool message_id_is_valid(const char *id);
