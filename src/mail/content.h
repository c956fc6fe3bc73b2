/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of an administrator make of a mail: its text, and what is attached. What can't be used is
 * left out, and the text says so: an address that is not told is worse than one that is told plainly. */

#include "base/text.h"
#include "mail/order.h"

typedef struct Attachment {
        char name[CONTENT_NAME_MAX]; /* for the reader: ASCII that may stand in quotes, not empty */
        const char *type;            /* the value of Content-Type; no quotes, no line end */
        Text data;                   /* its octets, filled */
} Attachment;

typedef struct Content {
        Text body; /* UTF-8 with LF line ends */
        size_t n_attachments;
        Attachment attachments[ATTACHMENTS_MAX];
} Content;

/* Frees what C points to, and empties it. */
void content_done(Content *c);

/* The content of one notice: RET is empty, or done with content_done() after a failure too. A template is
 * the body whole; nothing of it reaches a header. 0 or -ENOMEM. */
int content_make(const Order *order, const Notice *notice, Content *ret);

#define _cleanup_content_ _cleanup_(content_done)
