/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watch alone, for the tests. Each callback is a line on stdout, "ready" and "changed" with the
 * selection behind it. "set" on stdin lists the picture's addresses, "statistics" what the watch counted,
 * each up to a line "end"; end of file ends the program. Arguments are watch.interfaces. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "address/selection.h"
#include "watch/netlink.h"

typedef struct Program {
        sd_event *event;
        Network *network;
        NetlinkWatch *watch;
        SelectionOptions options;
        IpAddress settled[FAMILY_COUNT];
} Program;

static void print_selection(Program *p, const char *what)
{
        Selection s;

        select_addresses(p->network, &p->options, p->settled, &s);
        fputs(what, stdout);
        for (Family f = 0; f < FAMILY_COUNT; f++) {
                char text[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&s.family[f].address, text);
                printf(" %s=%s interface=%s tunnel=%s", family_name(f), text, s.family[f].interface,
                       s.tunnel[f]);
        }
        putchar('\n');
}

static void on_ready(void *userdata)
{
        print_selection(userdata, "ready");
}

static void on_changed(void *userdata)
{
        print_selection(userdata, "changed");
}

static void on_lost(void *userdata)
{
        puts("lost");
}

static void on_failed(int error, void *userdata)
{
        Program *p = userdata;

        printf("failed %s\n", strerror(-error));
        (void)sd_event_exit(p->event, 1);
}

static void print_set(const Program *p)
{
        size_t n;
        const Address *a = address_set_entries(network_addresses(p->network), &n);

        for (size_t i = 0; i < n; i++) {
                char text[IP_ADDRESS_TEXT_MAX];

                ip_address_format(&a[i].ip, text);
                printf("%d %s/%u\n", a[i].ifindex, text, a[i].prefixlen);
        }
        puts("end");
}

static void print_statistics(const Program *p)
{
        const NetlinkStatistics *s = netlink_watch_statistics(p->watch);

        printf("messages %llu\nmalformed %llu\noverruns %llu\ndumps %llu\ninterrupted %llu\nend\n",
               (unsigned long long)s->messages, (unsigned long long)s->malformed,
               (unsigned long long)s->overruns, (unsigned long long)s->dumps,
               (unsigned long long)s->interrupted);
}

static int on_command(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Program *p = userdata;
        char line[64];
        ssize_t n = read(fd, line, sizeof(line) - 1);

        if (n <= 0)
                return sd_event_exit(p->event, 0);
        line[n] = '\0';
        if (streq(line, "set\n"))
                print_set(p);
        else if (streq(line, "statistics\n"))
                print_statistics(p);
        return 0;
}

static int run(Program *p)
{
        static const NetlinkHandlers handlers = {on_ready, on_changed, on_lost, on_failed};
        int r = sd_event_new(&p->event);

        if (r >= 0)
                r = network_new(&p->network);
        if (r >= 0)
                r = netlink_watch_new(p->event, p->network, &handlers, p, &p->watch);
        if (r >= 0)
                r = sd_event_add_io(p->event, NULL, STDIN_FILENO, EPOLLIN, on_command, p);
        if (r >= 0)
                r = sd_event_loop(p->event);
        netlink_watch_free(p->watch);
        network_free(p->network);
        sd_event_unref(p->event);
        return r;
}

int main(int argc, char **argv)
{
        Program p = {
                .options = {.interfaces = argv + 1,
                            .n_interfaces = (size_t)(argc - 1),
                            .family = {true, true},
                            .private_addresses = true,
                            .settle_limit = 30 * USEC_PER_SEC},
        };

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        int r = run(&p);
        if (r < 0)
                fprintf(stderr, "watch-dump: %s\n", strerror(-r));
        return r == 0 ? 0 : 1;
}
