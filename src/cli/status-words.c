/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status-words.h"

#include <stdio.h>

#include "address/address-scope.h"
#include "base/string-util.h"
#include "cli/messages.h"

#define TIME_COLUMNS 19 /* without the offset, which is the reader's own */

const char *status_scope_words(const IpAddress *a)
{
        switch (address_scope(a)) {
        case SCOPE_PUBLIC:
                return _("public");
        case SCOPE_DOCUMENTATION:
                return _("documentation");
        case SCOPE_CGN:
                return _("shared by the provider: not reachable from outside");
        case SCOPE_PRIVATE:
                return _("private: not reachable from outside");
        case SCOPE_ULA:
                return _("unique local: not reachable from outside");
        case SCOPE_DSLITE:
                return _("DS-Lite: not reachable from outside");
        case SCOPE_LINK_LOCAL:
        case SCOPE_LOOPBACK:
        case SCOPE_UNUSABLE:
        case SCOPE_COUNT:
                break;
        }
        return address_scope_name(address_scope(a));
}

const char *status_verdict_words(AddressVerdict v)
{
        switch (v) {
        case VERDICT_COUNTS:
                return _("counts");
        case VERDICT_NOT_WATCHED:
                return _("watch.families leaves it out");
        case VERDICT_DOWN:
                return _("its interface is down");
        case VERDICT_NOT_NAMED:
                return _("watch.interfaces does not name its interface");
        case VERDICT_TUNNEL:
                return _("tunnel");
        case VERDICT_NO_ROUTE:
                return _("there is no default route");
        case VERDICT_OFF_ROUTE:
                return _("the default route leads elsewhere");
        case VERDICT_LOCAL:
                return _("of this link or machine alone");
        case VERDICT_PRIVATE:
                return _("private");
        case VERDICT_TENTATIVE:
                return _("tentative");
        case VERDICT_DUPLICATE:
                return _("duplicate: another machine has it");
        case VERDICT_TEMPORARY:
                return _("temporary");
        case VERDICT_DEPRECATED:
                return _("deprecated: preferred lifetime 0");
        case VERDICT_COUNT:
                break;
        }
        return "";
}

void status_append_reason(Text *t, const StatusFamily *family, Family f)
{
        const char *name = family_name(f);
        const char *asked = *family->asked ? family->asked : _("what watch.interfaces names");

        switch (family->reason) {
        case REASON_NOT_WATCHED:
                text_append_string(t, _("watch.families leaves it out"));
                break;
        case REASON_NO_DEFAULT_ROUTE:
                text_appendf(t, _("there is no %s default route"), name);
                break;
        case REASON_ONLY_TUNNEL:
                text_appendf(t,
                             _("the default route leads through the tunnel %s, which counts only where "
                               "watch.interfaces names it"),
                             family->tunnel);
                break;
        case REASON_NO_INTERFACE:
                text_append_string(t, _("no interface that is up matches watch.interfaces"));
                break;
        case REASON_NO_ADDRESS:
                text_appendf(t, _("%s has no %s address"), asked, name);
                break;
        case REASON_NONE_COUNTS:
                text_appendf(t,
                             _("%s has only %s addresses that do not count (link-local, tentative, "
                               "temporary, deprecated or left out by watch.private)"),
                             asked, name);
                break;
        case REASON_OUTSIDE_UNKNOWN:
                text_append_string(t, _("no source of watch.sources knows the address outside"));
                break;
        case REASON_SELECTED:
        case REASON_COUNT:
                break;
        }
}

static const char *source_words(Source s)
{
        switch (s) {
        case SOURCE_GATEWAY:
                return _("the router says it");
        case SOURCE_STUN:
                return _("STUN servers see it");
        case SOURCE_FILE:
                return _("the file of watch.file says it");
        case SOURCE_INTERFACE:
        case SOURCE_COUNT:
                break;
        }
        return source_name(s);
}

void status_append_origin(Text *t, const Origin *o)
{
        bool has_other = ip_address_is_set(&o->other);
        char other[IP_ADDRESS_TEXT_MAX];

        ip_address_format(&o->other, other);
        text_append_string(t, source_words(o->source));
        if (o->nat == NAT_DOUBLE)
                text_append_string(t, _("; double NAT: the router's own address is private"));
        else if (o->nat == NAT_CGN)
                text_append_string(t, _("; carrier-grade NAT: the router's own address is the provider's"));
        else if (o->nat == NAT_DISAGREE)
                text_append_string(t, _("; another source disagrees"));
        if (has_other)
                text_appendf(t, " (%s)", other);
}

const char *status_wait_words(const Status *s, const StatusDestination *d)
{
        if (d->sending)
                return _("being sent now");
        switch (d->wait) {
        case WAIT_NOTHING:
                return _("nothing is owed");
        case WAIT_NO_ADDRESS:
                return _("there is no address to tell");
        case WAIT_SETTLING:
                return _("what is owed is known when the addresses have settled");
        case WAIT_DISABLED:
                return _("disabled in the settings");
        case WAIT_MAIL_OFF:
                return s->service.settings == STATUS_SETTINGS_UNUSABLE ? _("the settings are not usable")
                                                                       : _("mail is off in the settings");
        case WAIT_READY:
                return _("goes out next");
        case WAIT_DEFERRED:
                return _("put off: it did not work out this time");
        case WAIT_FAILED:
                return _("it failed, and something is to be mended");
        case WAIT_HELD:
                return _("the login was refused");
        case WAIT_UNKNOWN:
                return _("the server's answer never came: the same mail goes out again");
        case WAIT_LIMITED:
                return _("as many mails as limits.mails_per_hour allows went out within the hour");
        case WAIT_COUNT:
                break;
        }
        return "";
}

void status_format_time(WallTime time, char ret[static STATUS_WORDS_MAX])
{
        char text[WALL_TIME_TEXT_MAX];

        wall_time_format_plain(time, text);
        string_copy(ret, TIME_COLUMNS + 1, text);
}

void status_format_span(int64_t seconds, char ret[static STATUS_WORDS_MAX])
{
        int s = (int)CLAMP(seconds, (int64_t)0, (int64_t)INT32_MAX);

        if (s >= 86400)
                (void)snprintf(ret, STATUS_WORDS_MAX, _("%d d %d h"), s / 86400, s / 3600 % 24);
        else if (s >= 3600)
                (void)snprintf(ret, STATUS_WORDS_MAX, _("%d h %d min"), s / 3600, s / 60 % 60);
        else if (s >= 60)
                (void)snprintf(ret, STATUS_WORDS_MAX, _("%d min"), s / 60);
        else
                (void)snprintf(ret, STATUS_WORDS_MAX, _("%d s"), s);
}

void status_append_failure(Text *t, const Result *r)
{
        if (r->step != STEP_NONE)
                /* TRANSLATORS: the name of a step, such as auth. */
                text_appendf(t, _("failed at the step %s"), step_name(r->step));
        else
                text_append_string(t, _("failed"));
        if (*r->server)
                text_appendf(t, " (%s)", r->server);
        if (r->code > 0)
                text_appendf(t, ": %u%s%s%s%s", r->code, *r->enhanced ? " " : "", r->enhanced,
                             *r->server_text ? " " : "", r->server_text);
        if (*r->cause)
                text_appendf(t, ": %s", r->cause);
}
