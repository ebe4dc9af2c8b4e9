// test_writer.c - the writer's thread and the questions' thread over a real store

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/envelope.h"
#include "workers/marker.h"
#include "workers/query.h"
#include "workers/writer.h"

enum { DEADLINE_MS = 10000, SMALL_BYTES = 1024 * 1024 };

struct fixture {
    struct province *made; // register, catalogue and an opened store; its judge rests
    struct th_province province;
    struct opened opened;
    struct source source;
    struct th_queue *out;
    struct writer *writer;
    struct query *query;
    struct query_province asked;
    struct player player;
    char *marker;             // NULL: none
    struct th_parcel *parcel; // the newest one that was waited for
    struct th_arena arena;
};

static struct fixture fixture;

static const struct writer_pace PACE = {
    .judge = {.feed_keep = 8, .attach_ms = 1000},
    .turn_batches = 16,
    .turn_bytes = 1024 * 1024,
    .turn_wait_ms = 5,
};

static void start(struct fixture *f)
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
        .pace = PACE,
        .marker = f->marker,
    };
    EXPECT(TH_OK, writer_start(&setup, &f->writer));
    f->asked = (struct query_province){
        .province = &f->province, .disk = f->made->disk, .opened = f->opened, .writer = f->writer};
    const struct query_setup query = {
        .provinces = &f->asked,
        .province_count = 1,
        .out = f->out,
        .answers_max = 4,
        .answer_bytes_max = (size_t)64 * 1024 * 1024,
    };
    EXPECT(TH_OK, query_start(&query, &f->query));
}

static int stop(struct fixture *f)
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
    fixture = (struct fixture){.made = made, .player = player_of(1)};
    struct fixture *f = &fixture;
    f->province = (struct th_province){
        .lineage = "p",
        .root = th_register_root(f->made->reg),
        .reg = f->made->reg,
        .catalogue = f->made->catalogue,
        .bundle = (char *)(uintptr_t) "bundle",
        .bundle_size = 6,
    };
    f->arena = f->made->arena;
    start(f);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return setup_over(state, province_make_on_disk());
}

static int setup_small(void **state)
{
    return setup_over(state, province_make_on_small_disk(SMALL_BYTES));
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    province_free(f->made);
    return 0;
}

// ---- talking ----

static void append(struct fixture *f,
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

static void give_roster(struct fixture *f)
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

static void send_batch(struct fixture *f, const struct th_update *updates, size_t count)
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

static bool is_message(const struct th_parcel *parcel, enum th_message_type type)
{
    struct th_header header;
    struct th_malformed why;
    return parcel->kind == OUT_SEND && th_header_read(parcel->parts[1], &header, &why) == TH_OK &&
           header.type == type;
}

// Look at what comes out until a message of this type is there.
static bool comes(struct fixture *f, enum th_message_type type)
{
    for (;;) {
        th_parcel_free(&f->parcel);
        f->parcel = th_queue_take(f->out);
        if (f->parcel == NULL) {
            return false;
        }
        if (is_message(f->parcel, type)) {
            return true;
        }
    }
}

static bool comes_ack_or_refusal(struct fixture *f)
{
    do {
        th_parcel_free(&f->parcel);
        f->parcel = th_queue_take(f->out);
    } while (f->parcel != NULL && !is_message(f->parcel, TH_MSG_ACK) &&
             !is_message(f->parcel, TH_MSG_REFUSAL));
    return f->parcel != NULL;
}

static struct th_decided wait_for_ack(struct fixture *f, uint64_t seq)
{
    struct th_decided decided = {.seq = 0};
    struct th_malformed why;
    while (decided.seq < seq) {
        WAIT_UNTIL(comes(f, TH_MSG_ACK), DEADLINE_MS);
        th_arena_reset(&f->arena);
        EXPECT(TH_OK, th_decided_read(f->parcel->parts[2], &f->arena, &decided, &why));
    }
    return decided;
}

static struct th_answer ask(struct fixture *f, const struct th_query *query)
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
    WAIT_UNTIL(comes(f, TH_MSG_ANSWER), DEADLINE_MS);
    struct th_answer answer;
    struct th_header answered;
    struct th_malformed why;
    th_arena_reset(&f->arena);
    EXPECT(TH_OK, th_answer_read(f->parcel->parts[2], &f->arena, &answer, &why));
    EXPECT(TH_OK, th_header_read(f->parcel->parts[1], &answered, &why));
    assert_int_equal(answered.correlation, 77);
    return answer;
}

// ---- tests ----

static void acknowledges_what_is_on_disk(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        person("C11", "2023", "an", 4)};
    send_batch(f, &updates[0], 1);
    send_batch(f, &updates[1], 1);
    assert_int_equal(wait_for_ack(f, 2).verdict_count, 0);

    struct th_bytes lineage;
    struct th_peer to;
    EXPECT(TH_OK, envelope_read(f->parcel->parts[0], &f->arena, &lineage, &to));
    assert_int_equal(to.class, TH_PEER_NODE);
    assert_int_equal(to.number, 1);
    assert_true(th_bytes_equal(to.route, TH_BYTES("r")));
    assert_int_equal(stop(f), 0);

    assert_int_equal(province_total(f->made, "W1", "2023", "P", "").value, 5);
    province_verify(f->made);
}

static void goes_on_where_it_stopped(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    const struct th_update second = revised(first, 2);
    send_batch(f, &first, 1);
    const struct th_decided before = wait_for_ack(f, 1);
    assert_int_equal(stop(f), 0);

    start(f);
    send_batch(f, &second, 1); // the roster is in the store
    const struct th_decided after = wait_for_ack(f, 2);
    assert_int_equal(after.version, before.version + 1);
    assert_int_equal(after.store_epoch, before.store_epoch + 1);
    assert_int_equal(stop(f), 0);
}

static void puts_aside_what_killed_it_twice(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    const struct marker_name name = {.node = 1, .epoch = 1, .seq = 1, .deaths = 2};
    assert_int_equal(stop(f), 0);
    f->marker = scratch_write(f->made->dir, "marker", (struct th_bytes){&name, sizeof(name)});
    start(f);

    const struct th_update update = figure("D1", "2023", "W1", 5);
    send_batch(f, &update, 1);
    WAIT_UNTIL(comes(f, TH_MSG_REFUSAL), DEADLINE_MS);
    struct th_refusal refusal;
    struct th_malformed why;
    EXPECT(TH_OK, th_refusal_read(f->parcel->parts[2], &f->arena, &refusal, &why));
    assert_int_equal(refusal.code, 3104);
    assert_int_equal(refusal.class, TH_REFUSE_STOP);
    assert_int_equal(stop(f), 0);
    free(f->marker);

    uint64_t dead = 0;
    EXPECT(TH_OK, th_store_count(province_store(f->made), TABLE_DEAD, &dead));
    province_end(f->made);
    assert_int_equal(dead, 1);
}

static void answers_questions_from_one_version(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        figure("D2", "2023", "W1", 7)};
    send_batch(f, updates, TH_COUNT(updates));
    (void)wait_for_ack(f, 1);
    const struct th_bytes measures[] = {TH_BYTES("W1")};
    struct th_query query = {
        .ask = TH_ASK_TOTALS, .lineage = TH_BYTES("p"), .measures = measures, .measure_count = 1};

    const struct th_answer totals = ask(f, &query);
    assert_int_equal(totals.code, 0);
    assert_true(totals.last);
    assert_int_equal(totals.version, 1);
    assert_int_equal(totals.line_count, 1);
    assert_int_equal(totals.lines[0].cell.value.value, 12);
    assert_int_equal(totals.lines[0].cell.reported, 2);

    query.ask = TH_ASK_SNAPSHOT;
    const struct th_answer snapshot = ask(f, &query);
    assert_int_equal(snapshot.topic_count, 1);
    assert_int_equal(snapshot.topics[0].seq, 1);
    assert_int_equal(snapshot.line_count, 3); // D1, D2, P
    assert_int_equal(snapshot.lines[0].cell.expected.has, true);

    query.ask = TH_ASK_STATE;
    const struct th_answer counts = ask(f, &query);
    assert_int_equal(counts.records, 2);
    assert_int_equal(counts.totals, 3);
    assert_int_equal(counts.nodes, 1);

    query.ask = TH_ASK_VERIFY;
    query.verify_level = TH_BYTES("full");
    const struct th_answer verified = ask(f, &query);
    assert_int_equal(verified.finding_count, 0);
    assert_int_equal(verified.records, 2);

    const struct th_bytes unknown[] = {TH_BYTES("ZZ")};
    query = (struct th_query){
        .ask = TH_ASK_TOTALS, .lineage = TH_BYTES("p"), .units = unknown, .unit_count = 1};
    const struct th_answer refused = ask(f, &query);
    assert_int_equal(refused.code, 5002);
    assert_true(th_bytes_equal(refused.detail, TH_BYTES("ZZ")));
    assert_int_equal(stop(f), 0);
}

static void say_much(struct fixture *f, unsigned batches)
{
    struct th_update updates[PROVINCE_UPDATES_MAX];
    static char dims[PROVINCE_UPDATES_MAX][24];
    for (unsigned b = 0; b < batches; b++) {
        for (size_t i = 0; i < TH_COUNT(updates); i++) {
            (void)snprintf(dims[i], sizeof(dims[i]), "post=p%u", b * 64 + (unsigned)i);
            updates[i] = figure("D1", "2023", "W1", 1);
            updates[i].staffing.dims = th_bytes_of(dims[i]);
        }
        send_batch(f, updates, TH_COUNT(updates));
    }
    assert_int_equal(wait_for_ack(f, batches).seq, batches);
}

static void grant_credit(struct fixture *f, uint32_t parts)
{
    uint8_t space[64];
    uint8_t head[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    struct th_writer head_writer = TH_WRITER(head);
    th_credit_write(&writer, &(struct th_credit){.parts = parts});
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_CREDIT, .node = 3, .correlation = 77};
    th_header_write(&head_writer, &header);
    const struct th_peer viewer = {.class = TH_PEER_VIEWER, .number = 3, .route = TH_BYTES("v")};
    EXPECT(TH_OK, query_ask(f->query, 0, &viewer, th_written(&head_writer), th_written(&writer)));
}

static struct th_answer next_part(struct fixture *f)
{
    struct th_answer answer;
    struct th_malformed why;
    WAIT_UNTIL(comes(f, TH_MSG_ANSWER), DEADLINE_MS);
    th_arena_reset(&f->arena);
    EXPECT(TH_OK, th_answer_read(f->parcel->parts[2], &f->arena, &answer, &why));
    return answer;
}

static void sends_no_more_parts_than_were_granted(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    say_much(f, 160); // 10,240 figures in two units each: more than 16 parts
    const struct th_query snapshot = {.ask = TH_ASK_SNAPSHOT, .lineage = TH_BYTES("p")};
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    struct th_answer part = ask(f, &snapshot);
    size_t lines = part.line_count;
    for (uint32_t i = 1; i < TH_ANSWER_CREDIT; i++) {
        part = next_part(f);
        assert_int_equal(part.part, i);
        assert_false(part.last);
        lines += part.line_count;
    }
    assert_int_equal(ask(f, &counts).records, 10240); // and not the 17th part

    grant_credit(f, 4);
    while (!part.last) {
        part = next_part(f);
        lines += part.line_count;
    }
    assert_int_equal(lines, 2 * 10240);
    assert_int_equal(stop(f), 0);
}

static void hands_out_the_register_that_it_names_under_credit(void **state)
{
    struct fixture *f = *state;
    enum { BUNDLE_BYTES = TH_ANSWER_CREDIT * TH_PART_BYTES_MAX + 100 };
    static char bundle[BUNDLE_BYTES];
    memset(bundle, 'b', sizeof(bundle));
    const struct th_bytes whole = {bundle, sizeof(bundle)};
    f->province.bundle = bundle;
    f->province.bundle_size = sizeof(bundle);
    th_hash256(f->province.digest, &whole, 1);
    give_roster(f);
    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    const struct th_query query = {.ask = TH_ASK_BUNDLE, .lineage = TH_BYTES("p")};

    struct th_answer part = ask(f, &counts);
    assert_true(part.has_bundle);
    assert_memory_equal(part.bundle_digest, f->province.digest, TH_HASH256_BYTES);
    assert_int_equal(part.bundle_part.size, 0);

    part = ask(f, &query);
    for (uint32_t i = 0; i < TH_ANSWER_CREDIT; i++) {
        part = i == 0 ? part : next_part(f);
        assert_int_equal(part.part, i);
        assert_int_equal(part.has_bundle, i == 0);
        assert_int_equal(part.bundle_bytes, BUNDLE_BYTES);
        assert_int_equal(part.bundle_part.size, TH_PART_BYTES_MAX);
        assert_false(part.last);
    }
    (void)ask(f, &counts); // and not the 17th part
    grant_credit(f, 1);
    part = next_part(f);
    assert_int_equal(part.bundle_part.size, 100);
    assert_true(part.last);
    assert_int_equal(stop(f), 0);
}

// Nothing is acknowledged that has no room, what was acknowledged stays, and questions go on.
static void takes_over_another_pace(void **state)
{
    struct fixture *f = *state;
    struct writer_pace pace = PACE;
    pace.judge.beat_ms = 10;

    writer_set_pace(f->writer, &pace);

    // At the usual pace this would take a minute.
    WAIT_UNTIL(writer_beat(f->writer) >= 60, DEADLINE_MS);
    assert_int_equal(stop(f), 0);
}

static void says_so_when_the_store_is_full(void **state)
{
    struct fixture *f = *state;
    give_roster(f);
    struct th_update updates[PROVINCE_UPDATES_MAX];
    static char dims[PROVINCE_UPDATES_MAX][24];
    uint64_t decided = 0;
    bool full = false;
    while (!full) {
        for (size_t i = 0; i < TH_COUNT(updates); i++) {
            (void)snprintf(dims[i], sizeof(dims[i]), "post=p%u-%u", (unsigned)decided, (unsigned)i);
            updates[i] = figure("D1", "2023", "W1", 1);
            updates[i].staffing.dims = th_bytes_of(dims[i]);
        }
        send_batch(f, updates, TH_COUNT(updates));
        WAIT_UNTIL(comes_ack_or_refusal(f), DEADLINE_MS);
        full = is_message(f->parcel, TH_MSG_REFUSAL);
        decided += full ? 0 : 1;
    }
    struct th_refusal refusal;
    struct th_malformed why;
    EXPECT(TH_OK, th_refusal_read(f->parcel->parts[2], &f->arena, &refusal, &why));
    assert_int_equal(refusal.code, 3109);
    assert_int_equal(refusal.class, TH_REFUSE_RETRY);

    const struct th_query counts = {.ask = TH_ASK_STATE, .lineage = TH_BYTES("p")};
    assert_int_equal(ask(f, &counts).records, decided * TH_COUNT(updates));
    assert_int_equal(stop(f), 0);
    province_verify(f->made);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(acknowledges_what_is_on_disk),
        CASE(goes_on_where_it_stopped),
        CASE(puts_aside_what_killed_it_twice),
        CASE(answers_questions_from_one_version),
        cmocka_unit_test_setup_teardown(says_so_when_the_store_is_full, setup_small, teardown),
        CASE(takes_over_another_pace),
        CASE(sends_no_more_parts_than_were_granted),
        CASE(hands_out_the_register_that_it_names_under_credit),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
