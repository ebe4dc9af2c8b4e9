// province_texts.c - the register and the catalogue of a province for tests

#include <stdio.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

const char PROVINCE_UNITS[] = "code,name,type,parent,valid_from,valid_to\n"
                              "P,Province,province,,,\n"
                              "D1,First,district,P,,\n"
                              "D2,Second,district,P,,\n"
                              "D3,Third,district,P,,2024-07-01\n"
                              "A1,Agency,agency,P,,\n"
                              "C11,One one,commune,D1,,\n"
                              "C12,One two,commune,D1,,2024-07-01\n"
                              "C13,One three,commune,D1,,2024-07-01\n"
                              "C13,One three,commune,D2,2024-07-01,\n"
                              "C21,Two one,commune,D2,,\n"
                              "C22,Two two,commune,D2,2024-07-01,\n"
                              "C31,Three one,commune,D3,,2024-07-01\n"
                              "C31,Three one,commune,D2,2024-07-01,\n";

const char PROVINCE_SUCCESSORS[] = "old_code,new_code,effective,kind\n"
                                   "C12,C22,2024-07-01,full\n"
                                   "C13,C13,2024-07-01,recode\n"
                                   "C31,C31,2024-07-01,recode\n";

static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue:\n"
                "  code: small\n"
                "  version: 1\n"
                "  languages: [vi, en]\n"
                "  timezone: \"+07:00\"\n"
                "  default_scheme: SC\n"
                "  person_ids: as_is\n"
                "  ambiguous_codes: refuse\n"
                "  open_measures: [{pattern: \"o[.].*\"}]\n",
    .measures = "dims:\n"
                "  - {code: post, vi: chức danh, en: post, type: code}\n"
                "measures:\n"
                "  - {code: W1, vi: một, en: one, unit: {vi: người, en: people}, shape: stock,\n"
                "     dims: [{code: post}], form: f}\n"
                "  - {code: W2, vi: hai, en: two, unit: {vi: người, en: people}, shape: change}\n"
                "  - {code: N1, vi: ba, en: three, unit: {vi: người, en: people}, shape: n_of_m,\n"
                "     form: f}\n"
                "  - {code: T1, vi: bốn, en: four, unit: {vi: người, en: people}, shape: target}\n"
                "  - {code: B1, vi: sáu, en: six, unit: {vi: người, en: people}, shape: stock,\n"
                "     parts: [B2, B3], form: d}\n"
                "  - {code: B2, vi: bảy, en: seven, unit: {vi: người, en: people}, shape: stock,\n"
                "     at_most: B4, dims: [{code: post}], form: d}\n"
                "  - {code: B3, vi: tám, en: eight, unit: {vi: người, en: people}, shape: stock,\n"
                "     form: d}\n"
                "  - {code: B4, vi: chín, en: nine, unit: {vi: người, en: people}, shape: stock,\n"
                "     dims: [{code: post}], form: d}\n"
                "  - {code: F1, vi: mười, en: ten, unit: {vi: người, en: people}, shape: flow,\n"
                "     dims: [{code: post, complete: true}], form: d}\n"
                "  - {code: S1, vi: năm, en: five, unit: {vi: \"‰\", en: \"‰\"}, shape: share,\n"
                "     form: f}\n",
    .schemes = "schemes:\n"
               "  - code: SC\n"
               "    vi: Thang\n"
               "    en: Scale\n"
               "    valid_from: 2015-01-01\n"
               "    periods: [year, month, quarter]\n"
               "    person_scope: province\n"
               "    categories: [cadre, civil_servant, collective]\n"
               "    score: {max: 10000}\n"
               "    levels: [{rating: 4, min_score: 9000}, {rating: 3, min_score: 7000},\n"
               "             {rating: 2, min_score: 5000}, {rating: 1, min_score: 0}]\n"
               "  - code: CP\n"
               "    vi: Trần\n"
               "    en: Capped\n"
               "    valid_from: 2015-01-01\n"
               "    periods: [year, month]\n"
               "    person_scope: province\n"
               "    categories: [cadre, collective]\n"
               "    score: {max: 0}\n"
               "    levels: [{rating: 4}, {rating: 3}, {rating: 2}, {rating: 1}]\n"
               "    cap: {rating: 4, num: 20, den: 100, base: GOOD, group_by: [unit, job_group],\n"
               "          periods: [year], outstanding: {num: 40, den: 100}}\n"
               "  - code: UC\n"
               "    vi: Khác\n"
               "    en: Other\n"
               "    valid_from: 2015-01-01\n"
               "    periods: [year, month]\n"
               "    person_scope: unit\n"
               "    categories: [cadre, collective]\n"
               "    score: {max: 10000}\n"
               "    levels: [{rating: 4}, {rating: 3}, {rating: 2}, {rating: 1}]\n",
    .forms = "forms:\n"
             "  - {code: d, vi: Nghi, en: Doubts, periods: [month, year, term_to_date],\n"
             "     cutoff: calendar, reporters: {levels: [district, agency]}}\n"
             "  - {code: f, vi: Biểu, en: Form, periods: [year, month, day], cutoff: calendar,\n"
             "     due_days: 5, close_days: 60, reporters: {levels: [district, agency]}}\n"
             "  - {code: e, vi: Xếp loại, en: Ratings, evaluation: true, periods: [quarter],\n"
             "     cutoff: calendar, due_days: 10, close_days: 30, return_days: 7}\n",
};

struct th_province *
province_of(const char *units, const char *successors, const struct catalogue_texts *catalogue)
{
    static uint8_t bytes[32 * 1024];
    const struct th_named_bytes files[] = {
        {TH_BYTES("catalogue.yaml"), th_bytes_of(catalogue->settings)},
        {TH_BYTES("measures.yaml"), th_bytes_of(catalogue->measures)},
        {TH_BYTES("schemes.yaml"), th_bytes_of(catalogue->schemes)},
        {TH_BYTES("forms.yaml"), th_bytes_of(catalogue->forms)},
    };
    const struct th_bundle bundle = {
        .root = TH_BYTES("P"),
        .lineage = TH_BYTES("p"),
        .name = TH_BYTES("Province"),
        .units = th_bytes_of(units),
        .successors = th_bytes_of(successors),
        .person_scope = TH_BYTES("scheme"),
        .catalogue = files,
        .catalogue_count = TH_COUNT(files),
    };
    struct th_writer writer = TH_WRITER(bytes);
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "bundle");
    struct th_province *whole = NULL;
    th_bundle_write(&writer, &bundle);
    const enum th_err err = th_province_unpack(th_written(&writer), &findings, &whole);
    EXPECT(TH_OK, th_findings_print(&findings, TH_LANG_EN, TH_COUNT(kept), stderr));
    EXPECT(TH_OK, err);
    return whole;
}

struct th_province *province_first(void)
{
    return province_of(PROVINCE_UNITS, PROVINCE_SUCCESSORS, &CATALOGUE);
}
