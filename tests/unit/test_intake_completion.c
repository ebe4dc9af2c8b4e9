// test_intake_completion.c - control totals in files: rows that are one statement

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/office.h"

static const char DONE[] = "new 1 changed 0 withdrawn 0 unchanged 0 skipped 0";

#define HEAD    "form,unit_code,period,measure,dims,count,sum\n"
#define STAFF   "bien-che,D1,2022-09-14,"
#define JOURNAL "form,unit_code,period,measure,dims,count,sum,op,revision,note\n"

static const struct office_row ROWS[] = {
    {"rows that follow each other are one statement",
     HEAD STAFF "ST01,,1,500\n" STAFF "ST02,-,2,300\n",
     DONE,
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1 500 | ST02 [] 2 300\n",
     {0}},
    {"another unit is another one",
     HEAD STAFF "ST01,,1,500\nbien-che,P,2022-09-14,ST01,,1,9\n",
     "new 2 changed 0 withdrawn 0 unchanged 0 skipped 0",
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1 500\nset r1 P/2022-09-14 bien-che | ST01 [] 1 9\n",
     {0}},
    {"dims in any order, one spelling",
     "form,unit_code,period,measure,dims,count,sum\n"
     "danh-gia-nam,D1,2018,EV07,rating=4;category=cadre,1,4\n",
     DONE,
     "set r1 D1/2018 danh-gia-nam | EV07 [category=cadre;rating=4] 1 4\n",
     {0}},
    {"ratings by category and scheme, their scores in points",
     HEAD "danh-gia-thang,C11,2024-07,EV01,scheme=HN-3814;category=cadre,11,962.5\n",
     DONE,
     "set r1 C11/2024-07 danh-gia-thang | EV01 [category=cadre;scheme=HN-3814] 11 96250\n",
     {0}},
    {"the only scheme in force",
     HEAD "danh-gia-thang,C11,2024-07,EV01,category=cadre,11,\"962,5\"\n",
     DONE,
     "set r1 C11/2024-07 danh-gia-thang | EV01 [category=cadre;scheme=HN-3814] 11 96250\n",
     {0}},
    {"bodies by kind and scheme",
     HEAD "danh-gia-nam,D1,2018,EV05,collective_kind=cell,3,0\n",
     DONE,
     "set r1 D1/2018 danh-gia-nam | EV05 [collective_kind=cell;scheme=QD132] 3 0\n",
     {0}},
    {"a scheme from the command line",
     HEAD "danh-gia-nam,D1,2021,EV01,category=cadre,3,0\n",
     DONE,
     "set r1 D1/2021 danh-gia-nam | EV01 [category=cadre;scheme=ND90] 3 0\n",
     {.scheme = "ND90"}},
    {"of a Vietnamese sheet",
     "form;unit_code;period;measure;dims;count;sum\nbien-che;D1;2022-09-14;ST01;;1.273;-2.300\n",
     DONE,
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1273 -2300\n",
     {.numbers_vi = true}},
    {"unit and period from the command line",
     "form,measure,dims,count,sum\nbien-che,ST01,,1,500\nbien-che,ST02,,1,5\n",
     DONE,
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1 500 | ST02 [] 1 5\n",
     {.unit = "D1", .period = "2022-09-14"}},
    {"a note for all of it",
     JOURNAL STAFF "ST01,,1,500,,1,đủ\n" STAFF "ST02,,1,5,,1,\n",
     DONE,
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1 500 | ST02 [] 1 5 (đủ)\n",
     {0}},
    {"a line twice counts once",
     HEAD STAFF "ST01,,1,500\n" STAFF "ST01,-,1,500\n",
     "0:0 N2402 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0",
     "set r1 D1/2022-09-14 bien-che | ST01 [] 1 500\n",
     {0}},
    {"a line twice, with other numbers",
     HEAD STAFF "ST01,,1,500\n" STAFF "ST01,,1,501\n",
     "3:0 E2230 | refused",
     NULL,
     {0}},
    {"the statement twice, with other lines",
     HEAD STAFF "ST01,,1,500\nbien-che,P,2022-09-14,ST01,,1,9\n" STAFF "ST02,,1,5\n",
     "4:0 E2230 | refused",
     NULL,
     {0}},
    {"no such form", HEAD "bien,D1,2022-09-14,ST01,,1,5\n", "2:1 E2236 | refused", NULL, {0}},
    {"no form", HEAD ",D1,2022-09-14,ST01,,1,5\n", "2:1 E2112 | refused", NULL, {0}},
    {"a measure of another form",
     HEAD STAFF "ST01,,1,500\n" STAFF "CP05,,1,5\n",
     "3:4 E2202 | refused",
     NULL,
     {0}},
    {"no measure", HEAD STAFF ",,1,5\n", "2:4 E2112 | refused", NULL, {0}},
    {"no count", HEAD STAFF "ST01,,,5\n", "2:6 E2112 | refused", NULL, {0}},
    {"no sum", HEAD STAFF "ST01,,1,\n", "2:7 E2112 | refused", NULL, {0}},
    {"a count below 0", HEAD STAFF "ST01,,-1,5\n", "2:6 E2236 | refused", NULL, {0}},
    {"a count with a point",
     HEAD STAFF "ST01,,1,5\n" STAFF "ST02,,1.5,5\n",
     "3:6 E2233 | refused",
     NULL,
     {0}},
    {"dims that are wrong",
     HEAD STAFF "ST01,,1,5\n" STAFF "ST02,block=x,1,5\n",
     "3:5 E2228 | refused",
     NULL,
     {0}},
    {"ratings without a category",
     HEAD "danh-gia-thang,C11,2024-07,EV01,,11,962.5\n",
     "2:5 E2228 | refused",
     NULL,
     {0}},
    {"a period that the form does not have",
     HEAD "bien-che,D1,2022,ST01,,1,5\n",
     "2:3 E2205 | refused",
     NULL,
     {0}},
    {"an unknown unit",
     HEAD "bien-che,X,2022-09-14,ST01,,1,5\n",
     "2:2 E2203a | refused",
     NULL,
     {0}},
    {"a column that it does not have",
     "form,unit_code,period,measure,dims,count,sum,basis\n" STAFF "ST01,,1,5,QD\n",
     "1:8 E2008 | refused",
     NULL,
     {0}},
    {"all of a statement stays behind",
     HEAD STAFF "ST01,,1,500\n" STAFF "ST02,,x,5\n" STAFF
                "ST03,,1,5\nbien-che,P,2022-09-14,ST01,,1,9\n",
     "3:6 E2233 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 3",
     "set r1 P/2022-09-14 bien-che | ST01 [] 1 9\n",
     {.accept_valid = true}},
    {"of two that contradict neither goes",
     HEAD STAFF "ST01,,1,500\nbien-che,P,2022-09-14,ST01,,1,9\n" STAFF "ST02,,1,5\n",
     "4:0 E2230, 2:0 E2113 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 left 2",
     "set r1 P/2022-09-14 bien-che | ST01 [] 1 9\n",
     {.accept_valid = true}},
};

static void completions(void **state)
{
    (void)state;
    office_check_each("vn", ROWS, TH_COUNT(ROWS));
}

static void a_completion_is_sent_again_and_withdrawn(void **state)
{
    (void)state;
    static const struct office_row TURNS[] = {
        {"first", HEAD STAFF "ST01,,1,500\n" STAFF "ST02,,1,5\n", DONE, NULL, {0}},
        {"again",
         HEAD STAFF "ST01,,1,500\n" STAFF "ST02,,1,5\n",
         "new 0 changed 0 withdrawn 0 unchanged 1 skipped 0",
         "",
         {0}},
        {"with a line less",
         HEAD STAFF "ST01,,1,500\n",
         "new 0 changed 1 withdrawn 0 unchanged 0 skipped 0",
         "set r2 D1/2022-09-14 bien-che | ST01 [] 1 500\n",
         {0}},
        {"withdrawn: its key alone",
         JOURNAL STAFF ",,,,withdraw,7,lại\n",
         "new 0 changed 0 withdrawn 1 unchanged 0 skipped 0",
         "withdraw r7 D1/2022-09-14 bien-che (lại)\n",
         {0}},
        {"a journal: two statements of one key",
         JOURNAL STAFF "ST01,,1,1,set,8,\n" STAFF "ST02,,1,5,set,8,\n" STAFF "ST01,,1,2,set,9,\n",
         "new 1 changed 1 withdrawn 0 unchanged 0 skipped 0",
         "set r8 D1/2022-09-14 bien-che | ST01 [] 1 1 | ST02 [] 1 5\n"
         "set r9 D1/2022-09-14 bien-che | ST01 [] 1 2\n",
         {0}},
        {"overtaken",
         JOURNAL STAFF "ST01,,1,3,set,5,\n",
         "2:9 W2322 | new 0 changed 0 withdrawn 0 unchanged 0 skipped 1",
         "",
         {0}},
    };
    office_check_in_turn("vn", TURNS, TH_COUNT(TURNS));
}

// ---- bounds ----

enum { DAYS = 45, LINES = 100, CSV_BYTES = 1024 * 1024 };

// Lines of PL02, each with another document.
static void add_lines(FILE *out, int day, int lines)
{
    for (int i = 0; i < lines; i++) {
        (void)fprintf(out,
                      "ke-hoach,D1,2022-%02d-%02d,PL02,doc=d%d,1,%d\n",
                      1 + day / 28,
                      1 + day % 28,
                      i,
                      i);
    }
}

static void a_completion_has_at_most_200_lines(void **state)
{
    (void)state;
    static char csv[CSV_BYTES];
    char got[1024];
    struct office office;
    const struct intake_options options = {0};
    office_make(&office, "vn");
    for (int lines = 200; lines <= 201; lines++) {
        FILE *out = fmemopen(csv, sizeof(csv), "w");
        assert_non_null(out);
        (void)fputs(HEAD, out);
        add_lines(out, 0, lines);
        (void)fclose(out);
        (void)office_import(&office, &options, csv, got);
        assert_string_equal(got, lines == 200 ? DONE : "202:0 E2010e | refused");
    }
    office_free(&office);
}

// Batches hold what a reader takes: 4,000 entries of lists, updates and lines together.
static void a_batch_closes_before_its_lists_are_too_long(void **state)
{
    (void)state;
    static char csv[CSV_BYTES];
    char got[1024];
    char want[1024];
    struct office office;
    struct outbox box;
    struct th_disk_txn txn;
    const struct intake_options options = {0};
    void *memory = malloc(TH_ARENA_BYTES);
    struct th_arena arena = th_arena_of(memory, TH_ARENA_BYTES);
    office_make(&office, "vn");
    FILE *out = fmemopen(csv, sizeof(csv), "w");
    assert_non_null(out);
    (void)fputs(HEAD, out);
    for (int day = 0; day < DAYS; day++) {
        add_lines(out, day, LINES);
    }
    (void)fclose(out);

    (void)office_import(&office, &options, csv, got);

    (void)snprintf(want, sizeof(want), "new %d changed 0 withdrawn 0 unchanged 0 skipped 0", DAYS);
    assert_string_equal(got, want);
    EXPECT(TH_OK, th_disk_begin_read(office.home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    assert_int_equal(box.last, 2); // 39 x 101 entries, then the rest
    size_t updates = 0;
    for (uint64_t seq = 1; seq <= box.last; seq++) {
        struct th_bytes body;
        struct th_batch batch;
        EXPECT(TH_OK, outbox_body(&box, seq, &body));
        th_arena_reset(&arena);
        EXPECT(TH_OK, th_batch_read(body, &arena, &batch, NULL));
        size_t entries = batch.count;
        for (size_t i = 0; i < batch.count; i++) {
            entries += batch.updates[i].completion.line_count;
        }
        assert_true(entries <= TH_LIST_MAX);
        updates += batch.count;
    }
    assert_int_equal(updates, DAYS);
    th_disk_end(&txn);
    free(memory);
    office_free(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completions),
        cmocka_unit_test(a_completion_is_sent_again_and_withdrawn),
        cmocka_unit_test(a_completion_has_at_most_200_lines),
        cmocka_unit_test(a_batch_closes_before_its_lists_are_too_long),
    };
    return cmocka_run_group_tests_name("intake_completion", tests, NULL, NULL);
}
