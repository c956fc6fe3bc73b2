/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/setup.h"
#include "config.h"
#include "store/state-file.h"

/* The password as the service gets it: a file that root alone can read, or one that this machine alone can
 * decrypt. One that is encrypted stays so, and there is never one of either kind: which of them systemd
 * takes depends on its release. */

#define ENCRYPTED "encrypted" /* in the folder in memory */
#define DROP_IN   "encrypted-password.conf"

static void encrypted_folder(const Setup *s, char ret[static PATH_MAX])
{
        (void)snprintf(ret, PATH_MAX, "%s.encrypted", s->options->credentials_dir);
}

bool setup_encrypts(const Setup *s)
{
        char folder[PATH_MAX], path[PATH_MAX + 64];

        encrypted_folder(s, folder);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, setup_credential(s));
        return s->options->encrypt || access(path, F_OK) == 0;
}

static int write_into(const char *folder, const char *name, const void *data, size_t size, mode_t mode)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        int r;

        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return setup_complain(folder, strerror(errno));
        r = state_dir_open(folder, &d);
        if (r >= 0)
                r = state_dir_write(d, name, data, size, mode, STATE_WRITE_DURABLE);
        return r < 0 ? setup_complain(folder, strerror(-r)) : EXIT_SUCCESS;
}

/* Before systemd 254 the service, and the weekly test of its login, are told where to look: an encrypted one
 * is found by a drop-in alone. */
static int write_drop_in(const Setup *s)
{
        static const char *const names[] = {CREDENTIAL_SMTP_PASSWORD, CREDENTIAL_POP_PASSWORD,
                                            CREDENTIAL_TLS_KEY};
        static const char *const folders[] = {"/etc/systemd/system/ipherald.service.d",
                                              "/etc/systemd/system/ipherald-test.service.d"};
        _cleanup_text_ Text text = {0};

        if (IPHERALD_IMPORTS_CREDENTIALS || !s->is_default)
                return EXIT_SUCCESS;
        text_append_string(&text, "# Written by ipherald setup: the password is encrypted.\n"
                                  "[Service]\nLoadCredential=\n");
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                text_appendf(&text, "LoadCredential%s=%s\n",
                             streq(names[i], setup_credential(s)) ? "Encrypted" : "", names[i]);
        if (text_error(&text) < 0)
                return setup_complain(DROP_IN, strerror(ENOMEM));
        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                if (mkdir(folders[i], 0755) < 0 && errno != EEXIST)
                        return setup_complain(folders[i], strerror(errno));
                if (write_into(folders[i], DROP_IN, text.data, text.size, 0644) != EXIT_SUCCESS)
                        return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}

/* By systemd-creds, in the folder in memory, so that what is written is written whole. */
static int encrypt(const Setup *s, char **ret, size_t *ret_size)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        char name[64], from[PATH_MAX + 64], to[PATH_MAX + 64];
        const char *const argv[] = {"systemd-creds", "encrypt", name, from, to, NULL};
        int r;

        (void)snprintf(name, sizeof(name), "--name=%s", setup_credential(s));
        (void)snprintf(from, sizeof(from), "%s/%s", s->folder, setup_credential(s));
        (void)snprintf(to, sizeof(to), "%s/%s", s->folder, ENCRYPTED);
        r = state_dir_open(s->folder, &d);
        if (r >= 0)
                r = state_dir_write(d, setup_credential(s), s->secret, strlen(s->secret), 0600,
                                    STATE_WRITE_VOLATILE);
        if (r < 0)
                return setup_complain(s->folder, strerror(-r));
        r = setup_run(argv, NULL, 0);
        if (r != 0) {
                (void)state_dir_remove(d, ENCRYPTED);
                fprintf(stderr, "ipherald setup: systemd-creds: %s\n",
                        r < 0 ? strerror(-r) : _("the password could not be encrypted"));
                return EXIT_FAILURE;
        }
        r = state_dir_read(d, ENCRYPTED, ret, ret_size);
        (void)state_dir_remove(d, ENCRYPTED);
        return r < 0 ? setup_complain(to, strerror(-r)) : EXIT_SUCCESS;
}

static int write_encrypted(const Setup *s)
{
        _cleanup_(state_dir_freep) StateDir *d = NULL;
        _cleanup_free_ char *data = NULL;
        char folder[PATH_MAX];
        size_t size;
        int r = encrypt(s, &data, &size);

        if (r != EXIT_SUCCESS)
                return r;
        encrypted_folder(s, folder);
        r = write_into(folder, setup_credential(s), data, size, 0600);
        if (r == EXIT_SUCCESS)
                r = write_drop_in(s);
        if (r == EXIT_SUCCESS && state_dir_open(s->options->credentials_dir, &d) >= 0)
                (void)state_dir_remove(d, setup_credential(s));
        return r;
}

int setup_write_credential(Setup *s)
{
        int r;

        if (!*s->secret)
                return EXIT_SUCCESS;
        if (!setup_encrypts(s))
                return write_into(s->options->credentials_dir, setup_credential(s), s->secret,
                                  strlen(s->secret), 0600);
        r = setup_make_folder(s);
        if (r < 0)
                return setup_complain(s->folder, strerror(-r));
        r = write_encrypted(s);
        setup_sweep();
        return r;
}
