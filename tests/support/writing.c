// writing.c - see writing.h

#include "tests/support/writing.h"

#include <string.h>

static struct writing fixture;

const struct writer_pace WRITING_PACE = {
    .judge = {.feed_keep = 8, .attach_ms = 1000},
    .turn_batches = 16,
    .turn_bytes = 1024 * 1024,
    .turn_wait_ms = 5,
};

void writing_start(struct writing *f)
{
    struct th_disk_txn txn = {0};
    EXPECT(TH_OK, th_disk_begin(f->made->disk, &txn));
    assert_int_equal(open_to_write(th_disk_store(&txn), &f->made->identity, &f->opened), OPEN_OK);
    EXPECT(TH_OK, th_disk_commit(&txn));
    EXPECT(TH_OK, source_direct(&f->source));
    EXPECT(TH_OK, th_queue_make(4096, (size_t)64 * 1024 * 1024, &f->out));
    const struct writer_setup setup = {
        .province = &f->province,
        .disk = f->made->disk,
        .opened = f->opened,
        .source = f->source,
        .out = f->out,
        .pace = WRITING_PACE,
        .marker = f->marker,
    };
    EXPECT(TH_OK, writer_start(&setup, &f->writer));
    f->asked = (struct query_province){
        .province = &f->province, .disk = f->made->disk, .opened = f->opened, .writer = f->writer};
    th_register_digest(f->province.reg, f->asked.register_digest);
    const struct query_setup query = {
        .provinces = &f->asked,
        .province_count = 1,
        .out = f->out,
        .answers_max = 4,
        .answer_bytes_max = (size_t)64 * 1024 * 1024,
    };
    EXPECT(TH_OK, query_start(&query, &f->query));
}

int writing_stop(struct writing *f)
{
    query_stop(&f->query);
    f->source.ops->revoke(f->source.self);
    const int code = writer_join(&f->writer);
    f->source.ops->close(f->source.self);
    th_parcel_free(&f->parcel);
    th_queue_free(&f->out);
    return code;
}

static int setup_over(void **state, struct province *made)
{
    fixture = (struct writing){.made = made, .player = player_of(1)};
    struct writing *f = &fixture;
    f->province = (struct th_province){
        .lineage = "p",
        .root = th_register_root(f->made->reg),
        .reg = f->made->reg,
        .catalogue = f->made->catalogue,
        .bundle = (char *)(uintptr_t) "bundle",
        .bundle_size = 6,
    };
    f->arena = f->made->arena;
    writing_start(f);
    *state = f;
    return 0;
}

int writing_setup(void **state)
{
    return setup_over(state, province_make_on_disk());
}

int writing_setup_small(void **state)
{
    return setup_over(state, province_make_on_small_disk(SMALL_BYTES));
}

int writing_teardown(void **state)
{
    struct writing *f = *state;
    province_free(f->made);
    return 0;
}

// ---- talking ----

static void append(struct writing *f,
                   const struct th_peer *from,
                   const struct th_header *header,
                   struct th_bytes body)
{
    uint8_t space[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    th_header_write(&writer, header);
    const struct source_message message = {
        .from = *from, .header = th_written(&writer), .body = body};
    EXPECT(TH_OK, f->source.ops->append(f->source.self, &message));
}

void writing_give_roster(struct writing *f)
{
    const struct th_bytes units[] = {TH_BYTES("P")};
    const struct th_roster_grant grant = {
        .number = 1, .class = TH_PEER_NODE, .units = units, .unit_count = 1};
    const struct th_roster_message roster = {
        .lineage = TH_BYTES("p"), .generation = 1, .grants = &grant, .count = 1};
    uint8_t space[512];
    struct th_writer writer = TH_WRITER(space);
    th_roster_message_write(&writer, &roster);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_ROSTER};
    append(f, &(struct th_peer){.class = TH_PEER_NONE}, &header, th_written(&writer));
}

void writing_send_batch(struct writing *f, const struct th_update *updates, size_t count)
{
    static uint8_t space[TH_BATCH_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    const struct th_batch batch = {.updates = updates, .count = count};
    th_batch_write(&writer, &batch);
    struct player *player = &f->player;
    uint8_t next[32];
    player->seq++;
    th_chain_next(next, player->hash, 1, 1, player->seq, th_written(&writer));
    memcpy(player->hash, next, sizeof(next));
    struct th_header header = {.protocol = TH_PROTOCOL,
                               .type = TH_MSG_BATCH,
                               .node = 1,
                               .has_incarnation = true,
                               .epoch = 1,
                               .seq = player->seq,
                               .has_hash = true};
    memcpy(header.hash, player->hash, sizeof(header.hash));
    memcpy(header.incarnation, player->incarnation, sizeof(header.incarnation));
    append(f,
           &(struct th_peer){.class = TH_PEER_NODE, .number = 1, .route = TH_BYTES("r")},
           &header,
           th_written(&writer));
}

bool writing_is(const struct th_parcel *parcel, enum th_message_type type)
{
    struct th_header header;
    struct th_malformed why;
    return parcel->kind == OUT_SEND && th_header_read(parcel->parts[1], &header, &why) == TH_OK &&
           header.type == type;
}

// Look at what comes out until a message of this type is there.
bool writing_comes(struct writing *f, enum th_message_type type)
{
    for (;;) {
        th_parcel_free(&f->parcel);
        f->parcel = th_queue_take(f->out);
        if (f->parcel == NULL) {
            return false;
        }
        if (writing_is(f->parcel, type)) {
            return true;
        }
    }
}

bool writing_comes_decision(struct writing *f)
{
    do {
        th_parcel_free(&f->parcel);
        f->parcel = th_queue_take(f->out);
    } while (f->parcel != NULL && !writing_is(f->parcel, TH_MSG_ACK) &&
             !writing_is(f->parcel, TH_MSG_REFUSAL));
    return f->parcel != NULL;
}

struct th_decided writing_wait_for_ack(struct writing *f, uint64_t seq)
{
    struct th_decided decided = {.seq = 0};
    struct th_malformed why;
    while (decided.seq < seq) {
        WAIT_UNTIL(writing_comes(f, TH_MSG_ACK), PATIENCE_MS);
        th_arena_reset(&f->arena);
        EXPECT(TH_OK, th_decided_read(f->parcel->parts[2], &f->arena, &decided, &why));
    }
    return decided;
}

struct th_answer writing_ask(struct writing *f, const struct th_query *query)
{
    uint8_t space[512];
    uint8_t head[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    struct th_writer head_writer = TH_WRITER(head);
    th_query_write(&writer, query);
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_QUERY, .node = 3, .correlation = 77};
    th_header_write(&head_writer, &header);
    const struct th_peer viewer = {.class = TH_PEER_VIEWER, .number = 3, .route = TH_BYTES("v")};
    EXPECT(TH_OK, query_ask(f->query, 0, &viewer, th_written(&head_writer), th_written(&writer)));
    WAIT_UNTIL(writing_comes(f, TH_MSG_ANSWER), PATIENCE_MS);
    struct th_answer answer;
    struct th_header answered;
    struct th_malformed why;
    th_arena_reset(&f->arena);
    EXPECT(TH_OK, th_answer_read(f->parcel->parts[2], &f->arena, &answer, &why));
    EXPECT(TH_OK, th_header_read(f->parcel->parts[1], &answered, &why));
    assert_int_equal(answered.correlation, 77);
    return answer;
}
