/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A settings file, through libconfig and the builder: settings or faults come out, never both, never
 * neither. The file lies in memory alone. */

#include <sys/mman.h>
#include <unistd.h>

#include "base/string-util.h"
#include "fuzz.h"
#include "store/config-file.h"
#include "store/fd.h"

/* libconfig 1.5 loses the text that it reads when a syntax error ends it: 64 octets a reading, the
 * library's. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
        return "leak:libconfig";
}

static void look_at_faults(const SettingsFaults *faults)
{
        size_t n;
        const SettingsFault *entries = settings_faults_entries(faults, &n);

        require(n > 0);
        for (size_t i = 0; i < n; i++)
                require(*entries[i].text && string_is_clean(entries[i].text) &&
                        strlen(entries[i].text) < SETTINGS_FAULT_TEXT_MAX);
}

static void look_at_settings(const Settings *s)
{
        const MailSettings *m = &s->mail;

        require(m->port > 0 && s->settle_quiet <= s->watch.settle_limit);
        require(!m->from || mail_address_is_valid(m->from));
        require(m->security != SECURITY_NONE || m->method != AUTH_METHOD_SMTP);
        require(!m->enabled || (m->server && m->from && s->n_destinations > 0));
        for (size_t i = 0; i < s->n_destinations; i++) {
                require(mail_address_is_valid(s->destinations[i].to));
                for (size_t k = 0; k < i; k++)
                        require(!streq(s->destinations[i].to, s->destinations[k].to));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(settings_freep) Settings *settings = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *faults = NULL;
        _cleanup_close_ int fd = memfd_create("settings", MFD_CLOEXEC);
        char path[64];
        size_t n;

        require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        require(config_file_load(path, &settings, &faults) == 0);
        (void)settings_faults_entries(faults, &n);
        require((settings != NULL) == (n == 0));
        if (settings)
                look_at_settings(settings);
        else
                look_at_faults(faults);
        return 0;
}
