/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What one session has room for: 48,000 octets, of which a mail takes 2,300, a file 394, a recipient 16 and
 * its address, where '%' counts three times. What just fits goes out, and one octet more is left for the
 * next session. */

#include "decide-world.h"

#define OWN 20 /* destinations with a mail of their own */

/* N octets of an address, of which so many are '%'. */
static char *address_of(size_t i, size_t n, size_t percents)
{
        char *to;
        size_t size;

        assert_true(asprintf(&to, "%zu%*s@example.com", i % 10, (int)(n - 13), "") > 0);
        for (size = 0; to[size]; size++)
                if (to[size] == ' ')
                        to[size] = percents > 0 && percents-- ? '%' : (char)('a' + i / 10);
        assert_int_equal(size, n);
        return to;
}

static void set_address(World *w, size_t i, size_t n, size_t percents)
{
        free(w->settings->destinations[i].to);
        w->settings->destinations[i].to = address_of(i, n, percents);
}

/* OWN destinations, each with an address of N octets and a language or label of its own. */
static World world_of_own_mails(size_t n)
{
        World w = world_new(OWN);

        for (size_t i = 0; i < OWN; i++) {
                set_address(&w, i, n, 0);
                (void)snprintf(w.settings->destinations[i].mac, MAC_TEXT_MAX, "02:00:5e:10:00:%02zx", i);
        }
        return w;
}

static size_t count_recipients(const Delivery *d)
{
        size_t n = 0;

        for (size_t i = 0; i < d->n_transactions; i++)
                n += d->transactions[i].notice.n_recipients;
        return n;
}

/* How many of the destinations are in the next session. */
static size_t planned(World *w)
{
        _cleanup_(delivery_freep) Delivery *d = NULL;

        assert_int_equal(ledger_take_settings(w->ledger, w->settings), 0);
        world_settle(w, "203.0.113.1", NULL);
        d = world_plan(w);
        assert_non_null(d);
        return count_recipients(d);
}

static void each_octet_counts(void **state)
{
        static const struct {
                size_t others;         /* octets of each other address */
                size_t last, percents; /* of the last one, which just fits */
                const char *template;
                size_t n_attachments;
        } cases[] = {
                {84, 84, 0, "", 0},  {84, 64, 10, "", 0}, {60, 146, 0, "short", 0},
                {60, 146, 0, "", 1}, {40, 132, 0, "", 2}, {40, 132, 0, "short", 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                World w = world_of_own_mails(cases[i].others);
                MailContent *c = &w.settings->destinations[OWN - 1].content;

                string_copy(c->template, sizeof(c->template), cases[i].template);
                c->n_attachments = cases[i].n_attachments;
                for (size_t k = 0; k < c->n_attachments; k++)
                        string_copy(c->attachments[k], sizeof(c->attachments[k]), "/a");
                set_address(&w, OWN - 1, cases[i].last, cases[i].percents);
                assert_int_equal(planned(&w), OWN);
                set_address(&w, OWN - 1, cases[i].last + 1, cases[i].percents);
                assert_int_equal(planned(&w), OWN - 1);
                world_done(&w);
        }
}

static void share_mail(World *w, size_t n)
{
        for (size_t i = OWN - n; i < OWN; i++)
                string_copy(w->settings->destinations[i].mac, MAC_TEXT_MAX, "02:00:5e:10:00:ff");
}

/* The last two share a mail, which is counted once. */
static void who_shares_a_mail_needs_no_room_for_one(void **state)
{
        World w = world_of_own_mails(199);

        share_mail(&w, 2);
        assert_int_equal(planned(&w), OWN);
        set_address(&w, OWN - 1, 200, 0);
        assert_int_equal(planned(&w), OWN - 1);
        world_done(&w);
}

/* A mail that goes out again names all of its recipients once more, in To:. */
static void a_mail_again_needs_room_for_its_header(void **state)
{
        static const struct {
                size_t n; /* destinations that it goes to again, the last ones */
                size_t others, last;
                const char *template;
        } cases[] = {
                {1, 80, 72, ""},
                {1, 60, 65, "short"},
                {2, 200, 87, ""},
                {2, 181, 74, "short"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                World w = world_of_own_mails(cases[i].others);
                char id[MESSAGE_ID_MAX];

                share_mail(&w, cases[i].n);
                for (size_t k = 0; k < OWN; k++) {
                        DestinationSettings *d = &w.settings->destinations[k];

                        d->enabled = k >= OWN - cases[i].n;
                        if (!d->enabled)
                                continue;
                        set_address(&w, k, cases[i].last, 0);
                        string_copy(d->content.template, CONTENT_NAME_MAX, cases[i].template);
                }
                assert_int_equal(planned(&w), cases[i].n);
                world_cut(&w, id);
                w.now += WORLD_UNKNOWN_WAIT;
                for (size_t k = 0; k < OWN; k++)
                        w.settings->destinations[k].enabled = true;
                assert_int_equal(planned(&w), OWN);
                set_address(&w, 0, cases[i].others + 1, 0);
                assert_int_equal(planned(&w), OWN - 1);
                /* Where the first of them just does not fit, none of them goes out. */
                set_address(&w, 0, cases[i].others + (cases[i].n - 1) * (16 + cases[i].last) + 1, 0);
                assert_int_equal(planned(&w), OWN - cases[i].n);
                world_done(&w);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_octet_counts),
                cmocka_unit_test(who_shares_a_mail_needs_no_room_for_one),
                cmocka_unit_test(a_mail_again_needs_room_for_its_header),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
