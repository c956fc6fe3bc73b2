/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/string-util.h"
#include "cli/messages.h"
#include "cli/setup.h"
#include "settings/keys.h"
#include "store/fd.h"

/* The questions, in the order of a home gateway's page. What an answer may be is the table of keys' to say,
 * so its words are those of the settings' faults. */

static bool answer_fits(const char *path, const char *answer, char ret_reason[static SETTINGS_REASON_MAX])
{
        _cleanup_(settings_freep) Settings *scratch = NULL;
        const SettingsKey *key = settings_key_find(path);
        DestinationSettings d;
        SettingsValue value = {.type = SETTINGS_VALUE_TEXT, .text = answer};
        uint64_t number;
        int r;

        (void)snprintf(ret_reason, SETTINGS_REASON_MAX, "%s", key->values);
        if (settings_new(&scratch) < 0 || destination_settings_init(&d, NULL) < 0)
                return false;
        if (streq(path, "mail.port")) {
                if (parse_u64(answer, 1, 65535, &number) < 0)
                        return false;
                value = (SettingsValue){.type = SETTINGS_VALUE_INTEGER, .integer = (int64_t)number};
        }
        r = settings_key_set(key, key->room == SETTINGS_ROOM_GLOBAL ? (void *)scratch : (void *)&d, &value,
                             ret_reason);
        free(d.to);
        return r == 0;
}

int setup_question(const Setup *s, const Question *q, const char *fallback, char ret[static ANSWER_MAX])
{
        const char *proposed = q->given ? q->given : fallback;

        for (;;) {
                char reason[SETTINGS_REASON_MAX];
                int r = 0;

                if (s->interactive)
                        r = setup_ask(q->words, proposed, ret);
                else if (proposed)
                        string_copy(ret, ANSWER_MAX, proposed);
                else {
                        fprintf(stderr, "ipherald setup: ");
                        fprintf(stderr, _("%s is needed\n"), q->option);
                        return -EINVAL;
                }
                if (r < 0)
                        return r;
                if (!q->key || (q->or_none && streq(ret, _("none"))) || answer_fits(q->key, ret, reason))
                        return 0;
                if (!s->interactive) {
                        (void)setup_complain(q->option, reason);
                        return -EINVAL;
                }
                printf("  %s\n", reason);
        }
}

static void list_providers(const Setup *s)
{
        for (size_t i = 0; s->providers && i < providers_count(s->providers); i++) {
                Provider p;

                providers_get(s->providers, i, &p);
                printf("  %-14s %s:%d (%s)\n", p.name, p.server, p.port, p.security);
        }
}

/* Another server than before has another port and account, and may not read the other one's token. */
static int change_server(Setup *s, const char *server)
{
        const char *old = config_tree_text(s->tree, "mail.server");
        int r = 0;

        if (old && string_equal_nocase(old, server))
                return 0;
        r = config_tree_set_text(s->tree, "mail.server", server);
        if (r >= 0)
                r = config_tree_set_text(s->tree, "mail.port", NULL);
        if (r >= 0)
                r = config_tree_set_text(s->tree, "mail.security", NULL);
        if (r >= 0)
                r = config_tree_set_text(s->tree, "mail.auth.token_file", NULL);
        return r < 0 ? r : config_tree_set_text(s->tree, "mail.auth.account", NULL);
}

/* Takes a server, the name of a provider, or a mail address: 1; 0 to ask again. */
static int take_host(Setup *s, const char *answer)
{
        bool address = mail_address_is_valid(answer);
        char reason[SETTINGS_REASON_MAX];
        int r;

        s->known = s->providers && providers_find(s->providers, answer, &s->provider);
        if (address) {
                r = config_tree_set_text(s->tree, "mail.from", answer);
                if (r < 0)
                        return r;
        }
        if (s->known) {
                printf("  %s: %s:%d (%s)\n", s->provider.name, s->provider.server, s->provider.port,
                       s->provider.security);
                r = change_server(s, s->provider.server);
                return r < 0 ? r : 1;
        }
        if (address) {
                printf("  %s\n", _("This provider is not known here: its mail server is needed"));
                return s->interactive ? 0 : -EINVAL;
        }
        if (answer_fits("mail.server", answer, reason)) {
                r = change_server(s, answer);
                return r < 0 ? r : 1;
        }
        if (streq(answer, "?"))
                list_providers(s);
        else
                printf("  %s\n", reason);
        return s->interactive ? 0 : -EINVAL;
}

static int ask_host(Setup *s)
{
        const Question q = {
                .words = _("Mail server, or your mail address (? for a list)"),
                .option = "--server",
                .given = s->options->server,
        };
        char answer[ANSWER_MAX];
        int r;

        do {
                r = setup_question(s, &q, config_tree_text(s->tree, "mail.server"), answer);
                if (r >= 0)
                        r = take_host(s, answer);
        } while (r == 0);
        return r;
}

static int ask_port(Setup *s)
{
        int old = config_tree_integer(s->tree, "mail.port");
        const char *security = config_tree_text(s->tree, "mail.security");
        const Question port = {
                .words = _("Port"), .option = "--port", .given = s->options->port, .key = "mail.port"};
        const Question way = {.words = _("Encryption (tls, starttls, none)"),
                              .option = "--security",
                              .given = s->options->security,
                              .key = "mail.security"};
        char answer[ANSWER_MAX], fallback[16];
        uint64_t given;
        int number = old > 0 ? old : s->known ? s->provider.port : 587, r;

        (void)snprintf(fallback, sizeof(fallback), "%d", number);
        r = setup_question(s, &port, fallback, answer);
        if (r < 0)
                return r;
        r = parse_u64(answer, 1, 65535, &given);
        if (r < 0)
                return r;
        number = (int)given;
        if (s->known && number == s->provider.port)
                security = s->provider.security;
        else if (number != old || !security)
                security = number == 465 ? "tls" : "starttls";
        r = config_tree_set_integer(s->tree, "mail.port", number);
        if (r >= 0)
                r = setup_question(s, &way, security, answer);
        return r < 0 ? r : config_tree_set_text(s->tree, "mail.security", answer);
}

int setup_ask_server(Setup *s)
{
        const Question from = {.words = _("Sender's mail address"),
                               .option = "--from",
                               .given = s->options->from,
                               .key = "mail.from"};
        char answer[ANSWER_MAX];
        const char *fallback;
        int r = ask_host(s);

        if (r >= 0)
                r = ask_port(s);
        if (r < 0)
                return r;
        fallback = config_tree_text(s->tree, "mail.from");
        if (!fallback)
                fallback = config_tree_text(s->tree, "mail.auth.account");
        if (fallback && !mail_address_is_valid(fallback))
                fallback = NULL;
        r = setup_question(s, &from, fallback, answer);
        return r < 0 ? r : config_tree_set_text(s->tree, "mail.from", answer);
}

/* The name that this provider's accounts have, as far as it follows from the sender; NULL where it does not.
 */
static const char *account_form(const Setup *s, char ret[static ANSWER_MAX])
{
        string_copy(ret, ANSWER_MAX, config_tree_text(s->tree, "mail.from"));
        if (s->known && s->provider.account == PROVIDER_ACCOUNT_OWN)
                return NULL;
        if (s->known && s->provider.account == PROVIDER_ACCOUNT_LOCAL)
                ret[strcspn(ret, "@")] = '\0';
        return ret;
}

static int ask_account(Setup *s)
{
        const Question q = {.words = _("Account name"),
                            .option = "--account",
                            .given = s->options->account,
                            .key = "mail.auth.account"};
        const char *fallback = config_tree_text(s->tree, "mail.auth.account");
        char form[ANSWER_MAX], answer[ANSWER_MAX];
        int r = setup_question(s, &q, fallback ? fallback : account_form(s, form), answer);

        return r < 0 ? r : config_tree_set_text(s->tree, "mail.auth.account", answer);
}

static int ask_pop_server(Setup *s)
{
        const Question q = {.words = _("POP3 server"), .option = "--server", .key = "mail.auth.pop.server"};
        const char *fallback = config_tree_text(s->tree, "mail.auth.pop.server");
        char answer[ANSWER_MAX];
        int r;

        r = setup_question(s, &q, fallback ? fallback : config_tree_text(s->tree, "mail.server"), answer);
        return r < 0 ? r : config_tree_set_text(s->tree, "mail.auth.pop.server", answer);
}

int setup_ask_login(Setup *s)
{
        const Question q = {.words = _("Login (smtp, pop-before-smtp, none)"),
                            .option = "--auth",
                            .given = s->options->auth,
                            .key = "mail.auth.method"};
        const char *fallback = config_tree_text(s->tree, "mail.auth.method");
        char answer[ANSWER_MAX];
        int r = setup_question(s, &q, fallback ? fallback : "smtp", answer);

        if (r >= 0)
                r = config_tree_set_text(s->tree, "mail.auth.method", answer);
        if (r < 0)
                return r;
        if (streq(answer, "none")) {
                r = config_tree_set_text(s->tree, "mail.auth.account", NULL);
                return r < 0 ? r : setup_ask_password(s);
        }
        r = streq(answer, "smtp") ? 0 : ask_pop_server(s);
        if (r >= 0)
                r = ask_account(s);
        return r < 0 ? r : setup_ask_password(s);
}

static bool is_listed(const Setup *s, const char *to)
{
        for (size_t i = 0; i < config_tree_count_destinations(s->tree); i++)
                if (string_equal_nocase(config_tree_destination(s->tree, i), to))
                        return true;
        return false;
}

/* KEY is of the destination that was added last. */
static int ask_of_destination(Setup *s, const Question *q, const char *key, const char *fallback)
{
        char answer[ANSWER_MAX];
        int r = setup_question(s, q, fallback, answer);

        if (r < 0 || (q->or_none && streq(answer, _("none"))))
                return r;
        return config_tree_set_of_destination(s->tree, config_tree_count_destinations(s->tree) - 1, key,
                                              answer);
}

static int add_destination(Setup *s, const char *to)
{
        const Question mac = {.words = _("MAC address of its phone, as a label"),
                              .option = "--mac",
                              .given = s->options->mac,
                              .key = "destinations[].mac",
                              .or_none = true};
        const Question language = {
                .words = _("Language of its mail (en, ja)"),
                .option = "--language",
                .given = s->options->language,
                .key = "destinations[].language",
        };
        int r = config_tree_add_destination(s->tree, to);

        if (r >= 0)
                r = ask_of_destination(s, &mac, "mac", _("none"));
        return r < 0 ? r : ask_of_destination(s, &language, "language", language_name(messages_language()));
}

int setup_ask_destinations(Setup *s)
{
        Question q = {.option = "--destination", .given = s->options->to, .key = "destinations[].to"};

        for (;;) {
                size_t n = config_tree_count_destinations(s->tree);
                char answer[ANSWER_MAX];
                int r;

                for (size_t i = 0; s->interactive && i < n; i++)
                        printf(_("  Destination %zu: %s\n"), i + 1, config_tree_destination(s->tree, i));
                q.or_none = n > 0;
                q.words = n > 0 ? _("Another destination") : _("Destination's mail address");
                r = setup_question(s, &q, n > 0 ? _("none") : config_tree_text(s->tree, "mail.from"),
                                   answer);
                q.given = NULL;
                if (r < 0 || (n > 0 && streq(answer, _("none"))))
                        return r;
                r = is_listed(s, answer) ? 0 : add_destination(s, answer);
                if (r < 0 || !s->interactive)
                        return r;
        }
}
