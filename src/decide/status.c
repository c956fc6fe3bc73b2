/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/status.h"

#include "base/string-util.h"
#include "decide/remind.h"

Status *status_free(Status *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n_destinations; i++)
                free(s->destinations[i].to);
        free(s->destinations);
        free(s);
        return NULL;
}

static void take_family(const StatusInput *in, Family f, StatusFamily *ret)
{
        const Selection *candidate = &in->settle->candidate;

        ret->settled = in->ledger->addresses[f];
        if (!in->settle->heard)
                return;
        ret->candidate = candidate->family[f];
        ret->reason = candidate->reason[f];
        string_copy(ret->tunnel, sizeof(ret->tunnel), candidate->tunnel[f]);
        string_copy(ret->asked, sizeof(ret->asked), candidate->asked[f]);
}

static void take_addresses(const StatusInput *in, Status *s)
{
        IpAddress was[FAMILY_COUNT];

        ledger_addresses(in->ledger, was);
        s->heard = in->settle->heard;
        s->settled = in->ledger->settled;
        s->settles_at = settle_deadline(in->settle, was, in->settings->settle_quiet,
                                        in->settings->watch.settle_limit);
        for (Family f = 0; f < FAMILY_COUNT; f++)
                take_family(in, f, &s->family[f]);
        s->n_others = in->settle->candidate.n_others;
        memcpy(s->others, in->settle->candidate.others, sizeof(s->others));
        if (in->network && s->heard)
                s->n_left_out = addresses_left_out(in->network, &in->settings->watch, s->left_out);
}

static void take_account(const StatusInput *in, Status *s)
{
        const AccountRecord *a = &in->ledger->account;

        mail_settings_format_server(&in->settings->mail, s->server, sizeof(s->server));
        s->mail_enabled = in->settings->mail.enabled;
        s->sending = in->sending;
        s->held = a->hold.active;
        s->tries = s->held ? a->hold.refusals : a->backoff.tries;
        s->account_due = s->held ? MAX(a->hold.due, a->backoff.due) : a->backoff.due;
        if (s->held || a->backoff.row != OUTCOME_NONE)
                s->account_failure = in->failures->account;
}

/* One that is done with, or refused it, carries it no more. */
static bool carries(const Transaction *t, const char *to)
{
        for (size_t i = 0; i < t->notice.n_recipients && !t->closed && !t->stopped; i++)
                if (streq(t->notice.recipients[i], to))
                        return !t->refused[i] && (!t->committed || t->accepted[i]);
        return false;
}

static bool is_sending(const Delivery *d, const char *to)
{
        for (size_t i = 0; d && i < d->n_transactions; i++)
                if (carries(&d->transactions[i], to))
                        return true;
        return false;
}

static void take_settings(const DestinationRecord *record, const DestinationSettings *settings,
                          StatusDestination *ret)
{
        int64_t due = remind_due(record, settings);

        ret->enabled = settings->enabled;
        string_copy(ret->mac, sizeof(ret->mac), settings->mac);
        ret->language = settings->language;
        memcpy(ret->family, settings->family, sizeof(ret->family));
        ret->content = settings->content;
        ret->remind_days = settings->remind_days;
        if (due != REMIND_NEVER && wall_time_is_set((WallTime){.seconds = due}))
                ret->reminds_at = (WallTime){.seconds = due, .utc_offset = record->told_at.utc_offset};
}

static StatusOwed owed_kind(const Share *share)
{
        if (!share->owed)
                return STATUS_OWED_NOTHING;
        if (share->again)
                return STATUS_OWED_AGAIN;
        return share->reminder ? STATUS_OWED_REMINDER : STATUS_OWED_NEW;
}

static int take_destination(const StatusInput *in, const DestinationRecord *record, StatusDestination *ret)
{
        const DestinationSettings *settings = ledger_settings_of(in->ledger, record, in->settings);
        const Failure *failure = failures_find(in->failures, record->to);
        Share share = plan_share(in->ledger, in->settings, record);

        ret->to = strdup(record->to);
        if (!ret->to)
                return -ENOMEM;
        if (settings)
                take_settings(record, settings, ret);
        ret->sending = is_sending(in->sending, record->to);
        memcpy(ret->told, record->told, sizeof(ret->told));
        ret->told_at = record->told_at;
        ret->owed = owed_kind(&share);
        ret->wait = share.wait;
        ret->due = share.at;
        if (ret->sending) {
                ret->wait = WAIT_READY;
                ret->due = USEC_INFINITY;
        }
        if (share.again)
                memcpy(ret->attempted, share.again->notice.facts.new, sizeof(ret->attempted));
        if (failure)
                ret->failure = *failure;
        return 0;
}

int status_take(const StatusInput *in, Status **ret)
{
        _cleanup_(status_freep) Status *s = calloc(1, sizeof(Status));
        int r;

        if (!s)
                return -ENOMEM;
        s->service = in->service;
        take_addresses(in, s);
        take_account(in, s);
        s->destinations = calloc(MAX(in->ledger->n_destinations, (size_t)1), sizeof(StatusDestination));
        if (!s->destinations)
                return -ENOMEM;
        for (; s->n_destinations < in->ledger->n_destinations; s->n_destinations++) {
                r = take_destination(in, &in->ledger->destinations[s->n_destinations],
                                     &s->destinations[s->n_destinations]);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(s);
        return 0;
}

static const char *const wait_names[WAIT_COUNT] = {
        [WAIT_NOTHING] = "nothing",   [WAIT_NO_ADDRESS] = "no-address", [WAIT_SETTLING] = "settling",
        [WAIT_DISABLED] = "disabled", [WAIT_MAIL_OFF] = "mail-off",     [WAIT_READY] = "ready",
        [WAIT_DEFERRED] = "deferred", [WAIT_FAILED] = "failed",         [WAIT_HELD] = "held",
        [WAIT_UNKNOWN] = "unknown",   [WAIT_LIMITED] = "limited",
};

static const char *const owed_names[STATUS_OWED_COUNT] = {
        [STATUS_OWED_NOTHING] = "nothing",
        [STATUS_OWED_NEW] = "new",
        [STATUS_OWED_AGAIN] = "again",
        [STATUS_OWED_REMINDER] = "reminder",
};

static const char *const settings_names[STATUS_SETTINGS_COUNT] = {
        [STATUS_SETTINGS_GOOD] = "good",
        [STATUS_SETTINGS_KEPT] = "kept",
        [STATUS_SETTINGS_UNUSABLE] = "unusable",
};

const char *wait_name(WaitReason w)
{
        return wait_names[w];
}

int wait_from_name(const char *name, WaitReason *ret)
{
        int i = string_index(wait_names, WAIT_COUNT, name);

        if (i < 0)
                return i;
        *ret = (WaitReason)i;
        return 0;
}

const char *status_owed_name(StatusOwed o)
{
        return owed_names[o];
}

int status_owed_from_name(const char *name, StatusOwed *ret)
{
        int i = string_index(owed_names, STATUS_OWED_COUNT, name);

        if (i < 0)
                return i;
        *ret = (StatusOwed)i;
        return 0;
}

const char *status_settings_name(StatusSettings s)
{
        return settings_names[s];
}

int status_settings_from_name(const char *name, StatusSettings *ret)
{
        int i = string_index(settings_names, STATUS_SETTINGS_COUNT, name);

        if (i < 0)
                return i;
        *ret = (StatusSettings)i;
        return 0;
}
