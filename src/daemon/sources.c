/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/string-util.h"
#include "decide/addresses-text.h"
#include "journal/events.h"
#include "store/fd.h"
#include "store/read-file.h"
#include "watch/address-file.h"

/* The watches say what they heard, reports keep it, address/outside judges. Nothing is settled here: a
 * change outside goes the way of one on an interface. */

#define WHY_MAX 160

struct Sources {
        sd_event *event;
        void (*changed)(void *userdata);
        void *userdata;
        OutsideReports reports;
        bool asked[FAMILY_COUNT];
        bool silence_told[SOURCE_COUNT][FAMILY_COUNT];
        char why[SOURCE_COUNT][WHY_MAX]; /* it is silent */
        AddressFileWatch *file;
        char *file_path;
        char tunnel_told[FAMILY_COUNT][IFNAMSIZ];
};

int sources_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Sources **ret)
{
        Sources *s = calloc(1, sizeof(Sources));

        if (!s)
                return -ENOMEM;
        *s = (Sources){.event = event, .changed = changed, .userdata = userdata};
        *ret = s;
        return 0;
}

Sources *sources_free(Sources *s)
{
        if (!s)
                return NULL;
        address_file_watch_free(s->file);
        free(s->file_path);
        free(s);
        return NULL;
}

/* ADDRESS is unset where the source does not know, and WHY says why. */
static void note(Sources *s, Source source, Family f, const IpAddress *address, const char *why)
{
        OutsideReport *r = &s->reports.of[source][f];

        r->state = ip_address_is_set(address) ? OUTSIDE_KNOWN : OUTSIDE_SILENT;
        r->address = *address;
        string_copy(s->why[source], sizeof(s->why[source]), why);
}

/* Only of what is asked: a file need not know an IPv6 address that each interface has. */
static void tell_silence(Sources *s, const SourceOrder *order)
{
        for (size_t i = 1; i < order->n; i++)
                for (Family f = 0; f < FAMILY_COUNT; f++) {
                        Source source = order->source[i];
                        OutsideState state = s->reports.of[source][f].state;
                        bool *told = &s->silence_told[source][f];

                        if (s->asked[f] && state == OUTSIDE_SILENT && !*told) {
                                log_line(LOG_NOTICE,
                                         "The source \"%s\" does not know the %s address outside: %s; what "
                                         "was known before stands, and it is asked again",
                                         source_name(source), family_name(f), s->why[source]);
                                *told = true;
                        } else if (state == OUTSIDE_KNOWN && *told) {
                                log_line(LOG_NOTICE, "The source \"%s\" knows the %s address outside again",
                                         source_name(source), family_name(f));
                                *told = false;
                        }
                }
}

/* A file that others may write is anybody's word. */
static int read_strictly(const char *path, char **ret, size_t *ret_size, const char **ret_why)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0) {
                *ret_why = strerror(errno);
                return -errno;
        }
        if (st.st_mode & (S_IWGRP | S_IWOTH)) {
                *ret_why = "others than its owner may write it";
                return -EPERM;
        }
        r = read_file(fd, ADDRESSES_TEXT_MAX, ret, ret_size);
        if (r < 0)
                *ret_why = read_file_error(r);
        return r;
}

static void read_address_file(Sources *s)
{
        IpAddress address[FAMILY_COUNT] = {0};
        _cleanup_free_ char *data = NULL;
        const char *why = NULL, *key;
        char words[WHY_MAX];
        size_t size;

        if (read_strictly(s->file_path, &data, &size, &why) >= 0 &&
            addresses_parse(data, size, address, &key) < 0) {
                (void)snprintf(words, sizeof(words), "the line of %s is not as it must be", key);
                why = words;
        }
        for (Family f = 0; f < FAMILY_COUNT; f++)
                note(s, SOURCE_FILE, f, &address[f], why ? why : "the file says that there is none");
}

static void on_file_changed(void *userdata)
{
        Sources *s = userdata;

        read_address_file(s);
        s->changed(s->userdata);
}

static void watch_file(Sources *s, const Settings *settings)
{
        int r = 0;

        s->file = address_file_watch_free(s->file);
        memset(s->reports.of[SOURCE_FILE], 0, sizeof(s->reports.of[SOURCE_FILE]));
        if (!source_order_has(&settings->sources, SOURCE_FILE))
                return;
        r = string_replace(&s->file_path, settings->outside_file);
        if (r >= 0)
                r = address_file_watch_new(s->event, s->file_path, on_file_changed, s, &s->file);
        if (r < 0)
                log_line(LOG_WARNING, "Can't watch %s: %s", settings->outside_file, strerror(-r));
        else
                read_address_file(s);
}

void sources_take_settings(Sources *s, const Settings *settings)
{
        memset(s->silence_told, 0, sizeof(s->silence_told));
        watch_file(s, settings);
}

static void tell_tunnels(Sources *s, const Selection *selection)
{
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const char *tunnel = selection->tunnel[f];

                if (*tunnel && !streq(tunnel, s->tunnel_told[f]))
                        log_line(LOG_NOTICE,
                                 "The %s default route leads through the tunnel %s, which is passed over; "
                                 "name it in watch.interfaces to have its address told",
                                 family_name(f), tunnel);
                string_copy(s->tunnel_told[f], sizeof(s->tunnel_told[f]), tunnel);
        }
}

/* A private address is what a question outside begins with, told or not. */
void sources_select(Sources *s, const Network *network, const Settings *settings, const Ledger *ledger,
                    Selection *ret)
{
        SelectionOptions options = settings->watch;
        OutsideSettled settled[FAMILY_COUNT];
        IpAddress addresses[FAMILY_COUNT];

        for (Family f = 0; f < FAMILY_COUNT; f++)
                settled[f] = (OutsideSettled){ledger->addresses[f].address, ledger->addresses[f].origin};
        ledger_addresses(ledger, addresses);
        options.private_addresses = options.private_addresses ||
                                    source_order_looks_outside(&settings->sources);
        select_addresses(network, &options, addresses, ret);
        tell_tunnels(s, ret);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                s->asked[f] = outside_is_asked(&settings->sources, ret, f);
        tell_silence(s, &settings->sources);
        outside_apply(&settings->sources, &s->reports, settled, settings->watch.private_addresses, ret);
}
