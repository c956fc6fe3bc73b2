/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The state of the service as a document of line records (base/record.h), version 1: what the service writes
 * for `ipherald status`, and nobody else's interface.
 *
 *     service pid= started-at= since= config= settings= [ledger=unwritable]
 *     mail enabled= [server=] sending=
 *     selection heard= settled= [settles-at=]
 *     address family= address= since= interface= number= [gone= back= returned=]
 *             candidate= candidate-interface= reason= tunnel= asked=
 *     last family= address= since=                      newest first
 *     other family= address= interface=
 *     account [held=] tries= due= [failed-at= outcome= step= code= enhanced= text= cause= hint= at-server=]
 *     destination to= enabled= sending= [mac=] language= ipv4= ipv6=
 *             [told-ipv4= told-ipv6= told-at=] owed= wait= [due=]
 *             [attempted-ipv4= ...] [failed-at= ...] */

#include "decide/status.h"

/* Appends the document to T. 0 or -ENOMEM. */
int status_format(const Status *s, Text *t);

/* Reads SIZE octets of DATA (followed by a NUL, changed on the way). 0; -ENOMEM; -EBADMSG where it is
 * damaged; -EPROTONOSUPPORT where it is whole but of another version. */
int status_parse(char *data, size_t size, Status **ret);
