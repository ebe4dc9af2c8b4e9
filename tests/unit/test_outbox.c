// test_outbox.c - what the office recorded is queued in order, kept, chained and never renumbered

#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/store_memory.h"

#include "nodes/history.h"
#include "nodes/outbox.h"
#include "nodes/table.h"
#include "nodes/verdicts.h"
#include "tests/support/test.h"

struct fixture {
    struct th_store_memory *memory;
    struct th_store store;
    struct outbox box;
};

static const struct outbox_identity IDENTITY = {
    .node = 7,
    .epoch = 1,
    .incarnation = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .lineage = "hg93",
};

static const struct th_store_ops *plain;
static unsigned steps;

static enum th_err counted_prev(void *self,
                                unsigned table,
                                struct th_bytes before,
                                struct th_bytes *key,
                                struct th_bytes *value)
{
    steps++;
    return plain->prev(self, table, before, key, value);
}

static int setup(void **state)
{
    static struct fixture fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct fixture){.memory = th_store_memory_make()};
    fixture.store = th_store_memory_ops(fixture.memory);
    EXPECT(TH_OK, outbox_create(fixture.store, &IDENTITY));
    EXPECT(TH_OK, outbox_load(fixture.store, &fixture.box));
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    th_store_memory_free(f->memory);
    return 0;
}

static uint64_t queue(struct fixture *f, const char *const *bodies, size_t count)
{
    struct outbox_extent extent = {.count = count, .items = count, .queued_at = 1000};
    uint64_t first = 0;
    EXPECT(TH_OK, outbox_load(f->store, &f->box));
    EXPECT(TH_OK, outbox_draft_begin(&f->box, &extent.draft));
    for (size_t i = 0; i < count; i++) {
        const struct th_bytes body = th_bytes_of(bodies[i]);
        extent.bytes += body.size;
        EXPECT(TH_OK, outbox_draft_add(&f->box, extent.draft, (uint32_t)i, body, TH_BYTES("\1k")));
    }
    EXPECT(TH_OK, outbox_publish(&f->box, &extent, &first));
    th_store_memory_commit(f->memory);
    return first;
}

static uint64_t queue_one(struct fixture *f, const char *body)
{
    return queue(f, &body, 1);
}

static void crash(struct fixture *f)
{
    th_store_memory_abort(f->memory);
    EXPECT(TH_OK, outbox_load(f->store, &f->box));
}

static void numbers_are_dense_over_several_files(void **state)
{
    struct fixture *f = *state;
    const char *const three[] = {"january", "february", "march"};

    assert_int_equal(queue(f, three, 3), 1);
    assert_int_equal(queue_one(f, "april"), 4);

    struct th_bytes body;
    EXPECT(TH_OK, outbox_body(&f->box, 2, &body));
    assert_true(th_bytes_equal(body, TH_BYTES("february")));
    EXPECT(TH_OK, outbox_body(&f->box, 4, &body));
    assert_true(th_bytes_equal(body, TH_BYTES("april")));
    EXPECT(TH_E_NOT_FOUND, outbox_body(&f->box, 5, &body));
}

static void an_unpublished_draft_is_invisible_and_cleaned(void **state)
{
    struct fixture *f = *state;
    uint64_t draft = 0;
    bool more = true;
    queue_one(f, "january");
    EXPECT(TH_OK, outbox_draft_begin(&f->box, &draft));
    EXPECT(TH_OK, outbox_draft_add(&f->box, draft, 0, TH_BYTES("half"), TH_BYTES("\1k")));
    th_store_memory_commit(f->memory); // a bounded transaction of a large import; then the crash

    crash(f);
    assert_int_equal(f->box.last, 1);
    EXPECT(TH_OK, history_clean(&f->box, 100, &more));

    uint64_t bodies = 0;
    assert_false(more);
    EXPECT(TH_OK, th_store_count(f->store, NODE_BODY, &bodies));
    assert_int_equal(bodies, 1);
    EXPECT(TH_OK, history_check(&f->box));
}

static void keeps_counting_after_everything_was_decided_and_pruned(void **state)
{
    struct fixture *f = *state;
    size_t removed = 0;
    queue_one(f, "march");
    EXPECT(TH_OK, outbox_chain(&f->box, 10, 1000));
    EXPECT(TH_OK, outbox_decide(&f->box, 1, 5));
    EXPECT(TH_OK, outbox_verdicts_through(&f->box, 1));
    EXPECT(TH_OK, outbox_absorbed(&f->box, 1));
    EXPECT(TH_OK, history_prune(&f->box, 2000, UINT64_MAX, 10, &removed));
    th_store_memory_commit(f->memory);

    crash(f);

    assert_int_equal(removed, 1);
    assert_int_equal(queue_one(f, "april"), 2); // 1 again would look like a repeat and be dropped
}

static void the_chain_is_the_documented_one_and_survives_pruning(void **state)
{
    struct fixture *f = *state;
    const char *const two[] = {"march", "april"};
    uint8_t expected[32];
    uint8_t stored[32];
    size_t removed = 0;
    queue(f, two, 2);

    EXPECT(TH_OK, outbox_chain(&f->box, 10, 1000));

    th_chain_start(expected, TH_BYTES("hg93"), IDENTITY.incarnation, 7, 1);
    uint8_t next[32];
    th_chain_next(next, expected, 7, 1, 1, TH_BYTES("march"));
    th_chain_next(expected, next, 7, 1, 2, TH_BYTES("april"));
    EXPECT(TH_OK, outbox_hash(&f->box, 2, stored));
    assert_memory_equal(stored, expected, 32);

    EXPECT(TH_OK, outbox_decide(&f->box, 2, 1));
    EXPECT(TH_OK, outbox_verdicts_through(&f->box, 2));
    EXPECT(TH_OK, outbox_absorbed(&f->box, 2));
    EXPECT(TH_OK, history_prune(&f->box, 2000, UINT64_MAX, 10, &removed));
    assert_int_equal(removed, 2);
    EXPECT(TH_OK, outbox_hash(&f->box, 2, stored)); // the newest trimmed one: a WELCOME may name it
    EXPECT(TH_E_NOT_FOUND, outbox_hash(&f->box, 1, stored));
}

static void undecided_batches_are_never_pruned(void **state)
{
    struct fixture *f = *state;
    size_t removed = 0;
    const char *const two[] = {"march", "april"};
    queue(f, two, 2);
    EXPECT(TH_OK, outbox_chain(&f->box, 10, 1000));
    EXPECT(TH_OK, outbox_decide(&f->box, 1, 1));
    EXPECT(TH_OK, outbox_verdicts_through(&f->box, 1));
    EXPECT(TH_OK, outbox_absorbed(&f->box, 2));

    EXPECT(TH_OK, history_prune(&f->box, INT64_MAX, 0, 10, &removed));

    assert_int_equal(removed, 1);
    struct th_bytes body;
    EXPECT(TH_OK, outbox_body(&f->box, 2, &body));
}

static void an_answer_above_what_was_sent_is_refused(void **state)
{
    struct fixture *f = *state;
    queue_one(f, "march");

    EXPECT(TH_E_INVALID, outbox_decide(&f->box, 1, 1)); // queued, but never chained, so never sent
    EXPECT(TH_OK, outbox_chain(&f->box, 1, 1000));
    EXPECT(TH_OK, outbox_decide(&f->box, 1, 1));
    EXPECT(TH_OK, outbox_decide(&f->box, 0, 1)); // a repeated frame
    assert_int_equal(f->box.decided, 1);
}

static void another_store_decides_everything_again(void **state)
{
    struct fixture *f = *state;
    queue_one(f, "march");
    EXPECT(TH_OK, outbox_store_changed(&f->box, 11, 3));
    EXPECT(TH_OK, outbox_chain(&f->box, 1, 1000));
    EXPECT(TH_OK, outbox_decide(&f->box, 1, 1));

    EXPECT(TH_OK, outbox_store_changed(&f->box, 12, 1));

    assert_int_equal(f->box.decided, 0);
    assert_int_equal(f->box.store_epoch, 1);
    assert_int_equal(f->box.last, 1);
}

static void a_verdict_is_kept_once(void **state)
{
    struct fixture *f = *state;
    struct th_item_verdict verdict = {.seq = 1, .index = 3};
    struct th_item_verdict got;
    th_verdict_make(&verdict.verdict, 2203, 'a', "unit_code", "99999", NULL);

    EXPECT(TH_OK, verdicts_keep(&f->box, &verdict));
    EXPECT(TH_OK, verdicts_keep(&f->box, &verdict));

    assert_int_equal(f->box.refused, 1);
    EXPECT(TH_OK, verdicts_from(&f->box, 1, 0, &got));
    assert_int_equal(got.index, 3);
    assert_int_equal(got.verdict.variant, 'a');
    assert_string_equal(got.verdict.params[0], "99999");
    EXPECT(TH_E_NOT_FOUND, verdicts_from(&f->box, 1, 4, &got));
}

// Another district can cause them, as many as it likes.
static void the_newest_notices_are_kept(void **state)
{
    struct fixture *f = *state;
    struct th_notice notice = {.number = 0};
    uint64_t count = 0;
    th_verdict_make(&notice.item.verdict, 2316, 0, "person", "a", "b", "2018", NULL);
    for (uint64_t i = 1; i <= VERDICTS_NOTICES_MAX + 7; i++) {
        notice.number = i;
        EXPECT(TH_OK, verdicts_keep_notice(&f->box, &notice));
    }

    EXPECT(TH_OK, th_store_count(f->store, NODE_NOTICE, &count));
    assert_int_equal(count, VERDICTS_NOTICES_MAX);
    EXPECT(TH_OK, verdicts_notice_from(&f->box, 1, &notice));
    assert_int_equal(notice.number, 8);

    notice.number += 3 * VERDICTS_NOTICES_MAX; // away for long: the province kept the newest, too
    EXPECT(TH_OK, verdicts_keep_notice(&f->box, &notice));
    EXPECT(TH_OK, th_store_count(f->store, NODE_NOTICE, &count));
    assert_int_equal(count, 1);
}

// Each file is a draft: a node that sends figure by figure has very many, and all of them stay
// for weeks.
static void cleaning_looks_once_at_what_was_published(void **state)
{
    struct fixture *f = *state;
    uint64_t draft = 0;
    bool more = true;
    for (int i = 0; i < 300; i++) {
        queue_one(f, "january");
    }
    EXPECT(TH_OK, outbox_draft_begin(&f->box, &draft));
    EXPECT(TH_OK, outbox_draft_add(&f->box, draft, 0, TH_BYTES("half"), TH_BYTES("\1k")));
    struct th_store_ops counting = *f->store.ops;
    plain = f->store.ops;
    counting.prev = counted_prev;
    f->box.store.ops = &counting;
    steps = 0;

    EXPECT(TH_OK, history_clean(&f->box, 100, &more));

    f->box.store.ops = plain;
    assert_false(more);
    assert_true(steps <= 2 * 300);
    uint64_t bodies = 0;
    EXPECT(TH_OK, th_store_count(f->store, NODE_BODY, &bodies));
    assert_int_equal(bodies, 300);
}

static void a_flipped_bit_in_a_mark_is_corrupt(void **state)
{
    struct fixture *f = *state;
    struct th_bytes value;
    uint8_t copy[256];
    const struct th_bytes key = TH_BYTES("session");
    EXPECT(TH_OK, th_store_get(f->store, NODE_MARK, key, &value));
    memcpy(copy, value.data, value.size);
    copy[1] ^= 1;
    EXPECT(TH_OK, th_store_put(f->store, NODE_MARK, key, (struct th_bytes){copy, value.size}));

    EXPECT(TH_E_CORRUPT, outbox_load(f->store, &f->box));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_dense_over_several_files, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_unpublished_draft_is_invisible_and_cleaned, setup, teardown),
        cmocka_unit_test_setup_teardown(
            keeps_counting_after_everything_was_decided_and_pruned, setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_chain_is_the_documented_one_and_survives_pruning, setup, teardown),
        cmocka_unit_test_setup_teardown(undecided_batches_are_never_pruned, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_above_what_was_sent_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_store_decides_everything_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_verdict_is_kept_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_notices_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(cleaning_looks_once_at_what_was_published, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flipped_bit_in_a_mark_is_corrupt, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
