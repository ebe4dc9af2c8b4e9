// fuzz_export.c - any bytes as an exported store
//
// Besides not crashing: what is taken is taken whole and in order, and written again it is taken
// the same.

#include <stdint.h>
#include <string.h>

#include "tonghop/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_BYTES_MAX = 4 * 1024 * 1024 };

struct stream {
    const uint8_t *bytes;
    size_t size;
    size_t read;
};

struct again {
    struct th_export *export;
    struct th_writer *out;
};

static enum th_err hand_out(void *self, void *out, size_t max, size_t *got)
{
    struct stream *stream = self;
    const size_t left = stream->size - stream->read;
    *got = left < max ? left : max;
    memcpy(out, stream->bytes + stream->read, *got);
    stream->read += *got;
    return TH_OK;
}

static enum th_err append(void *self, struct th_bytes bytes)
{
    th_write_bytes(self, bytes);
    return TH_OK;
}

static enum th_err take_head(void *self, const struct th_export_head *head)
{
    struct again *again = self;
    return th_export_begin(append, again->out, head, &again->export);
}

static enum th_err take_row(void *self, const struct th_export_row *row)
{
    struct again *again = self;
    return th_export_row(again->export, row); // asserts the order
}

static struct th_import *import;

static bool take(struct th_bytes bytes, struct th_writer *out)
{
    struct stream stream = {.bytes = bytes.data, .size = bytes.size};
    struct again again = {.out = out};
    const struct th_import_taker taker = {.head = take_head, .row = take_row, .self = &again};
    struct th_malformed why;
    const enum th_err err = th_import_run(import, hand_out, &stream, &taker, &why);
    th_assert(err == TH_OK || err == TH_E_TOO_LARGE || err == TH_E_MALFORMED);
    th_assert(err == TH_OK || (why.why != NULL && why.offset <= bytes.size));
    if (err == TH_OK) {
        th_assert(th_export_end(again.export) == TH_OK);
    }
    th_export_free(&again.export);
    return err == TH_OK && !out->overflow;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t space[2][OUT_BYTES_MAX];
    if (import == NULL) {
        th_assert(th_import_make(&import) == TH_OK);
    }
    struct th_writer first = TH_WRITER(space[0]);
    struct th_writer second = TH_WRITER(space[1]);
    if (take((struct th_bytes){.data = data, .size = size}, &first)) {
        th_assert(take(th_written(&first), &second));
        th_assert(th_bytes_equal(th_written(&first), th_written(&second)));
    }
    return 0;
}
