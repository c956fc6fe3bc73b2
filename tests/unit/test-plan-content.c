/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide-world.h"

#include "decide/notice-text.h"

/* Destinations that want another mail than their neighbours. */

static void label(World *w, size_t i, Language language, const char *mac)
{
        w->settings->destinations[i].language = language;
        string_copy(w->settings->destinations[i].mac, MAC_TEXT_MAX, mac);
}

/* One session, and a transaction for each language and each phone. */
static void another_language_or_label_has_its_own_transaction(void **state)
{
        World w = world_new(6);

        label(&w, 1, LANGUAGE_JA, "");
        label(&w, 2, LANGUAGE_EN, "02:00:5e:10:00:01");
        label(&w, 3, LANGUAGE_JA, "");
        label(&w, 4, LANGUAGE_EN, "02:00:5e:10:00:01");
        label(&w, 5, LANGUAGE_EN, "02:00:5e:10:00:02");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 4);
        assert_int_equal(d->transactions[1].notice.n_recipients, 2);
        assert_string_equal(d->transactions[1].notice.recipients[1], "to3@example.com");
        assert_int_equal(d->transactions[1].notice.facts.language, LANGUAGE_JA);
        assert_int_equal(d->transactions[2].notice.n_recipients, 2);
        assert_string_equal(d->transactions[2].notice.facts.mac, "02:00:5e:10:00:01");
        delivery_free(d);
        world_done(&w);
}

static void compose(World *w, size_t i, const char *template, size_t n, const char *attachment)
{
        MailContent *c = &w->settings->destinations[i].content;

        string_copy(c->template, CONTENT_NAME_MAX, template);
        c->n_attachments = n;
        for (size_t k = 0; k < n; k++)
                string_copy(c->attachments[k], CONTENT_NAME_MAX, attachment);
}

static void another_text_or_file_has_its_own_transaction(void **state)
{
        World w = world_new(6);

        compose(&w, 1, "short", 0, "");
        compose(&w, 2, "", 1, "/a");
        compose(&w, 3, "", 1, "/b");
        compose(&w, 4, "", 2, "/a");
        compose(&w, 5, "", 1, "/a");
        world_settle(&w, "203.0.113.1", NULL);
        Delivery *d = world_plan(&w);
        assert_int_equal(d->n_transactions, 5);
        assert_string_equal(d->transactions[1].notice.facts.content.template, "short");
        assert_int_equal(d->transactions[2].notice.n_recipients, 2);
        assert_string_equal(d->transactions[2].notice.recipients[1], "to5@example.com");
        delivery_free(d);
        world_done(&w);
}

/* Names of any length and octets leave each order one that fits a packet. */
static void long_names_are_counted(void **state)
{
        World w = world_new(100);
        char name[CONTENT_NAME_MAX];

        memset(name, ' ', sizeof(name));
        name[0] = '/';
        name[CONTENT_NAME_MAX - 1] = '\0';
        for (size_t i = 0; i < 100; i++) {
                name[1] = (char)('0' + i / 10);
                name[2] = (char)('0' + i % 10);
                compose(&w, i, name, ATTACHMENTS_MAX, name);
        }
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        Delivery *d = world_plan(&w);
        _cleanup_text_ Text text = {0};
        for (size_t i = 0; i < d->n_transactions; i++)
                notice_write_fields(&text, &d->transactions[i].notice);
        assert_int_equal(text_error(&text), 0);
        assert_true(d->n_transactions > 5 && text.size < 48000);
        delivery_free(d);
        world_done(&w);
}

/* What the first try said, the second says again, whatever the settings say by then. */
static void a_retry_keeps_its_language_and_label(void **state)
{
        World w = world_new(1);
        char id[MESSAGE_ID_MAX];

        label(&w, 0, LANGUAGE_JA, "02:00:5e:10:00:01");
        compose(&w, 0, "short", 1, "ipherald.phone");
        world_settle(&w, "203.0.113.1", NULL);
        world_cut(&w, id);
        label(&w, 0, LANGUAGE_EN, "");
        compose(&w, 0, "", 0, "");
        world_restart(&w, "boot-1");
        world_settle(&w, "203.0.113.1", NULL);
        w.now += WORLD_UNKNOWN_WAIT;
        Delivery *d = world_plan(&w);
        assert_string_equal(d->transactions[0].notice.message_id, id);
        assert_int_equal(d->transactions[0].notice.facts.language, LANGUAGE_JA);
        assert_string_equal(d->transactions[0].notice.facts.mac, "02:00:5e:10:00:01");
        assert_string_equal(d->transactions[0].notice.facts.content.template, "short");
        assert_int_equal(d->transactions[0].notice.facts.content.n_attachments, 1);
        assert_string_equal(d->transactions[0].notice.facts.content.attachments[0], "ipherald.phone");
        delivery_free(d);
        world_done(&w);
}

static void a_family_that_does_not_concern_owes_nothing(void **state)
{
        World w = world_new(2);
        IpAddress told = ip("2001:db8::1"), now = ip("2001:db8::2");

        w.settings->destinations[1].family[FAMILY_IPV6] = false;
        world_settle(&w, NULL, "2001:db8::9"); /* no IPv4 yet: the second waits for it */
        Delivery *d = world_plan(&w);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        delivery_free(d);

        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.1", "2001:db8::2");
        d = world_plan(&w);
        assert_int_equal(d->n_transactions, 1);
        assert_int_equal(d->transactions[0].notice.n_recipients, 1);
        assert_string_equal(d->transactions[0].notice.recipients[0], "to0@example.com");
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);

        /* Its mail tells what the other family has come to. */
        world_settle(&w, "203.0.113.2", "2001:db8::2");
        d = world_plan(&w);
        assert_int_equal(d->n_transactions, 2);
        assert_string_equal(d->transactions[1].notice.recipients[0], "to1@example.com");
        assert_true(ip_address_equal(&d->transactions[1].notice.facts.old[FAMILY_IPV6], &told));
        assert_true(ip_address_equal(&d->transactions[1].notice.facts.new[FAMILY_IPV6], &now));
        delivery_free(d);
        world_done(&w);
}

/* Nor does a restart make news of it; settings that want both families from now on do. */
static void a_family_that_comes_to_concern_is_owed(void **state)
{
        World w = world_new(1);
        bool *concerns = w.settings->destinations[0].family;

        concerns[FAMILY_IPV4] = false;
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 1);
        world_settle(&w, "203.0.113.2", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 0);
        world_restart(&w, "boot-2");
        world_settle(&w, "203.0.113.2", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 0);
        assert_true(plan_deadline(w.ledger, w.settings) == USEC_INFINITY);

        concerns[FAMILY_IPV4] = true;
        Delivery *d = world_plan(&w);
        assert_non_null(d);
        IpAddress told = ip("203.0.113.1");
        assert_true(ip_address_equal(&d->transactions[0].notice.facts.old[FAMILY_IPV4], &told));
        delivery_free(d);
        assert_int_equal(world_deliver(&w), 1);
        concerns[FAMILY_IPV6] = false;
        assert_int_equal(world_deliver(&w), 0);
        world_done(&w);
}

/* Whoever differs in language alone is no reason for another session. */
static void a_hundred_in_two_languages_are_two_transactions(void **state)
{
        World w = world_new(100);

        for (size_t i = 0; i < 100; i += 3)
                label(&w, i, LANGUAGE_JA, "");
        world_settle(&w, "203.0.113.1", "2001:db8::1");
        assert_int_equal(world_deliver(&w), 2);
        assert_null(world_plan(&w));
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(another_language_or_label_has_its_own_transaction),
                cmocka_unit_test(another_text_or_file_has_its_own_transaction),
                cmocka_unit_test(long_names_are_counted),
                cmocka_unit_test(a_retry_keeps_its_language_and_label),
                cmocka_unit_test(a_family_that_does_not_concern_owes_nothing),
                cmocka_unit_test(a_family_that_comes_to_concern_is_owed),
                cmocka_unit_test(a_hundred_in_two_languages_are_two_transactions),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
