// codec_chain.c - the chain of a node's batches, and the topics of the feed

#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"

// ---- the chain ----

void th_chain_start(uint8_t out[static 32],
                    struct th_bytes lineage,
                    const uint8_t incarnation[static 16],
                    uint32_t node,
                    uint64_t epoch)
{
    uint8_t numbers[4 + 8];
    th_put_u32(numbers, node);
    th_put_u64(numbers + 4, epoch);
    const struct th_bytes parts[] = {
        lineage,
        {.data = incarnation, .size = 16},
        {.data = numbers, .size = sizeof(numbers)},
    };
    th_hash256(out, parts, TH_COUNT(parts));
}

void th_chain_next(uint8_t out[static 32],
                   const uint8_t before[static 32],
                   uint32_t node,
                   uint64_t epoch,
                   uint64_t seq,
                   struct th_bytes body)
{
    uint8_t numbers[4 + 8 + 8];
    th_put_u32(numbers, node);
    th_put_u64(numbers + 4, epoch);
    th_put_u64(numbers + 12, seq);
    const struct th_bytes parts[] = {
        {.data = before, .size = 32},
        {.data = numbers, .size = sizeof(numbers)},
        body,
    };
    th_hash256(out, parts, TH_COUNT(parts));
}

// ---- topics ----

static void finish(struct th_writer *writer)
{
    th_write_u8(writer, '\0');
    th_assert(!writer->overflow); // lineage, measure and period have bounds of their own
}

void th_topic_of(struct th_bytes lineage,
                 struct th_bytes measure,
                 struct th_bytes period,
                 char out[static TH_TOPIC_MAX + 1])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_TOPIC_MAX + 1};
    th_write_bytes(&writer, TH_BYTES("t/"));
    th_write_bytes(&writer, lineage);
    th_write_u8(&writer, '/');
    th_write_bytes(&writer, measure);
    th_write_u8(&writer, '/');
    th_write_bytes(&writer, period);
    th_write_u8(&writer, '/');
    finish(&writer);
}

void th_topic_of_beats(struct th_bytes lineage, char out[static TH_TOPIC_MAX + 1])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_TOPIC_MAX + 1};
    th_write_bytes(&writer, TH_BYTES("b/"));
    th_write_bytes(&writer, lineage);
    th_write_u8(&writer, '/');
    finish(&writer);
}

// The part up to the next slash, which is taken off too; false when there is none.
static bool next_part(struct th_bytes *rest, struct th_bytes *part)
{
    const char *slash = rest->size == 0 ? NULL : memchr(rest->data, '/', rest->size);
    if (slash == NULL) {
        return false;
    }
    const char *start = rest->data;
    *part = (struct th_bytes){.data = start, .size = (size_t)(slash - start)};
    *rest = (struct th_bytes){.data = slash + 1, .size = rest->size - part->size - 1};
    return part->size > 0;
}

enum th_err th_topic_read(struct th_bytes topic,
                          struct th_bytes *lineage,
                          struct th_bytes *measure,
                          struct th_bytes *period)
{
    struct th_bytes rest = topic;
    struct th_bytes kind;
    struct th_bytes parts[3] = {{0}};
    if (topic.size > TH_TOPIC_MAX || !next_part(&rest, &kind)) {
        return TH_E_MALFORMED;
    }
    const bool is_total = th_bytes_equal(kind, TH_BYTES("t"));
    if (!is_total && !th_bytes_equal(kind, TH_BYTES("b"))) {
        return TH_E_MALFORMED;
    }
    for (size_t i = 0; i < (is_total ? TH_COUNT(parts) : 1); i++) {
        if (!next_part(&rest, &parts[i])) {
            return TH_E_MALFORMED;
        }
    }
    if (rest.size > 0 || parts[0].size > TH_LINEAGE_MAX) {
        return TH_E_MALFORMED;
    }
    *lineage = parts[0];
    *measure = parts[1];
    *period = parts[2];
    return TH_OK;
}
