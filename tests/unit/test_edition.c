// test_edition.c - rows of editions, which measures are about people, and when an edition is due

#include <string.h>

#include "tonghop/store_memory.h"

#include "tests/support/catalogue.h"
#include "tests/support/test.h"
#include "workers/edition.h"
#include "workers/edition_spec.h"
#include "workers/publisher.h"

static struct public_groups groups;

static void make_groups(bool scored)
{
    struct public_spec spec = {.scored = scored, .below_levels = 1};
    static const char *const LEVELS[] = {"1", "2", "3"};
    for (size_t i = 0; i < TH_COUNT(LEVELS); i++) {
        spec.level.members[spec.level.count++] = th_bytes_of(LEVELS[i]);
    }
    spec.category.members[spec.category.count++] = TH_BYTES("cadre");
    EXPECT(TH_OK, public_groups_make(&spec, &groups));
}

static void keys_are_read_as_they_were_made(void **state)
{
    (void)state;
    struct th_period period;
    struct edition_key parts;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2024"), &period));
    const struct key head = key_of_edition_head(7);
    EXPECT(TH_OK, key_read_edition(key_view(&head), &parts));
    assert_int_equal(parts.table.size, 0);
    assert_int_equal(parts.number, 7);
    const struct key row = key_of_edition(TH_BYTES("EV01/S"), period, 8, 9);
    EXPECT(TH_OK, key_read_edition(key_view(&row), &parts));
    assert_true(th_bytes_equal(parts.table, TH_BYTES("EV01/S")));
    assert_true(th_period_equal(parts.period, period));
    assert_int_equal(parts.number, 8);
    assert_int_equal(parts.uid, 9);
    const struct key prefix = key_of_editions(TH_BYTES("EV01/S"), period);
    assert_true(th_bytes_begins(key_view(&row), key_view(&prefix)));
    assert_true(th_bytes_compare(key_view(&head), key_view(&row)) < 0);
    EXPECT(TH_E_CORRUPT, key_read_edition((struct th_bytes){row.bytes, row.size - 1}, &parts));
}

static void the_newest_head_is_found_before_the_tables(void **state)
{
    (void)state;
    const struct th_check check = th_check_of(TH_BYTES("store"));
    struct th_store_memory *memory = th_store_memory_make();
    const struct th_store store = th_store_memory_ops(memory);
    struct edition_head newest;
    EXPECT(TH_E_NOT_FOUND, edition_newest(store, &check, &newest));
    for (uint32_t number = 0; number < 3; number++) {
        const struct edition_head head = {.moment_ms = 1000 * number,
                                          .version = 10 * number,
                                          .made = EDITION_LATE,
                                          .renewed = 1,
                                          .same = 2,
                                          .kept = 3,
                                          .waiting = 4,
                                          .closed = 5,
                                          .shown = 6,
                                          .hidden = 7};
        uint8_t bytes[128];
        struct th_writer writer = TH_WRITER(bytes);
        const struct key key = key_of_edition_head(number);
        edition_write_head(&writer, &head);
        EXPECT(TH_OK, th_check_put(&check, store, TABLE_EDITION, key_view(&key), &writer));
    }
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2024"), &period));
    const struct key row = key_of_edition(TH_BYTES("EV07"), period, 2, 0);
    EXPECT(TH_OK, th_store_put(store, TABLE_EDITION, key_view(&row), TH_BYTES("x")));
    EXPECT(TH_OK, edition_newest(store, &check, &newest));
    assert_int_equal(newest.number, 2);
    assert_int_equal(newest.moment_ms, 2000);
    assert_int_equal(newest.version, 20);
    assert_int_equal(newest.made, EDITION_LATE);
    assert_int_equal(newest.waiting, 4);
    assert_int_equal(newest.hidden, 7);
    EXPECT(TH_OK, edition_head_of(store, &check, 1, &newest));
    assert_int_equal(newest.number, 1);
    EXPECT(TH_E_NOT_FOUND, edition_head_of(store, &check, 3, &newest));
    th_store_memory_free(memory);
}

static void a_units_row_keeps_people_marks_and_what_is_shown(void **state)
{
    (void)state;
    make_groups(true);
    int64_t people[2][TH_SUPPRESS_KINDS_MAX] = {{0}};
    uint16_t marks[2][(PUBLIC_MEMBERS_MAX + 1) * TH_SUPPRESS_MARKS] = {{0}};
    uint8_t shown[2][TH_SUPPRESS_GROUPS_MAX] = {{0}};
    people[0][0] = 3;
    people[0][groups.kind_count - 1] = 123456789;
    marks[0][TH_SUPPRESS_MARKS - 1] = 65535;
    shown[0][0] = shown[0][9] = 1;
    struct edition_unit unit = {77, people[0], marks[0], shown[0]};
    uint8_t bytes[EDITION_UNIT_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    edition_write_unit(&writer, &groups, &unit);
    struct edition_unit read = {0, people[1], marks[1], shown[1]};
    EXPECT(TH_OK, edition_read_unit(th_written(&writer), &groups, &read));
    assert_int_equal(read.parent, 77);
    assert_memory_equal(people[0], people[1], sizeof(people[0]));
    assert_memory_equal(marks[0], marks[1], sizeof(marks[0]));
    assert_memory_equal(shown[0], shown[1], sizeof(shown[0]));
    // Every shorter piece of it is damage, and so are its numbers under fewer kinds.
    for (size_t size = 0; size < writer.size; size++) {
        EXPECT(TH_E_CORRUPT, edition_read_unit((struct th_bytes){bytes, size}, &groups, &read));
    }
    make_groups(false);
    EXPECT(TH_E_CORRUPT, edition_read_unit(th_written(&writer), &groups, &read));
}

static void a_layout_says_what_kinds_and_groups_are(void **state)
{
    (void)state;
    uint8_t bytes[2][EDITION_LAYOUT_MAX];
    struct th_writer one = TH_WRITER(bytes[0]);
    struct th_writer other = TH_WRITER(bytes[1]);
    make_groups(true);
    edition_write_layout(&one, &groups);
    make_groups(false);
    edition_write_layout(&other, &groups);
    assert_false(th_bytes_equal(th_written(&one), th_written(&other)));
    const struct edition_renewal renewal = {5, 20, th_written(&one)};
    struct edition_renewal read;
    uint8_t row[EDITION_LAYOUT_MAX + 64];
    struct th_writer writer = TH_WRITER(row);
    edition_write_renewal(&writer, &renewal);
    EXPECT(TH_OK, edition_read_renewal(th_written(&writer), &read));
    assert_int_equal(read.threshold, 5);
    assert_int_equal(read.share_base, 20);
    assert_true(th_bytes_equal(read.layout, renewal.layout));
}

// Bytes as docs/storage.md has them: stores of every release hold such rows.
static void rows_have_the_bytes_that_stores_have(void **state)
{
    (void)state;
    uint8_t bytes[EDITION_LAYOUT_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    const struct edition_head head = {.moment_ms = 1763000001000,
                                      .version = 300,
                                      .made = EDITION_LATE,
                                      .renewed = 1,
                                      .same = 2,
                                      .kept = 3,
                                      .waiting = 4,
                                      .closed = 5,
                                      .shown = 128,
                                      .hidden = 6};
    edition_write_head(&writer, &head);
    assert_memory_equal(
        bytes, "\x01\xd0\x87\xe9\xaf\xcf\x66\xac\x02\x02\x01\x02\x03\x04\x05\x80\x01\x06", 18);
    assert_int_equal(writer.size, 18);

    make_groups(false);
    writer = TH_WRITER(bytes);
    edition_write_layout(&writer, &groups);
    assert_memory_equal(bytes,
                        "\x01\x05"
                        "cadre\x03\x01"
                        "1\x01"
                        "2\x01"
                        "3"
                        "\x03\x00\x00\x00\x00\x01\x00\x00\x02\x00"
                        "\x08\x00\x00\xfe\xfe\x00\x00\x00\xfe",
                        32);

    int64_t people[TH_SUPPRESS_KINDS_MAX] = {[1] = 200, [2] = 3};
    uint16_t marks[(PUBLIC_MEMBERS_MAX + 1) * TH_SUPPRESS_MARKS] = {0};
    uint8_t shown[TH_SUPPRESS_GROUPS_MAX] = {[0] = 1, [3] = 1};
    const struct edition_unit unit = {9, people, marks, shown};
    writer = TH_WRITER(bytes);
    edition_write_unit(&writer, &groups, &unit);
    assert_memory_equal(bytes, "\x01\x09\x02\x01\xc8\x01\x02\x03\x00\x01\x09", 11);
    assert_int_equal(writer.size, 11);
}

// ---- measures ----

static enum edition_class class_of(const struct th_catalogue *catalogue, const char *code)
{
    struct th_measure measure;
    EXPECT(TH_OK, th_catalogue_measure(catalogue, th_bytes_of(code), &measure));
    return edition_class_of(catalogue, &measure);
}

static void measures_about_people_are_tables(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_vn();
    static const char *const PEOPLE[] = {"EV01", "EV02", "EV03", "EV07"};
    static const char *const OPEN[] = {"EV05", "EV06", "ST01", "RS01", "CP05", "TG01"};
    for (size_t i = 0; i < TH_COUNT(PEOPLE); i++) {
        assert_int_equal(class_of(catalogue, PEOPLE[i]), EDITION_PEOPLE);
    }
    for (size_t i = 0; i < TH_COUNT(OPEN); i++) {
        assert_int_equal(class_of(catalogue, OPEN[i]), EDITION_OPEN);
    }
    assert_int_equal(class_of(catalogue, "EV04"), EDITION_HIDDEN);
    assert_int_equal(class_of(catalogue, "I14.out"), EDITION_NEVER);
    th_catalogue_free(&catalogue);
}

static void what_personal_measures_are_part_of_is_not_public(void **state)
{
    (void)state;
    const struct catalogue_texts texts = {
        .settings = "catalogue:\n  code: t\n  version: 1\n  languages: [vi, en]\n"
                    "  default_scheme: PLAIN\n  person_ids: as_is\n",
        .measures = "measures:\n"
                    "  - {code: X1, vi: một, en: one, shape: stock, personal: true}\n"
                    "  - {code: X2, vi: hai, en: two, shape: change, personal: true}\n"
                    "  - {code: Y1, vi: ba, en: three, shape: stock}\n"
                    "derived:\n"
                    "  - {code: all, vi: cộng, en: sum, sum_of: \"*1\"}\n"
                    "  - {code: some, vi: cộng, en: sum, sum_of: \"Y*\"}\n"};
    struct th_catalogue *catalogue = catalogue_of(&texts);
    struct public_spec spec;
    assert_int_equal(class_of(catalogue, "X1"), EDITION_PEOPLE);
    assert_int_equal(class_of(catalogue, "X2"), EDITION_NEVER);
    assert_int_equal(class_of(catalogue, "all"), EDITION_NEVER);
    assert_int_equal(class_of(catalogue, "some"), EDITION_OPEN);
    EXPECT(TH_OK, edition_spec(catalogue, TH_BYTES("X1"), &spec));
    assert_int_equal(spec.level.count, 0);
    assert_true(spec.level.others);
    EXPECT(TH_E_NOT_FOUND, edition_spec(catalogue, TH_BYTES("Y1"), &spec));
    EXPECT(TH_E_NOT_FOUND, edition_spec(catalogue, TH_BYTES("EV01/NO"), &spec));
    th_catalogue_free(&catalogue);
}

static void a_scheme_says_what_its_table_is_cut_by(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_vn();
    struct public_spec spec;
    char text[EDITION_NAME_MAX];
    const struct th_bytes name = edition_name_of(TH_BYTES("EV01"), TH_BYTES("HN-3814"), text);
    assert_true(th_bytes_equal(name, TH_BYTES("EV01/HN-3814")));
    assert_true(th_bytes_equal(edition_name_parse(name).scheme, TH_BYTES("HN-3814")));
    EXPECT(TH_OK, edition_spec(catalogue, name, &spec));
    assert_true(spec.scored);
    assert_int_equal(spec.level.count, 4);
    assert_true(spec.level.others); // who is not rated
    assert_int_equal(spec.category.count, 4);
    assert_false(spec.category.others);
    assert_int_equal(spec.below_levels, 0x7); // 1, 2, 3
    EXPECT(TH_OK, edition_spec(catalogue, TH_BYTES("EV01/PLAIN"), &spec));
    assert_true(spec.category.others);
    assert_int_equal(spec.below_levels, 0);
    EXPECT(TH_OK, edition_spec(catalogue, TH_BYTES("EV07"), &spec));
    assert_false(spec.scored);
    assert_int_equal(spec.level.count, 5);
    assert_true(spec.category.others);
    th_catalogue_free(&catalogue);
}

// Every scheme of the installed catalogue fits into a table.
static void all_schemes_fit(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_vn();
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        struct public_spec spec;
        char text[EDITION_NAME_MAX];
        uint8_t layout[EDITION_LAYOUT_MAX];
        struct th_writer writer = TH_WRITER(layout);
        const struct th_bytes code = th_catalogue_scheme_at(catalogue, i)->code;
        EXPECT(TH_OK,
               edition_spec(catalogue, edition_name_of(TH_BYTES("EV01"), code, text), &spec));
        EXPECT(TH_OK, public_groups_make(&spec, &groups));
        edition_write_layout(&writer, &groups);
        assert_false(writer.overflow);
    }
    th_catalogue_free(&catalogue);
}

// ---- when ----

static const int64_t MINUTE = 60000;
static const int64_t DAY = (int64_t)24 * 3600 * 1000;

static void an_edition_is_due_once_a_day(void **state)
{
    (void)state;
    const int64_t midnight = 20000 * DAY; // UTC
    const int32_t six = 6 * 60;
    assert_int_equal(publisher_next(midnight, six, 0), midnight + six * MINUTE);
    assert_int_equal(publisher_next(midnight + six * MINUTE, six, 0),
                     midnight + DAY + six * MINUTE);
    assert_int_equal(publisher_next(midnight + six * MINUTE - 1, six, 0), midnight + six * MINUTE);
    // 06:00 at +07:00 is 23:00 UTC of the day before.
    assert_int_equal(publisher_next(midnight, six, 7 * 60), midnight + 23 * 60 * MINUTE);
    assert_int_equal(publisher_next(midnight, 0, -90), midnight + 90 * MINUTE);
    assert_int_equal(publisher_next(-1, six, 0), six * MINUTE);
    assert_true(publisher_next(midnight, PUBLISHER_NEVER, 0) == INT64_MAX);
}

static void the_time_is_written_plainly(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "", "6:00", "24:00", "06:60", "06-00", "06:0x", "never", "06:000"};
    int32_t release = 0;
    EXPECT(TH_OK, publisher_release_parse(TH_BYTES("catalogue"), &release));
    assert_int_equal(release, PUBLISHER_CATALOGUE);
    EXPECT(TH_OK, publisher_release_parse(TH_BYTES("off"), &release));
    assert_int_equal(release, PUBLISHER_NEVER);
    EXPECT(TH_OK, publisher_release_parse(TH_BYTES("23:59"), &release));
    assert_int_equal(release, 23 * 60 + 59);
    for (size_t i = 0; i < TH_COUNT(WRONG); i++) {
        EXPECT(TH_E_MALFORMED, publisher_release_parse(th_bytes_of(WRONG[i]), &release));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_as_they_were_made),
        cmocka_unit_test(the_newest_head_is_found_before_the_tables),
        cmocka_unit_test(a_units_row_keeps_people_marks_and_what_is_shown),
        cmocka_unit_test(a_layout_says_what_kinds_and_groups_are),
        cmocka_unit_test(rows_have_the_bytes_that_stores_have),
        cmocka_unit_test(measures_about_people_are_tables),
        cmocka_unit_test(what_personal_measures_are_part_of_is_not_public),
        cmocka_unit_test(a_scheme_says_what_its_table_is_cut_by),
        cmocka_unit_test(all_schemes_fit),
        cmocka_unit_test(an_edition_is_due_once_a_day),
        cmocka_unit_test(the_time_is_written_plainly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
