// test_catalogue.c - the installed catalogue, the built-in one, dims, schemes and reporters

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/test.h"

static struct th_period period(const char *label)
{
    struct th_period parsed = {0};
    EXPECT(TH_OK, th_period_parse(th_bytes_of(label), &parsed));
    return parsed;
}

static struct th_measure measure(const struct th_catalogue *catalogue, const char *code)
{
    struct th_measure found;
    EXPECT(TH_OK, th_catalogue_measure(catalogue, th_bytes_of(code), &found));
    return found;
}

static void assert_text(struct th_bytes text, const char *wanted)
{
    char copy[256];
    assert_string_equal(th_bytes_copy_text(text, copy, sizeof(copy)), wanted);
}

// ---- the installed catalogue ----

static struct th_catalogue *vn;

static int setup(void **state)
{
    EXPECT(TH_OK, th_hash_start());
    vn = catalogue_vn();
    *state = vn;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&vn);
    return 0;
}

static void has_65_measures_and_12_schemes_beside_plain(void **state)
{
    (void)state;
    assert_int_equal(th_catalogue_measure_count(vn), 65);
    assert_int_equal(th_catalogue_scheme_count(vn), 13);
    assert_int_equal(th_catalogue_settings(vn)->zone_minutes, 7 * 60);
    assert_int_equal(th_catalogue_settings(vn)->person_ids, TH_PERSON_HASHED);
    assert_false(th_catalogue_settings(vn)->period_end);
    assert_false(th_catalogue_settings(vn)->open_measures);
    assert_text(th_catalogue_settings(vn)->default_scheme, "auto");
}

static void measures_are_what_the_seed_articles_need(void **state)
{
    (void)state;
    const struct th_measure cp05 = measure(vn, "CP05");
    assert_int_equal(cp05.shape, TH_SHAPE_N_OF_M);
    assert_int_equal(cp05.scope, TH_SCOPE_WHOLE);
    assert_text(cp05.name.vi, "bí thư chi bộ kiêm trưởng ấp, khu vực");
    assert_text(cp05.form->code, "kiem-nhiem");

    const struct th_measure ev07 = measure(vn, "EV07");
    assert_int_equal(ev07.scope, TH_SCOPE_OWN);
    assert_int_equal(ev07.marginal, TH_MARGINAL_SUM);
    assert_true(ev07.personal);
    assert_true(ev07.dims[0].required);

    const struct th_measure tg02 = measure(vn, "TG02");
    assert_false(tg02.summed);
    assert_int_equal(tg02.min, -1000);
    assert_int_equal(measure(vn, "RS01").min, -9999999);
    assert_int_equal(measure(vn, "EV04").max, 1000);
    assert_true(measure(vn, "MV01").dims[0].complete);
}

static void a_measure_that_ended_is_valid_to_the_day_before(void **state)
{
    (void)state;
    const struct th_measure st05 = measure(vn, "ST05");
    assert_true(th_measure_valid_on(&st05, th_day_of((struct th_date){2026, 5, 31})));
    assert_false(th_measure_valid_on(&st05, th_day_of((struct th_date){2026, 6, 1})));
}

static void targets_take_deadlines_and_all_others_the_rest(void **state)
{
    (void)state;
    const struct th_measure target = measure(vn, "TG01");
    const struct th_measure result = measure(vn, "CH03");
    assert_int_equal(th_measure_period_types(&target),
                     th_period_bit(TH_PERIOD_DEADLINE) | th_period_bit(TH_PERIOD_YEARLY));
    assert_int_equal(th_measure_period_types(&result), th_period_bit(TH_PERIOD_YEAR));
}

static void three_age_bands(void **state) // seed 001
{
    (void)state;
    const struct th_dim *dim = th_catalogue_dim(vn, TH_BYTES("age_band"));
    assert_non_null(dim);
    assert_int_equal(dim->member_count, 3);
    assert_null(th_catalogue_dim(vn, TH_BYTES("age")));
}

static void hanoi_rates_monthly_since_july_2018(void **state) // seed 004
{
    (void)state;
    const struct th_scheme *scheme = th_catalogue_scheme(vn, TH_BYTES("HN-3814"));
    const struct th_bytes cadre = TH_BYTES("cadre");
    assert_non_null(scheme);
    assert_false(th_scheme_in_force(scheme, period("2018-06"), cadre));
    assert_true(th_scheme_in_force(scheme, period("2018-07"), cadre));
    assert_false(th_scheme_in_force(scheme, period("2018"), cadre));
    assert_false(th_scheme_in_force(scheme, period("2018-07"), TH_BYTES("collective")));
    assert_false(scheme->person_scope_unit);
}

static void a_scheme_holds_from_its_first_day_to_the_day_before_its_end(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en]}\n",
        .schemes = "schemes: [{code: S, en: s, periods: [day], levels: [{rating: 1}],\n"
                   "           valid_from: 2018-07-01, valid_to: 2018-07-03}]\n",
    });
    const struct th_scheme *scheme = th_catalogue_scheme(catalogue, TH_BYTES("S"));
    const struct th_bytes anyone = TH_BYTES("anyone");

    assert_false(th_scheme_in_force(scheme, period("2018-06-30"), anyone));
    assert_true(th_scheme_in_force(scheme, period("2018-07-01"), anyone));
    assert_true(th_scheme_in_force(scheme, period("2018-07-02"), anyone));
    assert_false(th_scheme_in_force(scheme, period("2018-07-03"), anyone));
    th_catalogue_free(&catalogue);
}

struct band {
    const char *scheme;
    int64_t score;
    const char *label; // NULL: none
};

static void bands_begin_at_their_scores(void **state)
{
    (void)state;
    static const struct band BANDS[] = {
        {"HN-3814", 10000, "A"},
        {"HN-3814", 9000, "A"},
        {"HN-3814", 8999, "B"},
        {"HN-3814", 7000, "B"},
        {"HN-3814", 6999, "C"},
        {"HN-3814", 5000, "C"},
        {"HN-3814", 4999, "D"},
        {"HN-3814", 0, "D"},
        {"KS-01", 9000, NULL},
        {"PLAIN", 9000, NULL},
    };
    for (size_t i = 0; i < TH_COUNT(BANDS); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme(vn, th_bytes_of(BANDS[i].scheme));
        const struct th_level *band = th_scheme_band(scheme, BANDS[i].score);
        assert_int_equal(band == NULL, BANDS[i].label == NULL);
        if (band != NULL) {
            assert_text(band->label, BANDS[i].label);
        }
    }
}

struct inferred {
    const char *period;
    const char *category;
    const char *scheme; // NULL: none
    const char *list;
};

static void the_default_scheme_is_the_only_one_in_force(void **state)
{
    (void)state;
    static const struct inferred ROWS[] = {
        {"2018-07", "cadre", "HN-3814", "HN-3814"},
        {"2018", "cadre", NULL, "ND56, QD132, KS-01"},
        {"2018", "civil_servant", "ND56", "ND56"},
        {"2018", "contract_worker", NULL, ""},
        {"2018Q3", "civil_servant", NULL, ""},
        {"2026Q1", "civil_servant", "ND335", "ND335"},
        {"2026-01", "civil_servant", NULL, "HN-3814, ND335"},
        {"2025", "collective", "QD366", "QD366"}, // rated by the later scheme
        {"2025", "public_employee", NULL, "HG-1120, ND48"},
        {"2026", "public_employee", NULL, "HG-1120, VC2025"},
    };
    for (size_t i = 0; i < TH_COUNT(ROWS); i++) {
        char list[65];
        const struct th_scheme *scheme = th_catalogue_default_scheme(
            vn, period(ROWS[i].period), th_bytes_of(ROWS[i].category), list);
        assert_string_equal(list, ROWS[i].list);
        assert_int_equal(scheme == NULL, ROWS[i].scheme == NULL);
        if (scheme != NULL) {
            assert_text(scheme->code, ROWS[i].scheme);
        }
    }
}

static void evaluations_belong_to_the_form_of_their_period_type(void **state)
{
    (void)state;
    assert_text(th_catalogue_evaluation_form(vn, period("2018-07"))->code, "danh-gia-thang");
    assert_text(th_catalogue_evaluation_form(vn, period("2018"))->code, "danh-gia-nam");
    assert_null(th_catalogue_evaluation_form(vn, period("2018Q3")));
}

// ---- dims ----

struct dims_row {
    const char *measure;
    const char *dims;
    const char *stored; // NULL: refused
    const char *part;
};

// clang-format off
static const struct dims_row DIMS[] = {
    {"CP05", "",  "", NULL},
    {"CP05", "-", "", NULL},
    {"CP05", "pilot=1", "pilot=1", NULL},
    {"CP05", "pilot=2", NULL, "pilot=2"},
    {"CP05", "tier=province", NULL, "tier=province"},
    {"CP05", "pilot", NULL, "pilot"},
    {"CP05", "pilot=", NULL, "pilot="},
    {"CP05", "=1", NULL, "=1"},
    {"CP05", "Pilot=1", NULL, "Pilot=1"},
    {"CP05", "pilot=1;", NULL, ""},
    {"CP05", ";pilot=1", NULL, ""},
    {"CP05", "pilot=1;pilot=1", NULL, "pilot=1"},
    {"ST11", "tier=district;sex=female;age_band=young", "age_band=young;sex=female;tier=district", NULL},
    {"ST11", "tier=district;sex=female;tier=commune", NULL, "tier=commune"},
    {"ST11", "sex=female; tier=district", NULL, " tier=district"},
    {"CH01", "", NULL, "base"},
    {"CH01", "base=2011", "base=2011", NULL},
    {"CH01", "base=11", NULL, "base=11"},
    {"CH01", "base=2100", NULL, "base=2100"},
    {"TG01", "from=2017-02-07;block=commune", "block=commune;from=2017-02-07", NULL},
    {"TG01", "from=2017-02-30", NULL, "from=2017-02-30"},
    {"PL02", "doc=NQ18", "doc=NQ18", NULL},
    {"PL02", "doc=NQ 18", NULL, "doc=NQ 18"},
    {"EV07", "category=cadre", NULL, "rating"},
    {"EV07", "rating=4;scheme=KS-01;category=cadre", "category=cadre;rating=4;scheme=KS-01", NULL},
    {"EV07", "rating=4;scheme=PLAIN", "rating=4;scheme=PLAIN", NULL},
    {"EV07", "rating=4;scheme=KS-02", NULL, "scheme=KS-02"},
    {"EV07", "rating=not-evaluated", NULL, "rating=not-evaluated"},
};
// clang-format on

static void dims_have_one_stored_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(DIMS); i++) {
        const struct th_measure of = measure(vn, DIMS[i].measure);
        char out[TH_DIMS_MAX + 1] = "";
        struct th_bytes part = {0};
        const enum th_err err = th_measure_dims(&of, th_bytes_of(DIMS[i].dims), out, &part);
        if (DIMS[i].stored == NULL) {
            EXPECT(TH_E_INVALID, err);
            assert_text(part, DIMS[i].part);
        } else {
            EXPECT(TH_OK, err);
            assert_string_equal(out, DIMS[i].stored);
        }
    }
}

static void dims_are_bounded_in_bytes_and_pairs(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en]}\n",
        .measures =
            "dims:\n"
            "  - {code: a, type: code}\n  - {code: b, type: code}\n  - {code: c, type: code}\n"
            "  - {code: d, type: code}\n  - {code: e, type: code}\n  - {code: f, type: code}\n"
            "  - {code: g, type: code}\n"
            "measures:\n"
            "  - {code: M, en: m, shape: stock, dims: [{code: a}, {code: b}, {code: c},\n"
            "     {code: d}, {code: e}, {code: f}, {code: g}]}\n",
    });
    const struct th_measure m = measure(catalogue, "M");
    char out[TH_DIMS_MAX + 1];
    struct th_bytes part;
    const char *const full = // 96 bytes
        "f=1234567890123456789012345678;e=123456789012345678901234567890;"
        "d=123456789012345678901234567890";
    char longer[TH_DIMS_MAX + 2];

    EXPECT(TH_OK, th_measure_dims(&m, TH_BYTES("a=1;b=1;c=1;d=1;e=1;f=1"), out, &part));
    EXPECT(TH_E_INVALID, th_measure_dims(&m, TH_BYTES("a=1;b=1;c=1;d=1;e=1;f=1;g=1"), out, &part));
    assert_text(part, "g=1");
    assert_int_equal(strlen(full), TH_DIMS_MAX);
    EXPECT(TH_OK, th_measure_dims(&m, th_bytes_of(full), out, &part));
    assert_int_equal(strlen(out), TH_DIMS_MAX);
    (void)snprintf(longer, sizeof(longer), "%s1", full);
    EXPECT(TH_E_INVALID, th_measure_dims(&m, th_bytes_of(longer), out, &part));
    EXPECT(TH_OK, th_measure_dims(&m, TH_BYTES("a=12345678901234567890123456789012"), out, &part));
    EXPECT(TH_E_INVALID,
           th_measure_dims(&m, TH_BYTES("a=123456789012345678901234567890123"), out, &part));
    th_catalogue_free(&catalogue);
}

// ---- the built-in catalogue ----

static void open_takes_any_measure_of_any_sign(void **state)
{
    (void)state;
    struct th_catalogue *open = catalogue_open();
    const struct th_measure any = measure(open, "air-transportation.full_time");
    struct th_measure none;

    assert_true(any.open);
    assert_int_equal(any.shape, TH_SHAPE_STOCK);
    assert_int_equal(any.scope, TH_SCOPE_OWN);
    assert_int_equal(any.min, -INT64_MAX);
    assert_int_equal(any.max, INT64_MAX);
    assert_null(any.form);
    assert_int_equal(any.dim_count, 0);
    assert_text(any.code, "air-transportation.full_time");
    assert_text(th_catalogue_settings(open)->default_scheme, "PLAIN");
    assert_true(th_catalogue_settings(open)->period_end);
    EXPECT(TH_E_NOT_FOUND, th_catalogue_measure(open, TH_BYTES("a b"), &none));
    EXPECT(TH_E_NOT_FOUND, th_catalogue_measure(open, TH_BYTES(""), &none));
    th_catalogue_free(&open);
}

static void open_has_the_built_in_measures_and_takes_any_member(void **state)
{
    (void)state;
    struct th_catalogue *open = catalogue_open();
    const struct th_measure ev07 = measure(open, "EV07");
    char out[TH_DIMS_MAX + 1];
    struct th_bytes part;

    assert_false(ev07.open);
    assert_int_equal(th_catalogue_measure_count(open), 5);
    EXPECT(TH_OK,
           th_measure_dims(&ev07, TH_BYTES("rating=not-evaluated;category=annual"), out, &part));
    assert_string_equal(out, "category=annual;rating=not-evaluated");
    assert_int_equal(measure(open, "EV01").shape, TH_SHAPE_DERIVED);
    assert_true(measure(open, "EV01").personal);
    assert_int_equal(measure(open, "EV05").shape, TH_SHAPE_DERIVED);
    assert_false(measure(open, "EV05").personal); // a body is not a person

    const struct th_scheme *plain = th_catalogue_scheme(open, TH_BYTES("PLAIN"));
    assert_true(plain->person_scope_unit);
    assert_true(th_scheme_in_force(plain, period("1990-01-01"), TH_BYTES("annual")));
    assert_non_null(th_scheme_level(plain, 9));
    assert_null(th_scheme_level(plain, 0));
    th_catalogue_free(&open);
}

static void the_first_open_pattern_that_matches_counts(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue:\n"
                    "  code: t\n"
                    "  version: 1\n"
                    "  languages: [en]\n"
                    "  open_measures: [{pattern: \"[a-z-]+[.]fte\", decimals: 9, min: -1000000,\n"
                    "                   max: 1000000}, {pattern: \"x|y\"}, {pattern: \"a.*\"}]\n",
    });
    struct th_measure none;

    assert_int_equal(measure(catalogue, "all.fte").decimals, 9);
    assert_int_equal(measure(catalogue, "all.fte").min, -1000000);
    assert_int_equal(measure(catalogue, "all.ftex").decimals, 0);
    assert_int_equal(measure(catalogue, "all.ftex").max, INT64_MAX);
    assert_int_equal(measure(catalogue, "y").decimals, 0);
    EXPECT(TH_E_NOT_FOUND, th_catalogue_measure(catalogue, TH_BYTES("xy"), &none));
    EXPECT(TH_E_NOT_FOUND, th_catalogue_measure(catalogue, TH_BYTES("ball.fte2"), &none));
    th_catalogue_free(&catalogue);
}

static void listed_measures_go_before_open_ones(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: true}\n",
        .measures = "measures:\n  - {code: posts, en: posts, shape: stock, max: 5}\n",
    });

    assert_int_equal(measure(catalogue, "posts").max, 5);
    assert_false(measure(catalogue, "posts").open);
    assert_true(measure(catalogue, "posts2").open);
    th_catalogue_free(&catalogue);
}

static void the_digest_follows_the_bytes_and_not_the_order_of_files(void **state)
{
    (void)state;
    const struct th_file forward[] = {
        {"catalogue.yaml", TH_BYTES("catalogue: {code: t, version: 1, languages: [en]}\n")},
        {"measures.yaml", TH_BYTES("measures: [{code: A, en: a, shape: stock}]\n")},
    };
    const struct th_file backward[] = {forward[1], forward[0]};
    const struct th_file other[] = {
        forward[0], {"measures.yaml", TH_BYTES("measures: [{code: B, en: a, shape: stock}]\n")}};
    const struct th_file *const sets[] = {forward, backward, other};
    uint8_t digests[3][32];
    struct th_findings findings = th_findings_of(NULL, 0, "t");

    for (size_t i = 0; i < TH_COUNT(sets); i++) {
        struct th_catalogue *catalogue = NULL;
        EXPECT(TH_OK, th_catalogue_read(sets[i], 2, &findings, &catalogue));
        th_catalogue_digest(catalogue, digests[i]);
        th_catalogue_free(&catalogue);
    }

    assert_memory_equal(digests[0], digests[1], 32);
    assert_memory_not_equal(digests[0], digests[2], 32);
}

// ---- reporters ----

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "93,Hậu Giang,Tỉnh,province,,,,\n"
                            "930,Vị Thanh,Thành phố,district,93,,2025-07-01,\n"
                            "931,Ngã Bảy,Thành phố,district,93,,2025-07-01,\n"
                            "31318,Phường I,Phường,commune,930,,2025-07-01,\n"
                            "31321,Phường III,Phường,commune,930,,2025-07-01,\n"
                            "31333,Vị Tân,Phường,commune,93,2025-07-01,,\n"
                            "93-SNV,Sở Nội vụ,Sở,agency,93,,,\n";

static void reporters_are_counted_on_the_day_and_below_the_unit(void **state)
{
    (void)state;
    struct th_register *reg = NULL;
    struct th_findings findings = th_findings_of(NULL, 0, "units");
    EXPECT(TH_OK, th_register_read(th_bytes_of(UNITS), (struct th_bytes){0}, &findings, &reg));
    const th_day before = th_day_of((struct th_date){2022, 9, 14});
    const th_day after = th_day_of((struct th_date){2025, 7, 1});
    const uint32_t root = th_register_find(reg, TH_BYTES("93"), before);
    const uint32_t district = th_register_find(reg, TH_BYTES("930"), before);
    const uint32_t ward = th_register_find(reg, TH_BYTES("31318"), before);
    const uint32_t agency = th_register_find(reg, TH_BYTES("93-SNV"), before);
    const struct th_form *form = th_catalogue_evaluation_form(vn, period("2018"));
    const struct th_bytes listed[] = {TH_BYTES("31318"), TH_BYTES("93-SNV"), TH_BYTES("999")};
    const struct th_form units = {
        .reporters = TH_REPORT_UNITS, .reporter_list = listed, .reporter_count = TH_COUNT(listed)};

    assert_int_equal(th_form_reporters(form, reg, root, root, before), 3);
    assert_int_equal(th_form_reporters(form, reg, root, root, after), 2);
    assert_int_equal(th_form_reporters(form, reg, root, district, before), 1);
    assert_int_equal(th_form_reporters(form, reg, root, district, after), 0);
    assert_int_equal(th_form_reporters(form, reg, root, ward, before), 0);
    assert_true(th_form_is_reporter(form, reg, root, agency, before));
    assert_false(th_form_is_reporter(form, reg, root, root, before));

    assert_int_equal(th_form_reporters(NULL, reg, root, root, before), 4);
    assert_int_equal(th_form_reporters(NULL, reg, root, district, before), 2);
    assert_true(th_form_is_reporter(NULL, reg, root, ward, before));
    assert_false(th_form_is_reporter(NULL, reg, root, district, before));

    assert_int_equal(th_form_reporters(&units, reg, root, root, before), 2);
    assert_int_equal(th_form_reporters(&units, reg, root, district, before), 1);
    assert_true(th_form_is_reporter(&units, reg, root, ward, before));
    assert_false(th_form_is_reporter(&units, reg, root, district, before));
    th_register_free(&reg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_65_measures_and_12_schemes_beside_plain),
        cmocka_unit_test(measures_are_what_the_seed_articles_need),
        cmocka_unit_test(a_measure_that_ended_is_valid_to_the_day_before),
        cmocka_unit_test(targets_take_deadlines_and_all_others_the_rest),
        cmocka_unit_test(three_age_bands),
        cmocka_unit_test(hanoi_rates_monthly_since_july_2018),
        cmocka_unit_test(a_scheme_holds_from_its_first_day_to_the_day_before_its_end),
        cmocka_unit_test(bands_begin_at_their_scores),
        cmocka_unit_test(the_default_scheme_is_the_only_one_in_force),
        cmocka_unit_test(evaluations_belong_to_the_form_of_their_period_type),
        cmocka_unit_test(dims_have_one_stored_form),
        cmocka_unit_test(dims_are_bounded_in_bytes_and_pairs),
        cmocka_unit_test(open_takes_any_measure_of_any_sign),
        cmocka_unit_test(open_has_the_built_in_measures_and_takes_any_member),
        cmocka_unit_test(the_first_open_pattern_that_matches_counts),
        cmocka_unit_test(listed_measures_go_before_open_ones),
        cmocka_unit_test(the_digest_follows_the_bytes_and_not_the_order_of_files),
        cmocka_unit_test(reporters_are_counted_on_the_day_and_below_the_unit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
