/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/record.h"
#include "base/string-util.h"
#include "mail/order.h"

static Order *order_with(size_t n_notices, size_t n_recipients)
{
        Order *o = calloc(1, sizeof(Order));

        assert_non_null(o);
        o->mail.port = 587;
        o->mail.method = AUTH_METHOD_SMTP;
        o->mail.mechanisms = SASL_ALL;
        assert_int_equal(string_replace(&o->mail.server, "mail.example.com"), 0);
        assert_int_equal(string_replace(&o->mail.from, "home@example.com"), 0);
        assert_int_equal(string_replace(&o->mail.account, "the account"), 0);
        assert_int_equal(string_replace(&o->mail.token_file, "/run/token"), 0);
        assert_int_equal(string_replace(&o->mail.certificate, "/etc/ipherald/client.pem"), 0);
        assert_int_equal(string_replace(&o->credentials_dir, "/run/credentials/ipherald.service"), 0);
        string_copy(o->host_name, sizeof(o->host_name), "router");
        string_copy(o->held_digest, sizeof(o->held_digest), "a$b");
        o->n_others = 1;
        assert_int_equal(ip_address_parse("2001:db8::7", &o->others[0].address), 0);
        o->notices = calloc(n_notices, sizeof(Notice));
        assert_non_null(o->notices);
        for (o->n_notices = 0; o->n_notices < n_notices; o->n_notices++) {
                Notice *n = &o->notices[o->n_notices];

                (void)snprintf(n->message_id, sizeof(n->message_id), "%zu@example.com", o->n_notices);
                assert_int_equal(ip_address_parse("203.0.113.1", &n->facts.new[FAMILY_IPV4]), 0);
                for (size_t i = 0; i < n_recipients; i++) {
                        char to[64];

                        (void)snprintf(to, sizeof(to), "somebody-%zu@example.com", i);
                        assert_int_equal(notice_add_recipient(n, to), 0);
                }
        }
        assert_int_equal(notice_add_header_to(&o->notices[0], "first@example.com"), 0);
        return o;
}

static void what_is_written_is_read(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(2, 3), *read = NULL;
        _cleanup_text_ Text first = {0}, second = {0}, copy = {0};
        MailContent *content = &o->notices[1].facts.content;

        string_copy(content->template, CONTENT_NAME_MAX, "/etc/ipherald/mail 1%.txt");
        content->n_attachments = 2;
        string_copy(content->attachments[0], CONTENT_NAME_MAX, "ipherald.phone");
        string_copy(content->attachments[1], CONTENT_NAME_MAX, "/b");
        assert_int_equal(order_format(o, &first), 0);
        text_append(&copy, first.data, first.size);
        assert_int_equal(order_parse(copy.data, copy.size, &read), 0);
        assert_string_equal(read->mail.account, "the account");
        assert_int_equal(read->mail.mechanisms, SASL_ALL);
        assert_string_equal(read->mail.token_file, "/run/token");
        assert_string_equal(read->mail.certificate, "/etc/ipherald/client.pem");
        assert_int_equal(read->n_notices, 2);
        assert_int_equal(read->notices[1].n_recipients, 3);
        assert_int_equal(read->notices[0].facts.content.n_attachments, 0);
        assert_true(mail_content_equal(&read->notices[1].facts.content, content));
        assert_string_equal(read->notices[0].header_to[0], "first@example.com");
        assert_int_equal(order_format(read, &second), 0);
        assert_string_equal(first.data, second.data);
}

/* What the mailer reads of the account is what the service wrote, each of it at its own place. */
static void each_setting_travels(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(1, 1), *read = NULL;
        _cleanup_text_ Text text = {0};

        o->mail.security = SECURITY_TLS;
        o->mail.port = 1;
        o->mail.mechanisms = SASL_EXTERNAL;
        o->careful = true;
        assert_int_equal(string_replace(&o->mail.helo, "router.example.com"), 0);
        assert_int_equal(string_replace(&o->mail.ca_file, "/etc/ca.pem"), 0);
        assert_int_equal(string_replace(&o->mail.tls_name, "tls.example.com"), 0);
        o->n_others = 2;
        o->others[1].address = o->others[0].address;
        o->others[1].address.octets[15] = 9;
        string_copy(o->others[0].interface, IFNAMSIZ, "br0");
        string_copy(o->others[1].interface, IFNAMSIZ, "br1");
        assert_int_equal(order_format(o, &text), 0);
        assert_null(strstr(text.data, "pop-"));
        assert_int_equal(order_parse(text.data, text.size, &read), 0);

        const char *const strings[][2] = {
                {o->mail.server, read->mail.server},
                {o->mail.from, read->mail.from},
                {o->mail.helo, read->mail.helo},
                {o->mail.account, read->mail.account},
                {o->mail.ca_file, read->mail.ca_file},
                {o->mail.tls_name, read->mail.tls_name},
                {o->mail.token_file, read->mail.token_file},
                {o->mail.certificate, read->mail.certificate},
                {o->credentials_dir, read->credentials_dir},
                {o->held_digest, read->held_digest},
                {o->host_name, read->host_name},
                {o->others[0].interface, read->others[0].interface},
                {o->others[1].interface, read->others[1].interface},
        };
        for (size_t i = 0; i < ELEMENTSOF(strings); i++)
                assert_string_equal(strings[i][0], strings[i][1]);
        assert_null(read->mail.pop_server);
        assert_int_equal(read->mail.port, 1);
        assert_int_equal(read->mail.security, SECURITY_TLS);
        assert_int_equal(read->mail.method, AUTH_METHOD_SMTP);
        assert_int_equal(read->mail.mechanisms, SASL_EXTERNAL);
        assert_true(read->careful && !read->print && !read->test);
        assert_int_equal(read->n_others, 2);
        for (size_t i = 0; i < 2; i++)
                assert_true(ip_address_equal(&o->others[i].address, &read->others[i].address));
}

/* What the mailer has read goes with the order. */
static void files_go_with_their_order(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(1, 1);

        o->files = calloc(2, sizeof(OrderFile));
        assert_non_null(o->files);
        for (; o->n_files < 2; o->n_files++) {
                assert_int_equal(string_replace(&o->files[o->n_files].name, "/file"), 0);
                assert_int_equal(string_replace(&o->files[o->n_files].data, "data"), 0);
        }
        assert_null(order_free(NULL));
}

static void pop_is_written_where_it_is_used(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(1, 1), *read = NULL;
        _cleanup_text_ Text text = {0};

        o->mail.security = SECURITY_NONE; /* the password goes by POP3 alone */
        o->mail.pop_port = 995;
        o->mail.pop_security = SECURITY_TLS;
        assert_int_equal(string_replace(&o->mail.pop_server, "pop.example.com"), 0);
        assert_int_equal(order_login_step(o), STEP_AUTH);
        o->mail.method = AUTH_METHOD_POP_BEFORE_SMTP;
        assert_int_equal(order_login_step(o), STEP_POP3);
        assert_int_equal(order_format(o, &text), 0);
        assert_int_equal(order_parse(text.data, text.size, &read), 0);
        assert_int_equal(read->mail.method, AUTH_METHOD_POP_BEFORE_SMTP);
        assert_string_equal(read->mail.pop_server, "pop.example.com");
        assert_int_equal(read->mail.pop_port, 995);
        assert_int_equal(read->mail.pop_security, SECURITY_TLS);
}

static void too_large_is_said(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(SESSION_NOTICES_MAX, NOTICE_RECIPIENTS_MAX);
        _cleanup_text_ Text text = {0};

        assert_int_equal(order_format(o, &text), -EMSGSIZE);
        assert_int_equal(text.size, 0);
}

#define ACCOUNT                                                                                         \
        "account server=mail.example.com port=587 security=starttls from=home@example.com method=none " \
        "mechanisms=0 host=router print=0 careful=0 test=0\n"
#define TEST_ACCOUNT                                                                                    \
        "account server=mail.example.com port=587 security=starttls from=home@example.com method=none " \
        "mechanisms=0 host=router print=0 careful=0 test=1\n"
#define LOGIN(mechanisms)                                                                               \
        "account server=mail.example.com port=587 security=starttls from=home@example.com method=smtp " \
        "account=a host=router print=0 careful=0 test=0 mechanisms=" mechanisms "\n"
#define POP(rest)                                                                      \
        "account server=mail.example.com port=25 security=none from=home@example.com " \
        "method=pop-before-smtp mechanisms=0 host=router print=0 careful=0 test=0" rest "\n"
#define NOTICE NOTICE_WITH("")
#define NOTICE_WITH(more)                                                                     \
        "notice id=1@example.com date=2026-11-24T00:00:00+00:00 host=router "                 \
        "changed=2026-11-24T00:00:00+00:00 new-ipv4=203.0.113.1 old-ipv4=none new-ipv6=none " \
        "old-ipv6=none" more "\n"
#define RECIPIENT "recipient to=me@example.com\n"

static int parse_lines(const char *lines)
{
        _cleanup_text_ Text text = {0};
        Order *read = NULL;
        int r;

        record_begin_document(&text, "ipherald-order", 1);
        text_append_string(&text, lines);
        record_end_document(&text);
        r = order_parse(text.data, text.size, &read);
        order_free(read);
        return r;
}

/* An account is taken as it stands in WORDS; with one of them left out where it is needed, or with another
 * value, it is not. */
static void no_word_of_an_account_is_believed(void **state)
{
        char long_digest[CREDENTIAL_DIGEST_MAX + 1] = {0}, long_host[HOST_NAME_TEXT_MAX + 1] = {0};
        const struct {
                const char *key, *good;
                bool needed;
                const char *bad[3];
        } words[] = {
                {"server", "mail.example.com", false, {"", "a\rb", "\x7f"}},
                {"port", "587", true, {"65536", "-1", ""}},
                {"security", "starttls", true, {"ssl", "", "STARTTLS"}},
                {"from", "home@example.com", true, {"home", "", "a@b\r\nBcc:x"}},
                {"method", "none", true, {"login", "", "None"}},
                {"mechanisms", "0", true, {"128", "-1", ""}},
                {"print", "1", true, {"2", "-1", "yes"}},
                {"careful", "1", true, {"2", "-1", "yes"}},
                {"test", "1", true, {"2", "-1", "yes"}},
                {"helo", "router", false, {"", "a\nb", "\x7f"}},
                {"account", "a", false, {"", "a\nb", "\x7f"}},
                {"ca-file", "/a", false, {"", "a\nb", "\x7f"}},
                {"tls-name", "a", false, {"", "a\nb", "\x7f"}},
                {"token-file", "/a", false, {"", "a\nb", "\x7f"}},
                {"certificate", "/a", false, {"", "a\nb", "\x7f"}},
                {"pop-server", "a", false, {"", "a\nb", "\x7f"}},
                {"credentials-dir", "/a", false, {"", "a\nb", "\x7f"}},
                {"held-digest", "", false, {long_digest, "a\nb", "\x7f"}},
                {"host", "router", false, {long_host, "a\nb", "\x7f"}},
        };

        memset(long_digest, 'd', CREDENTIAL_DIGEST_MAX);
        memset(long_host, 'h', HOST_NAME_TEXT_MAX);
        for (size_t changed = 0; changed < ELEMENTSOF(words); changed++)
                for (size_t how = 0; how < 5; how++) {
                        _cleanup_text_ Text lines = {0};

                        record_begin(&lines, "account");
                        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                                record_add(&lines, words[i].key,
                                           i != changed || how == 4 ? words[i].good
                                           : how == 3               ? NULL
                                                                    : words[i].bad[how]);
                        record_end(&lines);
                        text_append_string(&lines, NOTICE RECIPIENT);
                        assert_int_equal(parse_lines(lines.data),
                                         how < 3 || (how == 3 && words[changed].needed) ? -EBADMSG : 0);
                }
}

/* What order_parse() says of a document of SIZE octets. */
static int parse_of_size(size_t size)
{
        static const char account[] = "account server=a port=25 security=tls from=home@example.com "
                                      "method=none mechanisms=0 print=0 "
                                      "careful=0 test=1 helo=";
        static const size_t end_size = sizeof("ipherald-order 1\n\nend crc32=00000000\n") - 1;
        _cleanup_text_ Text text = {0};
        Order *read = NULL;
        int r;

        record_begin_document(&text, "ipherald-order", 1);
        text_append_string(&text, account);
        for (size_t n = end_size + strlen(account); n < size; n++)
                text_append_string(&text, "h");
        text_append_string(&text, "\n");
        record_end_document(&text);
        assert_int_equal(text.size, size);
        r = order_parse(text.data, text.size, &read);
        order_free(read);
        return r;
}

static void an_order_is_one_packet(void **state)
{
        _cleanup_(order_freep) Order *o = order_with(1, 1), *read = NULL;
        _cleanup_text_ Text text = {0}, largest = {0}, larger = {0}, helo = {0};

        assert_int_equal(order_format(o, &text), 0);
        for (size_t n = text.size + strlen(" helo="); n < ORDER_SIZE_MAX; n++)
                text_append_string(&helo, "h");
        assert_int_equal(string_replace(&o->mail.helo, helo.data), 0);
        assert_int_equal(order_format(o, &largest), 0);
        assert_int_equal(largest.size, ORDER_SIZE_MAX);
        assert_int_equal(order_parse(largest.data, largest.size, &read), 0);
        text_append_string(&helo, "h");
        assert_int_equal(string_replace(&o->mail.helo, helo.data), 0);
        assert_int_equal(order_format(o, &larger), -EMSGSIZE);
        assert_int_equal(larger.size, 0);
        assert_int_equal(parse_of_size(ORDER_SIZE_MAX), 0);
        assert_int_equal(parse_of_size(ORDER_SIZE_MAX + 1), -EBADMSG);
}

static void nothing_is_believed(void **state)
{
        static const char *const wrong[] = {
                "",
                ACCOUNT,
                ACCOUNT NOTICE,
                TEST_ACCOUNT NOTICE,
                NOTICE RECIPIENT,
                ACCOUNT ACCOUNT NOTICE RECIPIENT,
                ACCOUNT RECIPIENT,
                ACCOUNT NOTICE "recipient to=a@b>%0d%0aRCPT%20TO:<x@y\n",
                ACCOUNT NOTICE "recipient to=%0d%0a\n",
                ACCOUNT NOTICE_WITH(" language=fr") RECIPIENT,
                ACCOUNT NOTICE_WITH(" mac=02:00:5e:10:00") RECIPIENT,
                ACCOUNT NOTICE_WITH(" mac=02:00:5E:10:00:01") RECIPIENT,
                ACCOUNT NOTICE_WITH(" mac=02:00:5e:10:00:01%0d%0aBcc:%20a@b") RECIPIENT,
                ACCOUNT NOTICE RECIPIENT "other interface=eth0 address=nothing\n",
                "account server=a%0d%0ab port=587 security=starttls from=home@example.com method=none "
                "mechanisms=0 "
                "host=router print=0 careful=0 test=0\n" NOTICE RECIPIENT,
                "account server=a port=587 security=none from=home@example.com method=smtp account=a "
                "mechanisms=16 "
                "host=router print=0 careful=0 test=0\n" NOTICE RECIPIENT,
                "account server=a port=587 security=tls from=home@example.com method=smtp mechanisms=16 "
                "host=router "
                "print=0 careful=0 test=0\n" NOTICE RECIPIENT,
                ACCOUNT NOTICE_WITH(" last-ipv4-0=203.0.113.1") RECIPIENT,
                ACCOUNT NOTICE_WITH(" last-ipv4-0=yesterday,203.0.113.1") RECIPIENT,
                ACCOUNT NOTICE_WITH(" last-ipv4-0=2026-11-24T00:00:00+00:00,2001:db8::1") RECIPIENT,
                ACCOUNT NOTICE_WITH(" between-ipv4=-1") RECIPIENT,
                ACCOUNT NOTICE_WITH(" gone-ipv6=2026-11-24T00:00:00+00:00") RECIPIENT,
                POP(" account=a") NOTICE RECIPIENT,
                POP(" account=a pop-port=0 pop-security=tls") NOTICE RECIPIENT,
                POP(" account=a pop-port=995 pop-security=none") NOTICE RECIPIENT,
                POP(" account=a pop-port=995 pop-security=tls pop-server=a%0d") NOTICE RECIPIENT,
                POP(" pop-port=995 pop-security=tls") NOTICE RECIPIENT,
                LOGIN("128") NOTICE RECIPIENT,
                /* EXTERNAL without a certificate, XOAUTH2 without a token file, PLAIN beside one. */
                LOGIN("1") NOTICE RECIPIENT,
                LOGIN("4") NOTICE RECIPIENT,
                LOGIN("16 token-file=/token") NOTICE RECIPIENT,
                LOGIN("1 certificate=%0a") NOTICE RECIPIENT,
                LOGIN("4 token-file=%0a") NOTICE RECIPIENT,
        };

        assert_int_equal(parse_lines(ACCOUNT NOTICE RECIPIENT), 0);
        assert_int_equal(
                parse_lines(ACCOUNT NOTICE_WITH(" last-ipv4-0=2026-11-24T00:00:00+00:00,203.0.113.1 "
                                                "between-ipv4=7") RECIPIENT),
                0);
        assert_int_equal(parse_lines(ACCOUNT NOTICE_WITH(" language=ja mac=02:00:5e:10:00:01") RECIPIENT),
                         0);
        assert_int_equal(parse_lines(TEST_ACCOUNT), 0);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_lines(wrong[i]), -EBADMSG);
}

/* Nor what comes out of its order, or lacks what a session needs. */
static void nothing_is_left_out(void **state)
{
        static const char *const wrong[] = {
                /* No server, no port; a password in clear. */
                "account port=587 security=starttls from=home@example.com method=none mechanisms=0 print=0 "
                "careful=0 test=0\n" NOTICE RECIPIENT,
                "account server=a port=0 security=starttls from=home@example.com method=none mechanisms=0 "
                "print=0 careful=0 test=0\n" NOTICE RECIPIENT,
                "account server=a port=25 security=none from=home@example.com method=smtp account=a "
                "mechanisms=16 print=0 careful=0 test=0\n" NOTICE RECIPIENT,
                POP(" account=a pop-security=tls") NOTICE RECIPIENT,
                POP(" account=a pop-port=995") NOTICE RECIPIENT,
                POP(" account=a pop-port=995 pop-security=ssl") NOTICE RECIPIENT,
                POP(" account=a pop-port=65536 pop-security=tls") NOTICE RECIPIENT,
                NOTICE RECIPIENT ACCOUNT,
                "other interface=eth0 address=203.0.113.1\n" ACCOUNT NOTICE RECIPIENT,
                ACCOUNT NOTICE RECIPIENT "other interface=eth0\n",
                ACCOUNT NOTICE RECIPIENT "other interface=a-long-name-0016 address=203.0.113.1\n",
                ACCOUNT NOTICE RECIPIENT "other interface=%0a address=203.0.113.1\n",
                ACCOUNT NOTICE RECIPIENT "recipient\n",
                ACCOUNT NOTICE RECIPIENT "recipient to=me\n",
                ACCOUNT NOTICE RECIPIENT "header-to\n",
                ACCOUNT NOTICE RECIPIENT "sender to=me@example.com\n",
                ACCOUNT NOTICE RECIPIENT "Recipient\n",
                ACCOUNT NOTICE RECIPIENT NOTICE,
                ACCOUNT NOTICE RECIPIENT "notice id=1@example.com\n",
                ACCOUNT "notice id=1@example.com\n" RECIPIENT,
        };

        assert_int_equal(parse_lines(POP(" account=a pop-port=1 pop-security=tls") NOTICE RECIPIENT), 0);
        assert_int_equal(
                parse_lines("account server=a port=1 security=none from=home@example.com method=none "
                            "mechanisms=0 print=0 careful=0 test=0\n" NOTICE RECIPIENT),
                0);
        assert_int_equal(parse_lines("account port=0 security=none from=home@example.com method=none "
                                     "mechanisms=0 print=1 careful=0 test=0\n" NOTICE RECIPIENT),
                         0);
        assert_int_equal(parse_lines(LOGIN("16") NOTICE RECIPIENT), 0);
        assert_int_equal(parse_lines(LOGIN("1 certificate=/a") NOTICE RECIPIENT), 0);
        assert_int_equal(parse_lines(LOGIN("4 token-file=/a") NOTICE RECIPIENT), 0);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_lines(wrong[i]), -EBADMSG);
}

/* Nor does a service that was led astray have the mailer send what it logs in with. */
static void no_file_goes_by_another_name(void **state)
{
        static const char *const wrong[] = {
                ACCOUNT NOTICE_WITH(" template=") RECIPIENT,
                ACCOUNT NOTICE_WITH(" template=long") RECIPIENT,
                ACCOUNT NOTICE_WITH(" template=../a") RECIPIENT,
                ACCOUNT NOTICE_WITH(" template=ipherald.smtp-password") RECIPIENT,
                ACCOUNT NOTICE_WITH(" attach-0=short") RECIPIENT,
                ACCOUNT NOTICE_WITH(" attach-0=ipherald.a/../b") RECIPIENT,
                ACCOUNT NOTICE_WITH(" attach-0=/run/ipherald.tls-key") RECIPIENT,
                ACCOUNT NOTICE_WITH(" attach-0=/a%0a") RECIPIENT,
                ACCOUNT NOTICE_WITH(" attach-0=/0 attach-1=/1 attach-2=/2 attach-3=/3 attach-4=/4")
                        RECIPIENT,
        };

        assert_int_equal(
                parse_lines(ACCOUNT NOTICE_WITH(" template=short attach-0=/0 attach-1=/1 attach-2=/2 "
                                                "attach-3=ipherald.3") RECIPIENT),
                0);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_lines(wrong[i]), -EBADMSG);
}

/* What parse_lines() says of BEGIN, N times LINE, and END. */
static int parse_repeated(const char *begin, const char *line, size_t n, const char *end)
{
        _cleanup_text_ Text lines = {0};

        text_append_string(&lines, begin);
        for (size_t i = 0; i < n; i++)
                text_append_string(&lines, line);
        text_append_string(&lines, end);
        return parse_lines(lines.data);
}

static void no_more_than_there_is_room_for(void **state)
{
        static const struct {
                const char *begin, *line, *end;
                size_t most;
        } rows[] = {
                {ACCOUNT NOTICE, RECIPIENT, "", NOTICE_RECIPIENTS_MAX},
                {ACCOUNT NOTICE RECIPIENT, "header-to to=me@example.com\n", "", NOTICE_RECIPIENTS_MAX},
                {ACCOUNT, NOTICE RECIPIENT, "", SESSION_NOTICES_MAX},
                {ACCOUNT, "other interface=eth0 address=203.0.113.1\n", NOTICE RECIPIENT,
                 SELECTION_OTHERS_MAX},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(parse_repeated(rows[i].begin, rows[i].line, rows[i].most, rows[i].end), 0);
                assert_int_equal(parse_repeated(rows[i].begin, rows[i].line, rows[i].most + 1, rows[i].end),
                                 -EBADMSG);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(each_setting_travels),
                cmocka_unit_test(files_go_with_their_order),
                cmocka_unit_test(pop_is_written_where_it_is_used),
                cmocka_unit_test(too_large_is_said),
                cmocka_unit_test(no_word_of_an_account_is_believed),
                cmocka_unit_test(an_order_is_one_packet),
                cmocka_unit_test(nothing_is_believed),
                cmocka_unit_test(nothing_is_left_out),
                cmocka_unit_test(no_file_goes_by_another_name),
                cmocka_unit_test(no_more_than_there_is_room_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
