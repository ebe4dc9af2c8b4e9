// test_rules.c - V04 and grants, the worked examples, and real data through the open catalogue

#include <stdlib.h>
#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/support/judging.h"
#include "tests/support/test.h"

static struct judging *vn;

static int setup(void **state)
{
    vn = judging_start(catalogue_vn());
    *state = vn;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    judging_end(vn);
    return 0;
}

// ---- V04 ----

static void grant(const char *ref, bool only)
{
    const struct th_bytes refs[] = {th_bytes_of(ref)};
    size_t unknown = 9;
    vn->grant = (struct th_grant){.node = 7, .only = only};
    EXPECT(TH_OK, th_grant_resolve(&vn->grant, vn->reg, refs, 1, &unknown));
    assert_int_equal(unknown, 0);
}

struct authority {
    const char *grant;
    bool only;
    const char *unit;
    const char *period;
    bool allowed;
};

// clang-format off
static const struct authority AUTHORITY[] = {
    {"376",    false, "376",    "2017-02-07", true},
    {"376",    false, "14620",  "2017-02-07", true},  // below it
    {"376",    false, "377",    "2017-02-07", false}, // beside it
    {"376",    false, "14701",  "2017-02-07", false},
    {"376",    false, "37",     "2017-02-07", false}, // above it
    {"376",    true,  "376",    "2017-02-07", true},
    {"376",    true,  "14620",  "2017-02-07", false}, // --only
    {"37",     false, "37-SNV", "2017-02-07", true},
    {"37",     false, "380",    "2017-02-07", false}, // another province
    {"376",    false, "14630",  "2025-07-01", false}, // the district is over
    {"14630",  false, "14630",  "2025-07-01", true},
    {"14630",  false, "14620",  "2025-06-30", true},  // predecessor, FULL
    {"14630",  false, "14620",  "2025-06",    true},
    {"14630",  true,  "14620",  "2025-06-30", true},
    {"14630",  false, "14701",  "2025-06-30", false}, // predecessor of a part
    {"14630",  false, "14623",  "2025-06-30", false},
    {"14623",  false, "14623",  "2025-06-30", true},  // both units that bore the code
    {"14623",  false, "14623",  "2025-07-01", true},
    {"14623@2025-07-01", false, "14623", "2025-07-01", true},
    {"14623@2025-07-01", false, "14623", "2025-06-30", true},  // predecessor of itself
    {"14623@2025-06-30", false, "14623", "2025-07-01", false},
    {"37",     false, "14620",  "2025-06-30", true},
};
// clang-format on

static void a_node_writes_its_units_those_below_and_their_predecessors(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(AUTHORITY); i++) {
        const struct authority *row = &AUTHORITY[i];
        char line[128];
        grant(row->grant, row->only);
        (void)snprintf(line,
                       sizeof(line),
                       "S measure=%s unit=%s period=%s value=1",
                       "ST01",
                       row->unit,
                       row->period);
        struct th_period period;
        EXPECT(TH_OK, th_period_parse(th_bytes_of(row->period), &period));
        const struct th_resolved unit =
            th_register_resolve(vn->reg, th_bytes_of(row->unit), period, false);
        assert_int_equal(unit.result, TH_RESOLVED);
        if (th_grant_allows(&vn->grant, vn->reg, unit.uid, period) != row->allowed) {
            fail_msg(
                "%s%s: %s in %s", row->grant, row->only ? " only" : "", row->unit, row->period);
        }
        if (strlen(row->period) == 10) {
            char refusal[64];
            (void)snprintf(refusal, sizeof(refusal), "2204 7 %s", row->unit);
            assert_string_equal(judging_says(vn, line), row->allowed ? "" : refusal);
        }
    }
    vn->grant = (struct th_grant){.node = 7, .desk = true};
}

static void a_predecessor_is_not_written_for_a_period_with_the_change_in_it(void **state)
{
    (void)state;
    struct th_period before;
    struct th_period around;
    const uint32_t old =
        th_register_find(vn->reg, TH_BYTES("14620"), th_day_of((struct th_date){2025, 6, 30}));
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2025H1"), &before));
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2025"), &around));
    grant("14630", false);

    assert_true(th_grant_allows(&vn->grant, vn->reg, old, before));
    assert_false(th_grant_allows(&vn->grant, vn->reg, old, around));
    vn->grant = (struct th_grant){.node = 7, .desk = true};
}

static void references_to_nothing_are_counted_and_too_many_units_refused(void **state)
{
    (void)state;
    const struct th_bytes refs[] = {TH_BYTES("376"),
                                    TH_BYTES("999"),
                                    TH_BYTES("376@2025-07-01"),
                                    TH_BYTES("376@yesterday"),
                                    TH_BYTES(""),
                                    TH_BYTES("376")};
    struct th_grant resolved = {.node = 3};
    size_t unknown = 0;

    EXPECT(TH_OK, th_grant_resolve(&resolved, vn->reg, refs, TH_COUNT(refs), &unknown));

    assert_int_equal(unknown, 4);
    assert_int_equal(resolved.count, 1);
    assert_int_equal(resolved.node, 3);
}

static void a_grant_has_at_most_64_units(void **state)
{
    (void)state;
    char csv[8192] = "code,name,type,parent\nR,R,root,\n";
    char codes[TH_GRANT_UNITS_MAX + 1][8];
    struct th_bytes refs[TH_GRANT_UNITS_MAX + 1];
    for (size_t i = 0; i < TH_COUNT(refs); i++) {
        const size_t used = strlen(csv);
        (void)snprintf(codes[i], sizeof(codes[i]), "U%02zu", i);
        (void)snprintf(csv + used, sizeof(csv) - used, "%s,%s,unit,R\n", codes[i], codes[i]);
        refs[i] = th_bytes_of(codes[i]);
    }
    struct judging *open = judging_start(catalogue_open());
    judging_register(open, th_bytes_of(csv), "R");
    struct th_grant many = {0};

    EXPECT(TH_OK, th_grant_resolve(&many, open->reg, refs, TH_GRANT_UNITS_MAX, NULL));
    assert_int_equal(many.count, TH_GRANT_UNITS_MAX);
    EXPECT(TH_E_TOO_LARGE, th_grant_resolve(&many, open->reg, refs, TH_COUNT(refs), NULL));
    assert_int_equal(many.count, 0);
    judging_end(open);
}

// ---- worked examples ----

// clang-format off
static const struct judging_row EXAMPLES[] = {
    // 1: restructuring
    {"S measure=RS01 unit=37 period=2022-09-14 before=139 after=92", ""},
    {"S measure=RS01 unit=37 period=2022-09-14 before=139 after=92 value=-46", "2208a RS01 139 92 -47 -46"},
    {"S measure=RS02 unit=37 period=2022-09-14 before=16 after=12", ""},
    {"S measure=RS03 unit=37 period=2022-09-14 before=101 after=82", ""},
    {"S measure=RS04 unit=37 period=2022-09-14 value=-8", ""},
    // 2: n of m, withdrawn, without m
    {"S measure=CP05 unit=37 period=2022-09-14 value=282 of=539", ""},
    {"S measure=CP05 unit=37 period=2022-09-14 op=2 revision=2", ""},
    {"S measure=CP04 unit=37 period=2022-09-14 value=10", ""},
    // 3: corrected
    {"S measure=CP01 unit=37 period=2019-01-18 value=24 of=30", ""},
    {"S measure=CP01 unit=37 period=2019-01-18 value=25 of=30 revision=2", ""},
    // 4: a marginal and its breakdown
    {"S measure=MV01 unit=376 period=2016..2017 value=6", ""},
    {"S measure=MV01 unit=376 period=2016..2017 dims=post=deputy_secretary value=4", ""},
    {"S measure=MV01 unit=376 period=2016..2017 dims=post=secretary value=2", ""},
    // 5: a share without its base, and the same as evaluations
    {"S measure=EV04 unit=376 period=2018 dims=managed_by=district_standing_committee value=364 of=1000", ""},
    {"E scheme=KS-01 unit=376 period=2018 category=cadre person=p1 rating=4", ""},
    {"E scheme=KS-01 unit=376 period=2018 category=cadre person=p2 rating=3", ""},
    // 6: over, exact, and a change since a base year
    {"S measure=ST01 unit=376 period=2017-02-07 value=2300 qualifier=over", ""},
    {"S measure=ST02 unit=376 period=2017-02-07 value=1800 qualifier=over", ""},
    {"S measure=ST03 unit=376 period=2017-02-07 value=398", ""},
    {"S measure=CH01 unit=376 period=2017-02-07 dims=base=2011 value=574", ""},
    // 7: monthly evaluation
    {"E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 score=9000 rating=4", ""},
    {"E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 score=8999 rating=4", "2210a 89.99 B A"},
    {"E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 score=9500 rating=3", "2210b B A"},
    {"E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 score=9500 rating=3 reason=cap", ""},
    // 9: national ratings of 2018 as counts
    {"S measure=EV07 unit=37 period=2018 dims=rating=4 value=590120", ""},
    {"S measure=EV07 unit=37 period=2018 dims=rating=3 value=1418800", ""},
    {"S measure=EV07 unit=37 period=2018 dims=rating=2 value=107730", ""},
    {"S measure=EV07 unit=37 period=2018 dims=rating=1 value=8930", ""},
    {"S measure=EV07 unit=37 period=2018 dims=rating=0 value=3420", ""},
    // Other facts of the press articles
    {"S measure=PL01 unit=37 period=2022-09-14 dims=tier=province value=19", ""},
    {"S measure=PL02 unit=37 period=2018-04-10 dims=doc=NQ18 value=19", ""},
    {"S measure=PL03 unit=376 period=2017-02-07 dims=to=province_and_centre value=11", ""},
    {"S measure=TG01 unit=376 period=..2020 value=-112", ""},
    {"S measure=TG02 unit=37 period=..2021 dims=block=party_front_mass value=-100", ""},
    {"S measure=TG03 unit=37 period=yearly value=-327", ""},
    {"S measure=TG04 unit=37 period=yearly dims=contract=nd68 value=-21", ""},
    {"S measure=TR03 unit=37 period=T2020-2025@2023-10-12 value=1273", ""},
    {"S measure=ST09 unit=376 period=2023-10-12 dims=post=specialist value=2", ""},
    {"S measure=RS12 unit=37 period=2019-01-18 dims=tier=district value=-128", ""},
    {"S measure=CP03 unit=37 period=2022-09-14 dims=pilot=1 value=1", ""},
    {"S measure=PL06 unit=37 period=2019-01-18 dims=doc=NQ26 value=1 of=8", ""},
};
// clang-format on

static void the_worked_examples_are_accepted_and_refused_as_written(void **state)
{
    (void)state;
    judging_rows(vn, EXAMPLES, TH_COUNT(EXAMPLES));
}

// ---- real data ----

// A comma-separated file without quotes, row by row.
struct rows {
    char *text;
    char *at;
    size_t line;
};

static bool rows_open(struct rows *rows, const char *dir, const char *name)
{
    char *path = path_in(dir, name);
    size_t size = 0;
    *rows = (struct rows){.text = file_read(path, &size)};
    free(path);
    rows->at = rows->text;
    return rows->text != NULL;
}

static size_t rows_next(struct rows *rows, char **cells, size_t max)
{
    char *line = strsep(&rows->at, "\n");
    size_t count = 0;
    rows->line++;
    if (line == NULL || line[0] == '\0') {
        return 0;
    }
    for (char *cell = strsep(&line, ","); cell != NULL && count < max; cell = strsep(&line, ",")) {
        cells[count++] = cell;
    }
    return count;
}

enum { CELLS_MAX = 8, LINE_MAX_BYTES = 512 };

// The row of a file as a line of judging.h.
typedef void (*row_line)(char *const *cells, char line[static LINE_MAX_BYTES]);

static void evaluation_line(char *const *cells, char line[static LINE_MAX_BYTES])
{
    // unit_code,person_id,period,category,score,rating
    int used = snprintf(line,
                        LINE_MAX_BYTES,
                        "E unit=%s person=%s period=%s category=%s",
                        cells[0],
                        cells[1],
                        cells[2],
                        cells[3]);
    if (cells[5][0] != '\0') {
        (void)snprintf(line + used, LINE_MAX_BYTES - (size_t)used, " rating=%s", cells[5]);
    }
}

static void count_line(char *const *cells, char line[static LINE_MAX_BYTES])
{
    // unit_code,period,category,rating,count
    (void)snprintf(line,
                   LINE_MAX_BYTES,
                   "S measure=EV07 unit=%s period=%s dims=category=%s;rating=%s value=%s",
                   cells[0],
                   cells[1],
                   cells[2],
                   cells[3],
                   cells[4]);
}

static void staffing_line(char *const *cells, char line[static LINE_MAX_BYTES])
{
    // unit_code,period,measure,value
    (void)snprintf(line,
                   LINE_MAX_BYTES,
                   "S measure=%s unit=%s period=%s value=%s",
                   cells[2],
                   cells[0],
                   cells[1],
                   cells[3]);
}

struct data_file {
    const char *name;
    const char *units;
    size_t cells;
    size_t rows;
    row_line line;
};

static void judge_file(const char *dir, const struct data_file *file)
{
    struct judging *open = judging_start(catalogue_open());
    char *path = path_in(dir, file->units);
    size_t size = 0;
    char *units = file_read(path, &size);
    struct rows rows;
    char *cells[CELLS_MAX];
    size_t accepted = 0;
    assert_non_null(units);
    judging_register(open, (struct th_bytes){.data = units, .size = size}, "US");
    assert_true(rows_open(&rows, dir, file->name));
    (void)rows_next(&rows, cells, CELLS_MAX); // the header

    while (rows_next(&rows, cells, CELLS_MAX) == file->cells) {
        char line[LINE_MAX_BYTES];
        file->line(cells, line);
        const char *says = judging_says(open, line);
        if (says[0] != '\0') {
            fail_msg("%s:%zu: %s: %s", file->name, rows.line, line, says);
        }
        accepted++;
    }

    assert_int_equal(accepted, file->rows);
    free(rows.text);
    free(units);
    free(path);
    judging_end(open);
}

static void the_open_catalogue_takes_real_data_without_a_flag(void **state)
{
    (void)state;
    static const struct data_file FILES[] = {
        {"eval-updates.csv", "eval-units.csv", 6, 36720, evaluation_line},
        {"eval-counts.csv", "eval-units.csv", 5, 14166, count_line},
        {"staff-updates.csv", "staff-units.csv", 4, 24000, staffing_line},
    };
    const char *dir = getenv("TONGHOP_DATA");
    struct rows probe;
    dir = dir != NULL ? dir : TONGHOP_SOURCE_DIR "/../shared/data";
    if (!rows_open(&probe, dir, "eval-updates.csv")) {
        SKIP("no folder of real data (TONGHOP_DATA)");
    }
    free(probe.text);
    for (size_t i = 0; i < TH_COUNT(FILES); i++) {
        judge_file(dir, &FILES[i]);
    }
}

static void the_open_catalogue_takes_samples_of_such_data(void **state)
{
    (void)state;
    static const struct judging_row SAMPLES[] = {
        {"E unit=RI-01 person=p000001 period=2014 category=annual rating=4", ""},
        {"S measure=EV07 unit=RI-01 period=2014 dims=category=annual;rating=suppressed value=0",
         ""},
        {"S measure=EV07 unit=RI-01 period=2014 dims=category=annual;rating=4 value=12", ""},
        {"S measure=air-transportation.full_time unit=RI period=2014 value=0", ""},
        {"S measure=all.payroll unit=RI period=2014-03 value=-129611", ""},
    };
    struct judging *open = judging_start(catalogue_open());
    judging_register(open,
                     TH_BYTES("code,name,type,parent\n"
                              "US,United States,country,\n"
                              "RI,Rhode Island,state,US\n"
                              "RI-01,\"Barrington, RI\",district,RI\n"),
                     "US");
    judging_rows(open, SAMPLES, TH_COUNT(SAMPLES));
    judging_end(open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_writes_its_units_those_below_and_their_predecessors),
        cmocka_unit_test(a_predecessor_is_not_written_for_a_period_with_the_change_in_it),
        cmocka_unit_test(references_to_nothing_are_counted_and_too_many_units_refused),
        cmocka_unit_test(a_grant_has_at_most_64_units),
        cmocka_unit_test(the_worked_examples_are_accepted_and_refused_as_written),
        cmocka_unit_test(the_open_catalogue_takes_samples_of_such_data),
        cmocka_unit_test(the_open_catalogue_takes_real_data_without_a_flag),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
