// issue.c - see issue.h

#include "workers/issue.h"

#include <string.h>

// ---- rows ----

void issue_write(struct th_writer *writer, const struct issue *issue)
{
    const struct th_receipt_items *items = &issue->items;
    th_write_u8(writer, ISSUE_VERSION);
    th_write_varint(writer, issue->first);
    th_write_bytes(writer, (struct th_bytes){issue->chain, sizeof(issue->chain)});
    th_write_varint(writer, issue->version);
    th_write_zigzag(writer, issue->wall_ms);
    th_write_varint(writer, items->fresh);
    th_write_varint(writer, items->changed);
    th_write_varint(writer, items->withdrawn);
    th_write_varint(writer, items->refused);
    th_write_varint(writer, items->unchanged);
    th_write_varint(writer, issue->records.count);
    th_write_bytes(writer, (struct th_bytes){issue->records.sum, sizeof(issue->records.sum)});
    th_write_text0(writer, th_bytes_of(issue->province));
    th_write_text0(writer, th_bytes_of(issue->unit));
}

static bool copy(struct th_bytes from, char *to, size_t max)
{
    (void)th_bytes_copy_text(from, to, max);
    return from.size < max;
}

enum th_err issue_read(struct th_bytes value, struct issue *issue)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    issue->first = th_read_varint(&reader);
    const struct th_bytes chain = th_read_bytes(&reader, sizeof(issue->chain));
    issue->version = th_read_varint(&reader);
    issue->wall_ms = th_read_zigzag(&reader);
    issue->items.fresh = th_read_varint(&reader);
    issue->items.changed = th_read_varint(&reader);
    issue->items.withdrawn = th_read_varint(&reader);
    issue->items.refused = th_read_varint(&reader);
    issue->items.unchanged = th_read_varint(&reader);
    issue->records.count = th_read_varint(&reader);
    const struct th_bytes sum = th_read_bytes(&reader, sizeof(issue->records.sum));
    const struct th_bytes province = th_read_text0(&reader);
    const struct th_bytes unit = th_read_text0(&reader);
    if (!th_read_done(&reader) || version != ISSUE_VERSION ||
        !copy(province, issue->province, sizeof(issue->province)) ||
        !copy(unit, issue->unit, sizeof(issue->unit))) {
        return TH_E_CORRUPT;
    }
    memcpy(issue->chain, chain.data, sizeof(issue->chain));
    memcpy(issue->records.sum, sum.data, sizeof(issue->records.sum));
    return TH_OK;
}

// ---- counting ----

// The table in which the statement of an item stands; META: it is not one.
static enum table table_of(enum th_kind kind)
{
    switch (kind) {
    case TH_KIND_EVALUATION:
    case TH_KIND_COLLECTIVE:
        return TABLE_EVALUATION;
    case TH_KIND_STAFFING:
        return TABLE_STAFFING;
    case TH_KIND_TRANSFER:
        return TABLE_TRANSFER;
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
    case TH_KIND_NONE:
        break;
    }
    return TABLE_META;
}

// A record's second byte says whether it is live.
static bool is_live(struct th_bytes value)
{
    enum { OP_AT = 1, LIVE = 1 };
    return value.size > OP_AT && ((const uint8_t *)value.data)[OP_AT] == LIVE;
}

// Which items took the place of a live record, one bit an item.
static enum th_err mark_replacing(const struct th_batch *batch,
                                  const struct ledger_entry *entry,
                                  uint8_t bits[static TH_BATCH_UPDATES_MAX / 8])
{
    struct th_reader reader = th_reader_of(entry->replaced);
    memset(bits, 0, TH_BATCH_UPDATES_MAX / 8);
    for (uint32_t i = 0; i < entry->olds; i++) {
        const uint64_t item = th_read_varint(&reader);
        const uint8_t table = th_read_u8(&reader);
        (void)th_read_block(&reader);
        const struct th_bytes value = th_read_block(&reader);
        if (reader.failed || item >= batch->count) {
            return TH_E_CORRUPT;
        }
        const enum table own = table_of(batch->updates[item].kind);
        if (own != TABLE_META && table == own && is_live(value)) {
            bits[item / 8] |= (uint8_t)(1U << (item % 8));
        }
    }
    return th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

static void count_item(const struct th_update *update,
                       uint64_t outcome,
                       bool replacing,
                       struct th_receipt_items *items)
{
    if (outcome == LEDGER_DUPLICATE) {
        items->unchanged++;
    } else if (!ledger_is_accepted(outcome)) {
        items->refused++;
    } else if (update->op == TH_OP_WITHDRAW) {
        items->withdrawn++;
    } else if (table_of(update->kind) == TABLE_META ? update->revision > 1 : replacing) {
        items->changed++;
    } else {
        items->fresh++;
    }
}

enum th_err issue_count(const struct th_batch *batch,
                        const struct ledger_entry *entry,
                        struct th_receipt_items *items)
{
    uint8_t replacing[TH_BATCH_UPDATES_MAX / 8];
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    if (batch->count > TH_BATCH_UPDATES_MAX || batch->count < entry->items) {
        return TH_E_CORRUPT;
    }
    TH_TRY(mark_replacing(batch, entry, replacing));
    for (uint32_t i = 0; i < entry->items; i++) {
        const bool is_replacing = (replacing[i / 8] & (1U << (i % 8))) != 0;
        count_item(&batch->updates[i], th_read_varint(&outcomes), is_replacing, items);
    }
    return th_read_done(&outcomes) ? TH_OK : TH_E_CORRUPT;
}

// ---- the receipt ----

void issue_receipt(const struct issue *issue,
                   const struct numbered_key *at,
                   struct th_bytes lineage,
                   struct th_receipt *receipt)
{
    *receipt = (struct th_receipt){
        .node = at->node,
        .epoch = at->epoch,
        .first = issue->first,
        .last = at->seq,
        .records = issue->records.count,
        .items = issue->items,
        .version = issue->version,
        .time_ms = issue->wall_ms,
    };
    memcpy(receipt->chain, issue->chain, sizeof(receipt->chain));
    memcpy(receipt->sum, issue->records.sum, sizeof(receipt->sum));
    memcpy(receipt->province, issue->province, sizeof(receipt->province));
    memcpy(receipt->unit, issue->unit, sizeof(receipt->unit));
    (void)th_bytes_copy_text(lineage, receipt->lineage, sizeof(receipt->lineage));
}
