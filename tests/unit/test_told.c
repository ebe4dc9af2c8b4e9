// test_told.c - changes and differences across another register and after closing

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/row.h"

#include "tests/support/declaring.h"
#include "tests/support/telling.h"
#include "tests/support/test.h"
#include "workers/query_answer.h"

enum { BYTES_MAX = 16 * 1024 * 1024 };

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

struct stage {
    struct province *p;
    struct player one;  // D1
    struct player two;  // D2
    struct player desk; // node 0
    struct answer answer;
};

static struct stage stage;

static int setup(void **state)
{
    stage = (struct stage){.p = province_make_on_disk(),
                           .one = player_of(1),
                           .two = player_of(2),
                           .desk = player_of(0),
                           .answer = {.done = true}};
    province_roster(stage.p, ROSTER, TH_COUNT(ROSTER));
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *s = *state;
    answer_free(&s->answer);
    province_verify(s->p);
    province_free(s->p);
    return 0;
}

static void say(struct stage *s, struct player *player, struct th_update update)
{
    assert_int_equal(province_say(s->p, player, &update), 0);
}

// ---- asking ----

static const struct answer *ask(struct stage *s, struct th_query query)
{
    static struct th_province asked;
    asked = *s->p->whole;
    asked.closes = s->p->opened != TH_DAY_NONE;
    asked.opened = s->p->opened;
    asked.rules = (struct th_rules){
        .reg = asked.reg, .root = th_register_root(asked.reg), .catalogue = asked.catalogue};
    asked.root = asked.rules.root;
    answer_free(&s->answer);
    s->answer = (struct answer){
        .province = {.province = &asked,
                     .disk = s->p->disk,
                     .opened = {.store_id = s->p->identity.store_id,
                                .birth_id = s->p->identity.store_id}},
        .bytes_max = BYTES_MAX,
    };
    memcpy(s->answer.province.register_digest,
           s->p->identity.register_digest,
           sizeof(s->answer.province.register_digest));
    query.lineage = TH_BYTES("p");
    EXPECT(TH_OK, answer_build(&s->answer, &query));
    assert_int_equal(s->answer.head.code, 0);
    return &s->answer;
}

static char *totals(struct stage *s, const char *known_at)
{
    static const struct th_bytes by[] = {{"unit", 4}, {"dims", 4}};
    const struct answer *answer =
        ask(s,
            (struct th_query){
                .ask = TH_ASK_TOTALS, .by = by, .by_count = 2, .known_at = th_bytes_of(known_at)});
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; i < answer->line_count; i++) {
        th_row_csv(out, &answer->list[i], answer->head.version);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static const struct answer *diff(struct stage *s, const char *from, const char *to)
{
    static const struct th_bytes by[] = {{"unit", 4}};
    return ask(s,
               (struct th_query){.ask = TH_ASK_DIFF,
                                 .by = by,
                                 .by_count = 1,
                                 .known_at = th_bytes_of(from),
                                 .known_to = th_bytes_of(to)});
}

// The line of a unit, and how many changes are told below it.
static const struct th_change *
line_of(const struct answer *answer, const char *unit, const char *measure, size_t *rows)
{
    for (size_t i = 0; i < answer->change_count; i++) {
        const struct th_change *line = &answer->changes[i];
        if (line->version == 0 && th_bytes_equal(line->unit, th_bytes_of(unit)) &&
            th_bytes_equal(line->measure, th_bytes_of(measure))) {
            *rows = 0;
            while (i + *rows + 1 < answer->change_count && line[*rows + 1].version > 0) {
                (*rows)++;
            }
            return line;
        }
    }
    return NULL;
}

// ---- another register ----

static struct th_update unit(const char *name, const char *parent, const char *from, const char *to)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .revision = 1,
        .desk = {.act = TH_ACT_DESK_UNIT,
                 .code = TH_BYTES("C11"),
                 .name = th_bytes_of(name),
                 .type = TH_BYTES("commune"),
                 .parent = th_bytes_of(parent),
                 .valid_from = th_bytes_of(from),
                 .valid_to = th_bytes_of(to)},
    };
}

// C11 belongs to D2 from 2025 on: the same unit, or another one that has its code.
static void change_register(struct stage *s, bool same)
{
    struct th_update updates[] = {
        unit("One one", "D1", "", "2025-01-01"),
        unit("One one", "D2", "2025-01-01", ""),
        {.kind = TH_KIND_DESK,
         .op = TH_OP_SET,
         .revision = 1,
         .desk = {.act = TH_ACT_DESK_SUCCESSOR,
                  .code = TH_BYTES("C11"),
                  .new_code = TH_BYTES("C11"),
                  .effective = TH_BYTES("2025-01-01"),
                  .successor = TH_BYTES("recode")}},
        {.kind = TH_KIND_DESK,
         .op = TH_OP_SET,
         .revision = 1,
         .desk = {.act = TH_ACT_DESK_REGISTER, .rows = {.has = true, .value = 3}}},
    };
    if (!same) {
        updates[2] = updates[3];
        updates[2].desk.rows.value = 2;
    }
    const unsigned exits = s->p->exits;
    province_batch(s->p, &s->desk, updates, same ? 4 : 3);
    if (s->p->exits == exits) {
        province_drain(s->p);
    }
    assert_int_equal(s->p->exits, exits + 1);
    province_restart(s->p);
}

static void say_before(struct stage *s)
{
    say(s, &s->one, figure("C11", "2024-03", "W1", 5));
    say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    say(s, &s->one, person("C11", "2025-03", "p1", 4));
}

static void a_unit_that_goes_elsewhere_is_told_as_structure(void **state)
{
    struct stage *s = *state;
    say_before(s); // versions 1 to 3
    char *before = totals(s, "");
    change_register(s, true);                                       // 4
    say(s, &s->two, revised(figure("C11", "2025-03", "W1", 9), 2)); // 5
    char *after = totals(s, "");

    const struct answer *answer = diff(s, "3", "5");

    size_t rows = 0;
    (void)telling_adds_up(answer->changes, answer->change_count);
    const struct th_change *left = line_of(answer, "D1", "W1", &rows);
    assert_non_null(left);
    assert_int_equal(rows, 1);
    assert_int_equal(left[1].why, TH_WHY_STRUCTURE);
    assert_int_equal(left[1].version, 4);
    assert_int_equal(left->was.value.value, 6);
    const struct th_change *found = line_of(answer, "D2", "W1", &rows);
    assert_non_null(found);
    assert_int_equal(rows, 2); // what came with the unit, and the correction
    assert_int_equal(found[1].why, TH_WHY_STRUCTURE);
    assert_int_equal(found[2].why, TH_WHY_CORRECTION);
    assert_int_equal(found[2].now.value.value - found[2].was.value.value, 3);
    assert_int_equal(found->now.value.value, 9);
    assert_non_null(line_of(answer, "D2", "EV01", &rows));

    char *again = totals(s, "3");
    assert_string_equal(again, before);
    free(again);
    again = totals(s, "5");
    assert_string_equal(again, after);
    free(again);
    free(before);
    free(after);
}

static void records_that_move_are_told_with_where_they_went(void **state)
{
    struct stage *s = *state;
    say_before(s);
    char *before = totals(s, "");
    change_register(s, false);                                      // the code means a new unit
    say(s, &s->two, revised(figure("C11", "2025-03", "W1", 9), 2)); // which is corrected

    const struct answer *answer = ask(s, (struct th_query){.ask = TH_ASK_CHANGES});

    size_t moved = 0;
    for (size_t i = 0; i < answer->change_count; i++) {
        const struct th_change *change = &answer->changes[i];
        if (change->why == TH_WHY_STRUCTURE) {
            assert_int_equal(change->version, 4);
            assert_int_not_equal(change->has_was, change->has_now);
            moved++;
        }
    }
    assert_int_equal(moved, 4); // a figure and a person, each out of a unit and into one
    const struct th_change *last = &answer->changes[answer->change_count - 1];
    assert_true(last->has_was && last->was.value.value == 6 && last->now.value.value == 9);
    assert_int_equal(telling_follows(answer->changes, answer->change_count), 3);

    for (size_t since = 0; since < 5; since++) {
        const char from[] = {(char)('0' + since), '\0'};
        answer = diff(s, from, "5");
        assert_true(telling_adds_up(answer->changes, answer->change_count) > 0);
    }
    char *again = totals(s, "3");
    assert_string_equal(again, before);
    free(again);
    free(before);
}

// What a report says of itself is told nowhere, whether it moves or stays.
static void reports_that_move_are_not_told(void **state)
{
    struct stage *s = *state;
    struct declared said;
    const struct declared_line line = {"W1", "", 1, 6};
    say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    say(s, &s->one, *declare(&said, "f C11 2025-03", &line, 1));
    say(s, &s->desk, desk_opens("C11", "2025-03", "2026-12-31"));
    change_register(s, false);

    const struct answer *answer = ask(s, (struct th_query){.ask = TH_ASK_CHANGES});

    assert_int_equal(answer->change_count, 3); // the figure, out of a unit and into another
    assert_int_equal(answer->changes[2].why, TH_WHY_STRUCTURE);
    answer = diff(s, "3", "4");
    assert_true(telling_adds_up(answer->changes, answer->change_count) > 0);
    assert_int_equal(form_row_of(s->p, "f", "C11", "2025-03").state, FORM_SUBMITTED);
}

// ---- after closing ----

static void what_comes_after_closing_is_told_so(void **state)
{
    struct stage *s = *state;
    struct province *p = s->p;
    p->today = day_of("2026-09-05");
    say(s, &s->one, figure("D1", "2026-08", "W1", 5));
    p->opened = day_of("2026-01-01");
    p->today = day_of("2026-12-20"); // closed since 2026-10-30
    province_restart(p);
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    say(s, &s->desk, desk_opens("D1", "2026-08", "2026-12-31"));
    say(s, &s->one, revised(figure("D1", "2026-08", "W1", 6), 2));
    say(s, &s->one, figure("D1", "2026-11", "W1", 7)); // not closed yet

    const struct answer *answer =
        ask(s, (struct th_query){.ask = TH_ASK_CHANGES, .after_close = true});

    assert_int_equal(answer->change_count, 1);
    assert_int_equal(answer->changes[0].why, TH_WHY_AFTER_CLOSE);
    assert_int_equal(answer->changes[0].was.value.value, 5);
    assert_int_equal(answer->changes[0].now.value.value, 6);
    assert_int_equal(ask(s, (struct th_query){.ask = TH_ASK_CHANGES})->change_count, 3);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_unit_that_goes_elsewhere_is_told_as_structure),
        CASE(records_that_move_are_told_with_where_they_went),
        CASE(reports_that_move_are_not_told),
        CASE(what_comes_after_closing_is_told_so),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
