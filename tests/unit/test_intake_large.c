// test_intake_large.c - files that do not fit in memory at once, and outboxes that are full

#include <stdio.h>
#include <stdlib.h>

#include "nodes/history.h"
#include "nodes/table.h"
#include "tests/support/office.h"

#define FIGURE "unit_code,period,measure,value\n"

// A file of count figures.
static char *many_rows(uint32_t count, bool last_is_bad)
{
    const size_t room = (size_t)count * 32 + 64;
    char *csv = malloc(room);
    assert_non_null(csv);
    size_t size = (size_t)snprintf(csv, room, FIGURE);
    for (uint32_t i = 0; i < count; i++) {
        const bool bad = last_is_bad && i + 1 == count;
        size += (size_t)snprintf(csv + size, room - size, "C11,2024,m-%u,%s\n", i, bad ? "x" : "1");
    }
    return csv;
}

static void large_files_are_drafts_until_their_last_row(void **state)
{
    (void)state;
    enum { ROWS = 60000 };
    struct office office;
    char got[1024];
    struct th_verdict why;
    const struct intake_options options = {0};
    office_make(&office, "open");
    char *bad = many_rows(ROWS, true);
    char *good = many_rows(ROWS, false);

    assert_string_equal(office_import(&office, &options, bad, got), "60001:4 E2233 | refused");
    EXPECT(TH_OK, home_look(&office.home, &why));
    assert_int_equal(office.home.box.last, 0);
    assert_string_equal(office_import(&office, &options, good, got),
                        "new 60000 changed 0 withdrawn 0 unchanged 0 skipped 0");
    EXPECT(TH_OK, home_look(&office.home, &why));
    assert_int_equal(office.home.box.last, (ROWS + 255) / 256);
    struct outbox box;
    struct th_disk_txn txn;
    bool more = true;
    EXPECT(TH_OK, th_disk_begin(office.home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    EXPECT(TH_OK, history_check(&box));
    uint64_t bodies = 0;
    EXPECT(TH_OK, th_store_count(th_disk_store(&txn), NODE_BODY, &bodies));
    assert_int_equal(bodies, (ROWS + 255) / 256); // nothing of the refused draft is left
    EXPECT(TH_OK, history_clean(&box, 1000, &more));
    th_disk_end(&txn);

    free(bad);
    free(good);
    office_free(&office);
}

static void a_full_outbox_refuses_and_drops_nothing(void **state)
{
    (void)state;
    enum { ROWS = 60000 };
    static const char *const SMALL[] = {"node.outbox_max=1MiB"};
    struct office office;
    char got[1024];
    struct th_verdict why;
    struct th_findings nobody = th_findings_of(NULL, 0, "in.csv");
    struct intake_result result;
    struct intake *intake = NULL;
    const struct intake_options options = {0};
    office_make(&office, "open");
    home_close(&office.home);
    const struct home_setup setup = {
        .dir = office.dir, .overrides = SMALL, .override_count = TH_COUNT(SMALL)};
    EXPECT(TH_OK, home_open(&setup, &nobody, &office.home, &why));
    EXPECT(TH_OK, home_load(&office.home, &why));
    char *csv = many_rows(ROWS, false);
    char *path = scratch_write(office.scratch, "many.csv", th_bytes_of(csv));
    FILE *file = fopen(path, "re");
    assert_non_null(file);

    EXPECT(TH_OK, intake_open(&office.home, &options, &nobody, &result, &intake));
    EXPECT(TH_E_TOO_LARGE, intake_csv(intake, fileno(file)));
    intake_close(&intake);

    EXPECT(TH_OK, home_look(&office.home, &why));
    assert_int_equal(office.home.box.last, 0);
    assert_string_equal(office_import(&office, &options, FIGURE "C11,2024,x,1\n", got),
                        "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0");
    intake_result_free(&result);
    (void)fclose(file);
    free(path);
    free(csv);
    office_free(&office);
}

static void items_find_their_line(void **state)
{
    (void)state;
    struct office office;
    struct th_findings nobody = th_findings_of(NULL, 0, "in.csv");
    struct intake_result result;
    struct intake *intake = NULL;
    const struct intake_options options = {0};
    office_make(&office, "open");
    char *csv = many_rows(300, false);
    char *path = scratch_write(office.scratch, "many.csv", th_bytes_of(csv));
    FILE *file = fopen(path, "re");
    assert_non_null(file);

    EXPECT(TH_OK, intake_open(&office.home, &options, &nobody, &result, &intake));
    EXPECT(TH_OK, intake_csv(intake, fileno(file)));
    EXPECT(TH_OK, intake_publish(intake));

    assert_int_equal(result.first_batch, 1);
    assert_int_equal(result.last_batch, 2);
    assert_int_equal(intake_line(&result, 1, 0), 2);
    assert_int_equal(intake_line(&result, 1, 255), 257);
    assert_int_equal(intake_line(&result, 2, 0), 258);
    assert_int_equal(intake_line(&result, 2, 43), 301);
    assert_int_equal(intake_line(&result, 2, 44), 0);
    assert_int_equal(intake_line(&result, 3, 0), 0);

    intake_close(&intake);
    intake_result_free(&result);
    (void)fclose(file);
    free(path);
    free(csv);
    office_free(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_files_are_drafts_until_their_last_row),
        cmocka_unit_test(a_full_outbox_refuses_and_drops_nothing),
        cmocka_unit_test(items_find_their_line),
    };
    return cmocka_run_group_tests_name("intake_large", tests, NULL, NULL);
}
