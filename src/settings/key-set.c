/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/key-set.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/string-util.h"
#include "settings/settings.h"

/* Setters turn a value of the file into a field, or say in one line why they won't. They are strict: nothing
 * is rounded, cut or guessed, since a setting that is silently another one sends mail to the wrong place. A
 * refused value leaves its field as it was. */

#define REFUSED     1
#define ACCOUNT_MAX 255
#define PATH_MAX_   4095
#define QUOTED_MAX  160

static int refuse(char *ret_reason, const char *format, ...) _printf_(2, 3);

static int refuse(char *ret_reason, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(ret_reason, SETTINGS_REASON_MAX, format, args);
        va_end(args);
        return REFUSED;
}

static int refuse_type(const SettingsKey *key, const SettingsValue *value, char *ret_reason)
{
        static const char *const types[] = {
                [SETTINGS_VALUE_NONE] = "nothing",     [SETTINGS_VALUE_BOOL] = "true or false",
                [SETTINGS_VALUE_INTEGER] = "a number", [SETTINGS_VALUE_REAL] = "a number with a point",
                [SETTINGS_VALUE_TEXT] = "a text",      [SETTINGS_VALUE_LIST] = "a list",
                [SETTINGS_VALUE_GROUP] = "a group",
        };

        return refuse(ret_reason, "is %s, and must be %s", types[value->type], key->values);
}

/* Says what is wrong with a text, shortened and in quotes. */
static int refuse_text(const SettingsKey *key, const char *text, char *ret_reason)
{
        char quoted[QUOTED_MAX];

        string_make_harmless(text, strlen(text), quoted, sizeof(quoted));
        if (!string_is_clean(text))
                return refuse(ret_reason, "\"%s\" holds a control character (a line break?) or is not UTF-8",
                              quoted);
        return refuse(ret_reason, "\"%s\" is not %s", quoted, key->values);
}

static int refuse_range(const SettingsKey *key, double number, char *ret_reason)
{
        return refuse(ret_reason, "%.15g is out of range: %g to %g%s%s", number, key->min, key->max,
                      *key->unit ? " " : "", key->unit);
}

static bool is_number(const SettingsValue *value, double *ret)
{
        if (value->type != SETTINGS_VALUE_INTEGER && value->type != SETTINGS_VALUE_REAL)
                return false;
        *ret = value->type == SETTINGS_VALUE_REAL ? value->real : (double)value->integer;
        return true;
}

int settings_set_bool(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_BOOL)
                return refuse_type(key, value, ret_reason);
        *(bool *)field = value->boolean;
        return 0;
}

int settings_set_count(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        double number;

        if (value->type != SETTINGS_VALUE_INTEGER || !is_number(value, &number))
                return refuse_type(key, value, ret_reason);
        if (number < key->min || number > key->max)
                return refuse_range(key, number, ret_reason);
        *(unsigned *)field = (unsigned)value->integer;
        return 0;
}

int settings_set_port(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        unsigned port = 0;
        int r = settings_set_count(key, &port, value, ret_reason);

        if (r == 0)
                *(uint16_t *)field = (uint16_t)port;
        return r;
}

int settings_set_seconds(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        double number;

        if (!is_number(value, &number))
                return refuse_type(key, value, ret_reason);
        if (!(number >= key->min && number <= key->max)) /* so that NaN is refused too */
                return refuse_range(key, number, ret_reason);
        *(usec_t *)field = (usec_t)(number * (double)USEC_PER_SEC + 0.5);
        return 0;
}

int settings_set_text(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (!string_is_clean(value->text) || (key->is_valid && !key->is_valid(value->text)))
                return refuse_text(key, value->text, ret_reason);
        return string_replace(field, value->text);
}

int settings_set_address(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (!mail_address_is_valid(value->text))
                return refuse_text(key, value->text, ret_reason);

        char *identity = mail_address_identity(value->text);
        if (!identity)
                return -ENOMEM;
        free(*(char **)field);
        *(char **)field = identity;
        return 0;
}

int settings_set_security(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if ((key->is_valid && !key->is_valid(value->text)) || security_from_name(value->text, field) < 0)
                return refuse_text(key, value->text, ret_reason);
        return 0;
}

int settings_set_method(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (auth_method_from_name(value->text, field) < 0)
                return refuse_text(key, value->text, ret_reason);
        return 0;
}

int settings_set_language(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (language_from_name(value->text, field) < 0)
                return refuse_text(key, value->text, ret_reason);
        return 0;
}

int settings_set_mac(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (parse_mac(value->text, field) < 0)
                return refuse_text(key, value->text, ret_reason);
        return 0;
}

/* A lone text counts as a list of one. All elements must be texts. */
static int as_texts(const SettingsKey *key, const SettingsValue *value, char *ret_reason,
                    const SettingsValue **ret, size_t *ret_count)
{
        bool lone = value->type == SETTINGS_VALUE_TEXT;

        if (!lone && value->type != SETTINGS_VALUE_LIST)
                return refuse_type(key, value, ret_reason);
        for (size_t i = 0; !lone && i < value->n_elements; i++)
                if (value->elements[i].type != SETTINGS_VALUE_TEXT)
                        return refuse(ret_reason, "holds what is not a text, and must be %s", key->values);
        *ret = lone ? value : value->elements;
        *ret_count = lone ? 1 : value->n_elements;
        return 0;
}

/* The same, of a list that has to name something. */
static int as_some_texts(const SettingsKey *key, const SettingsValue *value, char *ret_reason,
                         const SettingsValue **ret, size_t *ret_count)
{
        int r = as_texts(key, value, ret_reason, ret, ret_count);

        if (r == 0 && *ret_count == 0)
                return refuse(ret_reason, "is empty, and must be %s", key->values);
        return r;
}

int settings_set_mechanisms(const SettingsKey *key, void *field, const SettingsValue *value,
                            char *ret_reason)
{
        const SettingsValue *texts;
        unsigned mechanisms = 0;
        size_t n;
        int r;

        r = as_some_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                SaslMechanism mechanism;

                if (sasl_mechanism_from_name(texts[i].text, &mechanism) < 0)
                        return refuse_text(key, texts[i].text, ret_reason);
                mechanisms |= mechanism;
        }
        *(unsigned *)field = mechanisms;
        return 0;
}

int settings_set_families(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        bool families[FAMILY_COUNT] = {0};
        const SettingsValue *texts;
        size_t n;
        int r;

        r = as_some_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                Family f;

                if (family_from_key(texts[i].text, &f) < 0)
                        return refuse_text(key, texts[i].text, ret_reason);
                families[f] = true;
        }
        memcpy(field, families, sizeof(families));
        return 0;
}

/* 0, or refused with what is wrong with it. */
static int check_content_name(const SettingsKey *key, const char *name, char *ret_reason)
{
        if (strlen(name) >= CONTENT_NAME_MAX)
                return refuse(ret_reason, "a name of %zu octets is out of range: 1 to %d octets",
                              strlen(name), CONTENT_NAME_MAX - 1);
        return content_name_is_file(name) ? 0 : refuse_text(key, name, ret_reason);
}

int settings_set_template(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        int r = 0;

        if (value->type != SETTINGS_VALUE_TEXT)
                return refuse_type(key, value, ret_reason);
        if (!streq(value->text, CONTENT_SHORT))
                r = check_content_name(key, value->text, ret_reason);
        if (r == 0)
                string_copy(field, CONTENT_NAME_MAX, value->text);
        return r;
}

int settings_set_attachments(const SettingsKey *key, void *field, const SettingsValue *value,
                             char *ret_reason)
{
        MailContent *content = field;
        const SettingsValue *texts;
        size_t n;
        int r;

        r = as_some_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        if (n > ATTACHMENTS_MAX)
                return refuse(ret_reason, "a list of %zu files is out of range: 1 to %d", n,
                              ATTACHMENTS_MAX);
        for (size_t i = 0; i < n; i++) {
                r = check_content_name(key, texts[i].text, ret_reason);
                if (r != 0)
                        return r;
        }
        for (size_t i = 0; i < n; i++)
                string_copy(content->attachments[i], CONTENT_NAME_MAX, texts[i].text);
        content->n_attachments = n;
        return 0;
}

/* dev_valid_name() of the kernel, but for the length, which a glob may exceed. */
static bool is_interface_glob(const char *s)
{
        return string_is_clean(s) && *s && !strpbrk(s, "/: ") && strlen(s) < SETTINGS_PATH_MAX;
}

int settings_set_interfaces(const SettingsKey *key, void *field, const SettingsValue *value,
                            char *ret_reason)
{
        SelectionOptions *options = field;
        const SettingsValue *texts;
        char **copies = NULL;
        size_t n, n_copies = 0;
        int r;

        r = as_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (!is_interface_glob(texts[i].text))
                        return refuse_text(key, texts[i].text, ret_reason);

        for (size_t i = 0; i < n; i++)
                if (string_list_add(&copies, &n_copies, texts[i].text) < 0) {
                        string_list_free(copies, n_copies);
                        return -ENOMEM;
                }
        string_list_free(options->interfaces, options->n_interfaces);
        options->interfaces = copies;
        options->n_interfaces = n;
        return 0;
}

int settings_set_sources(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        const SettingsValue *texts;
        SourceOrder order = {0};
        size_t n;
        int r;

        r = as_some_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                Source source;

                if (source_from_name(texts[i].text, &source) < 0)
                        return refuse_text(key, texts[i].text, ret_reason);
                if (source_order_has(&order, source))
                        return refuse(ret_reason, "names \"%s\" twice", texts[i].text);
                order.source[order.n++] = source;
        }
        if (order.source[0] != SOURCE_INTERFACE)
                return refuse(ret_reason, "must begin with \"interface\": where the interface itself has a "
                                          "public address, nobody else is asked");
        *(SourceOrder *)field = order;
        return 0;
}

int settings_set_stun(const SettingsKey *key, void *field, const SettingsValue *value, char *ret_reason)
{
        StunServer servers[STUN_SERVERS_MAX];
        const SettingsValue *texts;
        Settings *s = field;
        size_t n;
        int r;

        r = as_some_texts(key, value, ret_reason, &texts, &n);
        if (r != 0)
                return r;
        if (n > STUN_SERVERS_MAX)
                return refuse(ret_reason, "a list of %zu servers is out of range: 1 to %d", n,
                              STUN_SERVERS_MAX);
        for (size_t i = 0; i < n; i++) {
                if (!string_is_clean(texts[i].text) || stun_server_parse(texts[i].text, &servers[i]) < 0)
                        return refuse_text(key, texts[i].text, ret_reason);
                if (stun_server_is_among(&servers[i], servers, i))
                        return refuse(ret_reason, "names the address of \"%s\" twice", texts[i].text);
        }
        memcpy(s->stun, servers, n * sizeof(servers[0]));
        s->n_stun = n;
        return 0;
}

static bool is_ip_address(const char *s)
{
        IpAddress address;

        return ip_address_parse(s, &address) >= 0;
}

bool settings_text_is_host(const char *s)
{
        return host_name_is_valid(s) || is_ip_address(s);
}

bool settings_text_is_name(const char *s)
{
        return host_name_is_valid(s) && !is_ip_address(s);
}

bool settings_text_is_tls(const char *s)
{
        return !streq(s, security_name(SECURITY_NONE));
}

/* RFC 5321, 4.1.3: IPv6 literals carry a tag. */
static bool is_address_literal(const char *s)
{
        size_t n = strlen(s);
        char inner[IP_ADDRESS_TEXT_MAX + 5];

        if (n < 3 || n - 2 >= sizeof(inner) || s[0] != '[' || s[n - 1] != ']')
                return false;
        string_copy(inner, n - 1, s + 1);
        if (strncmp(inner, "IPv6:", 5) == 0)
                return strchr(inner + 5, ':') && is_ip_address(inner + 5);
        return !strchr(inner, ':') && is_ip_address(inner);
}

bool settings_text_is_helo(const char *s)
{
        return is_address_literal(s) ||
               (host_name_is_valid(s) && string_is_token(s) && s[strlen(s) - 1] != '.');
}

bool settings_text_is_account(const char *s)
{
        return *s && strlen(s) <= ACCOUNT_MAX;
}

bool settings_text_is_path(const char *s)
{
        return *s == '/' && strlen(s) <= PATH_MAX_;
}
