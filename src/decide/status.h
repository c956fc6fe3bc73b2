/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The state of the service in one picture: what is settled, what each destination was told, what it is owed
 * and waits for. The service takes it from its ledger and settings, `ipherald status` reads it. It holds no
 * secret: whoever is on the machine may see it. Waits are CLOCK_BOOTTIME. */

#include "address/left-out.h"
#include "decide/failures.h"
#include "decide/plan.h"
#include "decide/settle.h"

#define STATUS_PATH_MAX 1024

typedef enum StatusSettings {
        STATUS_SETTINGS_GOOD,
        STATUS_SETTINGS_KEPT,     /* the file holds a fault, and those that were good are kept */
        STATUS_SETTINGS_UNUSABLE, /* it held one from the start: no mail until a reload heals it */
        STATUS_SETTINGS_COUNT,
} StatusSettings;

/* Who wrote it. */
typedef struct StatusService {
        uint64_t pid,
                started_at; /* as /proc/PID/stat has it: tells it from a later process of the same pid */
        WallTime since;
        char config[STATUS_PATH_MAX]; /* the settings file, made harmless */
        StatusSettings settings;
        bool ledger_unwritable;
} StatusService;

typedef struct StatusFamily {
        AddressRecord settled;
        SelectedAddress candidate;              /* where something is settling: what it would be */
        SelectionReason reason;                 /* why the candidate is none */
        char tunnel[IFNAMSIZ], asked[IFNAMSIZ]; /* Selection's */
} StatusFamily;

/* What is owed, as far as known. */
typedef enum StatusOwed {
        STATUS_OWED_NOTHING,
        STATUS_OWED_NEW,      /* a mail with the settled addresses */
        STATUS_OWED_AGAIN,    /* one that went out and was not answered */
        STATUS_OWED_REMINDER, /* of what was told */
        STATUS_OWED_COUNT,
} StatusOwed;

typedef struct StatusDestination {
        char *to;
        bool sending; /* in the session under way, and open */
        bool enabled; /* this and the next five: as in the settings */
        char mac[MAC_TEXT_MAX];
        Language language;
        bool family[FAMILY_COUNT];
        MailContent content;
        unsigned remind_days;
        WallTime reminds_at; /* 0 seconds: no day is known */
        Told told[FAMILY_COUNT];
        WallTime told_at;
        StatusOwed owed;
        WaitReason wait;
        usec_t due;                        /* USEC_INFINITY: no time is known */
        IpAddress attempted[FAMILY_COUNT]; /* what the mail said that goes out again */
        Failure failure;                   /* since it was last told; OUTCOME_NONE: none */
} StatusDestination;

typedef struct Status {
        StatusService service;
        char server[RESULT_SERVER_MAX]; /* HOST:PORT, or "" */
        bool mail_enabled, sending;
        bool heard;        /* the kernel has told the addresses */
        bool settled;      /* they have settled once since the service began */
        usec_t settles_at; /* when what is open settles; USEC_INFINITY: nothing is open */
        StatusFamily family[FAMILY_COUNT];
        size_t n_others;
        SelectedAddress others[SELECTION_OTHERS_MAX]; /* that count, and are not the one */
        size_t n_left_out;
        LeftOut left_out[LEFT_OUT_MAX]; /* that do not count */
        bool held;
        unsigned tries; /* of the account since its clock was last cleared; of the login where it is held */
        usec_t account_due;
        Failure account_failure; /* where it waits */
        StatusDestination *destinations;
        size_t n_destinations;
} Status;

typedef struct StatusInput {
        StatusService service;
        const Ledger *ledger;
        const Settings *settings;
        const Settle *settle;
        const Network *network;  /* NULL: it was not read */
        const Delivery *sending; /* NULL: no session */
        const Failures *failures;
} StatusInput;

/* 0 or -ENOMEM. */
int status_take(const StatusInput *input, Status **ret);
Status *status_free(Status *s);
DEFINE_CLEANUP(Status, status_free)

/* The names in the record and in --json; from_name: 0 or -EINVAL. */
const char *wait_name(WaitReason w);
int wait_from_name(const char *name, WaitReason *ret);
const char *status_owed_name(StatusOwed o);
int status_owed_from_name(const char *name, StatusOwed *ret);
const char *status_settings_name(StatusSettings s);
int status_settings_from_name(const char *name, StatusSettings *ret);
