// judge_receipt.c - receipts: noted in the turn, listed in answers, signed after the commit

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "workers/issue.h"
#include "workers/judge_body.h"

// ---- names ----

void judge_name_province(struct judge *judge)
{
    const struct th_register *reg = judge->setup.reg;
    const th_day last = th_register_last_day(reg, judge->setup.root);
    const th_day day = last == TH_DAY_MAX ? th_register_newest_day(reg) : last;
    struct th_unit unit;
    if (th_register_on(reg, judge->setup.root, day, &unit) == TH_OK) {
        (void)th_bytes_copy_text(unit.code, judge->province, sizeof(judge->province));
    }
}

void judge_name_unit(struct seat *seat, struct th_bytes unit, unsigned count)
{
    char first[TH_UNIT_REF_MAX + 1];
    (void)th_bytes_copy_text(unit, first, sizeof(first));
    if (count > 1) {
        (void)snprintf(seat->unit, sizeof(seat->unit), "%s +%u", first, count - 1);
    } else {
        memcpy(seat->unit, first, sizeof(first));
    }
}

// ---- the turn's rows ----

enum th_err judge_count_items(struct judge *judge, struct seat *seat, const struct th_batch *batch)
{
    const struct ledger_entry entry = ledger_open_entry(&judge->ledger);
    return issue_count(batch, &entry, &seat->items);
}

static int by_number(const void *a, const void *b)
{
    const struct seat *const *left = a;
    const struct seat *const *right = b;
    return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

static enum th_err note(struct judge *judge, struct seat *seat)
{
    struct issue issue = {
        .first = seat->before + 1,
        .version = judge->ledger.version + 1,
        .wall_ms = judge->wall_ms,
        .items = seat->items,
    };
    memcpy(issue.chain, seat->row.hash, sizeof(issue.chain));
    memcpy(issue.province, judge->province, sizeof(issue.province));
    memcpy(issue.unit, seat->unit, sizeof(issue.unit));
    TH_TRY(judge_digest_of(judge, seat, &issue.records));
    uint8_t space[ISSUE_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    issue_write(&value, &issue);
    const struct key key = key_of_dead(seat->number, seat->row.epoch, seat->row.seq);
    ledger_tell(&judge->ledger, key_view(&key), th_written(&value));
    return th_check_put(&judge->check, judge->setup.store, TABLE_RECEIPT, key_view(&key), &value);
}

enum th_err judge_note_receipts(struct judge *judge)
{
    size_t count = 0;
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        if (judge->seats[i].row.seq > judge->seats[i].before) {
            judge->by_number[count++] = &judge->seats[i];
        }
    }
    qsort(judge->by_number, count, sizeof(struct seat *), by_number);
    for (size_t i = 0; i < count && !(th_mutant(61) && i > 0); i++) {
        TH_TRY(note(judge, judge->by_number[i]));
    }
    return TH_OK;
}

// ---- answers ----

static bool of_stream(const struct seat *seat, const struct numbered_key *at)
{
    return at->node == seat->number && at->epoch == seat->row.epoch && at->seq <= seat->row.seq;
}

// The text of a row behind those of this answer. False: no more fit.
static bool write_text(struct judge *judge,
                       const struct issue *issue,
                       const struct numbered_key *at,
                       struct th_bytes *text)
{
    struct th_receipt receipt;
    struct th_writer *texts = &judge->receipt_texts;
    issue_receipt(issue, at, judge->setup.lineage, &receipt);
    memcpy(receipt.key, judge->setup.signer.key, sizeof(receipt.key));
    const size_t start = texts->size;
    th_receipt_write(texts, &receipt);
    if (texts->overflow) {
        texts->overflow = false;
        texts->size = start;
        return false;
    }
    *text = (struct th_bytes){.data = texts->data + start, .size = texts->size - start};
    return true;
}

// The rest of the signings is for one root of each seat.
static uint32_t signed_receipts_max(const struct judge *judge)
{
    return judge_signings_max(&judge->limits) - judge->limits.nodes;
}

enum th_err judge_list_receipts(struct judge *judge,
                                const struct seat *seat,
                                uint64_t after,
                                size_t bytes,
                                struct th_decided *decided)
{
    const struct th_store store = judge->setup.store;
    const struct key from = key_of_dead(seat->number, seat->row.epoch, after + 1);
    struct th_bytes key;
    struct th_bytes value;
    size_t count = 0;
    uint64_t through = after;
    judge->receipt_texts.size = 0;
    enum th_err err = th_store_seek(store, TABLE_RECEIPT, key_view(&from), &key, &value);
    bool more = false;
    while (err == TH_OK) {
        struct numbered_key at;
        struct issue issue;
        struct th_bytes text;
        TH_TRY(key_read_receipt(key, &at));
        if (!of_stream(seat, &at)) {
            break;
        }
        TH_TRY(th_check_open(&judge->check, TABLE_RECEIPT, key, &value));
        TH_TRY(issue_read(value, &issue));
        const size_t used = judge->receipt_texts.size + (count + 1) * RECEIPT_AROUND_BYTES;
        more = count == JUDGE_RECEIPTS_MAX ||
               judge->signing_count + count >= signed_receipts_max(judge) ||
               used + TH_RECEIPT_CONTENT_MAX > bytes || !write_text(judge, &issue, &at, &text);
        if (more) {
            break;
        }
        judge->receipts[count++] = (struct th_signed_receipt){.content = text};
        through = at.seq;
        err = th_store_next(store, TABLE_RECEIPT, key, &key, &value);
    }
    decided->has_receipts = true;
    decided->receipts_after = after;
    decided->receipts_through = more ? through : seat->row.seq;
    decided->receipts = judge->receipts;
    decided->receipt_count = count;
    decided->places = judge->places;
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static void remember(struct judge *judge,
                     const struct th_writer *body,
                     const struct th_receipt_place *place,
                     size_t size)
{
    th_assert(judge->signing_count < judge_signings_max(&judge->limits));
    judge->signings[judge->signing_count++] = (struct signing){
        .content = {.data = body->data + place->content_at, .size = size},
        .signature = body->data + place->signature_at,
    };
}

void judge_remember_signings(struct judge *judge,
                             const struct th_decided *decided,
                             const struct th_writer *body)
{
    for (size_t i = 0; i < decided->receipt_count; i++) {
        remember(judge, body, &judge->places[i], decided->receipts[i].content.size);
    }
    if (decided->root != NULL) {
        remember(judge, body, &judge->root_place, decided->root->content.size);
    }
}

// J6: only what is on disk is signed.
void judge_sign(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->signing_count; i++) {
        const struct signing *signing = &judge->signings[i];
        judge->setup.signer.sign(judge->setup.signer.self, signing->content, signing->signature);
    }
    judge->signing_count = 0;
}
