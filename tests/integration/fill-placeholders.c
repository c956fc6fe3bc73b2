/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fill-placeholders ADDRESS...: stdin with its placeholders filled, as in an attachment whose news these
 * addresses are, on stdout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/string-util.h"
#include "mail/placeholder.h"

static int add_address(Facts *f, const char *s)
{
        IpAddress address;

        if (ip_address_parse(s, &address) < 0)
                return -EINVAL;
        Family family = address.family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6;
        f->new[family] = address;
        (void)snprintf(f->interface[family], sizeof(f->interface[family]), "wan0");
        return 0;
}

int main(int argc, char **argv)
{
        _cleanup_text_ Text in = {0}, out = {0};
        Facts f = {.host = "gateway", .changed = {.seconds = 1795511887}};
        char buffer[4096];
        size_t n;

        for (int i = 1; i < argc; i++)
                if (add_address(&f, argv[i]) < 0)
                        return EXIT_FAILURE;
        while ((n = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
                text_append(&in, buffer, n);
        if (ferror(stdin) || text_error(&in) || placeholders_fill(in.data, in.size, &f, true, &out) < 0)
                return EXIT_FAILURE;
        return fwrite(out.data, 1, out.size, stdout) == out.size ? EXIT_SUCCESS : EXIT_FAILURE;
}
