/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide/outcome.h"

#include "base/string-util.h"

/* clang-format off */
static const char *const step_names[STEP_COUNT] = {
        [STEP_NONE] = "",
        [STEP_POP3] = "pop3",
        [STEP_RESOLVE] = "resolve",
        [STEP_CONNECT] = "connect",
        [STEP_TLS] = "tls",
        [STEP_GREETING] = "greeting",
        [STEP_EHLO] = "ehlo",
        [STEP_STARTTLS] = "starttls",
        [STEP_AUTH] = "auth",
        [STEP_MAIL] = "mail",
        [STEP_RCPT] = "rcpt",
        [STEP_DATA] = "data",
        [STEP_BODY] = "body",
        [STEP_DOT] = "dot",
};
/* clang-format on */

static const char *const outcome_names[OUTCOME_COUNT] = {
        [OUTCOME_NONE] = "none",
        [OUTCOME_DELIVERED] = "delivered",
        [OUTCOME_NOT_REACHED] = "not-reached",
        [OUTCOME_TEMPORARY] = "temporary",
        [OUTCOME_DESTINATION_TEMPORARY] = "destination-temporary",
        [OUTCOME_INSECURE] = "insecure",
        [OUTCOME_OUT_OF_DATE] = "out-of-date",
        [OUTCOME_SETTINGS] = "settings",
        [OUTCOME_DESTINATION_PERMANENT] = "destination-permanent",
        [OUTCOME_LOGIN_REFUSED] = "login-refused",
        [OUTCOME_STILL_HELD] = "still-held",
        [OUTCOME_STOPPED] = "stopped",
        [OUTCOME_UNKNOWN] = "unknown",
        [OUTCOME_NOT_BEGUN] = "not-begun",
};

const char *step_name(Step s)
{
        return step_names[s];
}

int step_from_name(const char *name, Step *ret)
{
        int i = string_index(step_names, STEP_COUNT, name);

        if (i < 0)
                return i;
        *ret = (Step)i;
        return 0;
}

const char *outcome_name(Outcome o)
{
        return outcome_names[o];
}

int outcome_from_name(const char *name, Outcome *ret)
{
        int i = string_index(outcome_names, OUTCOME_COUNT, name);

        if (i < 0)
                return i;
        *ret = (Outcome)i;
        return 0;
}
