/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/setup.h"
#include "store/fd.h"
#include "store/read-file.h"

/* The password: from a person who sees none of it, from a file or from a pipe, and never from the command
 * line, which every user of the machine can read. */

bool setup_uses_password(const Setup *s)
{
        return config_tree_text(s->tree, "mail.auth.account") &&
               !config_tree_text(s->tree, "mail.auth.token_file");
}

const char *setup_credential(const Setup *s)
{
        const char *method = config_tree_text(s->tree, "mail.auth.method");

        return method && streq(method, "pop-before-smtp") ? CREDENTIAL_POP_PASSWORD
                                                          : CREDENTIAL_SMTP_PASSWORD;
}

/* It is offered to no other server than the one that it was for. */
static bool is_there(const Setup *s)
{
        bool pop = streq(setup_credential(s), CREDENTIAL_POP_PASSWORD);
        const char *key = pop ? "mail.auth.pop.server" : "mail.server";
        const char *old = config_tree_text(s->old, key), *new = config_tree_text(s->tree, key);
        char path[PATH_MAX];

        if (old && new && !string_equal_nocase(old, new))
                return false;
        (void)snprintf(path, sizeof(path), "%s/%s", s->options->credentials_dir, setup_credential(s));
        return access(path, F_OK) == 0;
}

/* What no login could carry is refused here already. */
static bool is_one_line(const char *secret)
{
        return *secret && !strpbrk(secret, "\r\n");
}

/* "-": standard input. One newline at its end is cut off. */
static int read_file_of_password(const char *path, char ret[static SECRET_MAX + 1])
{
        _cleanup_close_ int opened = -1;
        int fd = STDIN_FILENO;
        size_t n;
        int r;

        if (!streq(path, "-")) {
                opened = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
                if (opened < 0)
                        return -errno;
                fd = opened;
        }
        r = read_to_end(fd, ret, SECRET_MAX, &n);
        if (r < 0)
                return r;
        if (n == SECRET_MAX)
                return -EFBIG;
        if (n > 0 && ret[n - 1] == '\n')
                n--;
        if (n > 0 && ret[n - 1] == '\r')
                n--;
        ret[n] = '\0';
        return strlen(ret) == n && is_one_line(ret) ? 0 : -EBADMSG;
}

static void say_what_is_wanted(const Setup *s)
{
        if (!s->known)
                return;
        if (s->provider.login == PROVIDER_LOGIN_APP_PASSWORD) {
                printf("  ");
                printf(_("%s takes an app password, made on its web site, and not the mailbox's own\n"),
                       s->provider.name);
        } else if (s->provider.login == PROVIDER_LOGIN_TOKEN) {
                printf("  ");
                printf(_("%s takes no password but an OAuth token: mail.auth.token_file, "
                         "ipherald.conf(5)\n"),
                       s->provider.name);
        }
}

static int take_option(Setup *s)
{
        const char *path = s->options->password_file;
        int r = read_file_of_password(path, s->secret);

        if (r < 0)
                fprintf(stderr, "ipherald setup: --password-file: %s\n",
                        r == -EBADMSG ? _("it is not one line of text") : strerror(-r));
        return r < 0 ? -EINVAL : 0;
}

int setup_ask_password(Setup *s)
{
        bool kept = is_there(s);
        int r;

        /* One that was typed for another login is not for this one. */
        explicit_bzero(s->secret, sizeof(s->secret));
        if (!setup_uses_password(s))
                return 0;
        if (s->options->password_file && !s->interactive)
                return take_option(s);
        if (!s->interactive && kept)
                return 0;
        if (!s->interactive) {
                fprintf(stderr, "ipherald setup: ");
                fprintf(stderr, _("%s is needed\n"), "--password-file");
                return -EINVAL;
        }
        say_what_is_wanted(s);
        do {
                r = setup_ask_secret(kept ? _("Password (Enter: as it is)") : _("Password"), s->secret);
                if (r < 0)
                        return r;
        } while (!is_one_line(s->secret) && !(kept && !*s->secret));
        return 0;
}
