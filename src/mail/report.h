/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Reports: what the mailer says while it works, one a packet; and the service's answer to the commit
 * question. */

#include "address/address.h"
#include "base/text.h"
#include "decide/notice.h"
#include "decide/outcome.h"
#include "mail/order.h"

#define REPORT_SIZE_MAX 4096

typedef enum ReportType {
        REPORT_ALIVE,       /* still waiting */
        REPORT_STEP,        /* step began; server: HOST:PORT, cause: words on it ("192.0.2.5"); source */
        REPORT_FACT,        /* of a test's session alone: fact, and in result its step and text */
        REPORT_RECIPIENT,   /* transaction, recipient, result: the reply to RCPT, accepted (outcome none) or
                               not */
        REPORT_COMMIT,      /* transaction, accepted: may the body go? */
        REPORT_TRANSACTION, /* transaction, result: for the recipients that were not refused one by one */
        REPORT_SESSION,     /* result: what the account's clock gets; digest: of a refused credential */
        REPORT_TYPE_COUNT,
} ReportType;

/* What a session comes to know: the text in result.server_text, of a failure the result as a whole. */
typedef enum Fact {
        FACT_REPLY,       /* the server's words where all went well, and result.code, result.enhanced */
        FACT_UNCONFINED,  /* the kernel has no Landlock for the mailer; no text, no step */
        FACT_TLS,         /* version and cipher: "TLS 1.3, AES-256-GCM" */
        FACT_CERTIFICATE, /* the names that it is for: "mail.example.com, 192.0.2.5" */
        FACT_ISSUER,      /* its issuer's distinguished name (RFC 4514) */
        FACT_EXPIRY,      /* its last moment: "2027-01-31 23:59:59 +00:00" */
        FACT_OFFERED,     /* the login methods that the server offers: "PLAIN LOGIN" */
        FACT_METHOD,      /* the one that was taken */
        FACT_FAILURE,     /* why an address was given up for the next one */
        FACT_COUNT,
} Fact;

typedef struct Report {
        ReportType type;
        Fact fact;
        size_t transaction; /* index into the order's notices */
        size_t recipient;   /* index into that notice's recipients */
        Result result;      /* of a step: step, server, cause alone; of a fact: step, text, codes */
        IpAddress source;   /* our own end of the connection; unset where there is none yet */
        char digest[CREDENTIAL_DIGEST_MAX];
        size_t n_accepted;
        uint8_t accepted[NOTICE_RECIPIENTS_MAX]; /* indexes, rising */
} Report;

/* Appends one packet to T. 0, -ENOMEM. Never beyond REPORT_SIZE_MAX: the server's words are cut to fit. */
int report_format(const Report *r, Text *t);

/* Reads one packet as a stranger's, SIZE octets of DATA that a NUL follows, changed on the way. 0 or
 * -EBADMSG. That the indexes fit the order is the caller's to check. */
int report_parse(char *data, size_t size, Report *ret);

/* The answer to REPORT_COMMIT of TRANSACTION. 0, -ENOMEM; 0, -EBADMSG. */
int commit_answer_format(size_t transaction, bool go, Text *t);
int commit_answer_parse(char *data, size_t size, size_t *ret_transaction, bool *ret_go);
