/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The settled addresses for other programs, as an environment file: six lines KEY=value, all of them, always
 * in this order. A value is empty where there is none.
 *
 *     IPHERALD_IPV4, IPHERALD_IPV6          the addresses
 *     IPHERALD_IPV4_OLD, IPHERALD_IPV6_OLD  the ones before
 *     IPHERALD_INTERFACE                    of the IPv4 address, or else of the IPv6 address
 *     IPHERALD_CHANGED                      when the newest of them settled or went: ISO 8601, with the zone
 *
 * No value holds an octet that a shell or systemd.exec(5) would take for anything but itself. */

#include "decide/ledger.h"

#define ADDRESSES_TEXT_MAX 4096 /* octets that a reader takes; what is written is far below */

/* Appends the six lines to T. Of the same ledger, read again after a restart, they are the same octets. An
 * interface's name is left out where it has other octets than letters, digits and ".-_:@+". */
void addresses_format(const AddressRecord addresses[static FAMILY_COUNT], Text *t);

/* Are these SIZE octets of a stranger what addresses_format() writes? 0; -EBADMSG, and in RET_KEY the key
 * whose line is not; -EFBIG above ADDRESSES_TEXT_MAX. */
int addresses_check(const char *data, size_t size, const char **ret_key);

/* As addresses_check(), of a file that another program writes in that form; the addresses into RET, unset
 * where the line is empty. */
int addresses_parse(const char *data, size_t size, IpAddress ret[static FAMILY_COUNT], const char **ret_key);
