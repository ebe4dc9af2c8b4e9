// verify_history.c - what an earlier version is read from: nothing that was said is lost
//
// Every accepted item that states something stands once: as the record of its key, or as what a
// later item replaced. So for each node the items, added up, are the records and the replaced ones,
// added up. An act of the desk may move records, which keep their source: what it replaced
// stands elsewhere.

#include "workers/judge.h"
#include "workers/ledger.h"
#include "workers/verify_body.h"

static const enum table STATEMENTS[] = {TABLE_EVALUATION, TABLE_STAFFING, TABLE_TRANSFER};

static bool is_statement(unsigned table)
{
    bool found = false;
    for (size_t i = 0; i < TH_COUNT(STATEMENTS); i++) {
        found = found || STATEMENTS[i] == table;
    }
    return found;
}

static uint64_t hash_of(const struct verify *verify, const struct origin *source)
{
    uint8_t space[32];
    struct th_writer writer = TH_WRITER(space);
    th_write_u32(&writer, source->node);
    th_write_u64(&writer, source->epoch);
    th_write_u64(&writer, source->seq);
    th_write_u32(&writer, source->index);
    const struct th_bytes bytes = th_written(&writer);
    return th_hash64(verify->check.key, &bytes, 1);
}

// ---- the ledger's side ----

static enum th_err
add_items(struct history *history, const struct ledger_entry *entry, const struct th_batch *batch)
{
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    for (uint32_t i = 0; i < entry->items; i++) {
        const struct origin source = {.node = entry->batch.node,
                                      .epoch = entry->batch.epoch,
                                      .seq = entry->batch.seq,
                                      .index = i};
        if (ledger_is_accepted(th_read_varint(&outcomes)) &&
            ledger_is_statement(batch->updates[i].kind)) {
            TH_TRY(history_add(history, source.node, hash_of(history->verify, &source)));
        }
    }
    return TH_OK;
}

static enum th_err take_replaced(struct history *history,
                                 const struct ledger_entry *entry,
                                 const struct th_batch *batch)
{
    struct th_reader reader = th_reader_of(entry->replaced);
    for (uint32_t i = 0; i < entry->olds; i++) {
        const uint64_t item = th_read_varint(&reader);
        const uint8_t table = th_read_u8(&reader);
        (void)th_read_block(&reader);
        const struct th_bytes value = th_read_block(&reader);
        if (reader.failed || item >= batch->count) {
            return TH_E_CORRUPT;
        }
        if (value.size == 0 || !is_statement(table) ||
            !ledger_is_statement(batch->updates[item].kind)) {
            continue;
        }
        struct origin source;
        TH_TRY(record_read_source(value, &source));
        TH_TRY(history_add(history, source.node, 0 - hash_of(history->verify, &source)));
    }
    return th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

enum th_err history_batch(struct history *history, const struct ledger_entry *entry)
{
    struct th_batch batch;
    struct th_malformed why;
    th_arena_reset(&history->arena);
    if (th_batch_read(entry->body, &history->arena, &batch, &why) != TH_OK ||
        batch.count != entry->items) {
        return TH_E_CORRUPT;
    }
    TH_TRY(verify_tree_items(history->verify->trees, entry, &batch));
    TH_TRY(verify_form_batch(history->verify, entry, &batch));
    TH_TRY(add_items(history, entry, &batch));
    return take_replaced(history, entry, &batch);
}

// ---- the records' side ----

enum th_err history_records(struct history *history)
{
    const struct th_store store = history->verify->setup->store;
    for (size_t i = 0; i < TH_COUNT(STATEMENTS); i++) {
        struct th_bytes key;
        struct th_bytes value;
        enum th_err err = th_store_seek(store, STATEMENTS[i], (struct th_bytes){0}, &key, &value);
        while (err == TH_OK) {
            struct origin source;
            if (th_check_open(&history->verify->check, STATEMENTS[i], key, &value) == TH_OK &&
                record_read_source(value, &source) == TH_OK) { // damage was reported already
                TH_TRY(history_add(history, source.node, 0 - hash_of(history->verify, &source)));
            }
            err = th_store_next(store, STATEMENTS[i], key, &key, &value);
        }
        if (err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    return TH_OK;
}
