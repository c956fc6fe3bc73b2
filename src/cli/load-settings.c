/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/load-settings.h"

#include "base/string-util.h"
#include "store/config-file.h"

static int print_faults(const SettingsFaults *faults, FILE *to)
{
        size_t n;
        const SettingsFault *entries = settings_faults_entries(faults, &n);

        for (size_t i = 0; i < n; i++) {
                _cleanup_text_ Text t = {0};

                settings_fault_format(entries + i, &t);
                if (text_error(&t) < 0)
                        return -ENOMEM;
                fprintf(to, "%s\n", t.data);
        }
        return 0;
}

int load_settings_placed(const char *name, const char *path, FILE *faults, Settings **ret,
                         SettingsPlaces **ret_places)
{
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;
        _cleanup_(settings_faults_freep) SettingsFaults *found = NULL;
        _cleanup_(settings_freep) Settings *s = NULL;
        int r = config_file_load_placed(path, &s, &found, &places);

        if (r >= 0 && !s)
                r = print_faults(found, faults);
        if (r < 0)
                fprintf(stderr, "ipherald %s: cannot read %s: %s\n", name, path, strerror(-r));
        if (r < 0 || !s)
                return EXIT_FAILURE;
        *ret = TAKE_PTR(s);
        *ret_places = TAKE_PTR(places);
        return EXIT_SUCCESS;
}

int load_settings(const char *name, const char *path, FILE *faults, Settings **ret)
{
        _cleanup_(settings_places_freep) SettingsPlaces *places = NULL;

        return load_settings_placed(name, path, faults, ret, &places);
}
