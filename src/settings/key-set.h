/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The setters of the table of keys, one a kind of field. For what they return see SettingsSetter. */

#include "settings/keys.h"

int settings_set_bool(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_port(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is unsigned. */
int settings_set_count(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_seconds(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_text(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_address(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_security(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_method(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
int settings_set_language(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is char[MAC_TEXT_MAX]. */
int settings_set_mac(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is MailContent.template. */
int settings_set_template(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is the MailContent: the list and its count. */
int settings_set_attachments(const SettingsKey *key, void *field, const SettingsValue *value,
                             char *ret_reason);
int settings_set_mechanisms(const SettingsKey *key, void *field, const SettingsValue *value,
                            char *ret_reason);
int settings_set_families(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is the SelectionOptions: the list and its count. */
int settings_set_interfaces(const SettingsKey *key, void *field, const SettingsValue *value,
                            char *ret_reason);

/* FIELD is the Settings: the list of servers and its count. */
int settings_set_stun(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);
/* FIELD is a SourceOrder. */
int settings_set_sources(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason);

/* What a text may be, for SettingsKey.is_valid. */
bool settings_text_is_host(const char *s);    /* a host name or an IP address */
bool settings_text_is_name(const char *s);    /* a host name */
bool settings_text_is_helo(const char *s);    /* a host name in ASCII, or an address literal in brackets */
bool settings_text_is_account(const char *s); /* 1 to 255 octets (RFC 4616, 2) */
bool settings_text_is_path(const char *s);    /* absolute */
bool settings_text_is_tls(const char *s);     /* any security but "none" */
