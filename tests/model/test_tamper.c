// test_tamper.c - what was decided cannot be changed afterwards without its showing, and where
//
// The insider of this test has the province's disk, our programs and all their keys but the signing
// key. He edits what stands in the store, one row at a time, and makes the check hashes fit again:
// verify must name the row, or its version. The receipts that were given out before are held
// against what he left: against the ledger read by a few lines of this test, whatever verify says.
// test_rewritten.c has the one who writes a whole other history.
//
//   TONGHOP_EDITS=N        so many edits (500)
//   TONGHOP_PLANTED=none   plant no bugs (fault.h)

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/planted.h"
#include "tests/support/story.h"
#include "tests/support/test.h"
#include "workers/ledger.h"
#include "workers/roots.h"
#include "workers/verify.h"

enum {
    EDITS = 500,
    VALUE_MAX = 64 * 1024,
    CASES = 5,
};

static struct th_check check_of(const struct story *story)
{
    return open_check(story->province->identity.store_id);
}

// ---- edits ----

enum edit { CHANGE, DELETE, INSERT, REORDER, TRUNCATE };

static const char *const EDIT_NAMES[CASES] = {"change", "delete", "insert", "reorder", "truncate"};
static const enum table HISTORY[] = {TABLE_LEDGER, TABLE_RECEIPT, TABLE_CHAIN, TABLE_REJECT};

struct row {
    struct key key;
    uint8_t value[VALUE_MAX]; // without its check hash
    size_t size;
};

static void row_at(struct story *story, unsigned table, uint64_t number, struct row *row)
{
    const struct th_store store = province_store(story->province);
    const struct th_check check = check_of(story);
    struct th_bytes key = {0};
    struct th_bytes value;
    EXPECT(TH_OK, th_store_seek(store, table, key, &key, &value));
    for (uint64_t i = 0; i < number; i++) {
        EXPECT(TH_OK, th_store_next(store, table, key, &key, &value));
    }
    EXPECT(TH_OK, th_check_open(&check, table, key, &value));
    assert_true(value.size <= sizeof(row->value));
    memcpy(row->key.bytes, key.data, key.size);
    row->key.size = key.size;
    memcpy(row->value, value.data, value.size);
    row->size = value.size;
}

static void put(struct story *story, unsigned table, const struct key *key, const struct row *row)
{
    static uint8_t space[VALUE_MAX + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    const struct th_check check = check_of(story);
    th_write_bytes(&value, (struct th_bytes){row->value, row->size});
    EXPECT(TH_OK,
           th_check_put(&check, province_store(story->province), table, key_view(key), &value));
}

static void drop(struct story *story, unsigned table, const struct key *key)
{
    EXPECT(TH_OK, th_store_remove(province_store(story->province), table, key_view(key)));
}

// What was done, so that a failure can be read; and where, so that findings can be compared.
struct done {
    enum edit edit;
    enum table table;
    struct row row;
    struct row other; // REORDER; INSERT: its key
    size_t byte;      // CHANGE
};

// A key that no row has, next to row's: behind it in its version, stream or calendar.
static struct key free_key(struct story *story, unsigned table, const struct row *row)
{
    struct key key = row->key;
    struct th_bytes value;
    do {
        for (size_t i = key.size; i > 0 && ++key.bytes[i - 1] == 0; i--) {
        }
    } while (th_store_get(province_store(story->province), table, key_view(&key), &value) == TH_OK);
    return key;
}

static void truncate_at(struct story *story, unsigned table, const struct key *from)
{
    const struct th_store store = province_store(story->province);
    struct th_bytes key;
    struct th_bytes value;
    while (th_store_seek(store, table, key_view(from), &key, &value) == TH_OK) {
        struct key copy = {.size = key.size};
        memcpy(copy.bytes, key.data, key.size);
        drop(story, table, &copy);
    }
}

// False: it would change nothing.
static bool edit_once(struct story *story, struct rng *rng, struct done *done)
{
    uint64_t count = 0;
    const struct th_store store = province_store(story->province);
    done->edit = (enum edit)rng_below(rng, CASES);
    done->table = HISTORY[rng_below(rng, TH_COUNT(HISTORY))];
    EXPECT(TH_OK, th_store_count(store, done->table, &count));
    assert_true(count > 1);
    const uint64_t number = rng_below(rng, (uint32_t)count);
    row_at(story, done->table, number, &done->row);
    struct row changed = done->row;
    switch (done->edit) {
    case CHANGE:
        done->byte = rng_below(rng, (uint32_t)changed.size);
        changed.value[done->byte] ^= (uint8_t)(1 << rng_below(rng, 8));
        put(story, done->table, &changed.key, &changed);
        return true;
    case DELETE:
        drop(story, done->table, &done->row.key);
        return true;
    case INSERT:
        done->other.key = free_key(story, done->table, &done->row);
        put(story, done->table, &done->other.key, &done->row);
        return true;
    case REORDER:
        row_at(story,
               done->table,
               (number + 1 + rng_below(rng, (uint32_t)count - 1)) % count,
               &done->other);
        put(story, done->table, &done->row.key, &done->other);
        put(story, done->table, &done->other.key, &done->row);
        return done->row.size != done->other.size ||
               memcmp(done->row.value, done->other.value, done->row.size) != 0;
    case TRUNCATE:
        truncate_at(story, done->table, &done->row.key);
        return true;
    }
    fail();
    return false;
}

// ---- what verify says ----

// In which version of the genuine history a row was written; 0: not known.
struct places {
    struct {
        uint32_t node;
        uint64_t seq;
        uint64_t version;
    } batches[2 * STORY_KEPT_MAX];
    size_t count;
    struct {
        struct key key;
        uint64_t version; // that closed it
    } days[2 * STORY_DAYS];
    size_t day_count;
    uint64_t versions;
};

static void learn_days(struct story *story, struct places *places)
{
    const struct th_store store = province_store(story->province);
    const struct th_check check = check_of(story);
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_CHAIN, key, &key, &value);
    while (err == TH_OK) {
        struct th_root root;
        EXPECT(TH_OK, th_check_open(&check, TABLE_CHAIN, key, &value));
        EXPECT(TH_OK, roots_read(key, value, TH_BYTES("p"), &root));
        assert_true(places->day_count < TH_COUNT(places->days));
        places->days[places->day_count].key = key_of_day(root.day);
        places->days[places->day_count++].version = root.last + 1;
        err = th_store_next(store, TABLE_CHAIN, key, &key, &value);
    }
}

static void learn_places(struct story *story, struct places *places)
{
    const struct th_store store = province_store(story->province);
    const struct th_check check = check_of(story);
    struct th_bytes key = {0};
    struct th_bytes value;
    *places = (struct places){.count = 0};
    enum th_err err = th_store_seek(store, TABLE_LEDGER, key, &key, &value);
    while (err == TH_OK) {
        struct ledger_key at;
        struct ledger_entry entry;
        EXPECT(TH_OK, key_read_ledger(key, &at));
        places->versions = at.version;
        EXPECT(TH_OK, th_check_open(&check, TABLE_LEDGER, key, &value));
        if (at.index != LEDGER_HEAD) {
            EXPECT(TH_OK, ledger_read(value, &entry));
            assert_true(places->count < TH_COUNT(places->batches));
            places->batches[places->count].node = entry.batch.node;
            places->batches[places->count].seq = entry.batch.seq;
            places->batches[places->count++].version = at.version;
        }
        err = th_store_next(store, TABLE_LEDGER, key, &key, &value);
    }
    learn_days(story, places);
    province_end(story->province);
}

static uint64_t
version_of(const struct places *places, unsigned table, struct th_bytes key, bool *known)
{
    struct ledger_key entry;
    struct numbered_key numbered;
    *known = true;
    if (table == TABLE_LEDGER && key_read_ledger(key, &entry) == TH_OK) {
        return entry.version;
    }
    const bool told = (table == TABLE_RECEIPT && key_read_receipt(key, &numbered) == TH_OK) ||
                      (table == TABLE_REJECT && key_read_reject(key, &numbered) == TH_OK);
    for (size_t i = 0; told && i < places->count; i++) {
        if (places->batches[i].node == numbered.node && places->batches[i].seq == numbered.seq) {
            return places->batches[i].version;
        }
    }
    for (size_t i = 0; table == TABLE_CHAIN && i < places->day_count; i++) {
        if (th_bytes_equal(key_view(&places->days[i].key), key)) {
            return places->days[i].version;
        }
    }
    *known = false;
    return 0;
}

struct seen {
    const struct places *places;
    const struct done *done;
    const struct verify_setup *setup;
    uint64_t findings;
    bool located;
};

// The very row, or one that was hashed with it: its version, or the next one.
static bool
is_near(const struct seen *seen, const struct verify_finding *finding, struct th_bytes key)
{
    bool known = false;
    bool known_too = false;
    const uint64_t version = version_of(seen->places, seen->done->table, key, &known);
    const uint64_t named = version_of(seen->places, finding->table, finding->key, &known_too);
    return (finding->table == seen->done->table && th_bytes_equal(finding->key, key)) ||
           (known && known_too && (named == version || named == version + 1));
}

static void note(void *self, const struct verify_finding *finding)
{
    struct seen *seen = self;
    const struct done *done = seen->done;
    // Each says in which table, under which key, what is wrong, and what to do.
    char text[1024];
    char place[64];
    (void)snprintf(place, sizeof(place), " %s/", TABLE_NAMES[finding->table]);
    (void)verify_text(seen->setup, finding, TH_LANG_EN, text, sizeof(text));
    assert_non_null(strstr(text, place));
    assert_non_null(strstr(text, " → "));
    seen->findings++;
    const bool both = done->edit == REORDER || done->edit == INSERT;
    seen->located = seen->located || is_near(seen, finding, key_view(&done->row.key)) ||
                    (both && is_near(seen, finding, key_view(&done->other.key))) ||
                    // A cut tail shows at what is still said to be decided.
                    (done->edit == TRUNCATE && finding->table == TABLE_NODE);
}

static void verify_with(struct story *story, struct seen *seen)
{
    const struct province *p = story->province;
    struct verify_result result;
    const struct verify_setup setup = {
        .store = province_store(story->province),
        .birth_id = p->identity.store_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    seen->setup = &setup;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, note, seen, &result));
}

// ---- what receipts say ----

// A batch of the ledger, with the chain over the bodies that stand there.
struct batch {
    uint32_t node;
    uint64_t seq;
    uint64_t version;
    uint8_t hash[TH_HASH256_BYTES];
};

struct batches {
    struct batch all[2 * STORY_KEPT_MAX];
    size_t count;
};

static void read_batches(struct story *story, struct batches *batches)
{
    uint8_t chains[STORY_NODES + 1][TH_HASH256_BYTES];
    const struct th_store store = province_store(story->province);
    const struct th_check check = check_of(story);
    struct th_bytes key = {0};
    struct th_bytes value;
    for (uint32_t node = 0; node <= STORY_NODES; node++) {
        const struct player *player = &story->players[node];
        const struct th_bytes lineage = th_bytes_of(story->province->identity.lineage);
        th_chain_start(chains[node], lineage, player->incarnation, node, player->epoch);
    }
    batches->count = 0;
    enum th_err err = th_store_seek(store, TABLE_LEDGER, key, &key, &value);
    for (; err == TH_OK; err = th_store_next(store, TABLE_LEDGER, key, &key, &value)) {
        struct ledger_key at;
        struct ledger_entry entry;
        if (th_check_open(&check, TABLE_LEDGER, key, &value) != TH_OK ||
            key_read_ledger(key, &at) != TH_OK || at.index == LEDGER_HEAD ||
            ledger_read(value, &entry) != TH_OK || entry.batch.node > STORY_NODES) {
            continue;
        }
        struct batch *batch = &batches->all[batches->count++];
        uint8_t *chain = chains[entry.batch.node];
        *batch =
            (struct batch){.node = entry.batch.node, .seq = entry.batch.seq, .version = at.version};
        th_chain_next(
            batch->hash, chain, batch->node, entry.batch.epoch, entry.batch.seq, entry.body);
        memcpy(chain, batch->hash, sizeof(batch->hash));
    }
}

static bool is_borne_out(const struct batches *batches, const struct th_receipt *receipt)
{
    for (size_t i = 0; i < batches->count; i++) {
        const struct batch *batch = &batches->all[i];
        if (batch->node == receipt->node && batch->seq == receipt->last &&
            batch->version == receipt->version &&
            memcmp(batch->hash, receipt->chain, sizeof(batch->hash)) == 0) {
            return true;
        }
    }
    return false;
}

// How many of the receipts given out does the store contradict?
static size_t contradicted(struct story *story)
{
    static struct batches batches;
    size_t count = 0;
    read_batches(story, &batches);
    for (size_t i = 0; i < story->receipt_count; i++) {
        const struct th_receipt receipt = paper_receipt(&story->receipts[i]);
        const bool stands =
            story_holds_receipt(story, &story->receipts[i]) && is_borne_out(&batches, &receipt);
        count += stands ? 0 : 1;
    }
    return count;
}

// Is a receipt, or what a receipt covers, no more what and where it was? Heads, outcomes, verdicts
// and roots are what roots and verify are for.
static bool breaks_receipts(const struct done *done)
{
    struct ledger_key at = {.version = 0};
    struct ledger_key other = {.version = 0};
    struct ledger_entry entry;
    if (done->table == TABLE_RECEIPT) { // a row has milliseconds, which its text has not
        return done->edit != INSERT && done->edit != CHANGE;
    }
    if (done->table != TABLE_LEDGER || done->edit == INSERT) {
        return false;
    }
    EXPECT(TH_OK, key_read_ledger(key_view(&done->row.key), &at));
    if (done->edit == REORDER) {
        EXPECT(TH_OK, key_read_ledger(key_view(&done->other.key), &other));
        const bool head = at.index == LEDGER_HEAD;
        return head != (other.index == LEDGER_HEAD) || (!head && at.version != other.version);
    }
    if (at.index == LEDGER_HEAD) {
        return false;
    }
    EXPECT(TH_OK, ledger_read((struct th_bytes){done->row.value, done->row.size}, &entry));
    return done->edit != CHANGE || done->byte >= done->row.size - entry.body.size;
}

static void every_edit_is_found_and_located(void **state)
{
    (void)state;
    const uint64_t edits = test_number("TONGHOP_EDITS", EDITS);
    struct rng rng;
    rng_start(&rng);
    struct story *story = story_write(rng_next(&rng));
    static struct places places;
    static struct done done;
    struct seen sound = {.places = &places, .done = &done};
    learn_places(story, &places);
    verify_with(story, &sound);
    assert_int_equal(sound.findings, 0);
    assert_true(story->receipt_count > 0);
    assert_int_equal(contradicted(story), 0);
    uint64_t receipts = 0;
    unsigned by_kind[CASES] = {0};
    for (uint64_t i = 0; i < edits;) {
        const bool edited = edit_once(story, &rng, &done);
        struct seen seen = {.places = &places, .done = &done};
        if (edited) {
            verify_with(story, &seen);
            const size_t broken = contradicted(story);
            assert_true(broken > 0 || !breaks_receipts(&done));
            receipts += broken;
            by_kind[done.edit]++;
            i++;
        }
        province_end(story->province);
        if (edited && (seen.findings == 0 || !seen.located)) {
            char hex[2 * KEY_BYTES_MAX + 1];
            fail_msg("%s of %s %s: %" PRIu64 " findings, %s",
                     EDIT_NAMES[done.edit],
                     TABLE_NAMES[done.table],
                     th_hex(key_view(&done.row.key), hex),
                     seen.findings,
                     seen.located ? "located" : "none of them there");
        }
    }
    print_message(
        "%" PRIu64 " edits of %" PRIu64 " versions: changes %u, deletions %u, insertions %u, "
        "swaps %u, cuts %u; all found and located; receipts contradicted %" PRIu64 ", before 0\n",
        edits,
        places.versions,
        by_kind[CHANGE],
        by_kind[DELETE],
        by_kind[INSERT],
        by_kind[REORDER],
        by_kind[TRUNCATE],
        receipts);
    story_forget(story);
}

// ---- planted bugs ----

static const struct {
    int number;
    const char *what;
} PLANTED[] = {
    {101, "what was told to nodes is not compared"},
    {102, "nobody looks for receipts and roots that follow from nothing"},
    {103, "the tree is not compared"},
    {104, "nobody looks for verdicts that follow from nothing"},
    {105, "what is wrong with the tree is said of the first version"},
};

static void planted_bugs_are_found(void **state)
{
    (void)state;
    const char *wanted = getenv("TONGHOP_PLANTED"); // NOLINT(concurrency-mt-unsafe): one thread
    const bool none = wanted != NULL && strcmp(wanted, "none") == 0;
    for (size_t i = 0; i < TH_COUNT(PLANTED) && !none; i++) {
        if (!planted_is_found(PLANTED[i].number, "TONGHOP_EDITS=5000")) {
            fail_msg("nobody sees bug %d: %s", PLANTED[i].number, PLANTED[i].what);
        }
    }
    print_message("%zu planted bugs found\n", none ? 0 : TH_COUNT(PLANTED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edit_is_found_and_located),
        cmocka_unit_test(planted_bugs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
