/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a ledger, an order or a report, whatever its octets: no octet outside of it is touched, and the
 * reader stands behind it.
 *
 * sources: src/base/parse.c tests/proof/text-model.c tests/proof/libc.c
 * options: -DTEXT_ROOM=16 --unwind 6 --unwindset record_get.0:2,record_read.0:2,strcmp.0:3 */
#include "base/record.c"

#include "proof.h"

#define LINE_SIZE_MAX 5

uint32_t crc32(const void *data, size_t size)
{
        return nondet_unsigned();
}

int main(void)
{
        char room[LINE_SIZE_MAX];
        size_t size = any_size(sizeof(room));
        RecordReader reader = {last_octets(room, size), room + sizeof(room)};
        Record record;

        assume(!memchr(reader.p, '\0', size)); /* as record_open_document() has made sure */
        const char *before = reader.p;
        int r = record_read(&reader, &record);

        claim(r == 0 || r == 1 || r == -EBADMSG);
        claim(reader.p >= before && reader.p <= reader.end);
        claim((r == 0) == (size == 0));
        if (r == 1)
                claim(reader.p > before && reader.p[-1] == '\0' && *record.type &&
                      record.n_fields <= RECORD_FIELDS_MAX);
        return 0;
}
