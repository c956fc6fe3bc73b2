/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A field of a record, whatever fields came before: no key twice, none too many, escapes undone in place.
 *
 * sources: src/base/parse.c tests/proof/text-model.c tests/proof/libc.c
 * options: -DTEXT_ROOM=16 --unwind 7 --unwindset record_get.0:49,main.0:49,strcmp.0:3 */
#include "base/record.c"

#include "proof.h"

#define FIELD_SIZE_MAX 5

uint32_t crc32(const void *data, size_t size)
{
        return nondet_unsigned();
}

int main(void)
{
        char key[2] = {nondet_char()}, room[FIELD_SIZE_MAX + 1];
        size_t at = any_size(RECORD_FIELDS_MAX - 1);
        Record record = {.n_fields = any_size(RECORD_FIELDS_MAX)};

        for (size_t i = 0; i < RECORD_FIELDS_MAX; i++)
                record.fields[i] = (RecordField){i == at ? key : "k", ""};
        room[FIELD_SIZE_MAX] = '\0'; /* or before */
        const size_t before = record.n_fields, size = strlen(room);
        int r = take_field(&record, room);

        claim(r == 0 || r == -EBADMSG);
        claim(record.n_fields == before + (r == 0));
        if (r < 0)
                return 0;
        claim(record.n_fields <= RECORD_FIELDS_MAX && *record.fields[before].key);
        claim(at >= before || !streq(record.fields[at].key, record.fields[before].key));
        claim(strlen(record.fields[before].key) + strlen(record.fields[before].value) + 1 <= size);
        return 0;
}
