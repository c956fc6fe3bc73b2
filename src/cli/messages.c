/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/messages.h"

#include <locale.h>

#include "config.h"
#include "store/installed.h"

void messages_begin(void)
{
        char folder[PATH_MAX];

        find_installed("po", IPHERALD_LOCALEDIR, folder);
        (void)setlocale(LC_MESSAGES, "");
        (void)bindtextdomain("ipherald", folder);
        /* As the texts that are compiled in, whatever LC_CTYPE says. */
        (void)bind_textdomain_codeset("ipherald", "UTF-8");
        (void)textdomain("ipherald");
}

Language messages_language(void)
{
        Language language = LANGUAGE_EN;

        /* TRANSLATORS: the code of the language that you translate to. */
        (void)language_from_name(_("en"), &language);
        return language;
}
