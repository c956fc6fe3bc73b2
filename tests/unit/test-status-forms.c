/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/string-util.h"
#include "cli/json.h"
#include "cli/status-json.h"
#include "cli/status-lines.h"
#include "cli/wrap.h"
#include "ip.h"

#define NOW  (1000 * USEC_PER_SEC)
#define WALL ((WallTime){.seconds = 1764000000}) /* 2025-11-24 16:00:00 */

static void json_takes_any_octets(void **state)
{
        static const struct {
                const char *text, *json;
        } cases[] = {
                {"", "\"\""},
                {"a\"b\\c", "\"a\\\"b\\\\c\""},
                {"\x01\n\x7f", "\"\\u0001\\u000a\\u007f\""},
                {"é日\xf0\x9f\x93\xa7", "\"é日\xf0\x9f\x93\xa7\""},
                {"x\xffy\xc3", "\"x\\ufffdy\\ufffd\""},
                {"\xc0\xaf\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""},
                {NULL, "null"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_text_ Text t = {0};

                json_string(&t, NULL, cases[i].text);
                assert_string_equal(t.data, cases[i].json);
        }
}

static void json_has_its_commas(void **state)
{
        _cleanup_text_ Text t = {0};

        json_begin(&t, NULL, '{');
        json_begin(&t, "a", '[');
        json_end(&t, ']');
        json_begin(&t, "b", '[');
        json_number(&t, NULL, 1);
        json_string(&t, NULL, "{");
        json_bool(&t, NULL, false);
        json_end(&t, ']');
        json_end(&t, '}');
        assert_string_equal(t.data, "{\"a\":[],\"b\":[1,\"{\",false]}");
}

static void lines_are_parted_where_words_allow_it(void **state)
{
        static const struct {
                const char *text;
                size_t begin, width;
                const char *lines;
        } cases[] = {
                {"one two three", 0, 0, "one two three"},
                {"one two three", 0, 8, "one two\n  three"},
                {"one two three", 4, 8, "one\n  two\n  three"},
                {"averylongword two", 2, 8, "averylongword\n  two"},
                {"日本語です。", 2, 8, "日本語\n  です。"},
                {"日本語。です", 2, 8, "日本\n  語。で\n  す"},
                {"日本 abc", 2, 8, "日本\n  abc"},
                {"", 2, 8, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_text_ Text t = {0};

                text_wrap(&t, cases[i].text, cases[i].begin, 2, cases[i].width);
                assert_string_equal(t.data ? t.data : "", cases[i].lines);
        }
        assert_int_equal(text_columns("IPv4 日本é"), 10);
}

static Status status_of(StatusDestination *destinations, size_t n)
{
        Status s = {
                .service = {.pid = 7, .since = WALL, .config = "/etc/ipherald/ipherald.conf"},
                .server = "mail.example.com:587",
                .mail_enabled = true,
                .heard = true,
                .settled = true,
                .settles_at = USEC_INFINITY,
                .destinations = destinations,
                .n_destinations = n,
        };

        s.family[FAMILY_IPV4].settled = (AddressRecord){
                .address = ip("203.0.113.9"), .interface = "eth0", .since = {WALL.seconds - 90000, 0}};
        s.family[FAMILY_IPV4].candidate.address = ip("203.0.113.9");
        s.family[FAMILY_IPV6].reason = REASON_NO_ADDRESS;
        string_copy(s.family[FAMILY_IPV6].asked, IFNAMSIZ, "eth0");
        return s;
}

/* What only some have: a line that was down, addresses that don't count, and a mail of their own. */
static void add_rarities(Status *s)
{
        StatusDestination *d = &s->destinations[0];

        s->family[FAMILY_IPV4].settled.number = s->family[FAMILY_IPV4].settled.returned = 2;
        s->family[FAMILY_IPV4].settled.gone.seconds = WALL.seconds - 90000 - 40;
        s->family[FAMILY_IPV4].settled.back.seconds = WALL.seconds - 90000;
        s->n_left_out = 2;
        s->left_out[0] = (LeftOut){ip("192.168.7.5"), "lan", VERDICT_OFF_ROUTE};
        s->left_out[1] = (LeftOut){ip("fe80::1"), "eth0", VERDICT_LOCAL};
        d->content = (MailContent){"/etc/text", 1, {"ipherald.wg.conf"}};
        string_copy(d->mac, MAC_TEXT_MAX, "02:00:5e:10:00:01");
        d->language = LANGUAGE_JA;
        d->family[FAMILY_IPV4] = true;
        d->remind_days = 30;
        d->reminds_at.seconds = WALL.seconds + 30 * 86400;
}

static void a_person_reads_aligned_lines(void **state)
{
        StatusDestination destinations[] = {
                {.to = (char *)"me@example.com", .enabled = true, .due = USEC_INFINITY, .told_at = WALL},
                {.to = (char *)"somebody@example.com",
                 .enabled = true,
                 .owed = STATUS_OWED_NEW,
                 .wait = WAIT_FAILED,
                 .due = NOW + 2 * USEC_PER_HOUR,
                 .failure = {WALL,
                             {.outcome = OUTCOME_DESTINATION_PERMANENT,
                              .step = STEP_RCPT,
                              .code = 550,
                              .enhanced = "5.1.1",
                              .server_text = "nobody",
                              .hint = "recipient"}}},
        };
        Status s = status_of(destinations, 2);
        const StatusForm form = {.wall = WALL, .now = NOW};
        _cleanup_text_ Text t = {0};

        destinations[0].told[FAMILY_IPV4] = (Told){true, ip("203.0.113.9")};
        destinations[0].told[FAMILY_IPV6].known = true;
        s.family[FAMILY_IPV4].settled.n_last = 1;
        s.family[FAMILY_IPV4].settled.last[0] = ip("203.0.113.8");
        s.family[FAMILY_IPV4].settled.last_since[0].seconds = WALL.seconds - 90000 - 3700;
        add_rarities(&s);
        destinations[1].family[FAMILY_IPV4] = destinations[1].family[FAMILY_IPV6] = true;
        status_lines(&s, &form, &t);
        assert_string_equal(
                t.data,
                "ipherald\n"
                "  Service   process 7, running since 2025-11-24 16:00:00\n"
                "  Settings  /etc/ipherald/ipherald.conf\n"
                "  Mail      through mail.example.com:587\n"
                "\n"
                "Addresses\n"
                "  IPv4  203.0.113.9 on eth0 (documentation), since 2025-11-23 15:00:00 (1 d 1 h)\n"
                "        192.168.7.5 on lan (private: not reachable from outside); does not count: the "
                "default route leads elsewhere\n"
                "  IPv6  none: eth0 has no IPv6 address\n"
                "        fe80::1 on eth0 (link-local); does not count: of this link or machine alone\n"
                "\n"
                "Addresses before\n"
                "  IPv4  none, since 2025-11-23 14:59:20 (40 s)\n"
                "        203.0.113.8, since 2025-11-23 13:58:20 (1 h 1 min)\n"
                "\n"
                "Destinations\n"
                "  me@example.com        told 203.0.113.9, no IPv6, 2025-11-24 16:00:00\n"
                "                        02:00:5e:10:00:01, mail in Japanese, changes of IPv4 alone, text "
                "of "
                "/etc/text, with ipherald.wg.conf, told again after 30 days (2025-12-24 16:00:00)\n"
                "  somebody@example.com  told nothing yet\n"
                "                        owed 203.0.113.9: it failed, and something is to be mended; next "
                "try "
                "2025-11-24 18:00:00 (in 2 h 0 min)\n"
                "                        2025-11-24 16:00:00 failed at the step rcpt: 550 5.1.1 nobody\n"
                "                        Hint: does this mailbox exist? See destinations\n");
}

static void a_program_reads_what_is_promised(void **state)
{
        StatusDestination destination = {.to = (char *)"me@example.com",
                                         .content = {"short", 2, {"/a", "ipherald.b"}},
                                         .remind_days = 7,
                                         .reminds_at = WALL,
                                         .due = USEC_INFINITY};
        Status s = status_of(&destination, 1);
        _cleanup_text_ Text t = {0}, down = {0};

        s.service.ledger_unwritable = true;
        s.n_left_out = 1;
        s.left_out[0] = (LeftOut){ip("192.168.7.5"), "lan", VERDICT_OFF_ROUTE};
        status_json(&s, &t);
        assert_string_equal(
                t.data,
                "{\"version\":1,\"running\":true,\"pid\":7,\"since\":\"2025-11-24T16:00:00+00:00\","
                "\"config\":\"/etc/ipherald/ipherald.conf\",\"settings\":\"good\",\"ledger_writable\":false,"
                "\"settled\":true,\"settles_at\":null,\"addresses\":{\"ipv4\":{\"address\":\"203.0.113.9\","
                "\"interface\":\"eth0\",\"scope\":\"documentation\","
                "\"source\":\"interface\",\"nat\":\"none\",\"nat_other\":null,\"since\":\"2025-11-23T15:00:"
                "00+00:00\","
                "\"now\":{\"address\":\"203.0.113.9\",\"interface\":\"\",\"scope\":\"documentation\","
                "\"source\":\"interface\",\"nat\":\"none\",\"nat_other\":null,\"reason\":\"selected\","
                "\"tunnel\":null},\"others\":[],"
                "\"left_out\":[{\"address\":\"192.168.7.5\",\"interface\":\"lan\",\"scope\":\"private\","
                ""
                "\"reason\":\"off-route\"}],\"last\":[],\"away\":null},\"ipv6\":"
                "{\"address\":"
                "null,"
                "\"interface\":null,\"scope\":null,\"source\":\"interface\",\"nat\":\"none\",\"nat_other\":"
                "null,\"since\":null,\"now\":{\"address\":null,\"interface\":"
                "null,"
                "\"scope\":null,\"source\":\"interface\",\"nat\":\"none\",\"nat_other\":null,\"reason\":"
                "\"no-address\",\"tunnel\":null},\"others\":[],\"left_out\":[],\"last\":[],"
                "\"away\":null}},"
                "\"mail\":{\"enabled\":true,\"server\":\"mail.example.com:587\",\"sending\":false,\"held\":"
                "false,"
                "\"tries\":0,\"next_try\":null,\"failure\":null},\"destinations\":[{\"to\":\"me@example."
                "com\","
                "\"enabled\":false,\"mac\":null,\"language\":\"en\",\"families\":[],\"template\":\"short\","
                "\"attach\":[\"/a\",\"ipherald.b\"],\"remind_days\":7,"
                "\"reminds_at\":\"2025-11-24T16:00:00+00:00\",\"told\":{},\"told_at\":null,"
                "\"owed\":\"nothing\",\"waits_for\":\"nothing\",\"sending\":false,\"next_try\":null,"
                "\"failure\":null}]}\n");
        status_json(NULL, &down);
        assert_string_equal(down.data, "{\"version\":1,\"running\":false}\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(json_takes_any_octets),
                cmocka_unit_test(json_has_its_commas),
                cmocka_unit_test(lines_are_parted_where_words_allow_it),
                cmocka_unit_test(a_person_reads_aligned_lines),
                cmocka_unit_test(a_program_reads_what_is_promised),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
