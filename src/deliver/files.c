/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/files.h"

#include <errno.h>
#include <fcntl.h>

#include "base/string-util.h"
#include "store/credential.h"
#include "store/fd.h"
#include "store/read-file.h"

/* As with the secrets, a credential is opened before the mailer gives up its rights, and a path afterwards:
 * root, who runs `ipherald test`, opens nothing but the folder of credentials for a settings file that may
 * be another's. A mail whose files can't be had says so and goes out. */

static OrderFile *find(const Order *order, const char *name)
{
        for (size_t i = 0; i < order->n_files; i++)
                if (streq(order->files[i].name, name))
                        return &order->files[i];
        return NULL;
}

static int add(Order *order, const char *name)
{
        OrderFile *grown;
        char *copy;

        if (find(order, name))
                return 0;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        grown = reallocarray(order->files, order->n_files + 1, sizeof(OrderFile));
        if (!grown) {
                free(copy);
                return -ENOMEM;
        }
        order->files = grown;
        grown[order->n_files++] = (OrderFile){.name = copy};
        return 0;
}

static int add_files_of(Order *order, const MailContent *c)
{
        int r = content_name_is_file(c->template) ? add(order, c->template) : 0;

        for (size_t i = 0; r >= 0 && i < c->n_attachments; i++)
                r = add(order, c->attachments[i]);
        return r;
}

int files_open(Order *order, OpenFiles *ret)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < order->n_notices; i++)
                r = add_files_of(order, &order->notices[i].facts.content);
        if (r < 0)
                return r;
        *ret = (OpenFiles){0};
        if (order->n_files == 0)
                return 0;
        ret->fds = calloc(order->n_files, sizeof(int));
        if (!ret->fds)
                return -ENOMEM;
        for (; ret->n < order->n_files; ret->n++) {
                const char *name = order->files[ret->n].name;
                bool may = ret->n < FILES_MAX && order->credentials_dir && content_name_is_credential(name);

                ret->fds[ret->n] = may ? credential_open(order->credentials_dir, name) : -ENOENT;
        }
        return 0;
}

static bool is_attached(const Order *order, const char *name)
{
        for (size_t i = 0; i < order->n_notices; i++) {
                const MailContent *c = &order->notices[i].facts.content;

                for (size_t k = 0; k < c->n_attachments; k++)
                        if (streq(c->attachments[k], name))
                                return true;
        }
        return false;
}

static int read_one(int fd, OrderFile *file, size_t max)
{
        if (!content_name_is_credential(file->name))
                return read_file_at(AT_FDCWD, file->name, 0, max, &file->data, &file->size);
        return fd < 0 ? fd : read_file(fd, max, &file->data, &file->size);
}

int files_read(OpenFiles *f, Order *order)
{
        size_t left = FILES_OCTETS_MAX;

        for (size_t i = 0; i < order->n_files; i++) {
                OrderFile *file = &order->files[i];
                size_t max = is_attached(order, file->name) ? ATTACHMENT_SIZE_MAX : TEMPLATE_SIZE_MAX;

                file->error = i < FILES_MAX ? read_one(f->fds[i], file, MIN(max, left)) : -EFBIG;
                if (file->error == -ENOMEM)
                        return -ENOMEM;
                left -= file->size;
        }
        return 0;
}

void files_done(OpenFiles *f)
{
        for (size_t i = 0; i < f->n; i++)
                close_fdp(&f->fds[i]);
        free(f->fds);
        *f = (OpenFiles){0};
}
