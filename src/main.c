/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "cli/verbs.h"
#include "config.h"

/* argv -> verb. Everything else is the verb's. */

typedef struct Verb {
        const char *name;
        unsigned options; /* of OptionSet */
        int (*run)(const Options *options);
        const char *help;
} Verb;

static const Verb verbs[] = {
        {"setup", OPTION_CONFIG | OPTION_SETUP, verb_setup,
         "ask what is needed, try it, and write the settings"},
        {"run", OPTION_CONFIG | OPTION_DIRECTORIES | OPTION_DRY_RUN | OPTION_ONCE, verb_run,
         "watch the addresses, mail each change (the service)"},
        {"check", OPTION_CONFIG | OPTION_DIRECTORIES, verb_check,
         "check the settings: each fault as FILE:LINE: text"},
        {"test", OPTION_CONFIG | OPTION_DIRECTORIES | OPTION_TEST, verb_test,
         "send one mail now, and show each step of it"},
        {"status", OPTION_DIRECTORIES | OPTION_JSON, verb_status,
         "show the addresses, and what each destination was told"},
        {"log", OPTION_JSON | OPTION_LOG, verb_log, "show what happened: the mail notification log"},
        {"watch", OPTION_CONFIG, verb_watch, "show what the kernel says of addresses, as it comes"},
};

static const Verb *find_verb(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (streq(verbs[i].name, name))
                        return verbs + i;
        return NULL;
}

static void print_help(void)
{
        printf("Usage: ipherald VERB [OPTION]...\n"
               "Mails its owner when this machine's IP address changes.\n\n"
               "Verbs:\n");
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                printf("  %-23s %s\n", verbs[i].name, verbs[i].help);
        printf("\nOptions:\n"
               "  %-23s %s\n"
               "  %-23s %s\n",
               "--version", "print the version", "--help", "print this; behind a verb, its options");
}

static int print_verb_help(const Verb *verb)
{
        printf("Usage: ipherald %s [OPTION]...\n"
               "%c%s.\n\nOptions:\n",
               verb->name, verb->help[0] - 'a' + 'A', verb->help + 1);
        options_print_help(verb->options);
        return EXIT_SUCCESS;
}

static int run_verb(const Verb *verb, int n, char *const argv[])
{
        char reason[OPTIONS_REASON_MAX];
        Options options;

        if (options_parse(n, argv, verb->options, &options, reason) < 0) {
                fprintf(stderr, "ipherald %s: %s; see `ipherald %s --help`\n", verb->name, reason,
                        verb->name);
                return EXIT_USAGE;
        }
        return options.help ? print_verb_help(verb) : verb->run(&options);
}

static int dispatch(int argc, char *const argv[])
{
        const Verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;

        if (verb)
                return run_verb(verb, argc - 2, argv + 2);
        if (argc == 2 && streq(argv[1], "--help"))
                print_help();
        else if (argc == 2 && streq(argv[1], "--version"))
                printf("ipherald %s\n", IPHERALD_VERSION);
        else {
                fprintf(stderr, "ipherald: %s; see `ipherald --help`\n",
                        argc > 1 ? "no such verb" : "a verb is missing");
                return EXIT_USAGE;
        }
        return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        int r;

        /* Before anything else: whoever shares our user may not read our memory. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
                perror("ipherald: prctl");
                return EXIT_FAILURE;
        }
        /* Whoever started us may ignore it, which exec hands on: then the kernel would reap our children,
         * and nobody would learn how a mailer ended. */
        (void)signal(SIGCHLD, SIG_DFL);
        r = dispatch(argc, argv);
        if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("ipherald: cannot write to stdout");
                return r == EXIT_SUCCESS ? EXIT_FAILURE : r;
        }
        return r;
}
