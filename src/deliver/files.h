/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The files that an order's mails name (MailContent): templates and attachments. */

#include "mail/order.h"

#define FILES_MAX        128                /* different ones, of one order */
#define FILES_OCTETS_MAX (16 * 1024 * 1024) /* of all together: the unit's memory is limited */

typedef struct OpenFiles {
        size_t n;
        int *fds; /* of order->files, or a negative errno; those of paths are not open yet */
} OpenFiles;

/* Puts each file that ORDER names into order->files, once, and opens those that are credentials, which root
 * alone may be able to. What can't be opened is told by files_read(). 0 or -ENOMEM. */
int files_open(Order *order, OpenFiles *ret);

/* Reads them, and opens the paths, once the mailer can do nothing else. A file that can't be had is no
 * failure: its error says why, -EFBIG for a template of more than TEMPLATE_SIZE_MAX octets, another file of
 * more than ATTACHMENT_SIZE_MAX, and what is beyond FILES_MAX and FILES_OCTETS_MAX. A file that is both may
 * be as large as an attachment. 0 or -ENOMEM. */
int files_read(OpenFiles *f, Order *order);

/* Closes what is open. */
void files_done(OpenFiles *f);
