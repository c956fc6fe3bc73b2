/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/order.h"

#include "base/string-util.h"
#include "decide/notice-text.h"

/* An order is a document of line records:
 *
 *     ipherald-order 1
 *     account server= port= security= from= ...      once, first
 *     other interface= address=                      any number, up to SELECTION_OTHERS_MAX
 *     notice id= date= ...                           then its recipients
 *     recipient to=
 *     header-to to=
 *     end crc32=
 *
 * Both ends are ours, but the reader believes nothing: a mailer must not be led astray by a service that
 * was. */

#define ORDER_KIND    "ipherald-order"
#define ORDER_VERSION 1

Order *order_free(Order *o)
{
        if (!o)
                return NULL;
        mail_settings_done(&o->mail);
        free(o->credentials_dir);
        for (size_t i = 0; i < o->n_notices; i++)
                notice_done(&o->notices[i]);
        free(o->notices);
        for (size_t i = 0; i < o->n_files; i++) {
                free(o->files[i].name);
                free(o->files[i].data);
        }
        free(o->files);
        free(o);
        return NULL;
}

Step order_login_step(const Order *o)
{
        return o->mail.method == AUTH_METHOD_POP_BEFORE_SMTP ? STEP_POP3 : STEP_AUTH;
}

static void write_account(const Order *o, Text *t)
{
        const MailSettings *m = &o->mail;

        record_begin(t, "account");
        record_add(t, "server", m->server);
        record_add_u64(t, "port", m->port);
        record_add(t, "security", security_name(m->security));
        record_add(t, "from", m->from);
        record_add(t, "helo", m->helo);
        record_add(t, "method", auth_method_name(m->method));
        record_add(t, "account", m->account);
        record_add_u64(t, "mechanisms", m->mechanisms);
        record_add(t, "ca-file", m->ca_file);
        record_add(t, "tls-name", m->tls_name);
        record_add(t, "token-file", m->token_file);
        record_add(t, "certificate", m->certificate);
        if (m->method == AUTH_METHOD_POP_BEFORE_SMTP) {
                record_add(t, "pop-server", m->pop_server);
                record_add_u64(t, "pop-port", m->pop_port);
                record_add(t, "pop-security", security_name(m->pop_security));
        }
        record_add(t, "credentials-dir", o->credentials_dir);
        record_add(t, "held-digest", o->held_digest);
        record_add(t, "host", o->host_name);
        record_add_u64(t, "print", o->print);
        record_add_u64(t, "careful", o->careful);
        record_add_u64(t, "test", o->test);
        record_end(t);
}

static void write_address_list(Text *t, const char *type, char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                record_begin(t, type);
                record_add(t, "to", list[i]);
                record_end(t);
        }
}

int order_format(const Order *o, Text *t)
{
        _cleanup_text_ Text text = {0};
        int r;

        record_begin_document(&text, ORDER_KIND, ORDER_VERSION);
        write_account(o, &text);
        for (size_t i = 0; i < o->n_others; i++) {
                char address[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&o->others[i].address, address);
                record_begin(&text, "other");
                record_add(&text, "interface", o->others[i].interface);
                record_add(&text, "address", address);
                record_end(&text);
        }
        for (size_t i = 0; i < o->n_notices; i++) {
                record_begin(&text, "notice");
                notice_write_fields(&text, &o->notices[i]);
                record_end(&text);
                write_address_list(&text, "recipient", o->notices[i].recipients, o->notices[i].n_recipients);
                write_address_list(&text, "header-to", o->notices[i].header_to, o->notices[i].n_header_to);
        }
        record_end_document(&text);

        r = text_error(&text);
        if (r < 0)
                return r;
        if (text.size > ORDER_SIZE_MAX)
                return -EMSGSIZE;
        text_append(t, text.data, text.size);
        return text_error(t);
}

/* An optional string that is harmless in a command, a header or a path. */
static int read_clean(const Record *r, const char *key, char **ret)
{
        const char *value = record_get(r, key);

        if (value && (!*value || !string_is_clean(value)))
                return -EBADMSG;
        return string_replace(ret, value);
}

/* What a session of these settings can't do without. */
static bool is_usable(const MailSettings *m)
{
        if (!m->server || m->port == 0)
                return false;
        if (m->method == AUTH_METHOD_POP_BEFORE_SMTP)
                return m->account && m->pop_security != SECURITY_NONE;
        return m->method == AUTH_METHOD_NONE || m->security != SECURITY_NONE;
}

static int read_pop(const Record *r, MailSettings *m)
{
        const char *security = record_get(r, "pop-security");
        uint64_t port;

        if (m->method != AUTH_METHOD_POP_BEFORE_SMTP)
                return 0;
        if (!security || security_from_name(security, &m->pop_security) < 0 ||
            record_get_u64(r, "pop-port", 1, UINT16_MAX, &port) < 0)
                return -EBADMSG;
        m->pop_port = (uint16_t)port;
        return 0;
}

static int read_account(const Record *r, Order *o)
{
        MailSettings *m = &o->mail;
        uint64_t port, mechanisms, print, careful, test;
        const char *security = record_get(r, "security"), *method = record_get(r, "method");
        int q;

        if (m->from || !security || !method || security_from_name(security, &m->security) < 0 ||
            auth_method_from_name(method, &m->method) < 0 ||
            record_get_u64(r, "port", 0, UINT16_MAX, &port) < 0 ||
            record_get_u64(r, "mechanisms", 0, SASL_ALL, &mechanisms) < 0 ||
            record_get_u64(r, "print", 0, 1, &print) < 0 ||
            record_get_u64(r, "careful", 0, 1, &careful) < 0 || record_get_u64(r, "test", 0, 1, &test) < 0 ||
            record_get_string(r, "held-digest", o->held_digest, sizeof(o->held_digest)) < 0 ||
            record_get_string(r, "host", o->host_name, sizeof(o->host_name)) < 0)
                return -EBADMSG;
        m->port = (uint16_t)port;
        m->mechanisms = (unsigned)mechanisms;
        o->print = print;
        o->careful = careful;
        o->test = test;

        const struct {
                const char *key;
                char **field;
        } strings[] = {
                {"server", &m->server},
                {"from", &m->from},
                {"helo", &m->helo},
                {"account", &m->account},
                {"ca-file", &m->ca_file},
                {"tls-name", &m->tls_name},
                {"token-file", &m->token_file},
                {"certificate", &m->certificate},
                {"pop-server", &m->pop_server},
                {"credentials-dir", &o->credentials_dir},
        };
        for (size_t i = 0; i < ELEMENTSOF(strings); i++) {
                q = read_clean(r, strings[i].key, strings[i].field);
                if (q < 0)
                        return q;
        }
        if (!m->from || !mail_address_is_valid(m->from) || read_pop(r, m) < 0)
                return -EBADMSG;
        if (!o->print && !is_usable(m))
                return -EBADMSG;
        return m->method == AUTH_METHOD_SMTP && mail_settings_usable_mechanisms(m) == 0 ? -EBADMSG : 0;
}

static int read_other(const Record *r, Order *o)
{
        SelectedAddress *other;
        const char *address = record_get(r, "address");

        if (o->n_others == SELECTION_OTHERS_MAX)
                return -EBADMSG;
        other = &o->others[o->n_others];
        if (!address || ip_address_parse(address, &other->address) < 0 ||
            record_get_string(r, "interface", other->interface, sizeof(other->interface)) < 0)
                return -EBADMSG;
        o->n_others++;
        return 0;
}

static int read_notice(const Record *r, Order *o)
{
        Notice *grown;
        int q;

        if (o->n_notices == SESSION_NOTICES_MAX)
                return -EBADMSG;
        grown = reallocarray(o->notices, o->n_notices + 1, sizeof(Notice));
        if (!grown)
                return -ENOMEM;
        o->notices = grown;
        q = notice_read_fields(r, &grown[o->n_notices]);
        if (q < 0)
                return q;
        o->n_notices++;
        return 0;
}

static int read_address_of_notice(const Record *r, Order *o)
{
        const char *to = record_get(r, "to");
        Notice *n;
        int q;

        if (!to || !mail_address_is_valid(to) || o->n_notices == 0)
                return -EBADMSG;
        n = &o->notices[o->n_notices - 1];
        q = streq(r->type, "recipient") ? notice_add_recipient(n, to) : notice_add_header_to(n, to);
        return q == -E2BIG ? -EBADMSG : q;
}

static int read_record(const Record *r, Order *o)
{
        if (streq(r->type, "account"))
                return read_account(r, o);
        if (!o->mail.from)
                return -EBADMSG;
        if (streq(r->type, "other"))
                return read_other(r, o);
        if (streq(r->type, "notice"))
                return read_notice(r, o);
        if (streq(r->type, "recipient") || streq(r->type, "header-to"))
                return read_address_of_notice(r, o);
        return -EBADMSG;
}

int order_parse(char *data, size_t size, Order **ret)
{
        _cleanup_(order_freep) Order *o = calloc(1, sizeof(Order));
        RecordReader reader;
        Record record;
        int r;

        if (!o)
                return -ENOMEM;
        if (size > ORDER_SIZE_MAX ||
            record_open_document(data, size, ORDER_KIND, ORDER_VERSION, &reader) < 0)
                return -EBADMSG;
        while ((r = record_read(&reader, &record)) > 0) {
                r = read_record(&record, o);
                if (r < 0)
                        return r;
        }
        if (r < 0 || (o->n_notices == 0 && !o->test))
                return -EBADMSG;
        for (size_t i = 0; i < o->n_notices; i++)
                if (o->notices[i].n_recipients == 0)
                        return -EBADMSG;
        *ret = TAKE_PTR(o);
        return 0;
}
