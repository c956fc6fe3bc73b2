/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/picture.h"
#include "cli/setup.h"
#include "watch/gateway.h"

/* Behind a router the interface never sees the address outside change, so who knows it is asked for; a line
 * with a public address is spared the question. The router alone is tried before: it is what the machine
 * sends everything through. A server outside learns when and from where it is asked, so none is proposed
 * that was not named. */

#define PATIENCE (2 * USEC_PER_SEC)

/* An address of this machine that is no one outside, and what the router said of it. */
typedef struct HiddenLine {
        Family family;
        char interface[IFNAMSIZ];
        IpAddress own, gateway, outside; /* unset: there is none; it is not known */
        int ifindex;
        sd_event *event; /* while it is asked */
} HiddenLine;

static bool is_reachable(const IpAddress *a)
{
        return ip_address_is_set(a) && address_scope_is_reachable(address_scope(a));
}

/* What can't be seen is no reason for a question. */
static bool find_hidden_line(const Setup *s, HiddenLine *ret)
{
        const IpAddress settled[FAMILY_COUNT] = {0};
        _cleanup_(network_freep) Network *network = NULL;
        SelectionOptions watch = s->settings->watch;
        Selection selection;

        if (picture_read(&network) < 0)
                return false;
        watch.private_addresses = true;
        select_addresses(network, &watch, settled, &selection);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                const SelectedAddress *a = &selection.family[f];

                if (!ip_address_is_set(&a->address) || is_reachable(&a->address))
                        continue;
                *ret = (HiddenLine){.family = f, .own = a->address};
                string_copy(ret->interface, sizeof(ret->interface), a->interface);
                ret->ifindex = network_gateway(network, a->interface, f, &ret->gateway);
                return true;
        }
        return false;
}

static void on_answer(Family f, const IpAddress *address, const char *why, void *userdata)
{
        HiddenLine *line = userdata;

        line->outside = *address;
        (void)sd_event_exit(line->event, 0);
}

/* Whatever goes wrong is no answer. */
static void ask_gateway(HiddenLine *line)
{
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(gateway_watch_freep) GatewayWatch *watch = NULL;

        if (!ip_address_is_set(&line->gateway) || sd_event_new(&event) < 0)
                return;
        line->event = event;
        if (gateway_watch_new(event, on_answer, line, &watch) < 0 ||
            sd_event_add_time_relative(event, NULL, CLOCK_BOOTTIME, PATIENCE, 0, NULL, NULL) < 0)
                return;
        /* Its announcements are not what is waited for. */
        (void)gateway_watch_set(watch, line->family, &line->gateway, &line->own, line->ifindex,
                                line->interface);
        (void)sd_event_loop(event);
}

static void explain(const Setup *s, const HiddenLine *line)
{
        char interface[4 * IFNAMSIZ], own[IP_ADDRESS_TEXT_MAX], outside[IP_ADDRESS_TEXT_MAX];

        string_make_harmless(line->interface, strlen(line->interface), interface, sizeof(interface));
        ip_address_format(&line->own, own);
        ip_address_format(&line->outside, outside);
        printf(_("  %s has %s, which can't be reached from outside: the address there is a router's, and\n"
                 "  a change of it is mailed only where somebody is asked for it:\n"),
               interface, own);
        if (!ip_address_is_set(&line->outside))
                (void)fputs(_("  gateway  the router (NAT-PMP, PCP), which does not answer now\n"), stdout);
        else if (is_reachable(&line->outside))
                printf(_("  gateway  the router (NAT-PMP, PCP), which says %s now\n"), outside);
        else
                printf(_("  gateway  the router (NAT-PMP, PCP), which says %s now: that can't be reached\n"
                         "           from outside either\n"),
                       outside);
        (void)fputs(
                _("  ADDRESS  a STUN server outside, or up to four, by IP address: they see when and from\n"
                  "           which address they are asked, which is every few minutes\n"),
                stdout);
        if (config_tree_text(s->tree, "watch.file"))
                (void)fputs(_("  file     the file of watch.file, which another program writes\n"), stdout);
        (void)fputs(_("  none     nobody\n"), stdout);
}

/* The answer that the settings so far are; false where they say nothing of it. */
static bool answer_of_settings(const Setup *s, char ret[static ANSWER_MAX])
{
        const char *source;
        size_t n = 0;

        if (!config_tree_element(s->tree, "watch.sources", 0))
                return false;
        *ret = '\0';
        for (size_t i = 1; (source = config_tree_element(s->tree, "watch.sources", i)); i++) {
                bool stun = streq(source, "stun");
                const char *word = stun ? config_tree_element(s->tree, "watch.stun", 0) : source;

                for (size_t k = 1; word && n < ANSWER_MAX; k++) {
                        n += (size_t)snprintf(ret + n, ANSWER_MAX - n, "%s%s", n > 0 ? " " : "", word);
                        word = stun ? config_tree_element(s->tree, "watch.stun", k) : NULL;
                }
        }
        if (n == 0)
                string_copy(ret, ANSWER_MAX, _("none"));
        return n < ANSWER_MAX;
}

/* What an answer comes to. The texts are the answer's. */
typedef struct Chosen {
        const char *source[SOURCE_COUNT];
        size_t n;
        const char *stun[STUN_SERVERS_MAX];
        size_t n_stun;
} Chosen;

static bool add_source(Chosen *o, const char *name)
{
        for (size_t i = 0; i < o->n; i++)
                if (streq(o->source[i], name))
                        return false;
        o->source[o->n++] = name;
        return true;
}

/* The next word of *REST, which is cut off; NULL at the end. */
static char *cut_word(char **rest)
{
        char *word = *rest + strspn(*rest, " ,"), *end = word + strcspn(word, " ,");

        *rest = *end ? end + 1 : end;
        *end = '\0';
        return *word ? word : NULL;
}

/* An answer is no value of a setting, so that the table of keys has no words for it. */
static const char *what_fits(void)
{
        return _("gateway, file, up to four IP addresses of STUN servers, or none");
}

/* ANSWER is cut into its words. NULL, or why it is none. */
static const char *parse(const Setup *s, char *answer, Chosen *ret)
{
        Chosen o = {.source = {"interface"}, .n = 1};
        StunServer servers[STUN_SERVERS_MAX + 1];
        bool none = false;

        for (char *word; (word = cut_word(&answer));) {
                if (streq(word, "none") || streq(word, _("none")))
                        none = true;
                else if (streq(word, "gateway") || streq(word, "file")) {
                        if (*word == 'f' && !config_tree_text(s->tree, "watch.file"))
                                return _("watch.file names none yet: see ipherald.conf(5)");
                        if (!add_source(&o, word))
                                return _("each is named once");
                } else if (stun_server_parse(word, &servers[o.n_stun]) < 0 || o.n_stun == STUN_SERVERS_MAX)
                        return what_fits();
                else if (stun_server_is_among(&servers[o.n_stun], servers, o.n_stun))
                        return _("each is named once");
                else {
                        (void)add_source(&o, "stun");
                        o.stun[o.n_stun++] = word;
                }
        }
        if (none == (o.n > 1))
                return what_fits();
        *ret = o;
        return NULL;
}

/* Takes the answer: 1; 0 to ask again. The servers of one that asks none stay. */
static int take(Setup *s, char *answer)
{
        Chosen o;
        const char *why = parse(s, answer, &o);
        int r;

        if (why && s->interactive) {
                printf("  %s\n", why);
                return 0;
        }
        if (why) {
                (void)setup_complain("--outside", why);
                return -EINVAL;
        }
        r = config_tree_set_list(s->tree, "watch.sources", o.source, o.n);
        if (r >= 0 && o.n_stun > 0)
                r = config_tree_set_list(s->tree, "watch.stun", o.stun, o.n_stun);
        return r < 0 ? r : 1;
}

int setup_ask_outside(Setup *s)
{
        const Question q = {.words = _("Who is asked for the address outside"),
                            .option = "--outside",
                            .given = s->options->outside};
        char fallback[ANSWER_MAX], answer[ANSWER_MAX];
        HiddenLine line = {0};
        bool hidden = s->interactive && find_hidden_line(s, &line);
        int r;

        /* A script has said all that it wants. */
        if (!hidden && !q.given)
                return 0;
        if (hidden) {
                ask_gateway(&line);
                explain(s, &line);
        }
        if (!answer_of_settings(s, fallback))
                string_copy(fallback, sizeof(fallback), is_reachable(&line.outside) ? "gateway" : _("none"));
        do {
                r = setup_question(s, &q, fallback, answer);
                if (r >= 0)
                        r = take(s, answer);
        } while (r == 0);
        return MIN(r, 0);
}
