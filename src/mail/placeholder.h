/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Named places in an administrator's text, which give way to the facts of a mail:
 *
 *     %{address}    the address that is news, IPv4 before IPv6; where none is, the one that there is
 *     %{endpoint}   the same as a host in front of ":PORT": an IPv6 address in brackets
 *     %{interface}  where it is
 *     %{ipv4}       %{ipv6}      the addresses now
 *     %{ipv4_old}   %{ipv6_old}  what the reader was told before
 *     %{host}       this machine
 *     %{changed}    when the address had settled: "2026-11-24 09:18:07 +00:00"
 *     %{mac}        the label of the reader's phone
 *
 * The form is that of no file that one would send: JSON and XML are full of braces, but none of them follows
 * a '%', in an encoded URL '%' is followed by two digits, mail addresses and systemd's units have '@', and
 * WireGuard's, OpenVPN's and a shell's "$" or "#" are left alone too. Where "%{" is meant, "%%{" is written;
 * any other '%' is itself.
 *
 * What there is none of is "none". The values can't break out of quotes, a tag or a line: in a host's or an
 * interface's name what is no letter, digit, '.', ':', '_', '-' or UTF-8 beyond ASCII is '_'. */

#include "base/text.h"
#include "decide/notice.h"

#define PLACEHOLDER_REASON_MAX 128
#define PLACEHOLDERS_MAX       2000 /* of one text: a value is up to ten times as long as its name */

/* LINE from 1; REASON is one line, harmless to print, without a full stop, and gone when this returns. */
typedef void (*PlaceholderFault)(void *userdata, unsigned line, const char *reason);

/* Tells FAULT (which may be NULL) of each placeholder of TEXT that is unknown, with the nearest one that is
 * known, or not closed on its line; and of the first octet that is not UTF-8 or a NUL, or the first
 * placeholder beyond PLACEHOLDERS_MAX, where reading ends. How many there are. */
size_t placeholders_check(const char *text, size_t size, PlaceholderFault fault, void *userdata);

/* Appends TEXT with its placeholders filled. With STRICT, a new address that there is none of (or the
 * interface of none) is no "none": a phone that took such a file would lose the settings that it has. 0;
 * -ENOMEM; -EINVAL where placeholders_check() finds a fault, -ENODATA where STRICT ends it, and RET is as it
 * was with both. */
int placeholders_fill(const char *text, size_t size, const Facts *facts, bool strict, Text *ret);
