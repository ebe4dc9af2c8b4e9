// fuzz_codec.c - any bytes through every reader
//
// The first byte chooses the reader. Besides not crashing: what the pre-scan accepts, the library
// unpacks within the arena (codec_unpack asserts the cost), and what a reader took, written and
// read again, is written the same.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[2][TH_ARENA_BYTES];
static uint8_t written[2][TH_FRAME_BYTES_MAX];

#define X(name, type)                                                                     \
    static void try_##name(struct th_bytes bytes)                                         \
    {                                                                                     \
        struct th_arena arena = th_arena_of(memory[0], sizeof(memory[0]));                \
        struct th_arena again = th_arena_of(memory[1], sizeof(memory[1]));                \
        struct th_writer first = TH_WRITER(written[0]);                                   \
        struct th_writer second = TH_WRITER(written[1]);                                  \
        struct th_malformed why = {0};                                                    \
        type message;                                                                     \
        if (th_##name##_read(bytes, &arena, &message, &why) != TH_OK) {                   \
            th_assert(why.why != NULL && why.offset <= bytes.size);                       \
            return;                                                                       \
        }                                                                                 \
        th_##name##_write(&first, &message);                                              \
        if (first.overflow) {                                                             \
            return;                                                                       \
        }                                                                                 \
        th_assert(th_##name##_read(th_written(&first), &again, &message, &why) == TH_OK); \
        th_##name##_write(&second, &message);                                             \
        th_assert(th_bytes_equal(th_written(&first), th_written(&second)));               \
    }
TH_CODEC_MESSAGES(X)
#undef X

static void try_header(struct th_bytes bytes)
{
    struct th_header header;
    struct th_writer writer = TH_WRITER(written[0]);
    if (th_header_read(bytes, &header, NULL) == TH_OK) {
        th_header_write(&writer, &header);
        th_assert(th_header_read(th_written(&writer), &header, NULL) == TH_OK);
    }
}

static void try_topic(struct th_bytes bytes)
{
    struct th_bytes lineage;
    struct th_bytes measure;
    struct th_bytes period;
    char topic[TH_TOPIC_MAX + 1];
    if (th_topic_read(bytes, &lineage, &measure, &period) != TH_OK) {
        return;
    }
    if (measure.size > 0) {
        th_topic_of(lineage, measure, period, topic);
    } else {
        th_topic_of_beats(lineage, topic);
    }
    th_assert(bytes.size == strlen(topic) || memchr(bytes.data, '\0', bytes.size) != NULL);
}

typedef void try_fn(struct th_bytes bytes);

static try_fn *const READERS[] = {try_header,
                                  try_topic,
#define X(name, type) try_##name,
                                  TH_CODEC_MESSAGES(X)
#undef X
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    READERS[data[0] % TH_COUNT(READERS)]((struct th_bytes){.data = data + 1, .size = size - 1});
    return 0;
}
