// actor_answer.c - a worker's query thread in the world: snapshots of committed totals, in parts
//
// The real thread reads a read transaction of LMDB; this one reads a copy of the committed state.

#include <stdlib.h>
#include <string.h>

#include "tests/sim/run.h"
#include "workers/judge.h"
#include "workers/open.h"
#include "workers/table.h"
#include "workers/totals.h"

enum { CELLS_MAX = 4000, PART_LINES = 60, PART_BYTES = 64 * 1024 };

struct snapshot {
    const struct th_register *reg;
    struct th_store store;
    struct th_check check;
    struct th_line lines[CELLS_MAX];
    char periods[CELLS_MAX][TH_PERIOD_TEXT_BYTES];
    char units[CELLS_MAX][TH_UNIT_REF_MAX + 1];
    size_t count;
    struct th_topic_seq topics[FOLD_TOPICS];
    char topic_periods[FOLD_TOPICS][TH_PERIOD_TEXT_BYTES];
    size_t topic_count;
};

static enum th_err take_total(struct snapshot *snapshot, struct th_bytes key, struct th_bytes value)
{
    struct figure_key parts;
    struct th_cell cell;
    uint64_t topic_seq = 0;
    th_assert(snapshot->count < CELLS_MAX);
    TH_TRY(th_check_open(&snapshot->check, TABLE_TOTAL, key, &value));
    TH_TRY(key_read_total(key, &parts));
    TH_TRY(totals_read_cell(value, &cell, &topic_seq));
    char *period = snapshot->periods[snapshot->count];
    char *unit = snapshot->units[snapshot->count];
    th_register_label(snapshot->reg, parts.uid, parts.period, unit);
    const struct standing_at at = {
        .uid = parts.uid, .label = th_bytes_of(unit), .dims = parts.dims};
    snapshot->lines[snapshot->count++] = (struct th_line){
        .measure = parts.measure,
        .period = th_bytes_of(th_period_text(parts.period, period)),
        .cell = totals_on_wire(&cell, &at),
    };
    return TH_OK;
}

static enum th_err take_topic(struct snapshot *snapshot, struct th_bytes key, struct th_bytes value)
{
    struct topic_key parts;
    uint64_t seq = 0;
    th_assert(snapshot->topic_count < FOLD_TOPICS);
    TH_TRY(th_check_open(&snapshot->check, TABLE_TOPIC, key, &value));
    TH_TRY(key_read_topic(key, &parts));
    TH_TRY(totals_read_topic(value, &seq));
    char *period = snapshot->topic_periods[snapshot->topic_count];
    snapshot->topics[snapshot->topic_count++] = (struct th_topic_seq){
        .measure = parts.measure,
        .period = th_bytes_of(th_period_text(parts.period, period)),
        .seq = seq,
    };
    return TH_OK;
}

static enum th_err each(struct snapshot *snapshot,
                        unsigned table,
                        enum th_err (*take)(struct snapshot *, struct th_bytes, struct th_bytes))
{
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(snapshot->store, table, key, &key, &value);
    while (err == TH_OK) {
        TH_TRY(take(snapshot, key, value));
        err = th_store_next(snapshot->store, table, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static void send_part(struct world *world,
                      const struct actor_question *question,
                      const struct snapshot *snapshot,
                      uint32_t part)
{
    static uint8_t bytes[PART_BYTES];
    uint8_t space[TH_HEADER_BYTES_MAX];
    struct th_writer body = TH_WRITER(bytes);
    struct th_writer header = TH_WRITER(space);
    const size_t first = (size_t)part * PART_LINES;
    const size_t left = snapshot->count - first;
    struct th_answer answer = {
        .part = part,
        .last = left <= PART_LINES,
        .store_id = question->envelope->store_id,
        .version = question->version,
        .beat = question->beat,
        .lines = snapshot->lines + first,
        .line_count = left < PART_LINES ? left : PART_LINES,
    };
    if (answer.last) {
        answer.topics = snapshot->topics;
        answer.topic_count = snapshot->topic_count;
    }
    th_answer_write(&body, &answer);
    th_header_write(&header,
                    &(struct th_header){.protocol = TH_PROTOCOL,
                                        .type = TH_MSG_ANSWER,
                                        .node = question->envelope->number,
                                        .correlation = question->correlation});
    const struct parcel parcel = {.to_server = true,
                                  .envelope = question->envelope_bytes,
                                  .header = th_written(&header),
                                  .body = th_written(&body)};
    world_send(world, question->link, &parcel);
}

void actor_answer(struct world *world,
                  const struct actor *actor,
                  const struct actor_question *question)
{
    static struct snapshot snapshot;
    struct run *run = world->context;
    struct th_store_memory *copy = th_store_memory_copy(actor->disk);
    th_assert(copy != NULL);
    snapshot.reg = look_province(run, actor->number)->reg;
    snapshot.store = th_store_memory_ops(copy);
    snapshot.check = open_check(run->store_ids[actor->number]);
    snapshot.count = 0;
    snapshot.topic_count = 0;
    enum th_err err = each(&snapshot, TABLE_TOTAL, take_total);
    err = err == TH_OK ? each(&snapshot, TABLE_TOPIC, take_topic) : err;
    if (err != TH_OK) {
        world_fail(world, "C9: a snapshot ended with %s", th_err_name(err));
    }
    const size_t parts = snapshot.count == 0 ? 1 : (snapshot.count + PART_LINES - 1) / PART_LINES;
    for (uint32_t part = 0; part < parts && err == TH_OK; part++) {
        send_part(world, question, &snapshot, part);
    }
    th_store_memory_free(copy);
}
