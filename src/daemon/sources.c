/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/checksum.h"
#include "base/string-util.h"
#include "decide/addresses-text.h"
#include "journal/events.h"
#include "store/fd.h"
#include "store/read-file.h"
#include "watch/address-file.h"
#include "watch/gateway.h"
#include "watch/stun.h"

/* The watches say what they heard, reports keep it, address/outside judges. Nothing is settled here: a
 * change outside goes the way of one on an interface. */

#define WHY_MAX STUN_WHY_MAX /* the longest of the reasons: what each server says */

/* The reasons of one silence that are told, each once: whoever mends step by step reads what is left to
 * mend. Others are lost in it, as is what a source says of itself more often than so many times an hour: who
 * writes a file a thousand times a second does not write the journal as often. */
#define REASONS_MAX    8
#define LINES_PER_HOUR 20

typedef struct Telling {
        bool silent; /* as the log has it */
        uint32_t reasons[REASONS_MAX];
        size_t n_reasons;
        usec_t since; /* the hour of LINES */
        unsigned lines;
} Telling;

/* What the watches are asked about in one family; the address is unset where they are not. */
typedef struct Question {
        IpAddress own, gateway;
        int ifindex;
        char interface[IFNAMSIZ];
} Question;

struct Sources {
        sd_event *event;
        void (*changed)(void *userdata);
        void *userdata;
        OutsideReports reports;
        Question question[FAMILY_COUNT];
        Telling telling[SOURCE_COUNT][FAMILY_COUNT];
        char why[SOURCE_COUNT][FAMILY_COUNT][WHY_MAX]; /* it is silent */
        GatewayWatch *gateway; /* NULL: not among the sources; the same of the others */
        StunWatch *stun;
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
        gateway_watch_free(s->gateway);
        stun_watch_free(s->stun);
        address_file_watch_free(s->file);
        free(s->file_path);
        free(s);
        return NULL;
}

/* ADDRESS is unset where the source does not know, and WHY says why. What no line can have outside, as the
 * 0.0.0.0 of a router that is not connected, is no word either. */
static void note(Sources *s, Source source, Family f, const IpAddress *address, const char *why)
{
        OutsideReport *r = &s->reports.of[source][f];
        bool counts = address_scope_counts(address_scope(address));
        char text[IP_ADDRESS_TEXT_MAX], words[WHY_MAX];

        if (ip_address_is_set(address) && !counts) {
                ip_address_format(address, text);
                (void)snprintf(words, sizeof(words), "it says %s, which no line has outside", text);
                why = words;
        }
        *r = counts ? (OutsideReport){OUTSIDE_KNOWN, *address} : (OutsideReport){.state = OUTSIDE_SILENT};
        string_copy(s->why[source][f], sizeof(s->why[source][f]), why);
}

/* What is not told now is told at the first look after the hour, where it still holds. */
static bool may_tell(const Sources *s, Telling *t)
{
        usec_t now = 0;

        (void)sd_event_now(s->event, CLOCK_BOOTTIME, &now);
        if (usec_sub(now, t->since) >= USEC_PER_HOUR || t->lines == 0) {
                t->since = now;
                t->lines = 0;
        }
        if (t->lines >= LINES_PER_HOUR)
                return false;
        t->lines++;
        return true;
}

static const char *last_words(const Telling *t)
{
        return t->lines < LINES_PER_HOUR ? ""
                                         : "; it changes too often, and for an hour no more is said of it";
}

static void tell_reason(const Sources *s, Telling *t, Source source, Family f)
{
        const char *why = s->why[source][f];
        uint32_t reason = crc32(why, strlen(why));

        for (size_t i = 0; i < t->n_reasons; i++)
                if (t->reasons[i] == reason)
                        return;
        if (t->n_reasons == REASONS_MAX || !may_tell(s, t))
                return;
        t->silent = true;
        t->reasons[t->n_reasons++] = reason;
        log_line(LOG_NOTICE,
                 "The source \"%s\" does not know the %s address outside: %s; what was known before stands, "
                 "and it is asked again%s",
                 source_name(source), family_name(f), why, last_words(t));
}

/* Only of what is asked: a file need not know an IPv6 address that each interface has. */
static void tell_silence(Sources *s, const SourceOrder *order)
{
        for (size_t i = 1; i < order->n; i++)
                for (Family f = 0; f < FAMILY_COUNT; f++) {
                        Source source = order->source[i];
                        OutsideState state = s->reports.of[source][f].state;
                        Telling *t = &s->telling[source][f];

                        if (ip_address_is_set(&s->question[f].own) && state == OUTSIDE_SILENT)
                                tell_reason(s, t, source, f);
                        else if (state == OUTSIDE_KNOWN && t->silent && may_tell(s, t)) {
                                log_line(LOG_NOTICE,
                                         "The source \"%s\" knows the %s address outside again%s",
                                         source_name(source), family_name(f), last_words(t));
                                t->silent = false;
                                t->n_reasons = 0;
                        }
                }
}

static void on_gateway(Family f, const IpAddress *address, const char *why, void *userdata)
{
        Sources *s = userdata;

        note(s, SOURCE_GATEWAY, f, address, why);
        s->changed(s->userdata);
}

static void on_stun(Family f, const IpAddress *address, const char *why, void *userdata)
{
        Sources *s = userdata;

        note(s, SOURCE_STUN, f, address, why);
        s->changed(s->userdata);
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

static void log_unwatched(Sources *s, Source source, int error)
{
        log_line(LOG_WARNING, "Can't watch the source \"%s\": %s", source_name(source), strerror(-error));
        for (Family f = 0; f < FAMILY_COUNT; f++)
                note(s, source, f, &(IpAddress){0}, strerror(-error));
}

static int watch_file(Sources *s, const Settings *settings)
{
        int r = string_replace(&s->file_path, settings->outside_file);

        if (r >= 0)
                r = address_file_watch_new(s->event, s->file_path, on_file_changed, s, &s->file);
        if (r < 0)
                return r;
        if (address_file_watch_error(s->file) < 0)
                log_line(LOG_WARNING, "Can't watch the folder of %s: %s; it is read every five minutes",
                         s->file_path, strerror(-address_file_watch_error(s->file)));
        read_address_file(s);
        return 0;
}

/* The watches begin anew, and with them their questions: during these what is settled stands. */
void sources_take_settings(Sources *s, const Settings *settings)
{
        int r;

        memset(s->telling, 0, sizeof(s->telling));
        memset(&s->reports, 0, sizeof(s->reports));
        memset(s->question, 0, sizeof(s->question));
        s->gateway = gateway_watch_free(s->gateway);
        s->stun = stun_watch_free(s->stun);
        s->file = address_file_watch_free(s->file);
        for (size_t i = 1; i < settings->sources.n; i++) {
                Source source = settings->sources.source[i];

                if (source == SOURCE_GATEWAY)
                        r = gateway_watch_new(s->event, on_gateway, s, &s->gateway);
                else if (source == SOURCE_STUN)
                        r = stun_watch_new(s->event, on_stun, s, &s->stun);
                else
                        r = watch_file(s, settings);
                if (r < 0)
                        log_unwatched(s, source, r);
        }
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

/* The way of the interface whose address was selected. */
static Question question_of(const Network *network, const Selection *selection, Family f)
{
        const SelectedAddress *a = &selection->family[f];
        Question q = {.own = a->address};

        string_copy(q.interface, sizeof(q.interface), a->interface);
        q.ifindex = network_gateway(network, a->interface, f, &q.gateway);
        return q;
}

/* After a watch was given its question: what it said of another is forgotten. */
static void expect(Sources *s, Source source, Family f, bool is_asked, bool anew, int error)
{
        OutsideReport *r = &s->reports.of[source][f];

        if (!is_asked)
                *r = (OutsideReport){0};
        else if (error < 0)
                note(s, source, f, &(IpAddress){0}, strerror(-error));
        else if (anew)
                *r = (OutsideReport){.state = OUTSIDE_ASKING};
}

static void ask_gateway(Sources *s, Family f, const Question *q, const Question *was)
{
        bool anew = q->ifindex != was->ifindex || !ip_address_equal(&q->gateway, &was->gateway);
        bool has_gateway = ip_address_is_set(&q->gateway), is_asked = ip_address_is_set(&q->own);
        int r = gateway_watch_set(s->gateway, f, &q->gateway, &q->own, has_gateway ? q->ifindex : 0,
                                  q->interface);

        if (r < 0)
                log_line(LOG_WARNING,
                         "The router's announcements can't be heard: %s; it is asked all the same",
                         strerror(-r));
        expect(s, SOURCE_GATEWAY, f, is_asked && has_gateway, anew, 0);
        if (is_asked && !has_gateway)
                note(s, SOURCE_GATEWAY, f, &(IpAddress){0}, "the default route has no gateway");
        if (is_asked && has_gateway && !anew)
                gateway_watch_ask(s->gateway);
}

static void ask_stun(Sources *s, const Settings *settings, Family f, const Question *q, const Question *was)
{
        bool anew = q->ifindex != was->ifindex || !streq(q->interface, was->interface);
        bool is_asked = ip_address_is_set(&q->own);
        size_t n = 0;
        int r = stun_watch_set(s->stun, f, &q->own, q->ifindex, q->interface, settings->stun,
                               settings->n_stun, settings->stun_interval);

        expect(s, SOURCE_STUN, f, is_asked, anew, r);
        for (size_t i = 0; i < settings->n_stun; i++)
                n += settings->stun[i].address.family == family_to_af(f);
        if (is_asked && n == 0)
                note(s, SOURCE_STUN, f, &(IpAddress){0}, "watch.stun has no server of that family");
        else if (is_asked && !anew)
                stun_watch_ask(s->stun);
}

/* Only where the line is another: the sources' own answers come through here as well. */
static void ask(Sources *s, const Network *network, const Settings *settings, const Selection *selection,
                Family f)
{
        Question q = {0}, was = s->question[f];

        if (outside_is_asked(&settings->sources, selection, f))
                q = question_of(network, selection, f);
        if (ip_address_equal(&q.own, &was.own) && ip_address_equal(&q.gateway, &was.gateway) &&
            q.ifindex == was.ifindex && streq(q.interface, was.interface))
                return;
        s->question[f] = q;
        if (s->gateway)
                ask_gateway(s, f, &q, &was);
        if (s->stun)
                ask_stun(s, settings, f, &q, &was);
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
                ask(s, network, settings, ret, f);
        tell_silence(s, &settings->sources);
        outside_apply(&settings->sources, &s->reports, settled, settings->watch.private_addresses, ret);
}
