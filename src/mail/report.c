/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/report.h"

#include <stdio.h>

#include "base/parse.h"
#include "base/string-util.h"
#include "decide/notice-text.h"

/* One packet is one line record, so that a packet is whole or not there. The server's words in it were made
 * harmless by the mailer; the reader checks that again, since it takes the mailer for a stranger. Escaping
 * can triple a text: the server's words are cut until the line fits. */

static const char *const type_names[REPORT_TYPE_COUNT] = {
        [REPORT_ALIVE] = "alive",         [REPORT_STEP] = "step",     [REPORT_FACT] = "fact",
        [REPORT_RECIPIENT] = "recipient", [REPORT_COMMIT] = "commit", [REPORT_TRANSACTION] = "transaction",
        [REPORT_SESSION] = "session",
};

static const char *const fact_names[FACT_COUNT] = {
        [FACT_REPLY] = "reply",     [FACT_UNCONFINED] = "unconfined",
        [FACT_TLS] = "tls",         [FACT_CERTIFICATE] = "certificate",
        [FACT_ISSUER] = "issuer",   [FACT_EXPIRY] = "expiry",
        [FACT_OFFERED] = "offered", [FACT_METHOD] = "method",
        [FACT_FAILURE] = "failure",
};

static void write_result(const Result *result, Text *t)
{
        record_add(t, "outcome", outcome_name(result->outcome));
        record_add(t, "step", step_name(result->step));
        record_add_u64(t, "code", result->code);
        record_add(t, "enhanced", result->enhanced);
        record_add(t, "text", result->server_text);
        record_add(t, "cause", result->cause);
        record_add(t, "hint", result->hint);
        record_add(t, "server", result->server);
}

static void write_source(const IpAddress *source, Text *t)
{
        char text[IP_ADDRESS_TEXT_MAX];

        ip_address_format(source, text);
        record_add(t, "source", ip_address_is_set(source) ? text : NULL);
}

static void write_report(const Report *r, Text *t)
{
        record_begin(t, type_names[r->type]);
        if (r->type == REPORT_RECIPIENT || r->type == REPORT_COMMIT || r->type == REPORT_TRANSACTION)
                record_add_u64(t, "transaction", r->transaction);
        if (r->type == REPORT_RECIPIENT)
                record_add_u64(t, "recipient", r->recipient);
        if (r->type == REPORT_FACT)
                record_add(t, "fact", fact_names[r->fact]);
        if (r->type == REPORT_COMMIT) {
                char list[NOTICE_RECIPIENTS_MAX * 4] = "";
                size_t n = 0;

                for (size_t i = 0; i < r->n_accepted; i++)
                        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", i > 0 ? "," : "",
                                              r->accepted[i]);
                record_add(t, "accepted", list);
        }
        if (r->type != REPORT_ALIVE && r->type != REPORT_COMMIT)
                write_result(&r->result, t);
        if (r->type == REPORT_STEP)
                write_source(&r->source, t);
        if (r->type == REPORT_SESSION) {
                record_add(t, "digest", *r->digest ? r->digest : NULL);
                record_add(t, "pipelining-failed", r->result.pipelining_failed ? "1" : NULL);
        }
        record_end(t);
}

int report_format(const Report *r, Text *t)
{
        _cleanup_text_ Text line = {0};
        Report cut = *r;

        write_report(&cut, &line);
        while (line.size > REPORT_SIZE_MAX) {
                size_t n = strlen(cut.result.server_text);
                char shorter[RESULT_SERVER_TEXT_MAX];

                assert(n > 0);
                string_copy(shorter, n / 2 + 1, cut.result.server_text);
                string_copy(cut.result.server_text, sizeof(cut.result.server_text), shorter);
                line.size = 0;
                write_report(&cut, &line);
        }
        if (line.failed)
                return -ENOMEM;
        text_append(t, line.data, line.size);
        return text_error(t);
}

/* Reads one line as one record. SIZE octets of DATA are followed by a NUL. */
static bool read_packet(char *data, size_t size, Record *ret)
{
        RecordReader reader = {.p = data, .end = data + size};

        if (size > REPORT_SIZE_MAX || memchr(data, '\0', size))
                return false;
        return record_read(&reader, ret) == 1 && reader.p == reader.end;
}

static bool read_result(const Record *r, Result *ret)
{
        const char *outcome = record_get(r, "outcome"), *step = record_get(r, "step");
        uint64_t code;

        if (!outcome || !step || outcome_from_name(outcome, &ret->outcome) < 0 ||
            step_from_name(step, &ret->step) < 0 || record_get_u64(r, "code", 0, 599, &code) < 0 ||
            record_get_string(r, "enhanced", ret->enhanced, sizeof(ret->enhanced)) < 0 ||
            record_get_string(r, "text", ret->server_text, sizeof(ret->server_text)) < 0 ||
            record_get_string(r, "cause", ret->cause, sizeof(ret->cause)) < 0 ||
            record_get_string(r, "hint", ret->hint, sizeof(ret->hint)) < 0 ||
            record_get_string(r, "server", ret->server, sizeof(ret->server)) < 0)
                return false;
        ret->code = (unsigned)code;
        return true;
}

static bool read_accepted(const Record *r, Report *ret)
{
        const char *value = record_get(r, "accepted");
        char list[NOTICE_RECIPIENTS_MAX * 4], *rest = list;

        if (!value || strlen(value) >= sizeof(list))
                return false;
        string_copy(list, sizeof(list), value);
        while (rest) {
                uint64_t index, least = ret->n_accepted > 0 ? ret->accepted[ret->n_accepted - 1] + 1U : 0;

                if (parse_u64(strsep(&rest, ","), least, NOTICE_RECIPIENTS_MAX - 1, &index) < 0)
                        return false;
                ret->accepted[ret->n_accepted++] = (uint8_t)index;
        }
        return true;
}

static bool read_session(const Record *record, Report *r)
{
        uint64_t pipelining_failed = 0;
        int q = record_get_u64(record, "pipelining-failed", 0, 1, &pipelining_failed);

        if ((q < 0 && q != -ENOENT) || record_get_string(record, "digest", r->digest, sizeof(r->digest)) < 0)
                return false;
        r->result.pipelining_failed = pipelining_failed;
        return true;
}

static bool read_fact(const Record *record, Fact *ret)
{
        const char *name = record_get(record, "fact");
        int i = name ? string_index(fact_names, FACT_COUNT, name) : -EINVAL;

        if (i < 0)
                return false;
        *ret = (Fact)i;
        return true;
}

static bool read_source(const Record *record, IpAddress *ret)
{
        const char *text = record_get(record, "source");

        return !text || ip_address_parse(text, ret) >= 0;
}

static bool read_fields(const Record *record, Report *r)
{
        uint64_t transaction = 0, recipient = 0;

        if ((r->type == REPORT_RECIPIENT || r->type == REPORT_COMMIT || r->type == REPORT_TRANSACTION) &&
            record_get_u64(record, "transaction", 0, SESSION_NOTICES_MAX - 1, &transaction) < 0)
                return false;
        if (r->type == REPORT_RECIPIENT &&
            record_get_u64(record, "recipient", 0, NOTICE_RECIPIENTS_MAX - 1, &recipient) < 0)
                return false;
        r->transaction = transaction;
        r->recipient = recipient;
        if (r->type == REPORT_COMMIT)
                return read_accepted(record, r);
        if (r->type == REPORT_ALIVE)
                return true;
        if ((r->type == REPORT_FACT && !read_fact(record, &r->fact)) || !read_result(record, &r->result))
                return false;
        if (r->type == REPORT_STEP)
                return read_source(record, &r->source);
        return r->type != REPORT_SESSION || read_session(record, r);
}

int report_parse(char *data, size_t size, Report *ret)
{
        Report r = {0};
        Record record;
        int type;

        if (!read_packet(data, size, &record))
                return -EBADMSG;
        type = string_index(type_names, REPORT_TYPE_COUNT, record.type);
        if (type < 0)
                return -EBADMSG;
        r.type = (ReportType)type;
        if (!read_fields(&record, &r))
                return -EBADMSG;
        *ret = r;
        return 0;
}

int commit_answer_format(size_t transaction, bool go, Text *t)
{
        record_begin(t, "answer");
        record_add_u64(t, "transaction", transaction);
        record_add_u64(t, "go", go);
        record_end(t);
        return text_error(t);
}

int commit_answer_parse(char *data, size_t size, size_t *ret_transaction, bool *ret_go)
{
        Record record;
        uint64_t transaction, go;

        if (!read_packet(data, size, &record) || !streq(record.type, "answer") ||
            record_get_u64(&record, "transaction", 0, SESSION_NOTICES_MAX - 1, &transaction) < 0 ||
            record_get_u64(&record, "go", 0, 1, &go) < 0)
                return -EBADMSG;
        *ret_transaction = transaction;
        *ret_go = go;
        return 0;
}
