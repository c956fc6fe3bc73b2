/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/daemon.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/string-util.h"
#include "daemon/addresses-file.h"
#include "daemon/clock.h"
#include "daemon/ledger-file.h"
#include "daemon/mail-session.h"
#include "daemon/settings-loader.h"
#include "daemon/sources.h"
#include "daemon/status-file.h"
#include "decide/plan.h"
#include "decide/remind.h"
#include "decide/settle.h"
#include "journal/mail-events.h"
#include "watch/netlink.h"
#include "watch/wall-clock.h"

/* watch -> address -> decide -> mail -> deliver -> journal: one handler per arrow.
 *
 * on_network_changed(), on_source_changed(): another picture; select, and let settle hear it.
 * on_timer(): what has settled goes into the ledger; what is owed goes out.
 * on_session_ended(): the next session, or the next wait.
 * on_wall_clock(): it was set, so that a certificate may be valid by now; or the day of a reminder has come.
 *
 * One session at a time. The one timer is armed for the earliest of settle's deadline, the plan's, the next
 * try of a ledger or a status that can't be written, and the rest behind all of these; it may ring early,
 * never late. The ledger's write is the only call that blocks. */

#define TIMER_ACCURACY   1 /* 0 would mean 250 ms */
#define SAVE_DELAY_LEAST USEC_PER_SEC
#define SAVE_DELAY_MOST  (60 * USEC_PER_SEC)
#define REST_DELAY       USEC_PER_SEC

typedef struct Daemon {
        const DaemonOptions *options;
        sd_event *event;
        sd_event_source *timer;
        usec_t armed;
        Settings *settings;
        Network *network;
        NetlinkWatch *netlink;
        Sources *sources;
        WallClockWatch *wall_clock;
        bool ready; /* the first dump is in the picture */
        DefaultRoute best_route[FAMILY_COUNT];
        Settle settle;
        StateDir *state;   /* NULL in a dry run */
        usec_t save_delay; /* the ledger's last write failed, which was said; 0: it did not */
        usec_t save_at;    /* when it is tried again */
        usec_t rest_at;    /* when memory goes back that something has taken */
        Ledger *ledger;
        MailSession *session; /* under way, or NULL */
        bool clock_was_set;   /* since it began */
        Failures failures;
        StatusService service;
        StatusFile *status;       /* NULL: nobody asked for one */
        AddressesFile *handed_on; /* NULL: the same */
} Daemon;

static void daemon_done(Daemon *d)
{
        mail_session_free(d->session);
        netlink_watch_free(d->netlink);
        sources_free(d->sources);
        wall_clock_watch_free(d->wall_clock);
        network_free(d->network);
        ledger_free(d->ledger);
        state_dir_free(d->state);
        status_file_free(d->status);
        addresses_file_free(d->handed_on);
        failures_done(&d->failures);
        settings_free(d->settings);
        sd_event_source_disable_unref(d->timer);
        sd_event_unref(d->event);
}

/* The timer rings no later than anything is due. Ringing early costs one look; so it is set again only to be
 * earlier. */
static void arm_timer(Daemon *d)
{
        IpAddress was[FAMILY_COUNT];
        usec_t deadline;

        ledger_addresses(d->ledger, was);
        deadline = settle_deadline(&d->settle, was, d->settings->settle_quiet,
                                   d->settings->watch.settle_limit);
        if (!d->session) {
                usec_t owed = plan_deadline(d->ledger, d->settings);

                deadline = MIN(deadline, owed);
        }
        deadline = MIN(deadline, d->rest_at);
        if (d->save_delay > 0)
                deadline = MIN(deadline, d->save_at);
        deadline = MIN(deadline, status_file_deadline(d->status));
        deadline = MIN(deadline, addresses_file_deadline(d->handed_on));
        if (deadline >= d->armed)
                return;
        d->armed = deadline;
        (void)sd_event_source_set_time(d->timer, deadline);
        (void)sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

/* For `systemctl status` and `ipherald status`: whatever has changed is told here, or when the timer rings;
 * MINOR: nothing settles for it. */
static void tell_state(Daemon *d, bool minor)
{
        StatusInput input = {
                .service = d->service,
                .ledger = d->ledger,
                .settings = d->settings,
                .settle = &d->settle,
                .network = d->network,
                .sending = d->session ? mail_session_delivery(d->session) : NULL,
                .failures = &d->failures,
        };

        input.service.ledger_unwritable = d->save_delay > 0;
        status_tell(&input, minor, d->status);
        arm_timer(d);
}

static void tell_status(void *userdata)
{
        tell_state(userdata, false);
}

/* What can't be written is said once, and tried again until it can: a disk that has room again sends no
 * event, and what was told must not wait for the next change. */
static void save_ledger(void *userdata)
{
        Daemon *d = userdata;
        int r = d->state ? ledger_file_save(d->state, d->ledger) : 0;

        if (r >= 0) {
                if (d->save_delay > 0)
                        log_line(LOG_NOTICE, "The ledger %s/ledger is written again", d->options->state_dir);
                d->save_delay = 0;
                return;
        }
        if (d->save_delay == 0)
                ledger_file_log_unwritable(d->options->state_dir, r);
        d->save_delay = d->save_delay > 0 ? MIN(d->save_delay * 2, SAVE_DELAY_MOST) : SAVE_DELAY_LEAST;
        d->save_at = usec_add(clock_now(), d->save_delay);
        arm_timer(d);
}

static void on_session_ended(Outcome account, void *userdata);

/* A session does not outlive the address that it goes out from. */
static void look_after_session(Daemon *d)
{
        if (d->session)
                mail_session_look_after(d->session, network_addresses(d->network));
}

/* By the wall clock, which rings for the next reminder. */
static void take_reminders(Daemon *d)
{
        int64_t next;

        if (ledger_remind(d->ledger, d->settings, clock_wall(), &next))
                save_ledger(d);
        (void)wall_clock_watch_ring(d->wall_clock, next);
}

/* The memory that a change took goes back a moment after it: it may be months until the next. In a storm it
 * would come and go with each batch, which takes longer than to read the batch. */
static void rest_later(Daemon *d)
{
        if (d->rest_at == USEC_INFINITY)
                d->rest_at = usec_add(clock_now(), REST_DELAY);
}

static void rest(Daemon *d)
{
        netlink_watch_rest(d->netlink);
        (void)malloc_trim(0);
}

/* What is owed and due goes out, unless a session is under way. */
static void advance(Daemon *d)
{
        const MailSessionContext context = {
                .event = d->event,
                .ledger = d->ledger,
                .settled = &d->settle.settled,
                .failures = &d->failures,
                .credentials_dir = d->options->credentials_dir,
                .print = d->options->dry_run,
                .save = save_ledger,
                .told = tell_status,
                .ended = on_session_ended,
                .userdata = d,
        };
        int r;

        take_reminders(d);
        r = d->session ? 0 : mail_session_start(&context, d->settings, &d->session);
        if (r < 0) {
                log_line(LOG_ERR, "Can't plan what is owed: %s", strerror(-r));
                (void)sd_event_exit(d->event, 1);
                return;
        }
        tell_status(d);
}

static void on_session_ended(Outcome account, void *userdata)
{
        Daemon *d = userdata;

        d->session = mail_session_free(d->session);
        rest_later(d);
        if (d->clock_was_set)
                ledger_clock_set(d->ledger);
        d->clock_was_set = false;
        if (d->options->once)
                (void)sd_event_exit(d->event, account == OUTCOME_NONE ? 0 : 1);
        else
                advance(d);
}

/* With no address in either family there is nothing to print. */
static void end_without_address(Daemon *d)
{
        log_no_addresses(&d->settle.settled);
        (void)sd_event_exit(d->event, 0);
}

static void take_settled(Daemon *d)
{
        SettledChange change[FAMILY_COUNT];
        IpAddress now[FAMILY_COUNT];

        if (ledger_settle(d->ledger, &d->settle.settled, clock_wall(), change))
                log_addresses(change, &d->settle.settled, d->ledger->addresses);
        ledger_release_hold_by_address(d->ledger, clock_now());
        save_ledger(d);
        ledger_addresses(d->ledger, now);
        if (d->options->once && !ip_address_is_set(&now[FAMILY_IPV4]) &&
            !ip_address_is_set(&now[FAMILY_IPV6]))
                end_without_address(d);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Daemon *d = userdata;
        IpAddress was[FAMILY_COUNT];
        bool rests = d->rest_at <= clock_now();

        d->armed = USEC_INFINITY;
        if (rests)
                d->rest_at = USEC_INFINITY;
        else
                rest_later(d);
        ledger_addresses(d->ledger, was);
        if (settle_take(&d->settle, was, d->settings->settle_quiet, d->settings->watch.settle_limit,
                        clock_now()))
                take_settled(d);
        addresses_file_tell(d->handed_on, d->ledger, clock_now()); /* before the mails */
        if (d->save_delay > 0 && d->save_at <= clock_now())
                save_ledger(d);
        look_after_session(d);
        advance(d);
        if (rests && !d->session) /* whose end brings another */
                rest(d);
        return 0;
}

static void hear_selection(Daemon *d)
{
        Selection selection;

        rest_later(d);
        sources_select(d->sources, d->network, d->settings, d->ledger, &selection);
        tell_state(d, !settle_hear(&d->settle, &selection, clock_now()));
}

/* Another best default route means that the line was made anew: what was deferred is worth a try. */
static void compare_routes(Daemon *d)
{
        bool changed = false;

        for (Family f = 0; f < FAMILY_COUNT; f++) {
                size_t n;
                const DefaultRoute *routes = network_routes(d->network, f, &n);
                DefaultRoute best = n > 0 ? routes[0] : (DefaultRoute){0};

                changed = changed || best.ifindex != d->best_route[f].ifindex ||
                          !ip_address_equal(&best.gateway, &d->best_route[f].gateway);
                d->best_route[f] = best;
        }
        if (changed)
                ledger_route_changed(d->ledger);
}

static void on_network_changed(void *userdata)
{
        compare_routes(userdata);
        hear_selection(userdata);
        look_after_session(userdata);
}

/* Before the first dump there is nothing that it would be outside of. */
static void on_source_changed(void *userdata)
{
        Daemon *d = userdata;

        if (d->ready)
                hear_selection(d);
}

static void on_network_ready(void *userdata)
{
        Daemon *d = userdata;

        d->ready = true;
        on_network_changed(d);
        (void)sd_notify(false, "READY=1");
}

/* A session under way may have judged by the clock that it was before. */
static void on_wall_clock(bool was_set, void *userdata)
{
        Daemon *d = userdata;

        d->clock_was_set = d->clock_was_set || (was_set && d->session);
        if (was_set)
                ledger_clock_set(d->ledger);
        take_reminders(d);
        rest_later(d);
        tell_status(d);
}

static void on_events_lost(void *userdata)
{
        Daemon *d = userdata;
        _cleanup_(event_freep) Event *e = NULL;

        rest_later(d);
        arm_timer(d);
        if (event_new(EVENT_EVENTS_LOST, &e) < 0)
                return;
        event_appendf(e, " the kernel had more to say than was read in time; everything is read anew");
        event_log(e);
}

static void on_netlink_failed(int error, void *userdata)
{
        Daemon *d = userdata;

        log_line(LOG_ERR, "Can't listen to the kernel any more: %s", strerror(-error));
        (void)sd_event_exit(d->event, 1);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
        Daemon *d = userdata;
        _cleanup_(settings_freep) Settings *fresh = NULL;

        (void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_monotonic());
        if (settings_load_logged(d->options->config, d->options->dry_run, &fresh) > 0 &&
            ledger_take_settings(d->ledger, fresh) >= 0) {
                ledger_release(d->ledger, clock_now());
                settings_free(d->settings);
                d->settings = TAKE_PTR(fresh);
                sources_take_settings(d->sources, d->settings);
                if (d->session)
                        mail_session_set_settings(d->session, d->settings);
                d->service.settings = STATUS_SETTINGS_GOOD;
                log_line(LOG_INFO, "Settings read anew from %s", d->options->config);
                save_ledger(d);
                if (d->ready) /* before, the picture is empty because nothing was read */
                        hear_selection(d);
                advance(d);
        } else {
                log_line(LOG_WARNING, "The settings in use are kept as they were");
                if (d->service.settings == STATUS_SETTINGS_GOOD)
                        d->service.settings = STATUS_SETTINGS_KEPT;
                rest_later(d);
                tell_status(d);
        }
        if (d->ready)
                (void)sd_notify(false, "READY=1");
        return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
        Daemon *d = userdata;

        (void)sd_notify(false, "STOPPING=1\nSTATUS=Ending");
        return sd_event_exit(d->event, 0);
}

static int add_signals(Daemon *d)
{
        sigset_t mask;
        int r;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGCHLD);
        (void)sigaddset(&mask, SIGHUP);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        r = sd_event_add_signal(d->event, NULL, SIGTERM, on_terminate, d);
        if (r >= 0)
                r = sd_event_add_signal(d->event, NULL, SIGINT, on_terminate, d);
        if (r >= 0)
                r = sd_event_add_signal(d->event, NULL, SIGHUP, on_reload, d);
        return r;
}

static int add_sources(Daemon *d)
{
        static const NetlinkHandlers handlers = {
                .changed = on_network_changed,
                .ready = on_network_ready,
                .lost = on_events_lost,
                .failed = on_netlink_failed,
        };
        int r = sd_event_new(&d->event);

        if (r >= 0)
                r = add_signals(d);
        if (r >= 0)
                r = sd_event_add_time(d->event, &d->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY, on_timer, d);
        if (r >= 0)
                r = sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_set_watchdog(d->event, true);
        if (r >= 0)
                r = network_new(&d->network);
        if (r >= 0)
                r = netlink_watch_new(d->event, d->network, &handlers, d, &d->netlink);
        if (r >= 0)
                r = sources_new(d->event, on_source_changed, d, &d->sources);
        if (r >= 0)
                sources_take_settings(d->sources, d->settings);
        if (r >= 0)
                r = wall_clock_watch_new(d->event, on_wall_clock, d, &d->wall_clock);
        d->armed = d->rest_at = USEC_INFINITY;
        return r;
}

/* Settings and ledger, then the kernel. What fails is logged. */
static int start(Daemon *d)
{
        char boot_id[BOOT_ID_MAX];
        bool usable;
        int r;

        read_boot_id(boot_id);
        d->status = status_begin(d->options->runtime_dir, d->options->config, &d->service);
        if (d->options->dry_run)
                r = ledger_new(boot_id, &d->ledger);
        else {
                r = ledger_file_open(d->options->state_dir, boot_id, &d->state, &d->ledger);
                if (r < 0)
                        return r;
                d->handed_on = addresses_file_new(d->options->runtime_dir);
        }
        if (r >= 0)
                r = settings_load_for_start(d->options->config, d->options->dry_run, &d->settings, &usable);
        if (r >= 0) {
                ledger_start(d->ledger, boot_id, d->settings->unknown_wait, clock_now());
                d->service.settings = usable ? STATUS_SETTINGS_GOOD : STATUS_SETTINGS_UNUSABLE;
                if (usable)
                        r = ledger_take_settings(d->ledger, d->settings);
        }
        if (r >= 0)
                r = add_sources(d);
        if (r < 0)
                log_line(LOG_ERR, "Can't start: %s", strerror(-r));
        return r;
}

int daemon_run(const DaemonOptions *options)
{
        _cleanup_(daemon_done) Daemon d = {.options = options};
        int r = start(&d);

        if (r < 0)
                return 1;
        r = sd_event_loop(d.event);
        if (r < 0) /* of the loop itself: whoever ended it has said why */
                log_line(LOG_ERR, "Can't go on: %s", strerror(-r));
        return r < 0 ? 1 : r;
}
