// judge_admin.c - who may write what, and batches that nobody can read

#include <string.h>

#include "workers/audit.h"
#include "workers/judge_body.h"

enum { ROW_VERSION = 1, GRANT_ONLY = 1, GRANT_REVOKED = 2, GRANT_BYTES_MAX = 4096 };

static const struct th_bytes ROSTER_MARK = {.data = "roster", .size = 6};
static const struct th_bytes DEAD_MARK = {.data = "dead", .size = 4};

// ---- the roster ----

static enum th_err put_grant(struct judge *judge, const struct th_roster_grant *grant)
{
    uint8_t space[GRANT_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    value.max -= TH_CHECK_BYTES;
    th_write_u8(&value, ROW_VERSION);
    th_write_varint(&value, grant->class);
    th_write_u8(&value,
                (uint8_t)((grant->only ? GRANT_ONLY : 0) | (grant->revoked ? GRANT_REVOKED : 0)));
    const size_t count =
        grant->unit_count > TH_GRANT_UNITS_MAX ? 0 : grant->unit_count; // more grant nothing
    th_write_varint(&value, count);
    for (size_t i = 0; i < count; i++) {
        th_write_block(&value, grant->units[i]);
    }
    if (value.overflow) {
        return TH_OK; // references longer than any code: they name nothing
    }
    value.max += TH_CHECK_BYTES;
    const struct key key = key_of_node(grant->number);
    return audit_put(&judge->check, judge->setup.store, TABLE_GRANT, key_view(&key), &value);
}

enum th_err judge_roster(struct judge *judge, const struct th_event *event)
{
    struct th_roster_message roster;
    struct th_malformed why;
    if (th_roster_message_read(event->body, &judge->decode, &roster, &why) != TH_OK ||
        !th_bytes_equal(roster.lineage, judge->setup.lineage)) {
        return TH_OK; // the broker sends it again
    }
    TH_TRY(judge_touch(judge));
    uint8_t digest[TH_HASH256_BYTES];
    th_hash256(digest, &event->body, 1);
    if (memcmp(digest, judge->roster, sizeof(digest)) == 0) {
        return TH_OK;
    }
    judge->dirty = true;
    TH_TRY(audit_remove_all(&judge->check, judge->setup.store, TABLE_GRANT));
    for (size_t i = 0; i < roster.count; i++) {
        TH_TRY(put_grant(judge, &roster.grants[i]));
    }
    uint8_t space[TH_HASH256_BYTES + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    th_write_bytes(&value, (struct th_bytes){digest, sizeof(digest)});
    TH_TRY(th_check_put(&judge->check, judge->setup.store, TABLE_META, ROSTER_MARK, &value));
    memcpy(judge->roster, digest, sizeof(digest));
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        TH_TRY(judge_grant(judge, &judge->seats[i]));
    }
    return TH_OK;
}

static enum th_err
read_grant(struct judge *judge, struct th_bytes value, struct seat *seat, uint32_t *class)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    *class = (uint32_t)th_read_varint(&reader);
    const uint8_t flags = th_read_u8(&reader);
    const uint64_t count = th_read_varint(&reader);
    if (reader.failed || version != ROW_VERSION || count > TH_GRANT_UNITS_MAX) {
        return TH_E_CORRUPT;
    }
    struct th_bytes refs[TH_GRANT_UNITS_MAX];
    for (size_t i = 0; i < count; i++) {
        refs[i] = th_read_block(&reader);
    }
    if (!th_read_done(&reader)) {
        return TH_E_CORRUPT;
    }
    judge_name_unit(seat, count > 0 ? refs[0] : (struct th_bytes){0}, (unsigned)count);
    seat->standing = (flags & GRANT_REVOKED) != 0 ? STANDING_REVOKED : STANDING_GRANTED;
    seat->grant.only = (flags & GRANT_ONLY) != 0;
    seat->grant.desk = *class == TH_PEER_DESK;
    const enum th_err err =
        th_grant_resolve(&seat->grant, judge->setup.reg, refs, (size_t)count, NULL);
    return err == TH_E_TOO_LARGE ? TH_OK : err; // it then has no units: V04 says so
}

enum th_err judge_grant_of(struct judge *judge, uint32_t number, struct seat *seat, uint32_t *class)
{
    const struct key key = key_of_node(number);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_GRANT, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    return err == TH_OK ? read_grant(judge, value, seat, class) : err;
}

enum th_err judge_grant(struct judge *judge, struct seat *seat)
{
    uint32_t class = 0;
    seat->grant = (struct th_grant){.node = seat->number};
    seat->standing = STANDING_UNKNOWN;
    judge_name_unit(seat, th_bytes_of(judge->province), 1);
    if (seat->number == 0) { // the province's own desk; the roster can only take that away
        seat->grant.desk = true;
        seat->standing = STANDING_GRANTED;
    }
    return judge_grant_of(judge, seat->number, seat, &class);
}

// ---- revocation by the desk, and another enrolment after it ----

enum th_err judge_revoke(struct judge *judge, struct item *item, bool revoked, unsigned *outcome)
{
    const uint32_t number = (uint32_t)item->update->desk.node.value;
    const struct key key = key_of_node(number);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_GRANT, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        th_verdict_make(&item->verdict, TH_V_KIND, 0, "node", "node", NULL);
        *outcome = item->verdict.code;
        return TH_OK;
    }
    TH_TRY(err);
    uint8_t space[GRANT_BYTES_MAX];
    struct th_writer row = TH_WRITER(space);
    struct th_reader reader = th_reader_of(value);
    th_write_u8(&row, th_read_u8(&reader));
    th_write_varint(&row, th_read_varint(&reader));
    const uint8_t flags = th_read_u8(&reader);
    th_write_u8(&row, (uint8_t)(revoked ? flags | GRANT_REVOKED : flags & ~GRANT_REVOKED));
    th_write_bytes(&row, th_read_bytes(&reader, th_reader_left(&reader)));
    if (reader.failed) {
        return TH_E_CORRUPT;
    }
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        if (judge->seats[i].number == number) {
            judge->seats[i].standing = revoked ? STANDING_REVOKED : STANDING_GRANTED;
        }
    }
    *outcome = LEDGER_APPLIED;
    return audit_put(&judge->check, judge->setup.store, TABLE_GRANT, key_view(&key), &row);
}

// ---- what cannot be decoded ----

enum th_err judge_dead_bytes(struct th_bytes value, uint64_t *bytes)
{
    struct th_reader reader = th_reader_of(value);
    const bool known = th_read_u8(&reader) == ROW_VERSION;
    (void)th_read_zigzag(&reader); // when
    (void)th_read_varint(&reader); // code, offset
    (void)th_read_varint(&reader);
    *bytes = th_reader_left(&reader);
    return known && !reader.failed ? TH_OK : TH_E_CORRUPT;
}

static enum th_err dead_bytes(struct judge *judge, uint64_t *bytes)
{
    struct th_bytes value;
    *bytes = 0;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_META, DEAD_MARK, &value);
    if (err == TH_OK && value.size == 8) {
        *bytes = th_get_u64(value.data);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// Kept for the desk, bounded; a batch that comes again takes no more room.
enum th_err judge_bury(struct judge *judge,
                       const struct th_header *header,
                       const struct th_malformed *why,
                       struct th_bytes body)
{
    const struct th_store store = judge->setup.store;
    const struct key key = key_of_dead(header->node, header->epoch, header->seq);
    struct th_bytes there;
    uint64_t count = 0;
    uint64_t bytes = 0;
    const enum th_err err = th_store_get(store, TABLE_DEAD, key_view(&key), &there);
    if (err != TH_E_NOT_FOUND) {
        return err;
    }
    TH_TRY(th_store_count(store, TABLE_DEAD, &count));
    TH_TRY(dead_bytes(judge, &bytes));
    if (count >= JUDGE_DEAD_MAX || bytes + body.size > JUDGE_DEAD_BYTES_MAX ||
        body.size > TH_BATCH_BYTES_MAX) {
        return TH_OK; // counted by the note alone
    }
    struct th_writer *value = &judge->ledger.value; // free between two batches
    value->size = 0;
    th_write_u8(value, ROW_VERSION);
    th_write_zigzag(value, judge->wall_ms);
    th_write_varint(value, why->code);
    th_write_varint(value, why->offset);
    th_write_bytes(value, body);
    TH_TRY(audit_put(&judge->check, store, TABLE_DEAD, key_view(&key), value));

    uint8_t space[8 + TH_CHECK_BYTES];
    struct th_writer mark = TH_WRITER(space);
    th_write_u64(&mark, bytes + body.size);
    return th_check_put(&judge->check, store, TABLE_META, DEAD_MARK, &mark);
}
