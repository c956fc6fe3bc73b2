/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/content-check.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/string-util.h"
#include "mail/placeholder.h"
#include "store/fd.h"
#include "store/read-file.h"

typedef struct Check {
        const Settings *settings;
        const char *credentials_dir;
        FILE *to, *warnings;
        const char *file; /* that is looked at */
        int n_faults;
} Check;

static void on_placeholder(void *userdata, unsigned line, const char *reason)
{
        Check *c = userdata;

        fprintf(c->to, "%s:%u: %s\n", c->file, line, reason);
        c->n_faults++;
}

/* "PrivateKey = " of WireGuard, in any case, as wg(8) takes it; behind a byte order mark too, as editors
 * elsewhere begin a file. */
static bool is_wireguard_key(const char *line)
{
        static const char key[] = "privatekey", mark[] = "\xef\xbb\xbf";

        if (strncmp(line, mark, strlen(mark)) == 0)
                line += strlen(mark);
        line += strspn(line, " \t");
        if (strncasecmp(line, key, strlen(key)) != 0)
                return false;
        line += strlen(key);
        return line[strspn(line, " \t")] == '=';
}

/* The end of PEM's first line (RFC 7468, 10 and 11), and of OpenPGP's (RFC 9580, 6.2.1). */
static bool has_pem_key(const char *line, size_t n)
{
        static const char pem[] = "PRIVATE KEY-----", pgp[] = "PRIVATE KEY BLOCK-----";

        return memmem(line, n, pem, strlen(pem)) || memmem(line, n, pgp, strlen(pgp));
}

/* The line, from 1, of the first private key in TEXT, which a NUL follows; 0 where there is none. A file
 * that is no text may hold one as well. */
static unsigned find_private_key(const char *text, size_t size)
{
        const char *end = text + size;
        unsigned line = 1;

        for (const char *p = text;; line++) {
                const char *newline = memchr(p, '\n', (size_t)(end - p));

                if (is_wireguard_key(p) || has_pem_key(p, (size_t)((newline ? newline : end) - p)))
                        return line;
                if (!newline)
                        return 0;
                p = newline + 1;
        }
}

static void check_key(Check *c, const char *text, size_t size, mode_t mode)
{
        unsigned line = find_private_key(text, size);

        if (line == 0)
                return;
        if (mode & S_IROTH) {
                fprintf(c->to,
                        "%s:%u: holds a private key, and everybody on this machine may read the file\n",
                        c->file, line);
                c->n_faults++;
        } else
                fprintf(c->warnings,
                        "%s:%u: warning: holds a private key: whoever gets hold of the mail has it\n",
                        c->file, line);
}

/* A template is filled whatever it is; an attachment that is no text goes as it is. */
static void check_text(Check *c, const char *text, size_t size, bool is_template)
{
        if (is_template || octets_text_prefix(text, size) == size)
                placeholders_check(text, size, on_placeholder, c);
}

/* Rights are no fault: the service has others. */
static void cannot_read(Check *c, int error, bool is_credential)
{
        if (error == -EACCES || (is_credential && error == -ENOENT))
                fprintf(c->warnings, "%s: warning: not looked at: %s\n", c->file, read_file_error(error));
        else {
                fprintf(c->to, "%s: cannot be read: %s\n", c->file, read_file_error(error));
                c->n_faults++;
        }
}

static int check_file(Check *c, bool is_template, bool is_credential)
{
        size_t max = is_template ? TEMPLATE_SIZE_MAX : ATTACHMENT_SIZE_MAX, size;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        int r;

        _cleanup_close_ int fd = open(c->file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        r = fd < 0 || fstat(fd, &st) < 0 ? -errno : read_file(fd, max, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r == -EFBIG) {
                fprintf(c->to, "%s: is larger than %zu KiB\n", c->file, max / 1024);
                c->n_faults++;
        } else if (r < 0)
                cannot_read(c, r, is_credential);
        else {
                check_text(c, text, size, is_template);
                check_key(c, text, size, st.st_mode);
        }
        return 0;
}

static int check_name(Check *c, const char *name, bool is_template)
{
        _cleanup_free_ char *path = NULL;
        int r;

        if (!content_name_is_credential(name)) {
                c->file = name;
                return check_file(c, is_template, false);
        }
        if (!c->credentials_dir) {
                fprintf(c->warnings, "%s: warning: not looked at: no folder of credentials is known\n",
                        name);
                return 0;
        }
        if (asprintf(&path, "%s/%s", c->credentials_dir, name) < 0)
                return -ENOMEM;
        c->file = path;
        r = check_file(c, is_template, true);
        c->file = NULL;
        return r;
}

static bool is_attached(const MailContent *content, const char *name)
{
        for (size_t i = 0; i < content->n_attachments; i++)
                if (streq(content->attachments[i], name))
                        return true;
        return false;
}

/* Whether it was looked at with an earlier destination. */
static bool is_known(const Check *c, size_t n_before, const char *name, bool is_template)
{
        for (size_t i = 0; i < n_before; i++) {
                const MailContent *content = &c->settings->destinations[i].content;

                if (is_template ? streq(content->template, name) : is_attached(content, name))
                        return true;
        }
        return false;
}

int content_check(const Settings *s, const char *credentials_dir, FILE *to, FILE *warnings)
{
        Check c = {.settings = s, .credentials_dir = credentials_dir, .to = to, .warnings = warnings};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_destinations; i++) {
                const MailContent *content = &s->destinations[i].content;

                if (content_name_is_file(content->template) && !is_known(&c, i, content->template, true))
                        r = check_name(&c, content->template, true);
                for (size_t k = 0; r >= 0 && k < content->n_attachments; k++)
                        if (!is_known(&c, i, content->attachments[k], false))
                                r = check_name(&c, content->attachments[k], false);
        }
        return r < 0 ? r : c.n_faults;
}
