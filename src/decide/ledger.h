/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The ledger: for each destination what it was last told, and what a wait or an unanswered mail needs to
 * survive a crash. What is true now, less what was told, is what is owed (plan.h). Its fields are open to
 * the rest of decide; everyone else uses the functions. Times are CLOCK_BOOTTIME of the boot that the ledger
 * was read or made in. */

#include "base/text.h"
#include "decide/notice.h"
#include "decide/retry.h"
#include "settings/settings.h"

#define LEDGER_LAST_ADDRESSES PAST_ADDRESSES_MAX
#define BOOT_ID_MAX           40
#define HOLD_RELEASES_MAX     3 /* by new public addresses, in a day */

/* A login that was refused. */
typedef struct Hold {
        bool active;
        bool ask;          /* a start: ask the mailer once whether the credential is still the refused one */
        unsigned refusals; /* of the same credential, in a row */
        usec_t due;
        char digest[CREDENTIAL_DIGEST_MAX]; /* of the credential, salted; opaque here */
        IpAddress from[FAMILY_COUNT];       /* the public addresses of the last login, or unset */
        unsigned releases;                  /* by a new one, since RELEASES_SINCE */
        usec_t releases_since;
        usec_t held_until; /* while it is released: when it would have been due */
} Hold;

typedef struct AccountRecord {
        uint64_t settings_digest; /* of the account that all of this is about */
        Backoff backoff;
        Hold hold;
        bool careful; /* until a reload: one command at a time to this server. Not kept in the file. */
} AccountRecord;

/* One family's settled address. */
typedef struct AddressRecord {
        IpAddress address;        /* unset: there is none now */
        char interface[IFNAMSIZ]; /* of the address, or of the last one */
        Origin origin;            /* the same */
        WallTime since;           /* settled since; where there is none: went at */
        size_t n_last;            /* the addresses before, newest first */
        IpAddress last[LEDGER_LAST_ADDRESSES];
        WallTime last_since[LEDGER_LAST_ADDRESSES];
        uint64_t number;     /* of the address, or of the last one: each that settles is one more */
        WallTime gone, back; /* the last time that there was none, and that has ended ... */
        uint64_t returned;   /* ... with the address of this number; 0: there was always one */
} AddressRecord;

typedef struct Told {
        bool known;        /* false: never told of this family */
        IpAddress address; /* unset: told that there is none */
        uint64_t number;   /* AddressRecord's, then */
} Told;

/* The mails of one hour, which begins with the first go. */
typedef struct Hour {
        usec_t begin;
        unsigned gos; /* 0: none has begun */
        bool said;    /* that it is full, since something settled last. Not kept in the file. */
} Hour;

typedef struct DestinationRecord {
        char *to;
        Told told[FAMILY_COUNT];
        WallTime told_at;
        WallTime remind_from; /* where TOLD_AT is no time to count from (remind.c); 0 seconds: it is one */
        bool reminder;        /* owed by remind.c. Not kept in the file. */
        char sending[MESSAGE_ID_MAX]; /* the mail that was committed and not answered, or "" */
        Backoff backoff;
        Hour hour;
} DestinationRecord;

/* A mail that was committed and not answered. */
typedef struct MailRecord {
        Notice notice; /* recipients: those that the server accepted, as To: lists them */
        unsigned goes; /* commits so far */
        usec_t go;     /* the latest */
        usec_t due;    /* when it may go out again */
} MailRecord;

typedef struct Ledger {
        AccountRecord account;
        AddressRecord addresses[FAMILY_COUNT];
        DestinationRecord *destinations; /* in the order of the settings; forgotten ones are gone */
        size_t n_destinations;
        MailRecord *mails;
        size_t n_mails;
        char boot_id[BOOT_ID_MAX];
        bool settled; /* since this start: what stands in addresses is true now. Not kept in the file. */
} Ledger;

int ledger_new(const char *boot_id, Ledger **ret);
Ledger *ledger_free(Ledger *l);
DEFINE_CLEANUP(Ledger, ledger_free)

/* A start, after ledger_parse() or ledger_new(): BOOT_ID is this boot's. Of the same boot, backoffs are
 * brought forward to the last try plus the least; of another, they are due at once, a hold an hour from now,
 * the wait of a mail without answer starts anew, and no hour has begun. An active hold is to be asked about
 * once. */
void ledger_start(Ledger *l, const char *boot_id, usec_t unknown_wait, usec_t now);

/* Good settings are taken into use: destinations that they don't list are forgotten, new ones come in; where
 * they list none at all nobody is forgotten, since a file that an editor has just emptied says the same.
 * Another account begins without backoff and hold. 0 or -ENOMEM (then nothing was changed). */
int ledger_take_settings(Ledger *l, const Settings *s);

/* A reload ends every wait but that of a mail without answer and that for the end of an hour, and careful
 * mode; a hold is tried next without its digest. */
void ledger_release(Ledger *l, usec_t now);

/* What became of one family's address. */
typedef struct SettledChange {
        bool changed, gone; /* gone: changed to none */
        IpAddress old;      /* the one before; where that was none, the last one that there was */
        IpAddress new;
} SettledChange;

/* The selection has settled. True where an address of either family is another now: the waits are brought
 * forward then. */
bool ledger_settle(Ledger *l, const Selection *settled, WallTime wall,
                   SettledChange ret[static FAMILY_COUNT]);

/* Takes the public ones of ADDRESSES for those of the hold's last login. True where one of them is new. */
bool hold_take_addresses(Hold *h, const AddressRecord addresses[static FAMILY_COUNT]);

/* After ledger_settle(): a held login is due once from a new public address, where the server may judge it
 * otherwise; HOLD_RELEASES_MAX times a day. Refused again it is held as long as it was. */
void ledger_release_hold_by_address(Ledger *l, usec_t now);

/* The default route changed: deferrals are brought forward, to the last try plus the least. */
void ledger_route_changed(Ledger *l);

/* The wall clock was set, and a certificate may be valid by now: where that was the reason, the wait is
 * brought forward, to the last try plus the least. */
void ledger_clock_set(Ledger *l);

/* A go to this destination at NOW, whatever becomes of it. */
void hour_count(Hour *h, usec_t now);
/* When a destination that gets at most MOST mails an hour may be sent the next one; 0: now. */
usec_t hour_due(const Hour *h, unsigned most);

/* The settings of D, a record of L; NULL where they don't list it. Both lists have the same order, but for
 * settings that list nobody, so that it costs one comparison. */
const DestinationSettings *ledger_settings_of(const Ledger *l, const DestinationRecord *d,
                                              const Settings *s);

/* NULL where there is none; "" is no Message-ID. Valid until records are added or dropped. */
DestinationRecord *ledger_destination(const Ledger *l, const char *to);
MailRecord *ledger_mail(const Ledger *l, const char *message_id);

/* Drops the mails that no destination points to any more. */
void ledger_sweep_mails(Ledger *l);
/* An empty record behind the others. 0 or -ENOMEM. */
int ledger_add_mail(Ledger *l, MailRecord **ret);

/* The settled addresses; unset where a family has none. */
void ledger_addresses(const Ledger *l, IpAddress ret[static FAMILY_COUNT]);

/* Was there none between the I-th address before and the one that followed it? */
bool address_record_was_away(const AddressRecord *r, size_t i);
/* Until when the I-th address before was there. */
WallTime address_record_until(const AddressRecord *r, size_t i);
