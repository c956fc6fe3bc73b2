/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netlink/attr.h>

/* Attributes by type, as the last parse left them; libnl.c knows which it asks for. */
#define PARSED_TYPES 19

extern const struct nlattr *parsed[PARSED_TYPES];
