// test_record.c - keys and values of records: read back, compared, summed up

#include <string.h>

#include "tests/support/test.h"
#include "workers/record.h"
#include "workers/table.h"

static const uint8_t PERSON[PERSON_BYTES] = {1, 2, 3};

static struct th_check check(void)
{
    return th_check_of(TH_BYTES("a store"));
}

static struct th_period period_of(const char *text)
{
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(text), &period));
    return period;
}

static void reads_keys_back(void **state)
{
    (void)state;
    const struct th_period period = period_of("2023Q2");
    struct record_key record;
    struct figure_key figure;
    struct coverage_key coverage;
    struct topic_key topic;

    struct key key = key_of_record(7, period, TH_BYTES("SC"), TH_BYTES("cadre"), PERSON);
    EXPECT(TH_OK, key_read_record(key_view(&key), &record));
    assert_int_equal(record.uid, 7);
    assert_true(th_period_equal(record.period, period));
    assert_true(th_bytes_equal(record.scheme, TH_BYTES("SC")));
    assert_true(th_bytes_equal(record.category, TH_BYTES("cadre")));
    assert_memory_equal(record.person, PERSON, PERSON_BYTES);

    key = key_of_figure(7, period, TH_BYTES("W1"), TH_BYTES(""));
    EXPECT(TH_OK, key_read_figure(key_view(&key), &figure));
    assert_true(th_bytes_equal(figure.measure, TH_BYTES("W1")));
    assert_int_equal(figure.dims.size, 0);

    key = key_of_total(TH_BYTES("W1"), period, 7, TH_BYTES("post=head"));
    EXPECT(TH_OK, key_read_total(key_view(&key), &figure));
    assert_int_equal(figure.uid, 7);
    assert_true(th_bytes_equal(figure.dims, TH_BYTES("post=head")));

    key = key_of_person(TH_BYTES("SC"), period, TH_BYTES("cadre"), PERSON);
    EXPECT(TH_OK, key_read_person(key_view(&key), &coverage));
    assert_memory_equal(coverage.person, PERSON, PERSON_BYTES);

    const struct key of_topic = key_of_topic(TH_BYTES("W1"), period);
    key = key_of_delta(key_view(&of_topic), 9);
    EXPECT(TH_OK, key_read_delta(key_view(&key), &topic));
    assert_int_equal(topic.seq, 9);
}

static void fits_the_longest_key(void **state)
{
    (void)state;
    char measure[81] = "";
    char dims[97] = "";
    memset(measure, 'm', sizeof(measure) - 1);
    memset(dims, 'd', sizeof(dims) - 1);
    const struct key key =
        key_of_total(th_bytes_of(measure), period_of("2023"), 1, th_bytes_of(dims));
    assert_true(key.size <= KEY_BYTES_MAX);
}

static void refuses_keys_that_are_cut_or_too_long(void **state)
{
    (void)state;
    struct key key = key_of_total(TH_BYTES("W1"), period_of("2023"), 7, TH_BYTES("a=b"));
    struct figure_key parts;
    for (size_t size = 0; size < key.size; size++) {
        EXPECT(TH_E_CORRUPT, key_read_total((struct th_bytes){key.bytes, size}, &parts));
    }
    key.bytes[key.size] = 0;
    EXPECT(TH_E_CORRUPT, key_read_total((struct th_bytes){key.bytes, key.size + 1}, &parts));
}

// ---- values ----

static struct th_update evaluation(void)
{
    return (struct th_update){
        .kind = TH_KIND_EVALUATION,
        .evaluation = {.person = TH_BYTES("an"),
                       .score = {.has = true, .value = 8750},
                       .rating = {.has = true, .value = 3},
                       .leader = {.has = true, .value = 0},
                       .managed_by = TH_BYTES("centre")},
    };
}

static unsigned table_of(const struct th_update *update)
{
    return update->kind == TH_KIND_STAFFING ? TABLE_STAFFING : TABLE_EVALUATION;
}

static struct th_bytes
value_of(const struct th_update *update, uint32_t revision, uint8_t out[static RECORD_BYTES_MAX])
{
    const struct th_check key = check();
    const struct origin origin = {.node = 3, .epoch = 2, .seq = 300, .index = 255};
    struct th_judged judged = {
        .update = update, .revision = revision, .withdraw = update->op == TH_OP_WITHDRAW};
    if (update->kind == TH_KIND_STAFFING) {
        judged.qualifier = update->staffing.qualifier;
        judged.has_value = update->staffing.value.has;
        judged.value = update->staffing.value.value;
        judged.has_of = update->staffing.of.has;
        judged.of = update->staffing.of.value;
    }
    if (update->kind == TH_KIND_COLLECTIVE) {
        judged.collective_kind = (uint32_t)update->collective.score.value;
    }
    struct th_writer writer = {.data = out, .max = RECORD_BYTES_MAX};
    record_write(&writer, &key, &judged, &origin);
    return th_written(&writer);
}

static struct record
written(const struct th_update *update, uint32_t revision, uint8_t out[static RECORD_BYTES_MAX])
{
    struct record record;
    EXPECT(TH_OK, record_read(table_of(update), value_of(update, revision, out), &record));
    return record;
}

static void reads_values_back(void **state)
{
    (void)state;
    uint8_t space[RECORD_BYTES_MAX];
    const struct th_update said = evaluation();
    const struct record record = written(&said, 5, space);

    assert_true(record.live);
    assert_int_equal(record.revision, 5);
    assert_int_equal(record.source.node, 3);
    assert_int_equal(record.source.seq, 300);
    assert_int_equal(record.source.index, 255);
    assert_int_equal(record.score.value, 8750);
    assert_int_equal(record.rating.value, 3);
    assert_true(th_bytes_equal(record.person, TH_BYTES("an")));

    const struct th_update figure = {.kind = TH_KIND_STAFFING,
                                     .staffing = {.qualifier = TH_QUALIFIER_OVER,
                                                  .value = {.has = true, .value = -12},
                                                  .of = {.has = true, .value = 40}}};
    const struct record counted = written(&figure, 1, space);
    assert_int_equal(counted.figure.value, -12);
    assert_int_equal(counted.figure.of, 40);
    assert_int_equal(counted.figure.qualifier, TH_QUALIFIER_OVER);
    assert_false(counted.figure.has_levels);
}

// Each field alone makes a difference, the moment of entry and the revision do not.
static void compares_all_fields_but_the_moment_of_entry(void **state)
{
    (void)state;
    uint8_t first[RECORD_BYTES_MAX];
    uint8_t second[RECORD_BYTES_MAX];
    const struct th_update said = evaluation();
    struct th_update same = said;
    same.entered_at = 99;
    const struct record a = written(&said, 1, first);
    struct record b = written(&same, 2, second);
    assert_true(record_same_content(&a, &b));

    struct th_update others[9];
    for (size_t i = 0; i < TH_COUNT(others); i++) {
        others[i] = said;
    }
    others[0].note = TH_BYTES("x");
    others[1].basis = TH_BYTES("x");
    others[2].evaluation.rating.has = false;
    others[3].evaluation.score.value++;
    others[4].evaluation.leader.value = 1;
    others[5].evaluation.leader.has = false;
    others[6].evaluation.job_group = TH_BYTES("x");
    others[7].evaluation.person = TH_BYTES("binh");
    others[8].op = TH_OP_WITHDRAW;
    for (size_t i = 0; i < TH_COUNT(others); i++) {
        b = written(&others[i], 1, second);
        assert_false(record_same_content(&a, &b));
    }
}

static void refuses_values_that_are_cut_or_of_another_version(void **state)
{
    (void)state;
    uint8_t space[RECORD_BYTES_MAX];
    const struct th_update said = evaluation();
    const struct record whole = written(&said, 1, space);
    const size_t size = (size_t)((const uint8_t *)whole.content.data - space) + whole.content.size;
    struct record record;
    for (size_t i = 0; i < size; i++) {
        EXPECT(TH_E_CORRUPT, record_read(TABLE_EVALUATION, (struct th_bytes){space, i}, &record));
    }
    space[0] = RECORD_VERSION + 1;
    EXPECT(TH_E_CORRUPT,
           record_read(TABLE_EVALUATION, (struct th_bytes){space, size + 6}, &record));
}

static void refuses_numbers_that_stand_for_no_word(void **state)
{
    (void)state;
    uint8_t space[RECORD_BYTES_MAX];
    struct record record;
    struct th_update reason = evaluation();
    struct th_update figure = {.kind = TH_KIND_STAFFING};
    struct th_update body = {.kind = TH_KIND_COLLECTIVE};
    for (int number = 0; number < 9; number++) {
        reason.evaluation.reason = (uint32_t)number;
        figure.staffing.qualifier = (uint32_t)number;
        body.collective.score.value = number; // its kind
        EXPECT(number <= TH_REASON_OTHER ? TH_OK : TH_E_CORRUPT,
               record_read(TABLE_EVALUATION, value_of(&reason, 1, space), &record));
        EXPECT(number >= TH_QUALIFIER_EXACT && number <= TH_QUALIFIER_ABOUT ? TH_OK : TH_E_CORRUPT,
               record_read(TABLE_STAFFING, value_of(&figure, 1, space), &record));
        EXPECT(number <= TH_COLLECTIVE_MASS_ORG ? TH_OK : TH_E_CORRUPT,
               record_read(TABLE_EVALUATION, value_of(&body, 1, space), &record));
    }
}

static void sums_up_records_in_any_order(void **state)
{
    (void)state;
    uint8_t spaces[3][RECORD_BYTES_MAX];
    struct record records[3];
    const struct th_bytes keys[] = {TH_BYTES("a"), TH_BYTES("b"), TH_BYTES("c")};
    const struct th_update said = evaluation();
    for (size_t i = 0; i < 3; i++) {
        records[i] = written(&said, (uint32_t)i + 1, spaces[i]);
    }
    struct digest forward = {.count = 0};
    struct digest backward = {.count = 0};
    for (size_t i = 0; i < 3; i++) {
        digest_add(&forward, TABLE_EVALUATION, keys[i], &records[i]);
        digest_add(&backward, TABLE_EVALUATION, keys[2 - i], &records[2 - i]);
    }
    assert_memory_equal(&forward, &backward, sizeof(forward));
    for (size_t i = 0; i < 3; i++) {
        digest_take(&forward, TABLE_EVALUATION, keys[i], &records[i]);
    }
    const struct digest empty = {.count = 0};
    assert_memory_equal(&forward, &empty, sizeof(forward));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_back),
        cmocka_unit_test(fits_the_longest_key),
        cmocka_unit_test(refuses_keys_that_are_cut_or_too_long),
        cmocka_unit_test(reads_values_back),
        cmocka_unit_test(compares_all_fields_but_the_moment_of_entry),
        cmocka_unit_test(refuses_values_that_are_cut_or_of_another_version),
        cmocka_unit_test(refuses_numbers_that_stand_for_no_word),
        cmocka_unit_test(sums_up_records_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
