/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/notice-text.h"

#include <stdio.h>

#include "base/string-util.h"

#define KEY_MAX 32

static const char *key_of(const char *key, Family f, char buffer[static KEY_MAX])
{
        size_t n = strlen(key);

        assert(n + sizeof("-ipv4") <= KEY_MAX);
        memcpy(buffer, key, n);
        buffer[n] = '-';
        memcpy(buffer + n + 1, family_key(f), sizeof("ipv4"));
        return buffer;
}

void record_add_address(Text *t, const char *key, Family f, const IpAddress *a)
{
        char name[KEY_MAX], text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(a, text);
        record_add(t, key_of(key, f, name), text);
}

int record_get_family_address(const Record *r, const char *key, Family f, IpAddress *ret)
{
        const char *text = record_get(r, key);
        IpAddress address = {0};

        if (!text)
                return 0;
        if (!streq(text, "none") &&
            (ip_address_parse(text, &address) < 0 || address.family != family_to_af(f)))
                return -EBADMSG;
        *ret = address;
        return 1;
}

int record_get_address(const Record *r, const char *key, Family f, IpAddress *ret)
{
        char name[KEY_MAX];

        return record_get_family_address(r, key_of(key, f, name), f, ret);
}

int record_get_optional_u64(const Record *r, const char *key, uint64_t *ret)
{
        uint64_t value = 0;

        if (record_get(r, key) && record_get_u64(r, key, 0, UINT64_MAX, &value) < 0)
                return -EBADMSG;
        *ret = value;
        return 0;
}

void record_add_family_u64(Text *t, const char *key, Family f, uint64_t value)
{
        char name[KEY_MAX];

        record_add_u64(t, key_of(key, f, name), value);
}

int record_get_family_u64(const Record *r, const char *key, Family f, uint64_t *ret)
{
        char name[KEY_MAX];

        return record_get_optional_u64(r, key_of(key, f, name), ret);
}

void record_add_wall_time(Text *t, const char *key, WallTime time)
{
        char text[WALL_TIME_TEXT_MAX];

        wall_time_format_iso(time, text);
        record_add(t, key, text);
}

int record_get_wall_time(const Record *r, const char *key, WallTime *ret)
{
        const char *text = record_get(r, key);

        if (!text)
                return -ENOENT;
        return wall_time_parse_iso(text, ret) < 0 ? -EBADMSG : 0;
}

int record_get_string(const Record *r, const char *key, char *ret, size_t size)
{
        const char *text = record_get(r, key);

        if (!text)
                text = "";
        if (strlen(text) >= size || !string_is_clean(text))
                return -EBADMSG;
        string_copy(ret, size, text);
        return 0;
}

void record_add_origin(Text *t, const char *key, const Origin *o)
{
        char text[ORIGIN_TEXT_MAX];

        origin_format(o, text);
        if (o->source != SOURCE_INTERFACE)
                record_add(t, key, text);
}

int record_get_origin(const Record *r, const char *key, Family f, Origin *ret)
{
        const char *text = record_get(r, key);

        return text ? origin_parse(text, family_to_af(f), ret) : 0;
}

/* KEY-ipv4=, KEY-ipv6=: left out where there is none; read, missing is "". */
static void add_interface(Text *t, const char *key, Family f, const char *name)
{
        char buffer[KEY_MAX];

        if (*name)
                record_add(t, key_of(key, f, buffer), name);
}

static int get_interface(const Record *r, const char *key, Family f, char ret[static IFNAMSIZ])
{
        char name[KEY_MAX];

        return record_get_string(r, key_of(key, f, name), ret, IFNAMSIZ);
}

bool message_id_is_valid(const char *id)
{
        const char *at = strchr(id, '@');

        return at && at > id && at[1] && !strchr(at + 1, '@') && !strpbrk(id, "<>") && string_is_token(id) &&
               strlen(id) < MESSAGE_ID_MAX;
}

static const char *key_of_last(size_t i, Family f, char buffer[static KEY_MAX])
{
        (void)snprintf(buffer, KEY_MAX, "last-%s-%zu", family_key(f), i);
        return buffer;
}

/* last-ipv4-0=TIME,ADDRESS ... between-ipv4= [gone-ipv4= back-ipv4=] */
static void write_past(Text *t, Family f, const Past *p)
{
        char name[KEY_MAX];

        for (size_t i = 0; i < p->n_last; i++) {
                char since[WALL_TIME_TEXT_MAX], address[IP_ADDRESS_TEXT_MAX];
                char value[sizeof(since) + sizeof(address)];

                wall_time_format_iso(p->last_since[i], since);
                ip_address_format(&p->last[i], address);
                (void)snprintf(value, sizeof(value), "%s,%s", since, address);
                record_add(t, key_of_last(i, f, name), value);
        }
        record_add_family_u64(t, "between", f, p->n_between);
        if (p->away) {
                record_add_wall_time(t, key_of("gone", f, name), p->gone);
                record_add_wall_time(t, key_of("back", f, name), p->back);
        }
}

/* "2026-11-24T09:18:07+00:00,203.0.113.1" */
static int read_last(const char *value, Family f, IpAddress *ret, WallTime *ret_since)
{
        char since[WALL_TIME_TEXT_MAX];
        size_t n = strcspn(value, ",");

        if (!value[n] || n >= sizeof(since))
                return -EBADMSG;
        memcpy(since, value, n);
        since[n] = '\0';
        if (wall_time_parse_iso(since, ret_since) < 0 || ip_address_parse(value + n + 1, ret) < 0 ||
            ret->family != family_to_af(f))
                return -EBADMSG;
        return 0;
}

static int read_past(const Record *r, Family f, Past *ret)
{
        char name[KEY_MAX];
        Past p = {0};

        for (; p.n_last < PAST_ADDRESSES_MAX; p.n_last++) {
                const char *value = record_get(r, key_of_last(p.n_last, f, name));

                if (!value)
                        break;
                if (read_last(value, f, &p.last[p.n_last], &p.last_since[p.n_last]) < 0)
                        return -EBADMSG;
        }
        if (record_get_family_u64(r, "between", f, &p.n_between) < 0)
                return -EBADMSG;
        p.away = record_get(r, key_of("gone", f, name));
        if (p.away && (record_get_wall_time(r, name, &p.gone) < 0 ||
                       record_get_wall_time(r, key_of("back", f, name), &p.back) < 0))
                return -EBADMSG;
        *ret = p;
        return 0;
}

static const char *key_of_attachment(size_t i, char buffer[static KEY_MAX])
{
        (void)snprintf(buffer, KEY_MAX, "attach-%zu", i);
        return buffer;
}

/* [template=] attach-0= ... */
static void write_content(Text *t, const MailContent *c)
{
        char name[KEY_MAX];

        record_add(t, "template", *c->template ? c->template : NULL);
        for (size_t i = 0; i < c->n_attachments; i++)
                record_add(t, key_of_attachment(i, name), c->attachments[i]);
}

static int read_content(const Record *r, MailContent *ret)
{
        const char *template = record_get(r, "template"), *value;
        char name[KEY_MAX];
        MailContent c = {0};

        if (template) {
                if (!streq(template, CONTENT_SHORT) && !content_name_is_file(template))
                        return -EBADMSG;
                string_copy(c.template, sizeof(c.template), template);
        }
        while ((value = record_get(r, key_of_attachment(c.n_attachments, name)))) {
                if (c.n_attachments == ATTACHMENTS_MAX || !content_name_is_file(value))
                        return -EBADMSG;
                string_copy(c.attachments[c.n_attachments++], CONTENT_NAME_MAX, value);
        }
        *ret = c;
        return 0;
}

void notice_write_fields(Text *t, const Notice *n)
{
        const Facts *facts = &n->facts;

        record_add(t, "id", n->message_id);
        record_add_wall_time(t, "date", n->date);
        record_add(t, "host", facts->host);
        record_add_wall_time(t, "changed", facts->changed);
        record_add(t, "language", language_name(facts->language));
        record_add(t, "mac", *facts->mac ? facts->mac : NULL);
        record_add(t, "still", facts->still ? "yes" : NULL);
        write_content(t, &facts->content);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char name[KEY_MAX];

                record_add_address(t, "new", f, &facts->new[f]);
                record_add_address(t, "old", f, &facts->old[f]);
                add_interface(t, "interface", f, facts->interface[f]);
                record_add_origin(t, key_of("origin", f, name), &facts->origin[f]);
                record_add_family_u64(t, "number", f, facts->number[f]);
                write_past(t, f, &facts->past[f]);
        }
}

/* A mail that was committed before there were languages is in English. */
static int get_form(const Record *r, Facts *ret)
{
        const char *language = record_get(r, "language"), *mac = record_get(r, "mac");
        const char *still = record_get(r, "still");

        if ((language && language_from_name(language, &ret->language) < 0) ||
            (mac && (parse_mac(mac, ret->mac) < 0 || !streq(mac, ret->mac))) ||
            (still && !streq(still, "yes")))
                return -EBADMSG;
        ret->still = still;
        return 0;
}

int notice_read_fields(const Record *r, Notice *ret)
{
        Notice n = {0};
        Facts *facts = &n.facts;

        if (record_get_string(r, "id", n.message_id, sizeof(n.message_id)) < 0 ||
            !message_id_is_valid(n.message_id) || record_get_wall_time(r, "date", &n.date) < 0 ||
            record_get_wall_time(r, "changed", &facts->changed) < 0 ||
            record_get_string(r, "host", facts->host, sizeof(facts->host)) < 0 || get_form(r, facts) < 0 ||
            read_content(r, &facts->content) < 0)
                return -EBADMSG;
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char name[KEY_MAX];

                if (record_get_address(r, "new", f, &facts->new[f]) < 0 ||
                    record_get_address(r, "old", f, &facts->old[f]) < 0 ||
                    get_interface(r, "interface", f, facts->interface[f]) < 0 ||
                    record_get_origin(r, key_of("origin", f, name), f, &facts->origin[f]) < 0 ||
                    record_get_family_u64(r, "number", f, &facts->number[f]) < 0 ||
                    read_past(r, f, &facts->past[f]) < 0)
                        return -EBADMSG;
        }
        *ret = n;
        return 0;
}
