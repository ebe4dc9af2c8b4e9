// test_rules_table.c - V01 to V40: what brings each rule about, and its two sentences word for word
//
// A row says which door the statement comes to:
//
//   RULES   the rules themselves, with the installed catalogue and the register of judging.h
//   CLERK   the same, for a node that speaks for nothing
//   HASHED  the same, as the worker judges: persons must be pseudonyms
//   NODE    a file that an office imports
//   WORKER  the judge of the province of province.h, after what is said before
//   LATE    the same, in a province that opened on 2020-01-01
//   OFF     a rule that is off: nothing brings it about
//
// Every sentence of rules.def from V01 to V40 has a row, and every rule that both sides know has
// one at each side; V27 and V32 only at the rules, for the province of the tests has neither codes
// that mean two units nor pseudonyms.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/catalogue.h"
#include "tests/support/declaring.h"
#include "tests/support/judging.h"
#include "tests/support/office.h"
#include "tests/support/province.h"
#include "tests/support/test.h"

enum door { RULES, CLERK, HASHED, NODE, WORKER, LATE, OFF };
enum { RULE_COUNT = 40, ERRORS = 2200, WARNINGS = 2300, NODES = 3 };

struct row {
    unsigned code;
    char variant;
    enum door door;
    // RULES, CLERK, HASHED: a line of judging.h. WORKER, LATE: lines with the node's number in
    // front, "1 S ...|2 S ..."; the last one is meant. NODE: a file.
    const char *statement;
    const char *vi;
    const char *en;
};

#define S376 "S unit=376 period=2017-02-07 "
#define HN   "E scheme=HN-3814 unit=376 period=2018-07 category=cadre person=p1 "
#define KS   "E scheme=KS-01 unit=376 period=2018 category=cadre person=p1 "
#define D1   "1 S unit=D1 period=2023 "
#define SC   " E scheme=SC period=2023 category=cadre "
#define CSV  "unit_code,period,measure,value,note\n"

static const struct row ROWS[] = {
#define R(code, variant, door, statement, vi, en) {code, variant, door, statement, vi, en},
#include "tests/unit/rules_table.def"
#undef R
};

// ---- what was said about a statement ----

struct told {
    char text[2][TH_SENTENCE_BYTES];
    bool found;
};

static void hear(struct told *told, const struct row *row, const struct th_verdict *verdict)
{
    if (!told->found && verdict->code == row->code && verdict->variant == row->variant) {
        told->found = true;
        for (enum th_lang lang = TH_LANG_VI; lang <= TH_LANG_EN; lang++) {
            (void)th_verdict_text(verdict, lang, told->text[lang], sizeof(told->text[lang]));
        }
    }
}

static void at_the_rules(const struct row *row, struct told *told)
{
    struct judging *vn = judging_start(catalogue_vn());
    vn->grant.desk = row->door != CLERK;
    vn->rules.hashed_here = row->door != HASHED;
    (void)judging_says(vn, row->statement);
    hear(told, row, &vn->verdict);
    for (size_t i = 0; i < vn->judged.warning_count; i++) {
        hear(told, row, &vn->judged.warnings[i]);
    }
    judging_end(vn);
}

static void at_an_office(const struct row *row, struct told *told)
{
    struct office office;
    struct th_finding kept[8];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "in.csv");
    struct intake_result result = {0};
    struct intake_options options = {.form = "staffing"};
    struct intake *intake = NULL;
    office_make(&office, "vn");
    EXPECT(TH_OK, intake_open(&office.home, &options, &findings, &result, &intake));
    char *path = scratch_write(office.scratch, "in.csv", th_bytes_of(row->statement));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    const enum th_err err = intake_csv(intake, fileno(file));
    assert_true(err == TH_OK || err == TH_E_REFUSED);
    (void)fclose(file);
    free(path);
    intake_close(&intake);
    for (size_t i = 0; i < findings.count; i++) {
        hear(told, row, &th_findings_at(&findings, i)->verdict);
    }
    intake_result_free(&result);
    office_free(&office);
}

// Everything that a node is told with the answer to a ping or a batch.
static void hear_node(struct province *p,
                      const struct row *row,
                      uint32_t node,
                      enum th_message_type type,
                      struct told *told)
{
    if (province_heard(p, node, type) == NULL) {
        return;
    }
    const struct th_decided decided = province_decided(p, node, type);
    for (size_t i = 0; i < decided.verdict_count; i++) {
        hear(told, row, &decided.verdicts[i].verdict);
    }
    for (size_t i = 0; i < decided.notice_count; i++) {
        hear(told, row, &decided.notices[i].item.verdict);
    }
}

static void at_the_province(const struct row *row, struct told *told)
{
    static const char *const ROSTER[NODES] = {"D1", "D2", "A1"};
    struct province *p = province_make();
    struct judging *reader = judging_start(catalogue_open()); // only reads lines
    struct player players[NODES + 1] = {{0}, player_of(1), player_of(2), player_of(3)};
    char text[1024];
    char *rest = NULL;
    if (row->door == LATE) {
        p->opened = day_of("2020-01-01");
        province_restart(p);
    }
    province_roster(p, ROSTER, NODES);
    (void)snprintf(text, sizeof(text), "%s", row->statement);
    for (char *line = strtok_r(text, "|", &rest); line != NULL; line = strtok_r(NULL, "|", &rest)) {
        struct player *player = &players[line[0] - '0'];
        (void)judging_says(reader, line + 2);
        assert_false(told->found); // the last statement brings it about, and none before
        province_batch(p, player, &reader->update, 1);
        province_drain(p);
        hear_node(p, row, player->number, TH_MSG_ACK, told);
    }
    for (uint32_t node = 1; node <= NODES; node++) {
        province_ping(p, &players[node]);
        province_drain(p);
        hear_node(p, row, node, TH_MSG_PONG, told);
    }
    province_verify(p);
    judging_end(reader);
    province_free(p);
}

static void nowhere(const struct row *row, struct told *told)
{
    char params[2][TH_PARAM_BYTES];
    struct th_verdict verdict;
    assert_int_equal(sscanf(row->statement, "%64s %64s", params[0], params[1]), 2);
    th_verdict_make(&verdict, row->code, row->variant, "", params[0], params[1], NULL);
    hear(told, row, &verdict);
}

static unsigned check(const struct row *row)
{
    static void (*const DOORS[])(const struct row *, struct told *) = {
        [RULES] = at_the_rules,
        [CLERK] = at_the_rules,
        [HASHED] = at_the_rules,
        [NODE] = at_an_office,
        [WORKER] = at_the_province,
        [LATE] = at_the_province,
        [OFF] = nowhere,
    };
    struct told told = {.found = false};
    DOORS[row->door](row, &told);
    if (told.found && strcmp(told.text[TH_LANG_VI], row->vi) == 0 &&
        strcmp(told.text[TH_LANG_EN], row->en) == 0) {
        return 0;
    }
    print_message(
        "%u%c \"%s\"\n  wanted \"%s\"\n         \"%s\"\n  got    \"%s\"\n         \"%s\"\n",
        row->code,
        row->variant != 0 ? row->variant : ' ',
        row->statement,
        row->vi,
        row->en,
        told.text[TH_LANG_VI],
        told.text[TH_LANG_EN]);
    return 1;
}

static void every_rule_says_its_two_sentences(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < TH_COUNT(ROWS); i++) {
        wrong += check(&ROWS[i]);
    }
    assert_int_equal(wrong, 0);
}

// ---- none is missing ----

static bool has_row(unsigned code, int variant, unsigned doors)
{
    for (size_t i = 0; i < TH_COUNT(ROWS); i++) {
        if (ROWS[i].code == code && (variant < 0 || ROWS[i].variant == variant) &&
            (doors >> ROWS[i].door & 1U) != 0) {
            return true;
        }
    }
    return false;
}

static void no_rule_and_no_sentence_is_missing(void **state)
{
    (void)state;
    const unsigned any = ~0U;
    for (unsigned rule = 1; rule <= RULE_COUNT; rule++) {
        if (!has_row(ERRORS + rule, -1, any) && !has_row(WARNINGS + rule, -1, any)) {
            fail_msg("V%02u has no row", rule);
        }
    }
    for (size_t i = 0; i < th_message_count(); i++) {
        const struct th_sentence *sentence = th_message_at(i);
        const unsigned rule = sentence->code % 100;
        if (sentence->code > ERRORS && sentence->code < WARNINGS + 100 && rule <= RULE_COUNT &&
            !has_row(sentence->code, sentence->variant, any)) {
            fail_msg("%u%c has no row", sentence->code, sentence->variant);
        }
    }
}

static void what_both_sides_know_is_said_at_both(void **state)
{
    (void)state;
    static const unsigned BOTH[] = {2201, 2202, 2203, 2204, 2205, 2206, 2207,
                                    2208, 2209, 2210, 2211, 2323, 2224, 2228,
                                    2229, 2231, 2234, 2236, 2237, 2239, 2340};
    for (size_t i = 0; i < TH_COUNT(BOTH); i++) {
        assert_true(has_row(BOTH[i], -1, 1U << RULES | 1U << CLERK | 1U << NODE));
        assert_true(has_row(BOTH[i], -1, 1U << WORKER));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_says_its_two_sentences),
        cmocka_unit_test(no_rule_and_no_sentence_is_missing),
        cmocka_unit_test(what_both_sides_know_is_said_at_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
