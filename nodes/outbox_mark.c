// outbox_mark.c - the marks of an outbox: who it is, how far commands are, how far the agent is

#include <string.h>

#include "nodes/outbox_body.h"
#include "nodes/table.h"

enum { MARK_VERSION = 1, BASE_VERSION = 2, LEAD_VERSION = 3 };

static const struct th_bytes IDENTITY = {.data = "identity", .size = 8};
static const struct th_bytes INTAKE = {.data = "intake", .size = 6};
static const struct th_bytes SESSION = {.data = "session", .size = 7};

// The identity must be readable before the key of the check hashes is known: it carries its own.
static struct th_check check_of_identity(void)
{
    return th_check_of(TH_BYTES("tonghop outbox"));
}

static struct th_check check_of_outbox(const struct outbox_identity *identity)
{
    const struct th_bytes seed = {identity->incarnation, sizeof(identity->incarnation)};
    return th_check_of(seed);
}

enum th_err outbox_put_identity(struct th_store store, const struct outbox_identity *identity)
{
    uint8_t room[OUTBOX_MARK_MAX];
    struct th_writer out = TH_WRITER(room);
    const bool base = identity->base > 0 || identity->lead > 0;
    th_write_u8(&out, identity->lead > 0 ? LEAD_VERSION : base ? BASE_VERSION : MARK_VERSION);
    th_write_u32(&out, identity->node);
    th_write_u64(&out, identity->epoch);
    th_write_bytes(&out, (struct th_bytes){identity->incarnation, sizeof(identity->incarnation)});
    th_write_text0(&out, th_bytes_of(identity->lineage));
    if (base) {
        th_write_varint(&out, identity->base);
    }
    if (identity->lead > 0) {
        th_write_varint(&out, identity->lead);
    }
    const struct th_check check = check_of_identity();
    return th_check_put(&check, store, NODE_MARK, IDENTITY, &out);
}

static enum th_err get_identity(struct th_store store, struct outbox_identity *identity)
{
    struct th_bytes value;
    const struct th_check check = check_of_identity();
    TH_TRY(th_check_get(&check, store, NODE_MARK, IDENTITY, &value));
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    identity->node = th_read_u32(&in);
    identity->epoch = th_read_u64(&in);
    const struct th_bytes incarnation = th_read_bytes(&in, sizeof(identity->incarnation));
    const struct th_bytes lineage = th_read_text0(&in);
    identity->base = version > MARK_VERSION ? th_read_varint(&in) : 0;
    identity->lead = version == LEAD_VERSION ? th_read_varint(&in) : 0;
    const bool known = version >= MARK_VERSION && version <= LEAD_VERSION;
    if (!th_read_done(&in) || !known || lineage.size > TH_LINEAGE_MAX) {
        return TH_E_CORRUPT;
    }
    memcpy(identity->incarnation, incarnation.data, sizeof(identity->incarnation));
    (void)th_bytes_copy_text(lineage, identity->lineage, sizeof(identity->lineage));
    return TH_OK;
}

enum th_err outbox_put_intake(struct outbox *box)
{
    uint8_t room[OUTBOX_MARK_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, MARK_VERSION);
    th_write_varint(&out, box->last);
    th_write_varint(&out, box->absorbed);
    th_write_varint(&out, box->next_draft);
    th_write_varint(&out, box->bytes);
    return th_check_put(&box->check, box->store, NODE_MARK, INTAKE, &out);
}

static enum th_err get_intake(struct outbox *box)
{
    struct th_bytes value;
    TH_TRY(th_check_get(&box->check, box->store, NODE_MARK, INTAKE, &value));
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    box->last = th_read_varint(&in);
    box->absorbed = th_read_varint(&in);
    box->next_draft = th_read_varint(&in);
    box->bytes = th_read_varint(&in);
    return th_read_done(&in) && version == MARK_VERSION ? TH_OK : TH_E_CORRUPT;
}

enum th_err outbox_put_session(struct outbox *box)
{
    uint8_t room[OUTBOX_MARK_MAX];
    struct th_writer out = TH_WRITER(room);
    th_write_u8(&out, MARK_VERSION);
    th_write_varint(&out, box->chained);
    th_write_varint(&out, box->decided);
    th_write_varint(&out, box->kept_from);
    th_write_u64(&out, box->store_id);
    th_write_varint(&out, box->store_epoch);
    th_write_varint(&out, box->version);
    th_write_varint(&out, box->verdict_seq);
    th_write_varint(&out, box->notice);
    th_write_varint(&out, box->refused);
    th_write_u8(&out, box->joined ? 1 : 0);
    return th_check_put(&box->check, box->store, NODE_MARK, SESSION, &out);
}

static enum th_err get_session(struct outbox *box)
{
    struct th_bytes value;
    TH_TRY(th_check_get(&box->check, box->store, NODE_MARK, SESSION, &value));
    struct th_reader in = th_reader_of(value);
    const uint8_t version = th_read_u8(&in);
    box->chained = th_read_varint(&in);
    box->decided = th_read_varint(&in);
    box->kept_from = th_read_varint(&in);
    box->store_id = th_read_u64(&in);
    box->store_epoch = th_read_varint(&in);
    box->version = th_read_varint(&in);
    box->verdict_seq = th_read_varint(&in);
    box->notice = th_read_varint(&in);
    box->refused = th_read_varint(&in);
    box->joined = th_read_u8(&in) != 0;
    return th_read_done(&in) && version == MARK_VERSION ? TH_OK : TH_E_CORRUPT;
}

enum th_err outbox_create(struct th_store store, const struct outbox_identity *identity)
{
    struct th_bytes value;
    const enum th_err found = th_store_get(store, NODE_MARK, IDENTITY, &value);
    if (found != TH_E_NOT_FOUND) {
        return found == TH_OK ? TH_E_EXISTS : found;
    }
    struct outbox box = {
        .store = store,
        .check = check_of_outbox(identity),
        .identity = *identity,
        .next_draft = 1,
        .kept_from = 1,
    };
    TH_TRY(outbox_put_identity(store, identity));
    TH_TRY(outbox_put_intake(&box));
    return outbox_put_session(&box);
}

enum th_err outbox_load(struct th_store store, struct outbox *box)
{
    struct outbox loaded = {.store = store};
    TH_TRY(get_identity(store, &loaded.identity));
    loaded.check = check_of_outbox(&loaded.identity);
    enum th_err err = get_intake(&loaded);
    if (err == TH_OK) {
        err = get_session(&loaded);
    }
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err; // outbox_create wrote all three at once
    }
    const bool whole = loaded.identity.base <= loaded.chained && loaded.decided <= loaded.chained &&
                       loaded.chained <= loaded.last && loaded.absorbed <= loaded.last &&
                       loaded.kept_from >= 1 && loaded.kept_from <= loaded.last + 1;
    if (!whole) {
        return TH_E_CORRUPT; // O2
    }
    *box = loaded;
    return TH_OK;
}
