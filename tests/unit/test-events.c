/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <syslog.h>

#include "journal/events.h"

/* People and scripts build on these: the names, the beginnings of the lines, the priorities. */
static void events_are_as_promised(void **state)
{
        static const struct {
                EventType type;
                const char *name, *begins;
                int priority;
        } promised[] = {
                {EVENT_ADDRESS_CHANGED, "address-changed", "Address changed:", LOG_NOTICE},
                {EVENT_ADDRESS_GONE, "address-gone", "Address gone:", LOG_NOTICE},
                {EVENT_MAIL_STARTED, "mail-started", "Mail sending started:", LOG_INFO},
                {EVENT_MAIL_COMPLETED, "mail-completed", "Mail sending completed:", LOG_NOTICE},
                {EVENT_MAIL_FAILED, "mail-failed", "Mail sending failed:", LOG_ERR},
                {EVENT_AUTH_FAILED, "auth-failed", "Mail authentication failed:", LOG_ERR},
                {EVENT_MAIL_DEFERRED, "mail-deferred", "Mail sending deferred:", LOG_WARNING},
                {EVENT_MAIL_SUPERSEDED, "mail-superseded", "Mail superseded:", LOG_INFO},
                {EVENT_CONFIG_ERROR, "config-error", "Settings not usable:", LOG_ERR},
                {EVENT_LEDGER_DAMAGED, "ledger-damaged", "Ledger damaged:", LOG_ERR},
                {EVENT_LEDGER_UNWRITABLE, "ledger-unwritable", "Ledger not writable:", LOG_ERR},
                {EVENT_EVENTS_LOST, "events-lost", "Kernel events lost:", LOG_WARNING},
        };

        assert_int_equal(ELEMENTSOF(promised), EVENT_COUNT);
        for (size_t i = 0; i < ELEMENTSOF(promised); i++) {
                const EventDescription *d = event_description(promised[i].type);

                assert_string_equal(d->name, promised[i].name);
                assert_string_equal(d->begins, promised[i].begins);
                assert_int_equal(d->priority, promised[i].priority);
        }
}

static void message_ids_are_ids_and_unique(void **state)
{
        for (EventType a = 0; a < EVENT_COUNT; a++) {
                const char *id = event_description(a)->message_id;

                assert_int_equal(strlen(id), 32);
                assert_int_equal(strspn(id, "0123456789abcdef"), 32);
                for (EventType b = 0; b < a; b++)
                        assert_string_not_equal(id, event_description(b)->message_id);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(events_are_as_promised),
                cmocka_unit_test(message_ids_are_ids_and_unique),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
