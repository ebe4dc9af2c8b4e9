// test_past_model.c - after any history, every earlier answer can be had again, byte for byte
//
// Random statements of several nodes are decided. After each turn the records and the totals of the
// store are remembered, and now and then the answers to a few questions, as CSV. Later, again and
// again, an earlier version is asked for: its records, its totals and its answers must be those
// that were remembered. Between two versions the updates told must make the difference, and all
// changes told must follow from each other.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/row.h"

#include "tests/support/statements.h"
#include "tests/support/telling.h"
#include "workers/ledger.h"
#include "workers/past.h"
#include "workers/table.h"

enum {
    NODES = 5,
    TURNS = 70,
    BATCHES_MAX = 3,
    ITEMS_MAX = 6,
    HISTORIES = 6,
    BYTES_MAX = 64 * 1024 * 1024,
};

static const char *const ROSTER[] = {"D1", "D2", "D3;A1", "P"};

// ---- questions ----

#define TEXT(text)               \
    {                            \
        (text), sizeof(text) - 1 \
    }
static const struct th_bytes DISTRICTS[] = {TEXT("D1"), TEXT("D2")};
static const struct th_bytes BY_UNIT[] = {TEXT("unit")};
static const struct th_bytes BY_ALL[] = {TEXT("unit"), TEXT("dims")};
static const struct th_bytes BY_RATING[] = {TEXT("rating"), TEXT("children")};
static const struct th_bytes BY_LEAF[] = {TEXT("leaf")};
static const struct th_bytes BY_CATEGORY[] = {TEXT("category")};
static const struct th_bytes BY_LEADER[] = {TEXT("leader"), TEXT("unit")};
static const struct th_bytes RATED[] = {TEXT("EV*")};
static const struct th_bytes YEAR[] = {TEXT("2024")};
static const struct th_bytes MEASURES[] = {TEXT("W1"), TEXT("o.x")};

static const struct th_query QUESTIONS[] = {
    {.ask = TH_ASK_TOTALS},
    {.ask = TH_ASK_TOTALS, .by = BY_UNIT, .by_count = 1},
    {.ask = TH_ASK_TOTALS, .by = BY_ALL, .by_count = 2},
    {.ask = TH_ASK_TOTALS, .by = BY_RATING, .by_count = 2},
    {.ask = TH_ASK_TOTALS,
     .units = DISTRICTS,
     .unit_count = 2,
     .by = BY_LEAF,
     .by_count = 1,
     .missing = true},
    {.ask = TH_ASK_TOTALS,
     .units = DISTRICTS,
     .unit_count = 1,
     .measures = RATED,
     .measure_count = 1,
     .by = BY_CATEGORY,
     .by_count = 1},
    {.ask = TH_ASK_TOTALS,
     .periods = YEAR,
     .period_count = 1,
     .measures = MEASURES,
     .measure_count = 2,
     .level = TEXT("commune")},
    {.ask = TH_ASK_TOTALS, .measures = RATED, .measure_count = 1, .by = BY_LEADER, .by_count = 2},
};

// ---- what is remembered ----

struct memory {
    uint8_t records[TH_HASH256_BYTES];
    uint8_t totals[TH_HASH256_BYTES];
    char *answers[TH_COUNT(QUESTIONS)]; // NULL: not asked
};

struct history {
    struct rng rng;
    struct province *province;
    struct naive naive;
    struct player players[NODES];
    struct memory memories[TURNS + 1]; // by version
    uint64_t version;
};

// ---- the store ----

struct bytes {
    uint8_t *data;
    size_t size;
    size_t max;
};

static void append(struct bytes *all, struct th_bytes bytes)
{
    if (all->data == NULL || all->size + bytes.size + 4 > all->max) {
        all->max = 2 * (all->max + bytes.size + 4);
        all->data = realloc(all->data, all->max);
        assert_non_null(all->data);
    }
    th_put_u32(all->data + all->size, (uint32_t)bytes.size);
    memcpy(all->data + all->size + 4, bytes.data, bytes.size);
    all->size += bytes.size + 4;
}

static void append_cell(struct bytes *all, struct th_bytes value)
{
    struct th_cell cell;
    uint64_t seq = 0;
    uint8_t space[256];
    struct th_writer writer = TH_WRITER(space);
    value.size -= TH_CHECK_BYTES;
    EXPECT(TH_OK, totals_read_cell(value, &cell, &seq));
    th_cell_write(&writer, &cell);
    append(all, th_written(&writer));
}

static void append_table(struct bytes *all, struct th_store store, unsigned table)
{
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        append(all, key);
        if (table == TABLE_TOTAL) { // without the number of its delta
            append_cell(all, value);
        } else {
            append(all, value);
        }
        err = th_store_next(store, table, key, &key, &value);
    }
    EXPECT(TH_E_NOT_FOUND, err);
}

static void hash_tables(struct th_store store, const unsigned *tables, size_t count, uint8_t *hash)
{
    struct bytes all = {.size = 0};
    for (size_t i = 0; i < count; i++) {
        append_table(&all, store, tables[i]);
    }
    const struct th_bytes whole = {.data = all.data, .size = all.size};
    th_hash256(hash, &whole, 1);
    free(all.data);
}

static const unsigned RECORDS[] = {
    TABLE_EVALUATION, TABLE_STAFFING, TABLE_TRANSFER, TABLE_FORM, TABLE_OPENING, TABLE_LEDGER};
static const unsigned TOTALS[] = {TABLE_TOTAL, TABLE_COVERAGE};

// ---- answers ----

static char *csv_of(const struct answer *answer)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    (void)fprintf(out,
                  "%llu %lld\n",
                  (unsigned long long)answer->head.version,
                  (long long)answer->head.wall_ms);
    for (size_t i = 0; i < answer->line_count; i++) {
        th_row_csv(out, &answer->list[i], answer->head.version);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static char *ask(struct history *h, size_t question, const char *known_at)
{
    struct th_query query = QUESTIONS[question];
    query.known_at = th_bytes_of(known_at);
    struct answer answer = province_answer(h->province, &query);
    assert_int_equal(answer.head.code, 0);
    char *text = csv_of(&answer);
    answer_free(&answer);
    return text;
}

static char *number_of(uint64_t version, char out[static 32])
{
    (void)snprintf(out, 32, "%llu", (unsigned long long)version);
    return out;
}

// ---- differences and changes ----

// The bytes of an answer without its first line and its versions.
static bool say_the_same(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        a = strchr(a, '\n') + 1;
        b = strchr(b, '\n') + 1;
        const char *end_a = strchr(a, '\n');
        const char *end_b = strchr(b, '\n');
        if (end_a == NULL || end_b == NULL) {
            return end_a == end_b;
        }
        while (*end_a != ',') {
            end_a--;
        }
        while (*end_b != ',') {
            end_b--;
        }
        if (end_a - a != end_b - b || memcmp(a, b, (size_t)(end_a - a)) != 0) {
            return false;
        }
    }
    return *a == *b;
}

static void look_between(struct history *h, uint64_t since, uint64_t until)
{
    char texts[2][32];
    const size_t question = rng_below(&h->rng, TH_COUNT(QUESTIONS));
    struct th_query query = QUESTIONS[question];
    query.ask = TH_ASK_DIFF;
    query.missing = false;
    query.known_at = th_bytes_of(number_of(since, texts[0]));
    query.known_to = th_bytes_of(number_of(until, texts[1]));
    struct answer answer = province_answer(h->province, &query);
    assert_int_equal(answer.head.code, 0);
    const size_t lines = telling_adds_up(answer.changes, answer.change_count);
    if (!QUESTIONS[question].missing) {
        char *was = ask(h, question, texts[0]);
        char *now = ask(h, question, texts[1]);
        assert_int_equal(lines == 0, say_the_same(was, now));
        free(was);
        free(now);
    }
    answer_free(&answer);
}

static void changes_follow_from_each_other(struct history *h)
{
    struct answer answer = province_answer(h->province, &(struct th_query){.ask = TH_ASK_CHANGES});
    assert_int_equal(telling_follows(answer.changes, answer.change_count), naive_live(&h->naive));

    const uint32_t limit = 1 + rng_below(&h->rng, 20);
    struct answer newest =
        province_answer(h->province, &(struct th_query){.ask = TH_ASK_CHANGES, .limit = limit});
    const size_t count = newest.change_count;
    assert_int_equal(count, answer.change_count < limit ? answer.change_count : limit);
    for (size_t i = 0; i < count; i++) {
        const struct th_change *same = &answer.changes[answer.change_count - count + i];
        assert_true(telling_same_key(&newest.changes[i], same));
        assert_int_equal(newest.changes[i].version, same->version);
    }
    answer_free(&newest);
    answer_free(&answer);
}

// ---- turns ----

struct sent {
    uint32_t node;
    uint64_t seq;
    struct th_update updates[ITEMS_MAX];
    size_t count;
};

// What was applied is what later statements are about.
static void learn(struct history *h, const struct sent *sent)
{
    struct province *p = h->province;
    struct player *player = &h->players[sent->node];
    player->verdict_seq = sent->seq - 1;
    province_ping(p, player);
    province_drain(p);
    const struct th_decided decided = province_decided(p, sent->node, TH_MSG_PONG);
    for (size_t i = 0; i < sent->count; i++) {
        unsigned code = 0;
        for (size_t v = 0; v < decided.verdict_count; v++) {
            const struct th_item_verdict *verdict = &decided.verdicts[v];
            code = verdict->seq == sent->seq && verdict->index == i ? verdict->verdict.code : code;
        }
        code = province_undoubted(code);
        if (naive_knows(code)) {
            assert_int_equal(naive_apply(&h->naive, sent->node, &sent->updates[i]), code);
        }
    }
}

static void one_turn(struct history *h)
{
    struct sent sent[BATCHES_MAX];
    const size_t count = 1 + rng_below(&h->rng, BATCHES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct sent *batch = &sent[i];
        batch->node = rng_below(&h->rng, NODES);
        batch->count = 1 + rng_below(&h->rng, ITEMS_MAX);
        for (size_t u = 0; u < batch->count; u++) {
            batch->updates[u] = statement_random(&h->rng, &h->naive);
        }
        province_batch(h->province, &h->players[batch->node], batch->updates, batch->count);
        batch->seq = h->players[batch->node].seq;
    }
    province_drain(h->province);
    h->version++;
    for (size_t i = 0; i < count; i++) {
        learn(h, &sent[i]);
    }
    h->province->now_ms += 1000;
}

static void remember(struct history *h)
{
    struct memory *memory = &h->memories[h->version];
    const struct th_store store = province_store(h->province);
    hash_tables(store, RECORDS, TH_COUNT(RECORDS), memory->records);
    hash_tables(store, TOTALS, TH_COUNT(TOTALS), memory->totals);
    province_end(h->province);
    for (size_t i = 0; i < TH_COUNT(QUESTIONS); i++) {
        memory->answers[i] = rng_chance(&h->rng, 40) ? ask(h, i, "") : NULL;
    }
}

static bool all_wanted(const void *self, struct th_bytes measure, struct th_period period)
{
    (void)self;
    (void)measure;
    (void)period;
    return true;
}

static void compare_store(struct history *h, uint64_t version)
{
    const struct memory *memory = &h->memories[version];
    struct province *p = h->province;
    const struct th_check check = open_check(p->identity.store_id);
    const struct th_store store = province_store(p);
    const struct verify_setup setup = {
        .birth_id = p->identity.store_id,
        .lineage = TH_BYTES("p"),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    uint8_t hash[TH_HASH256_BYTES];
    TH_SCOPED(past_close) struct past *past = NULL;
    EXPECT(TH_OK, past_open(store, &check, version, BYTES_MAX, &past));
    hash_tables(past_store(past), RECORDS, TH_COUNT(RECORDS), hash);
    assert_memory_equal(hash, memory->records, sizeof(hash));
    EXPECT(TH_OK, past_count(past, &setup, all_wanted, NULL));
    hash_tables(past_store(past), TOTALS, TH_COUNT(TOTALS), hash);
    assert_memory_equal(hash, memory->totals, sizeof(hash));
}

static void look_back(struct history *h, uint64_t version)
{
    char text[32];
    (void)number_of(version, text);
    compare_store(h, version);
    province_end(h->province);
    for (size_t i = 0; i < TH_COUNT(QUESTIONS); i++) {
        const char *wanted = h->memories[version].answers[i];
        if (wanted != NULL) {
            char *got = ask(h, i, text);
            assert_string_equal(got, wanted);
            free(got);
        }
    }
}

static void run(uint64_t seed)
{
    struct history *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    rng_seed(&h->rng, seed);
    h->province = province_make_on_disk();
    naive_start_small(&h->naive, h->province);
    province_roster(h->province, ROSTER, TH_COUNT(ROSTER));
    for (uint32_t i = 0; i < NODES; i++) {
        h->players[i] = player_of(i);
    }
    remember(h);
    for (int turn = 0; turn < TURNS; turn++) {
        one_turn(h);
        remember(h);
        look_back(h, rng_below(&h->rng, (uint32_t)h->version + 1));
        look_between(h,
                     rng_below(&h->rng, (uint32_t)h->version + 1),
                     rng_below(&h->rng, (uint32_t)h->version + 1));
        if (rng_chance(&h->rng, 5)) {
            province_restart(h->province);
        }
    }
    changes_follow_from_each_other(h);
    for (uint64_t version = 0; version <= h->version; version++) {
        look_back(h, version);
        for (size_t i = 0; i < TH_COUNT(QUESTIONS); i++) {
            free(h->memories[version].answers[i]);
        }
    }
    print_message("seed %llu: %llu versions, %llu live\n",
                  (unsigned long long)seed,
                  (unsigned long long)h->version,
                  (unsigned long long)naive_live(&h->naive));
    province_free(h->province);
    free(h);
}

static void every_earlier_answer_can_be_had_again(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < HISTORIES; i++) {
        run(rng_next(&rng));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_earlier_answer_can_be_had_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
