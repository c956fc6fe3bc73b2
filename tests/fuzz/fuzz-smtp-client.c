/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The client against any octets from the server. The first line's octets choose who sends what; what follows
 * is the server's, line by line, each when the client has said and got what it wants. */

#include "fuzz.h"
#include "session.h"

static void satisfy(Session *s)
{
        while (!session_over(s)) {
                unsigned wants = session_wants(s);

                if (wants & SMTP_WANT_START_TLS)
                        session_tls(s, true);
                else if (wants & SMTP_WANT_WRITE)
                        session_write(s, SIZE_MAX);
                else if (wants & SMTP_WANT_COMMIT)
                        session_commit(s, true);
                else
                        break;
        }
}

static void play(const Scene *scene, const uint8_t *p, const uint8_t *end, bool in_octets, Text *ret)
{
        Session s;

        session_begin(&s, scene, in_octets);
        while (p < end) {
                const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
                size_t n = lf ? (size_t)(lf + 1 - p) : (size_t)(end - p);

                session_feed(&s, p, n);
                satisfy(&s);
                p += n;
        }
        if (!session_over(&s))
                session_eof(&s);
        session_end(&s, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_text_ Text whole = {0}, in_octets = {0};
        const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
        Scene scene;

        if (!lf)
                return 0;
        scene_choose(&(Choices){data, lf}, &scene);
        play(&scene, lf + 1, data + size, false, &whole);
        play(&scene, lf + 1, data + size, true, &in_octets);
        require(fuzz_equal(&whole, &in_octets));
        return 0;
}
