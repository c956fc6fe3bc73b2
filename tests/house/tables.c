/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <syslog.h>

#include "decide/outcome.h"
#include "journal/events.h"
#include "settings/keys.h"
#include "settings/settings.h"

/* The tables that the manual pages and the catalog are held against, a line a row, with tabs between: what
 * the program itself has, not what its source looks like. */

static void print_value(const SettingsValue *v)
{
        switch (v->type) {
        case SETTINGS_VALUE_BOOL:
                printf("%s", v->boolean ? "true" : "false");
                break;
        case SETTINGS_VALUE_INTEGER:
                printf("%lld", (long long)v->integer);
                break;
        case SETTINGS_VALUE_REAL:
                printf("%.15g", v->real);
                break;
        case SETTINGS_VALUE_TEXT:
                printf("\"%s\"", v->text);
                break;
        case SETTINGS_VALUE_LIST:
                for (size_t i = 0; i < v->n_elements; i++) {
                        printf("%s", i == 0 ? "( " : ", ");
                        print_value(v->elements + i);
                }
                printf(" )");
                break;
        case SETTINGS_VALUE_NONE:
        case SETTINGS_VALUE_GROUP:
                break;
        }
}

static void print_keys(void)
{
        size_t n;
        const SettingsKey *keys = settings_keys(&n);

        for (size_t i = 0; i < n; i++) {
                printf("key\t%s\t%s\t", keys[i].path, keys[i].values);
                print_value(&keys[i].fallback);
                if (keys[i].max > 0)
                        printf("\t%.15g\t%.15g\n", keys[i].min, keys[i].max);
                else
                        printf("\t\t\n");
        }
        for (Security s = SECURITY_STARTTLS; s <= SECURITY_NONE; s++)
                printf("port\t%u with \"%s\"\n", security_default_port(s), security_name(s));
}

static void print_events(void)
{
        static const char *const priorities[] = {
                [LOG_ERR] = "err", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice", [LOG_INFO] = "info"};

        for (EventType t = 0; t < EVENT_COUNT; t++) {
                const EventDescription *d = event_description(t);

                printf("event\t%s\t%s\t%s\t%s\n", d->name, d->begins, priorities[d->priority],
                       d->message_id);
        }
        for (Step s = STEP_NONE + 1; s < STEP_COUNT; s++)
                printf("step\t%s\n", step_name(s));
}

int main(void)
{
        print_keys();
        print_events();
        return 0;
}
