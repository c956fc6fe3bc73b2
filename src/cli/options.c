/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/string-util.h"
#include "config.h"

/* Long options, and two letters that everybody knows from journalctl and tail; "--name VALUE" or
 * "--name=VALUE", spelled in full, each at most once: a typing error in a unit file or a script is said at
 * once. An empty value counts as a mistake ("--state-dir=$UNSET"). */

typedef struct Option {
        const char *name, *value_name, *help; /* value_name NULL: it takes none */
        unsigned set;                         /* of OptionSet; 0: every verb has it */
        size_t offset;                        /* of a const char * or, without a value, of a bool */
} Option;

static const Option options[] = {
        {"--config", "FILE", "settings (" IPHERALD_SYSCONFDIR "/ipherald/ipherald.conf)", OPTION_CONFIG,
         offsetof(Options, config)},
        {"--state-dir", "DIR", "folder of the ledger ($STATE_DIRECTORY)", OPTION_DIRECTORIES,
         offsetof(Options, state_dir)},
        {"--runtime-dir", "DIR", "what the service tells of itself ($RUNTIME_DIRECTORY)", OPTION_DIRECTORIES,
         offsetof(Options, runtime_dir)},
        {"--credentials-dir", "DIR", "folder of the secrets ($CREDENTIALS_DIRECTORY)",
         OPTION_DIRECTORIES | OPTION_SETUP, offsetof(Options, credentials_dir)},
        {"--dry-run", NULL, "print each mail instead of sending it", OPTION_DRY_RUN,
         offsetof(Options, dry_run)},
        {"--once", NULL, "end after the first mail, or where there is none", OPTION_ONCE,
         offsetof(Options, once)},
        {"--to", "ADDRESS", "mail this address alone (each enabled destination)", OPTION_TEST,
         offsetof(Options, to)},
        {"--no-send", NULL, "log in, and leave without a mail", OPTION_TEST, offsetof(Options, no_send)},
        {"--json", NULL, "for programs: JSON", OPTION_JSON, offsetof(Options, json)},
        {"-n", "NUMBER", "the last so many (50; with --since all)", OPTION_LOG, offsetof(Options, lines)},
        {"-f", NULL, "go on with what comes", OPTION_LOG, offsetof(Options, follow)},
        {"--since", "TIME", "from then on: \"2026-11-24 09:18\", today, 2h", OPTION_LOG,
         offsetof(Options, since)},
        {"--instance", "NAME", "of ipherald@NAME.service (of ipherald.service)", OPTION_LOG,
         offsetof(Options, instance)},
        {"--directory", "DIR", "journal files of this folder (this machine's journal)", OPTION_LOG,
         offsetof(Options, directory)},
        {"--server", "SERVER", "mail server, or an address at a known provider", OPTION_SETUP,
         offsetof(Options, server)},
        {"--port", "NUMBER", "its port", OPTION_SETUP, offsetof(Options, port)},
        {"--security", "HOW", "tls, starttls or none", OPTION_SETUP, offsetof(Options, security)},
        {"--from", "ADDRESS", "sender's mail address", OPTION_SETUP, offsetof(Options, from)},
        {"--auth", "METHOD", "smtp, pop-before-smtp or none", OPTION_SETUP, offsetof(Options, auth)},
        {"--account", "NAME", "account name", OPTION_SETUP, offsetof(Options, account)},
        {"--password-file", "FILE", "its password; - is standard input", OPTION_SETUP,
         offsetof(Options, password_file)},
        {"--destination", "ADDRESS", "whom the mail is for", OPTION_SETUP, offsetof(Options, to)},
        {"--mac", "MAC", "label of its phone", OPTION_SETUP, offsetof(Options, mac)},
        {"--language", "LANGUAGE", "of its mail: en or ja", OPTION_SETUP, offsetof(Options, language)},
        {"--outside", "WHOM", "address outside: by gateway, STUN servers, none", OPTION_SETUP,
         offsetof(Options, outside)},
        {"--non-interactive", NULL, "ask nothing: options and defaults are the answers", OPTION_SETUP,
         offsetof(Options, non_interactive)},
        {"--encrypt", NULL, "encrypt the password to this machine", OPTION_SETUP,
         offsetof(Options, encrypt)},
        {"--no-login", NULL, "write it without a try", OPTION_SETUP, offsetof(Options, no_login)},
        {"--no-test", NULL, "send no test mail", OPTION_SETUP, offsetof(Options, no_send)},
        {"--help", NULL, "print this", 0, offsetof(Options, help)},
};

static int refuse(char *ret_reason, const char *word, const char *what)
{
        char harmless[OPTIONS_REASON_MAX / 2];

        string_make_harmless(word, strlen(word), harmless, sizeof(harmless));
        (void)snprintf(ret_reason, OPTIONS_REASON_MAX, "%s: %s", harmless, what);
        return -EINVAL;
}

/* The option that WORD names, and the value behind its "=", or NULL. */
static const Option *find_option(const char *word, unsigned allowed, const char **ret_value)
{
        size_t n = strcspn(word, "=");

        for (size_t i = 0; i < ELEMENTSOF(options); i++) {
                const Option *o = options + i;

                if (strlen(o->name) != n || strncmp(o->name, word, n) != 0)
                        continue;
                if (o->set != 0 && !(o->set & allowed))
                        return NULL;
                *ret_value = word[n] ? word + n + 1 : NULL;
                return o;
        }
        return NULL;
}

static void apply_environment(Options *o)
{
        if (!o->config)
                o->config = IPHERALD_SYSCONFDIR "/ipherald/ipherald.conf";
        if (!o->state_dir)
                o->state_dir = getenv("STATE_DIRECTORY");
        if (!o->runtime_dir)
                o->runtime_dir = getenv("RUNTIME_DIRECTORY");
        if (!o->credentials_dir)
                o->credentials_dir = getenv("CREDENTIALS_DIRECTORY");
        if (!o->credentials_dir && geteuid() == 0)
                o->credentials_dir = "/etc/credstore";
}

int options_parse(int n, char *const argv[], unsigned allowed, Options *ret,
                  char ret_reason[static OPTIONS_REASON_MAX])
{
        uint64_t seen = 0;
        Options o = {0};

        for (int i = 0; i < n; i++) {
                const char *word = argv[i], *value = NULL;
                const Option *option = find_option(word, allowed, &value);
                uint64_t bit;

                if (!option)
                        return refuse(ret_reason, word, "not known here");
                bit = UINT64_C(1) << (option - options);
                if (seen & bit)
                        return refuse(ret_reason, option->name, "given twice");
                seen |= bit;

                if (!option->value_name && value)
                        return refuse(ret_reason, option->name, "takes no value");
                if (!option->value_name) {
                        *(bool *)((char *)&o + option->offset) = true;
                        continue;
                }
                if (!value && i + 1 < n)
                        value = argv[++i];
                if (!value || !*value)
                        return refuse(ret_reason, option->name, "needs a value");
                *(const char **)((char *)&o + option->offset) = value;
        }
        o.config_given = o.config;
        apply_environment(&o);
        *ret = o;
        return 0;
}

void options_print_help(unsigned allowed)
{
        for (size_t i = 0; i < ELEMENTSOF(options); i++) {
                const Option *o = options + i;
                char left[32];

                if (o->set != 0 && !(o->set & allowed))
                        continue;
                (void)snprintf(left, sizeof(left), "%s%s%s", o->name, o->value_name ? " " : "",
                               o->value_name ? o->value_name : "");
                printf("  %-23s %s\n", left, o->help);
        }
}
