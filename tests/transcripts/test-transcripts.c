/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Every transcript of a folder, as a test: whole; octet by octet and with a segment split behind each octet,
 * all to the same end; cut, and fallen silent, behind each octet (each reply's end is among them). With a
 * second argument only whole and octet by octet: that takes no time, and finds most of what is wrong with
 * the client. */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "player.h"

/* A transcript that is longer is about bounds: it is cut after each of its first octets, then in strides. */
#define CUTS_EACH 300

/* A split play goes on to the end: not one of a million octets, hundreds of times. */
#define SPLIT_MAX 100000

static bool briefly;

static void test_transcript(void **state)
{
        _cleanup_(transcript_freep) Transcript *t = transcript_load(*state);
        _cleanup_text_ Text whole = {0}, octets = {0}, split = {0};
        size_t size = transcript_server_size(t);

        assert_true(play(t, (PlayOptions){PLAY_SEGMENTS}, &whole));
        assert_true(play(t, (PlayOptions){PLAY_OCTETS}, &octets));
        assert_string_equal(octets.data, whole.data);
        for (size_t i = 0; i < size && !briefly; i += i < CUTS_EACH ? 1 : 1 + size / 100) {
                if (size <= SPLIT_MAX) {
                        text_wipe(&split);
                        assert_true(play(t, (PlayOptions){PLAY_SPLIT, i}, &split));
                        assert_string_equal(split.data, whole.data);
                }
                for (PlayWay way = PLAY_CUT; way < PLAY_WAY_COUNT; way++)
                        assert_true(play(t, (PlayOptions){way, i}, NULL));
        }
}

static int is_transcript(const struct dirent *d)
{
        size_t n = strlen(d->d_name);

        return n > 4 && streq(d->d_name + n - 4, ".txt");
}

int main(int argc, char *argv[])
{
        struct dirent **entries;
        int n, r;

        if (argc != 2 && argc != 3)
                return 2;
        briefly = argc == 3;
        n = scandir(argv[1], &entries, is_transcript, alphasort);
        if (n <= 0)
                return 1;
        struct CMUnitTest *tests = calloc((size_t)n, sizeof(*tests));
        for (int i = 0; i < n; i++) {
                char *path = NULL;

                if (asprintf(&path, "%s/%s", argv[1], entries[i]->d_name) < 0)
                        return 1;
                tests[i] = (struct CMUnitTest){
                        .name = entries[i]->d_name, .test_func = test_transcript, .initial_state = path};
        }
        r = _cmocka_run_group_tests("transcripts", tests, (size_t)n, NULL, NULL);
        for (int i = 0; i < n; i++) {
                free(tests[i].initial_state);
                free(entries[i]);
        }
        free(entries);
        free(tests);
        return r;
}
