// test_tamper.c - what was decided cannot be changed afterwards without its showing, and where
//
// The insider of these tests has the province's disk, our programs and all their keys but the
// signing key. First he edits what stands in the store, one row at a time, and makes the check
// hashes fit again: verify must name the row, or its version. Then he writes a whole other history,
// with every hash right: the store is sound in itself, and no receipt and no root that was given
// out before fits it from the change on.
//
// 500 edits; TONGHOP_EDITS says how many more.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/root.h"

#include "tests/support/story.h"
#include "tests/support/test.h"
#include "workers/issue.h"
#include "workers/roots.h"
#include "workers/tree.h"
#include "workers/verify.h"

enum {
    EDITS = 500,
    VALUE_MAX = 64 * 1024,
    CASES = 5,
};

// ---- do papers fit a store? ----

static struct th_check check_of(const struct story *story)
{
    return open_check(story->province->identity.store_id);
}

static bool receipt_stands(struct story *story, const struct paper *paper)
{
    struct th_receipt receipt;
    struct th_receipt stored;
    struct issue issue;
    struct th_bytes value;
    const struct th_check check = check_of(story);
    const struct th_store store = province_store(story->province);
    assert_int_equal(th_receipt_read(paper_text(paper), &receipt, NULL), TH_FLAW_NONE);
    const struct numbered_key at = {
        .node = receipt.node, .epoch = receipt.epoch, .seq = receipt.last};
    const struct key key = key_of_dead(at.node, at.epoch, at.seq);
    if (th_check_get(&check, store, TABLE_RECEIPT, key_view(&key), &value) != TH_OK ||
        issue_read(value, &issue) != TH_OK) {
        return false;
    }
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    issue_receipt(&issue, &at, th_bytes_of(receipt.lineage), &stored);
    memcpy(stored.key, receipt.key, sizeof(stored.key));
    th_receipt_write(&writer, &stored);
    return th_bytes_equal(th_written(&writer), paper_text(paper));
}

static bool root_stands(struct story *story, const struct paper *paper)
{
    struct th_root root;
    struct th_merkle tree;
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_check check = check_of(story);
    assert_int_equal(th_root_read(paper_text(paper), &root, NULL), TH_FLAW_NONE);
    const struct tree_reader reader = {.store = province_store(story->province),
                                       .check = &check,
                                       .base = root.last - root.commits};
    if (tree_load(&reader, root.last, &tree) != TH_OK) {
        return false;
    }
    th_merkle_root(&tree, hash);
    return memcmp(hash, root.root, sizeof(hash)) == 0;
}

static struct th_receipt receipt_of(const struct paper *paper)
{
    struct th_receipt receipt;
    assert_int_equal(th_receipt_read(paper_text(paper), &receipt, NULL), TH_FLAW_NONE);
    return receipt;
}

// Had this node a batch in that version?
static bool spoke(const struct story *story, uint32_t node, uint64_t version)
{
    bool found = false;
    for (size_t i = 0; i < story->receipt_count; i++) {
        const struct th_receipt receipt = receipt_of(&story->receipts[i]);
        found = found || (receipt.node == node && receipt.version == version);
    }
    return found;
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
        changed.value[rng_below(rng, (uint32_t)changed.size)] ^= (uint8_t)(1 << rng_below(rng, 8));
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
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, note, seen, &result));
}

static void every_edit_is_found_and_located(void **state)
{
    (void)state;
    const char *more = getenv("TONGHOP_EDITS"); // NOLINT(concurrency-mt-unsafe): one thread
    const unsigned long edits = more != NULL ? strtoul(more, NULL, 10) : EDITS;
    struct rng rng;
    rng_start(&rng);
    struct story *story = story_write(rng_next(&rng), -1);
    static struct places places;
    static struct done done;
    struct seen sound = {.places = &places, .done = &done};
    learn_places(story, &places);
    verify_with(story, &sound);
    assert_int_equal(sound.findings, 0);
    unsigned by_kind[CASES] = {0};
    for (unsigned long i = 0; i < edits;) {
        const bool edited = edit_once(story, &rng, &done);
        struct seen seen = {.places = &places, .done = &done};
        if (edited) {
            verify_with(story, &seen);
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
    print_message("%lu edits of %" PRIu64 " versions: changes %u, deletions %u, insertions %u, "
                  "swaps %u, cuts %u; all found and located\n",
                  edits,
                  places.versions,
                  by_kind[CHANGE],
                  by_kind[DELETE],
                  by_kind[INSERT],
                  by_kind[REORDER],
                  by_kind[TRUNCATE]);
    story_forget(story);
}

// ---- another history, right in itself ----

static void what_was_given_out_fits_its_own_history_and_no_other(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    const uint64_t seed = rng_next(&rng);
    struct story *genuine = story_write(seed, -1);
    assert_true(genuine->root_count > 0);
    for (size_t i = 0; i < genuine->receipt_count; i++) {
        assert_true(receipt_stands(genuine, &genuine->receipts[i]));
    }
    for (size_t i = 0; i < genuine->root_count; i++) {
        assert_true(root_stands(genuine, &genuine->roots[i]));
    }
    province_end(genuine->province);

    static const int CHANGED[] = {
        0, 7, STORY_TURNS_A_DAY, STORY_DAYS * STORY_TURNS_A_DAY - 2 * STORY_TURNS_A_DAY};
    for (size_t c = 0; c < TH_COUNT(CHANGED); c++) {
        struct story *other = story_write(seed, CHANGED[c]);
        province_verify(other->province);               // no hash of its own is wrong
        const uint64_t from = (uint64_t)CHANGED[c] + 1; // version
        size_t broken = 0;
        for (size_t i = 0; i < genuine->receipt_count; i++) {
            // h(n) covers all of a node's batches: what comes behind the changed one, too.
            const struct th_receipt receipt = receipt_of(&genuine->receipts[i]);
            const bool stands = receipt.version < from || !spoke(genuine, receipt.node, from);
            assert_true(receipt_stands(other, &genuine->receipts[i]) == stands);
            broken += stands ? 0 : 1;
        }
        for (size_t i = 0; i < genuine->root_count; i++) {
            struct th_root root;
            assert_int_equal(th_root_read(paper_text(&genuine->roots[i]), &root, NULL),
                             TH_FLAW_NONE);
            // A root covers all nodes: whoever holds one sees it.
            assert_true(root_stands(other, &genuine->roots[i]) == (root.last < from));
        }
        print_message("from version %" PRIu64 " on: %zu of %zu receipts fit no more\n",
                      from,
                      broken,
                      genuine->receipt_count);
        province_end(other->province);
        story_forget(other);
    }
    story_forget(genuine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edit_is_found_and_located),
        cmocka_unit_test(what_was_given_out_fits_its_own_history_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
