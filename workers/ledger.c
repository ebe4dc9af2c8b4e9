// ledger.c - see ledger.h

#include "workers/ledger.h"

#include <string.h>

enum { OUTCOME_BYTES_MAX = TH_BATCH_UPDATES_MAX * 4, WARNING_FIRST = 2300, WARNING_LAST = 2399 };

size_t ledger_memory(void)
{
    return OUTCOME_BYTES_MAX + LEDGER_OLD_BYTES_MAX + LEDGER_VALUE_BYTES_MAX + 3 * 16;
}

static enum th_err room(struct th_arena *memory, size_t size, struct th_writer *writer)
{
    *writer = (struct th_writer){.data = th_arena_take(memory, size), .max = size};
    return writer->data != NULL ? TH_OK : TH_E_NO_MEMORY;
}

enum th_err ledger_init(struct ledger *ledger,
                        struct th_store store,
                        const struct th_check *check,
                        struct th_arena *memory)
{
    *ledger = (struct ledger){.store = store, .check = check};
    TH_TRY(room(memory, OUTCOME_BYTES_MAX, &ledger->outcomes));
    TH_TRY(room(memory, LEDGER_OLD_BYTES_MAX, &ledger->replaced));
    return room(memory, LEDGER_VALUE_BYTES_MAX, &ledger->value);
}

void ledger_chain_start(const struct th_check *check, uint8_t chain[static TH_HASH256_BYTES])
{
    const struct th_bytes seed = {.data = check->key, .size = sizeof(check->key)};
    th_hash256(chain, &seed, 1);
}

void ledger_chain_entry(uint8_t chain[static TH_HASH256_BYTES],
                        uint64_t version,
                        struct th_bytes chained)
{
    uint8_t number[8];
    th_put_u64(number, version);
    const struct th_bytes parts[] = {
        {.data = chain, .size = TH_HASH256_BYTES}, {.data = number, .size = 8}, chained};
    uint8_t next[TH_HASH256_BYTES];
    th_hash256(next, parts, TH_COUNT(parts));
    memcpy(chain, next, sizeof(next));
}

void ledger_chain_head(uint8_t chain[static TH_HASH256_BYTES], uint64_t version, uint32_t batches)
{
    uint8_t count[4];
    th_put_u32(count, batches);
    ledger_chain_entry(chain, version, (struct th_bytes){.data = count, .size = sizeof(count)});
}

enum th_err ledger_open(struct ledger *ledger)
{
    ledger->version = 0;
    ledger->batches = 0;
    ledger_chain_start(ledger->check, ledger->chain);
    struct th_bytes key;
    struct th_bytes value;
    const enum th_err err =
        th_store_prev(ledger->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_E_NOT_FOUND) {
        memcpy(ledger->turn_chain, ledger->chain, sizeof(ledger->chain));
        return TH_OK;
    }
    TH_TRY(err);
    struct ledger_key at;
    struct ledger_head head;
    TH_TRY(key_read_ledger(key, &at));
    TH_TRY(th_check_open(ledger->check, TABLE_LEDGER, key, &value));
    if (at.index != LEDGER_HEAD) {
        return TH_E_CORRUPT; // L1: a version ends with its head
    }
    TH_TRY(ledger_read_head(value, &head));
    ledger->version = at.version;
    memcpy(ledger->chain, head.chain, sizeof(head.chain));
    memcpy(ledger->turn_chain, head.chain, sizeof(head.chain));
    return TH_OK;
}

void ledger_begin(struct ledger *ledger)
{
    ledger->items = 0;
    ledger->olds = 0;
    ledger->outcomes.size = 0;
    ledger->replaced.size = 0;
}

void ledger_replaced(struct ledger *ledger,
                     uint32_t index,
                     unsigned table,
                     struct th_bytes key,
                     struct th_bytes value)
{
    th_write_varint(&ledger->replaced, index);
    th_write_u8(&ledger->replaced, (uint8_t)table);
    th_write_block(&ledger->replaced, key);
    th_write_block(&ledger->replaced, value);
    ledger->olds++;
    // An item replaces at most two records and two rows of forms, each bounded.
    th_assert(!ledger->replaced.overflow);
}

void ledger_item(struct ledger *ledger, unsigned outcome)
{
    th_write_varint(&ledger->outcomes, outcome);
    ledger->items++;
    th_assert(!ledger->outcomes.overflow);
}

enum th_err
ledger_end(struct ledger *ledger, const struct ledger_batch *batch, struct th_bytes body)
{
    struct th_writer *value = &ledger->value;
    value->size = 0;
    th_write_u8(value, LEDGER_VERSION);
    th_write_varint(value, batch->node);
    th_write_varint(value, batch->epoch);
    th_write_varint(value, batch->seq);
    th_write_bytes(value, (struct th_bytes){.data = batch->hash, .size = sizeof(batch->hash)});
    th_write_zigzag(value, batch->today);
    th_write_zigzag(value, batch->wall_ms);
    th_write_varint(value, ledger->items);
    th_write_block(value, th_written(&ledger->outcomes));
    th_write_varint(value, ledger->olds);
    th_write_block(value, th_written(&ledger->replaced));
    ledger_chain_entry(ledger->turn_chain, ledger->version + 1, th_written(value));
    th_write_bytes(value, body);

    const struct key key = key_of_ledger(ledger->version + 1, ledger->batches);
    ledger->batches++;
    return th_check_put(ledger->check, ledger->store, TABLE_LEDGER, key_view(&key), value);
}

enum th_err ledger_close(struct ledger *ledger, th_day today, int64_t wall_ms)
{
    ledger_chain_head(ledger->turn_chain, ledger->version + 1, ledger->batches);
    uint8_t space[96];
    struct th_writer value = TH_WRITER(space);
    th_write_u8(&value, LEDGER_VERSION);
    th_write_varint(&value, ledger->batches);
    th_write_zigzag(&value, today);
    th_write_zigzag(&value, wall_ms);
    th_write_bytes(
        &value, (struct th_bytes){.data = ledger->turn_chain, .size = sizeof(ledger->turn_chain)});
    const struct key key = key_of_ledger(ledger->version + 1, LEDGER_HEAD);
    return th_check_put(ledger->check, ledger->store, TABLE_LEDGER, key_view(&key), &value);
}

void ledger_committed(struct ledger *ledger)
{
    ledger->version++;
    ledger->batches = 0;
    memcpy(ledger->chain, ledger->turn_chain, sizeof(ledger->chain));
}

struct ledger_entry ledger_open_entry(const struct ledger *ledger)
{
    return (struct ledger_entry){
        .items = ledger->items,
        .outcomes = th_written(&ledger->outcomes),
        .olds = ledger->olds,
        .replaced = th_written(&ledger->replaced),
    };
}

enum th_err ledger_read(struct th_bytes value, struct ledger_entry *entry)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    entry->batch.node = (uint32_t)th_read_varint(&reader);
    entry->batch.epoch = th_read_varint(&reader);
    entry->batch.seq = th_read_varint(&reader);
    const struct th_bytes hash = th_read_bytes(&reader, sizeof(entry->batch.hash));
    entry->batch.today = (th_day)th_read_zigzag(&reader);
    entry->batch.wall_ms = th_read_zigzag(&reader);
    entry->items = (uint32_t)th_read_varint(&reader);
    entry->outcomes = th_read_block(&reader);
    entry->olds = (uint32_t)th_read_varint(&reader);
    entry->replaced = th_read_block(&reader);
    entry->chained =
        (struct th_bytes){.data = value.data, .size = value.size - th_reader_left(&reader)};
    entry->body = th_read_rest(&reader);
    if (!th_read_done(&reader) || version != LEDGER_VERSION) {
        return TH_E_CORRUPT;
    }
    memcpy(entry->batch.hash, hash.data, sizeof(entry->batch.hash));
    return TH_OK;
}

enum th_err ledger_read_head(struct th_bytes value, struct ledger_head *head)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    head->batches = (uint32_t)th_read_varint(&reader);
    head->today = (th_day)th_read_zigzag(&reader);
    head->wall_ms = th_read_zigzag(&reader);
    const struct th_bytes chain = th_read_bytes(&reader, sizeof(head->chain));
    if (!th_read_done(&reader) || version != LEDGER_VERSION) {
        return TH_E_CORRUPT;
    }
    memcpy(head->chain, chain.data, sizeof(head->chain));
    return TH_OK;
}

bool ledger_is_accepted(uint64_t outcome)
{
    return outcome == LEDGER_APPLIED || (outcome >= WARNING_FIRST && outcome <= WARNING_LAST);
}

bool ledger_is_statement(enum th_kind kind)
{
    return kind == TH_KIND_EVALUATION || kind == TH_KIND_STAFFING || kind == TH_KIND_COLLECTIVE ||
           kind == TH_KIND_TRANSFER;
}
