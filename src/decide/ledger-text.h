/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The ledger as a document of line records (base/record.h), version 1:
 *
 *     boot id=                                          whose CLOCK_BOOTTIME the times below are
 *     account settings= [row= delay= last= due= tries=] [refusals= hold-due= digest= [from-ipv4= ...]
 *             [releases= releases-since= held-until=]]
 *     address family= address= interface= since= number= [gone= back= returned=]    one a family
 *     last family= address= since=                      newest first
 *     destination to= [told-ipv4= told-number-ipv4= told-ipv6= ...] told-at= [remind-from=] [sending=]
 *             [hour= gos=] [row= ...]
 *     mail id= ... goes= go= due=                       then its recipients
 *     recipient to= */

#include "base/record.h"
#include "decide/ledger.h"

/* Appends the document to T. 0 or -ENOMEM. */
int ledger_format(const Ledger *l, Text *t);

/* Reads SIZE octets of DATA (followed by a NUL, changed on the way). 0; -ENOMEM; -EBADMSG where it is
 * damaged; -EPROTONOSUPPORT where it is whole but of another version. */
int ledger_parse(char *data, size_t size, Ledger **ret);

/* The address record, which the status has too: begun and not ended, so that more may follow. */
void address_record_write(const AddressRecord *r, Family f, Text *t);
/* Its fields behind the family. 0 or -EBADMSG. */
int address_record_read(const Record *r, Family f, AddressRecord *ret);
