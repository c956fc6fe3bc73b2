/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "cli/load-settings.h"
#include "cli/messages.h"
#include "cli/status-words.h"
#include "cli/verbs.h"
#include "cli/watch-lines.h"
#include "daemon/clock.h"
#include "daemon/status-file.h"

/* The service's first half, on a socket of its own: watch -> address -> decide. It stops where the ledger
 * begins: what has settled here is what the service would hold against what it told, and what it did tell is
 * in the file that it publishes. The other sources of watch.sources are the service's to ask, since each
 * would be asked twice; where it does, that is said.
 *
 * An event is a line; what the events that were read in one go come to is a line below them, indented. */

typedef struct Watch {
        const Options *options;
        const Settings *settings;
        SelectionOptions own; /* what counts on the interfaces, before another source is asked */
        sd_event *event;
        sd_event_source *timer;
        Network *network;
        NetlinkWatch *netlink;
        Settle settle;
        bool coloured;
} Watch;

static void watch_done(Watch *w)
{
        netlink_watch_free(w->netlink);
        network_free(w->network);
        sd_event_source_disable_unref(w->timer);
        sd_event_unref(w->event);
}

/* Who reads sees each line as it comes; where none can be written any more there is nothing left to do. */
static void print_line(const Watch *w, Style style, const Text *t)
{
        char time[STATUS_WORDS_MAX];

        status_format_time(clock_wall(), time);
        printf("%s  ", time);
        terminal_print(w->coloured, style, text_error(t) < 0 ? strerror(ENOMEM) : t->data);
        putchar('\n');
        if (fflush(stdout) != 0)
                (void)sd_event_exit(w->event, EXIT_FAILURE);
}

static void settled_addresses(const Watch *w, IpAddress ret[static FAMILY_COUNT])
{
        for (Family f = 0; f < FAMILY_COUNT; f++)
                ret[f] = w->settle.settled.family[f].address;
}

static usec_t deadline(const Watch *w)
{
        IpAddress was[FAMILY_COUNT];

        settled_addresses(w, was);
        return settle_deadline(&w->settle, was, w->settings->settle_quiet, w->settings->watch.settle_limit);
}

/* Whether the service at work on these settings has told everybody whom F concerns its address of now. */
static bool is_told(const Watch *w, Family f)
{
        const char *folder = w->options->runtime_dir ? w->options->runtime_dir : STATUS_FOLDER;
        const IpAddress *address = &w->settle.candidate.family[f].address;
        _cleanup_(status_freep) Status *s = NULL;
        bool told = false;

        if (!ip_address_is_set(address) || status_file_read(folder, &s) < 0 ||
            !streq(s->service.config, w->options->config))
                return false;
        for (size_t i = 0; i < s->n_destinations; i++) {
                const StatusDestination *d = &s->destinations[i];

                if (!d->enabled || !d->family[f])
                        continue;
                if (!d->told[f].known || !ip_address_equal(&d->told[f].address, address))
                        return false;
                told = true;
        }
        return told;
}

static void print_family(const Watch *w, Family f, bool settled)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t, "  ");
        watch_append_family(&t, &w->settle.candidate, f);
        text_append_string(&t, "; ");
        if (settled)
                text_append_string(&t, is_told(w, f) ? _("settled, already told") : _("settled"));
        else
                watch_append_wait(&t, usec_sub(deadline(w), clock_now()));
        if (settled && outside_is_asked(&w->settings->sources, &w->settle.candidate, f))
                text_appendf(&t, "; %s", _("the service asks watch.sources for the address outside"));
        print_line(w, settled ? STYLE_GOOD : STYLE_ADVICE, &t);
}

/* The families whose address is another than in WAS; all where nothing had settled yet. */
static void print_families(const Watch *w, const Selection *was, bool all, bool settled)
{
        const SelectedAddress *a = w->settle.candidate.family, *b = was->family;

        for (Family f = 0; f < FAMILY_COUNT; f++)
                if (w->settings->watch.family[f] &&
                    (all || !ip_address_equal(&a[f].address, &b[f].address) ||
                     !streq(a[f].interface, b[f].interface)))
                        print_family(w, f, settled);
}

static void print_no_change(const Watch *w)
{
        _cleanup_text_ Text t = {0};

        text_appendf(&t, "  %s", _("no change"));
        if (w->settle.open) {
                text_append_string(&t, "; ");
                watch_append_wait(&t, usec_sub(deadline(w), clock_now()));
        }
        print_line(w, STYLE_FAINT, &t);
}

static void arm_timer(Watch *w)
{
        usec_t when = deadline(w);

        (void)sd_event_source_set_time(w->timer, when);
        (void)sd_event_source_set_enabled(w->timer, when == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void on_changed(void *userdata)
{
        Watch *w = userdata;
        IpAddress settled[FAMILY_COUNT];
        Selection selection;

        settled_addresses(w, settled);
        select_addresses(w->network, &w->own, settled, &selection);
        if (settle_hear(&w->settle, &selection, clock_now()) && w->settle.open)
                print_families(w, &w->settle.settled, !w->settle.any_settled, false);
        else
                print_no_change(w);
        arm_timer(w);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Watch *w = userdata;
        Selection before = w->settle.settled;
        bool first = !w->settle.any_settled;
        IpAddress was[FAMILY_COUNT];

        settled_addresses(w, was);
        if (settle_take(&w->settle, was, w->settings->settle_quiet, w->settings->watch.settle_limit,
                        clock_now()))
                print_families(w, &before, first, true);
        arm_timer(w);
        return 0;
}

static void on_heard(const NetlinkEvent *event, void *userdata)
{
        Watch *w = userdata;
        _cleanup_text_ Text t = {0};
        Style style = watch_append_event(&t, event, w->network, &w->own);

        print_line(w, style, &t);
}

static void on_lost(void *userdata)
{
        _cleanup_text_ Text t = {0};

        text_append_string(&t,
                           _("the kernel had more to say than was read in time; everything is read anew"));
        print_line(userdata, STYLE_BAD, &t);
}

static void on_failed(int error, void *userdata)
{
        Watch *w = userdata;

        fprintf(stderr, "ipherald watch: %s: %s\n", _("can't listen to the kernel any more"),
                strerror(-error));
        (void)sd_event_exit(w->event, EXIT_FAILURE);
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
        return sd_event_exit(sd_event_source_get_event(source), EXIT_SUCCESS);
}

static int add_signals(Watch *w)
{
        sigset_t mask;
        int r;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        r = sd_event_add_signal(w->event, NULL, SIGTERM, on_terminate, NULL);
        return r < 0 ? r : sd_event_add_signal(w->event, NULL, SIGINT, on_terminate, NULL);
}

static int run(Watch *w)
{
        static const NetlinkHandlers handlers = {
                .ready = on_changed,
                .heard = on_heard,
                .changed = on_changed,
                .lost = on_lost,
                .failed = on_failed,
        };
        int r = sd_event_new(&w->event);

        if (r >= 0)
                r = add_signals(w);
        if (r >= 0)
                r = sd_event_add_time(w->event, &w->timer, CLOCK_BOOTTIME, 0, 1, on_timer, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = network_new(&w->network);
        if (r >= 0)
                r = netlink_watch_new(w->event, w->network, &handlers, w, &w->netlink);
        return r < 0 ? r : sd_event_loop(w->event);
}

int verb_watch(const Options *options)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        _cleanup_(watch_done) Watch w = {.options = options, .coloured = terminal_is_coloured()};
        int r;

        messages_begin();
        r = load_settings("watch", options->config, stderr, &settings);
        if (r != EXIT_SUCCESS)
                return r;
        w.settings = settings;
        w.own = settings->watch;
        w.own.private_addresses = w.own.private_addresses || source_order_looks_outside(&settings->sources);
        r = run(&w);
        if (r < 0)
                fprintf(stderr, "ipherald watch: %s\n", strerror(-r));
        return r < 0 ? EXIT_FAILURE : r;
}
