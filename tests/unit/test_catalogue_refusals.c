// test_catalogue_refusals.c - every mistake in a catalogue's files is named with its place

#include <stdlib.h>
#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/support/test.h"

#define HEAD    "catalogue: {code: t, version: 1, languages: [vi, en]}\n"
#define I(rest) "indicators: [{code: I, vi: i, en: i, " rest "}]\n"
#define X8      "EV01, EV01, EV01, EV01, EV01, EV01, EV01, EV01, "
#define M(rest) "measures:\n  - {code: A, vi: a, en: a, shape: " rest "}\n"
#define S(rest) \
    "schemes:\n  - {code: S, vi: s, en: s, periods: [year], levels: [{rating: 1}], " rest "}\n"

struct refusal {
    struct catalogue_texts texts;
    const char *findings;
};

// clang-format off
static const struct refusal REFUSALS[] = {
    {{.settings = HEAD}, ""},
    {{.settings = ""}, "catalogue.yaml:1:1 1102 catalogue"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], colour: red}\n"},
     "catalogue.yaml:1:51 1101 colour"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: ND1}\n"},
     "catalogue.yaml:1:67 1111 default_scheme ND1"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], timezone: \"7\"}\n"},
     "catalogue.yaml:1:61 1104 timezone 7 zone"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], public: {release: \"24:00\"}}\n"},
     "catalogue.yaml:1:69 1104 release 24:00 clock"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: [{pattern: \"a(\"}]}\n"},
     "catalogue.yaml:1:77 1104 pattern a( pattern"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: [{pattern: \"a)|(b\"}]}\n"},
     "catalogue.yaml:1:77 1104 pattern a)|(b pattern"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: [{pattern: '(a)\\1'}]}\n"},
     "catalogue.yaml:1:77 1104 pattern (a)\\1 pattern"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: [{pattern: 'a{1,255}'}]}\n"},
     "catalogue.yaml:1:77 1104 pattern a{1,255} pattern"},
    {{.settings = "catalogue: {code: t, version: 1, languages: [en], open_measures: [{pattern: a, min: 2, max: 1}]}\n"},
     "catalogue.yaml:1:93 1105 max 1 2 9223372036854775807"},

    {{.settings = HEAD, .measures = M("stock") "  - {code: A, vi: a, en: a, shape: flow}\n"},
     "measures.yaml:3:5 1110 A 2"},
    {{.settings = HEAD, .measures = "measures:\n  - {code: A, vi: a, shape: stock}\n"},
     "measures.yaml:2:5 1102 en"},
    {{.settings = HEAD, .measures = M("stock, form: bien-che")}, "measures.yaml:2:49 1111 form bien-che"},
    {{.settings = HEAD, .measures = M("stock, parts: [B]")}, "measures.yaml:2:50 1111 parts B"},
    {{.settings = HEAD, .measures = M("stock, dims: [{code: sex}]")}, "measures.yaml:2:50 1111 dims sex"},
    {{.settings = HEAD, .measures = M("stock, min: -1")}, "measures.yaml:2:48 1105 min -1 0 9223372036854775807"},
    {{.settings = HEAD, .measures = M("share, max: 1001")}, "measures.yaml:2:48 1105 max 1001 0 1000"},
    {{.settings = HEAD, .measures = M("stock, min: 9, max: 8")}, "measures.yaml:2:56 1105 max 8 9 9223372036854775807"},
    {{.settings = HEAD, .measures = M("stock, valid_from: 2026-01-01, valid_to: 2026-01-01")},
     "measures.yaml:2:77 1105 valid_to 2026-01-01 2026-01-01 9999-12-31"},
    {{.settings = HEAD, .measures = "measures:\n  - {code: EV07, vi: a, en: a, shape: flow}\n"},
     "measures.yaml:2:5 1104 shape EV07 built-in"},
    {{.settings = HEAD, .measures = M("target, form: F"),
      .forms = "forms: [{code: F, vi: f, en: f, periods: [day]}]\n"},
     "measures.yaml:2:50 1104 form F form-for-shape"},
    {{.settings = HEAD, .measures = "dims: [{code: sex, type: enum}]\n"}, "measures.yaml:1:8 1102 members"},
    {{.settings = HEAD, .measures = "dims: [{code: Sex, type: code}]\n"}, "measures.yaml:1:15 1104 code Sex dim-code"},
    {{.settings = HEAD, .measures = "dims: [{code: y, type: year, members: [{code: a, vi: a, en: a}]}]\n"},
     "measures.yaml:1:39 1104 members  key-of-enum"},
    {{.settings = HEAD, .measures = "dims: [{code: s, type: enum, members: [{code: a, vi: a, en: a}, {code: a, vi: b, en: b}]}]\n"},
     "measures.yaml:1:65 1110 a 1"},
    {{.settings = HEAD, .measures = M("stock") "derived: [{code: D, vi: d, en: d, sum_of: \"B*\"}]\n"},
     "measures.yaml:3:43 1111 sum_of B*"},
    {{.settings = HEAD, .measures = M("stock") "derived: [{code: A, vi: d, en: d, sum_of: \"A*\"}]\n"},
     "measures.yaml:3:11 1110 A 2"},

    {{.settings = HEAD, .measures = M("stock") "derived: [{code: D, vi: d, en: d, sum_of: \"A\"}, {code: D, vi: d, en: d, sum_of: \"A\"}]\n"},
     "measures.yaml:3:49 1110 D 3"},
    {{.settings = HEAD, .measures = M("stock") "derived: [{code: EV07, vi: d, en: d, sum_of: \"A\"}]\n"},
     "measures.yaml:3:11 1104 code EV07 built-in"},
    {{.settings = HEAD, .measures = M("stock") "derived: [{code: D, vi: d, en: d, sum_of: \"A?\"}]\n"},
     "measures.yaml:3:43 1104 sum_of A? glob"},
    {{.settings = HEAD, .measures = M("stock") "derived: [{code: D, vi: d, en: d, sum_of: \"*A*A*A*A*\"}]\n"},
     "measures.yaml:3:43 1104 sum_of *A*A*A*A* glob"},
    {{.settings = HEAD, .measures = M("share") "derived: [{code: D, vi: d, en: d, sum_of: \"A\"}]\n"},
     "measures.yaml:3:43 1111 sum_of A"}, // shares are never added up
    {{.settings = HEAD, .measures = M("stock") "  - {code: AB, vi: a, en: a, shape: stock, decimals: 2}\n"
      "derived: [{code: D, vi: d, en: d, sum_of: \"A*\"}]\n"},
     "measures.yaml:4:43 1104 sum_of AB same-decimals"},

    {{.settings = HEAD, .schemes = S("score: {max: 10}") "  - {code: S, vi: s, en: s, periods: [year], levels: [{rating: 1}]}\n"},
     "schemes.yaml:3:5 1110 S 2"},
    {{.settings = HEAD, .schemes = S("score: {max: 10, common: 11}")}, "schemes.yaml:2:94 1105 common 11 0 10"},
    {{.settings = HEAD, .schemes = S("cap: {rating: 4, base: GOOD}")}, "schemes.yaml:2:74 1111 cap 4"},
    {{.settings = HEAD, .schemes = S("cap: {rating: 1, base: GOOD, periods: [month]}")},
     "schemes.yaml:2:107 1111 periods month"},
    {{.settings = HEAD, .schemes = S("cap: {rating: 1, base: BEST}")},
     "schemes.yaml:2:92 1104 base BEST ALL_RATED, GOOD, GOOD_PLUS_EXCELLENT, EXTERNAL"},
    {{.settings = HEAD, .schemes = S("cap: {rating: 1, base: GOOD, num: 1, den: 0}")},
     "schemes.yaml:2:111 1105 den 0 1 1000000"},
    {{.settings = HEAD, .schemes = S("deadline: {year: \"02-29\"}")}, "schemes.yaml:2:86 1104 year 02-29 month-day"},
    {{.settings = HEAD, .schemes = S("categories: [a, a]")}, "schemes.yaml:2:81 1110 a 2"},
    {{.settings = HEAD, .schemes = "schemes:\n  - {code: S, vi: s, en: s, periods: [year],\n"
      "     levels: [{rating: 2, min_score: 50}, {rating: 1, min_score: 60}]}\n"},
     "schemes.yaml:3:66 1105 min_score 60 0 49"},
    {{.settings = HEAD, .schemes = "schemes:\n  - {code: S, vi: s, en: s, periods: [year],\n"
      "     levels: [{rating: 2, label: A}, {rating: 2, label: a}]}\n"},
     "schemes.yaml:3:38 1110 2 3\nschemes.yaml:3:57 1110 a 3"},
    {{.settings = HEAD, .schemes = "schemes:\n  - {code: S, vi: s, en: s, periods: [year], levels: [{rating: 2, label: \"3\"}]}\n"},
     "schemes.yaml:2:74 1104 label 3 label"},
    {{.settings = HEAD, .schemes = S("categories: [cadre, civil]"),
      .measures = "dims: [{code: category, type: enum, members: [{code: cadre, vi: a, en: a}]}]\n"},
     "schemes.yaml:2:81 1111 categories civil"},

    {{.settings = HEAD, .forms = "forms: [{code: F, vi: f, en: f, periods: [day]}, {code: F, vi: f, en: f, periods: [day]}]\n"},
     "forms.yaml:1:50 1110 F 1"},
    {{.settings = HEAD, .forms = "forms: [{code: F, vi: f, en: f, periods: [day], reporters: {levels: [a], units: [b]}}]\n"},
     "forms.yaml:1:60 1104 reporters  reporters"},
    {{.settings = HEAD, .forms = "forms: [{code: F, vi: f, en: f, periods: [day], due_days: 9, close_days: 8}]\n"},
     "forms.yaml:1:74 1105 close_days 8 9 3660"},
    {{.settings = HEAD, .forms = "forms: [{code: F, vi: f, en: f, periods: [day], cutoff: d29}]\n"},
     "forms.yaml:1:9 1104 cutoff d29 cutoff"},
    {{.settings = HEAD, .forms = "forms:\n  - {code: F, vi: f, en: f, periods: [year], evaluation: true}\n"
      "  - {code: G, vi: f, en: f, periods: [month, year], evaluation: true}\n"},
     "forms.yaml:3:5 1110 year 2"},

    {{.settings = HEAD, .measures = M("stock"), .indicators = "indicators: [{code: I, vi: i, en: i, num: [\"-A.of\"], den: [B]}]\n"},
     "indicators.yaml:1:59 1111 den B"},
    {{.settings = HEAD, .measures = M("stock"), .indicators = "indicators: [{code: I, vi: i, en: i, num: [\"A{x=1\"]}]\n"},
     "indicators.yaml:1:43 1104 num A{x=1 operand"},
    {{.settings = HEAD, .indicators = "indicators: [{code: I, vi: i, en: i, num: [\"EV01{rating=*}\", \"EV07{sex=1}\"]}]\n"},
     "indicators.yaml:1:43 1104 num EV07{sex=1} operand"},
    {{.settings = HEAD, .indicators = I("num: [EV01], scale: 0")}, "indicators.yaml:1:58 1105 scale 0 1 1000000"},
    {{.settings = HEAD, .indicators = I("num: [EV01], scale: 120")}, "indicators.yaml:1:58 1104 scale 120 power-of-ten"},
    {{.settings = HEAD, .indicators = I("den: [EV01]")}, "indicators.yaml:1:14 1102 num"},
    {{.settings = HEAD, .indicators = I("num: []")}, "indicators.yaml:1:14 1102 num"},
    {{.settings = HEAD, .indicators = I("num: [\"*\"]")}, "indicators.yaml:1:43 1104 num * operand"},
    {{.settings = HEAD, .indicators = I("over: [\"EV*\"], num: [\"*{rating=4}\"]")},
     "indicators.yaml:1:58 1104 num *{rating=4} operand"},
    {{.settings = HEAD, .indicators = I("over: [\"X*\", \"EV 1\"], num: [\"*\"]")},
     "indicators.yaml:1:44 1111 over X*\nindicators.yaml:1:44 1104 over EV 1 glob"},
    {{.settings = HEAD, .indicators = I("num: [\"EV01{rating=4;rating=3}\"]")},
     "indicators.yaml:1:43 1104 num EV01{rating=4;rating=3} operand"},
    {{.settings = HEAD, .indicators = I("num: [\"EV01{}\"]")}, "indicators.yaml:1:43 1104 num EV01{} operand"},
    {{.settings = HEAD, .indicators = I("num: [\"EV01{rating=4;}\"]")},
     "indicators.yaml:1:43 1104 num EV01{rating=4;} operand"},
    {{.settings = HEAD, .indicators = I("num: [\"EV01.off\"]")}, "indicators.yaml:1:43 1111 num EV01.off"},
    {{.settings = HEAD, .indicators = I("num: [\"EV01{rating}\"]")}, "indicators.yaml:1:43 1104 num EV01{rating} operand"},
    {{.settings = HEAD, .measures = "dims: [{code: sex, type: enum, members: [{code: f, vi: f, en: f}]}]\n"
      M("stock, dims: [{code: sex}]"), .indicators = I("num: [\"A{sex=f}\", \"A{sex=*}\", \"A{sex=m}\"]")},
     "indicators.yaml:1:43 1104 num A{sex=m} operand"},
    {{.settings = HEAD, .indicators = I("num: [EV01], den: [EV01], den_level: commune")},
     "indicators.yaml:1:75 1104 den_level commune one-den"},
    {{.settings = HEAD, .indicators = I("kind: progress, num: [EV01], scale: 10")},
     "indicators.yaml:1:59 1104 num  key-of-ratio\nindicators.yaml:1:74 1104 scale  key-of-ratio"},
    {{.settings = HEAD, .indicators = I("kind: mean")},
     "indicators.yaml:1:44 1104 kind mean ratio, cap_room, progress, completeness, transfer_balance"},
    {{.settings = HEAD, .indicators = I("num: [EV01], min_base: -1")},
     "indicators.yaml:1:61 1105 min_base -1 0 9223372036854775807"},
    {{.settings = HEAD, .indicators = "indicators: [{code: I, vi: i, en: i, num: [EV01]}, {code: I, vi: i, en: i, num: [EV01]}]\n"},
     "indicators.yaml:1:52 1110 I 1"},
    {{.settings = HEAD, .indicators = I("num: [" X8 X8 X8 X8 "EV01]")}, "indicators.yaml:1:43 1105 num 33 1 32"},
    {{.settings = HEAD, .targets = "targets: [{measure: A, per: day, achieved: B}]\n"},
     "targets.yaml:1:29 1104 per day deadline, year"},
    {{.settings = HEAD, .measures = M("target"), .targets =
      "targets: [{measure: A, per: year, achieved: EV07}, {measure: A, per: year, achieved: A}]\n"},
     "targets.yaml:1:52 1110 A 1\ntargets.yaml:1:86 1104 achieved A reported-measure"},
    {{.settings = HEAD, .measures = M("target") "  - {code: B, vi: a, en: a, shape: flow, decimals: 1}\n",
      .targets = "targets: [{measure: A, per: year, achieved: B}]\n"},
     "targets.yaml:1:45 1104 achieved B same-decimals"},
    {{.settings = HEAD, .measures = M("stock"), .targets = "targets: [{measure: A, per: year, achieved: B}]\n"},
     "targets.yaml:1:21 1104 measure A target\ntargets.yaml:1:45 1111 achieved B"},
    {{.settings = HEAD, .measures = "measures: [", .targets = "targets: [{measure: A, per: year, achieved: B}]\n"}, NULL},
};
// clang-format on

static void every_mistake_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(REFUSALS); i++) {
        char *findings = catalogue_findings(&REFUSALS[i].texts);
        if (REFUSALS[i].findings != NULL) {
            assert_string_equal(findings, REFUSALS[i].findings);
        } else {
            assert_non_null(strstr(findings, "measures.yaml"));
            assert_null(strstr(findings, "targets.yaml")); // what it refers to is not known
        }
        free(findings);
    }
}

static void what_is_computed_may_refer_to_all_that_may_be_reported(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [vi, en], open_measures: true}\n",
        .measures = "measures:\n"
                    "  - {code: TG01, vi: a, en: a, shape: target}\n"
                    "  - {code: CH03, vi: a, en: a, shape: flow}\n"
                    "derived: [{code: all.fte, vi: a, en: b, sum_of: \"*.fte\"}]\n",
        .indicators =
            "indicators:\n"
            "  - {code: I01, vi: tỷ lệ xuất sắc, en: share rated excellent,\n"
            "     num: [\"EV01{rating=4}\", \"EV07{rating=4}\"], den: [\"EV01{rating=4}\"],\n"
            "     scale: 1000}\n"
            "  - {code: I16, vi: a, en: b, num: [\"CH03\", \"-CH03.before\"]}\n",
        .targets = "targets: [{measure: TG01, per: deadline, achieved: CH03, of: CH03}]\n",
    });

    assert_int_equal(th_catalogue_measure_count(catalogue), 8);
    th_catalogue_free(&catalogue);
}

static void unknown_and_missing_files_are_named(void **state)
{
    (void)state;
    const struct th_file files[] = {{"measure.yaml", TH_BYTES("measures: []\n")}};
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "t");
    struct th_catalogue *catalogue = NULL;

    EXPECT(TH_E_REFUSED, th_catalogue_read(files, TH_COUNT(files), &findings, &catalogue));

    assert_int_equal(findings.count, 2);
    assert_string_equal(th_findings_at(&findings, 0)->verdict.params[0], "measure.yaml");
    assert_int_equal(th_findings_at(&findings, 1)->verdict.code, 1102);
    assert_string_equal(findings.file, "t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_named_with_its_place),
        cmocka_unit_test(what_is_computed_may_refer_to_all_that_may_be_reported),
        cmocka_unit_test(unknown_and_missing_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
