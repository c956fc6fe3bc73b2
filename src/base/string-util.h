/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/macros.h"

/* Copies S into a fixed field of SIZE octets, cut where it is too long (at a UTF-8 boundary). */
void string_copy(char *ret, size_t size, const char *s);

/* A copy of S in RET, which is freed first; NULL gives NULL. 0 or -ENOMEM. */
int string_replace(char **ret, const char *s);

/* Makes a stranger's octets fit to be read: controls, DEL, what turns the direction of letters and what is
 * not UTF-8 become '?', runs of CR, LF and TAB one space; at most RET_SIZE - 1 octets. SIZE octets of DATA
 * may hold anything. */
void string_make_harmless(const void *data, size_t size, char *ret, size_t ret_size);

/* No control character, no DEL, valid UTF-8. */
bool string_is_clean(const char *s);

/* Printable ASCII alone (0x21 to 0x7e), at least one. */
bool string_is_token(const char *s);

/* No octet above 0x7f; NULs and controls may be among them. */
bool octets_are_ascii(const char *data, size_t size);

/* How many octets from the front are text: valid UTF-8 (RFC 3629) without a NUL. SIZE where all are. */
size_t octets_text_prefix(const char *data, size_t size);

/* Levenshtein's distance, by octets: how many are to be put in, taken out or replaced to make B of A. What
 * lies behind STRING_DISTANCE_MAX octets counts as equal. */
#define STRING_DISTANCE_MAX 64
size_t string_distance(const char *a, const char *b);

/* Equal but for ASCII case. */
bool string_equal_nocase(const char *a, const char *b);

/* The index of NAME among COUNT names, -EINVAL where it is none of them: how an enum is read. */
int string_index(const char *const *names, size_t count, const char *name);

/* A list of texts on the heap. Adds a copy of S: 0 or -ENOMEM, and the list is as it was. */
int string_list_add(char ***list, size_t *count, const char *s);
/* Gives all of it back; NULL is fine. */
void string_list_free(char **list, size_t count);

/* In place, ASCII alone. */
void string_lower(char *s);

/* A mail address as this program takes it: one '@', a dot-atom before it (RFC 5321, 4.1.2, without quoted
 * strings), a host name or an address literal behind it, no controls, at most 254 octets; UTF-8 where RFC
 * 6531 allows it. */
bool mail_address_is_valid(const char *s);

/* A copy of a valid address with the domain in lower case: a destination's identity. NULL without memory. */
char *mail_address_identity(const char *s);

/* A host name: labels of 1 to 63 letters, digits, '-' and '_' (and UTF-8), a trailing dot allowed, at most
 * 253 octets. */
bool host_name_is_valid(const char *s);
