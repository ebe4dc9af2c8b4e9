// query_structure.c - totals in the structure of another day, of all the provinces that are here
//
// A province that merged into another keeps its own store, so an answer about today's province
// reads the stores of those it was made of, as far as this worker holds them. The asked province's
// wide register says which those are; a province of the worker is the same as a root of it when
// that root had its code on its last day.

#include "workers/query_structure.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MAX = 1000000, REF_BYTES = TH_UNIT_REF_MAX + 1 };

static void structure_free(struct structure *structure)
{
    for (size_t i = 0; i < structure->held_count; i++) {
        past_close(&structure->held[i].past);
        th_province_free(&structure->held[i].own);
        th_disk_end(&structure->held[i].txn);
    }
    free(structure->held);
    free(structure->absent);
    free(structure->sources);
    restated_free(&structure->restated);
}

// ---- which day ----

static enum th_err read_day(const struct reading *reading, th_day *day)
{
    const struct answer *answer = reading->answer;
    // As known then, the newest structure is that of then.
    const int64_t known_ms = reading->past != NULL ? answer->head.wall_ms : reading->now_ms;
    return th_province_structure_day(
        answer->province.province, reading->query->structure, known_ms, day);
}

// ---- which provinces ----

// A day of the unit's life: its last one, when that can be written.
static th_day day_of_life(const struct th_register *reg, uint32_t uid)
{
    const th_day last = th_register_last_day(reg, uid);
    return last < TH_DAY_LAST ? last : TH_DAY_LAST;
}

// The root of the wide register that a province's own root is; TH_UNIT_NONE.
static uint32_t wide_root_of(const struct structure *structure, const struct th_province *province)
{
    struct th_unit unit;
    const th_day day = day_of_life(province->reg, province->root);
    if (th_register_on(province->reg, province->root, day, &unit) != TH_OK) {
        return TH_UNIT_NONE;
    }
    const uint32_t uid = th_register_find(structure->wide, unit.code, day);
    return th_register_parent(structure->wide, uid, day) == TH_UNIT_NONE ? uid : TH_UNIT_NONE;
}

static enum th_err add_held(struct structure *structure, const struct query_province *asked)
{
    struct held *held = &structure->held[structure->held_count++];
    *held = (struct held){.asked = asked, .province = asked->province};
    TH_TRY(query_open_held(structure, structure->held_count - 1));
    held->wide_root = wide_root_of(structure, held->province);
    return TH_OK;
}

static enum th_err find_held(struct structure *structure)
{
    const struct answer *answer = structure->reading->answer;
    structure->held = calloc(answer->other_count + 1, sizeof(*structure->held));
    if (structure->held == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(add_held(structure, &answer->province));
    // A version is one of the asked store; of the others only a day says which was meant.
    const struct th_bytes known_at = structure->reading->query->known_at;
    th_day day = TH_DAY_NONE;
    const bool alone = known_at.size > 0 && th_day_parse(known_at, &day) != TH_OK;
    for (size_t i = 0; i < answer->other_count && !alone; i++) {
        const struct query_province *other = &answer->others[i];
        if (other->disk != answer->province.disk &&
            wide_root_of(structure, other->province) != TH_UNIT_NONE) {
            TH_TRY(add_held(structure, other));
        }
    }
    return TH_OK;
}

static bool is_held(const struct structure *structure, uint32_t root)
{
    for (size_t i = 0; i < structure->held_count; i++) {
        if (structure->held[i].wide_root == root) {
            return true;
        }
    }
    return false;
}

static enum th_err find_absent(struct structure *structure)
{
    const size_t count = th_register_roots(structure->wide, NULL, 0);
    structure->absent = calloc(count + 1, sizeof(*structure->absent));
    if (structure->absent == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)th_register_roots(structure->wide, structure->absent, count);
    for (size_t i = 0; i < count; i++) {
        if (!is_held(structure, structure->absent[i])) {
            structure->absent[structure->absent_count++] = structure->absent[i];
        }
    }
    return TH_OK;
}

static enum th_err make_restated(struct structure *structure)
{
    const struct answer *answer = structure->reading->answer;
    const size_t held = structure->held_count;
    structure->sources = calloc(held + 1, sizeof(*structure->sources));
    if (structure->sources == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < held; i++) {
        const struct th_province *province = structure->held[i].province;
        structure->held[i].own_root = province->root;
        structure->sources[i] = (struct restated_source){
            .reg = province->reg,
            .catalogue = province->catalogue,
            .roots = &structure->held[i].own_root,
            .root_count = 1,
        };
    }
    structure->sources[held] = (struct restated_source){
        .reg = structure->wide,
        .catalogue = structure->province->catalogue,
        .roots = structure->absent,
        .root_count = structure->absent_count,
    };
    const struct restated_setup setup = {
        .wide = structure->wide,
        .catalogue = structure->province->catalogue,
        .day = structure->day,
        .sources = structure->sources,
        .source_count = held + (structure->absent_count > 0 ? 1 : 0),
        .bytes_max = answer->bytes_max - answer->bytes,
    };
    return restated_make(&setup, &structure->restated);
}

// ---- what is asked ----

static enum th_err ask_lines(struct structure *structure, bool *known)
{
    struct reading *reading = structure->reading;
    struct th_bytes unknown = {0};
    const struct th_lines_structure about = {
        .day = structure->day, .expect = restated_expect, .self = structure->restated};
    const struct th_lines_setup setup = {
        .reg = structure->wide,
        .root = restated_standing(structure->restated, 0, structure->province->root).uid,
        .catalogue = structure->province->catalogue,
        .structure = &about,
    };
    const enum th_err err =
        th_lines_make_on(reading->query, &setup, &unknown, &reading->answer->lines);
    *known = err == TH_OK;
    if (err == TH_E_NOT_FOUND || err == TH_E_INVALID) {
        answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, unknown);
        return TH_OK;
    }
    TH_TRY(err);
    return restated_ask(structure->restated, reading->answer->lines);
}

// Could the unit have a figure in a period that is asked for?
static bool
lives_then(const struct structure *structure, const struct th_register *reg, uint32_t uid)
{
    const struct th_query *query = structure->reading->query;
    bool lives = query->period_count == 0;
    for (size_t i = 0; i < query->period_count && !lives; i++) {
        struct th_period period;
        lives = th_period_parse(query->periods[i], &period) == TH_OK &&
                th_register_first_day(reg, uid) <= period.last &&
                th_register_last_day(reg, uid) >= period.first;
    }
    return lives;
}

static void find_matters(struct structure *structure)
{
    for (size_t i = 0; i < structure->held_count; i++) {
        const struct th_register *reg = structure->sources[i].reg;
        for (uint32_t uid = 1; uid <= th_register_unit_count(reg); uid++) {
            if (restated_matters(structure->restated, i, uid) && lives_then(structure, reg, uid)) {
                structure->held[i].matters = true;
                break;
            }
        }
    }
}

static bool matters_below(const struct structure *structure, uint32_t root)
{
    const struct th_register *wide = structure->wide;
    for (uint32_t uid = 1; uid <= th_register_unit_count(wide); uid++) {
        uint32_t path[TH_UNIT_DEPTH_MAX];
        const size_t depth = th_register_path(wide, uid, day_of_life(wide, uid), path);
        if (depth > 0 && path[depth - 1] == root &&
            restated_matters(structure->restated, structure->held_count, uid) &&
            lives_then(structure, wide, uid)) {
            return true;
        }
    }
    return false;
}

static void drop_absent(struct structure *structure)
{
    size_t kept = 0;
    for (size_t i = 0; i < structure->absent_count; i++) {
        if (matters_below(structure, structure->absent[i])) {
            structure->absent[kept++] = structure->absent[i];
        }
    }
    structure->absent_count = kept;
    structure->sources[structure->held_count].root_count = kept;
}

// ---- what is said of the answer as a whole ----

static enum th_err name_missing(struct structure *structure, uint32_t root)
{
    struct answer *answer = structure->reading->answer;
    struct th_unit unit;
    char text[TH_DAY_TEXT_BYTES];
    uint8_t ref[REF_BYTES];
    struct th_writer writer = TH_WRITER(ref);
    const th_day last = th_register_last_day(structure->wide, root);
    const th_day day = last == TH_DAY_MAX ? structure->day : last;
    const th_day first = th_register_first_day(structure->wide, root);
    TH_TRY(th_register_on(structure->wide, root, day < first ? first : day, &unit));
    th_write_bytes(&writer, unit.code);
    th_write_u8(&writer, '@');
    th_write_bytes(&writer, th_bytes_of(th_day_text(day < first ? first : day, text)));
    void *list = answer->missing;
    TH_TRY(answer_room(
        answer, &list, answer->head.missing_count, &answer->missing_max, sizeof(*answer->missing)));
    answer->missing = list;
    TH_TRY(answer_hold(answer, th_written(&writer), &answer->missing[answer->head.missing_count]));
    answer->head.missing_count++;
    return TH_OK;
}

static enum th_err name_source(struct structure *structure, const struct held *held)
{
    struct answer *answer = structure->reading->answer;
    void *list = answer->sources;
    TH_TRY(answer_room(
        answer, &list, answer->head.source_count, &answer->source_max, sizeof(*answer->sources)));
    answer->sources = list;
    answer->sources[answer->head.source_count++] = (struct th_answer_source){
        .lineage = th_bytes_of(held->province->lineage), .version = held->version};
    return TH_OK;
}

static enum th_err describe(struct structure *structure)
{
    struct answer *answer = structure->reading->answer;
    char day[TH_DAY_TEXT_BYTES];
    char text[TH_DAY_TEXT_BYTES + 8];
    char fault[RESTATED_FAULT_BYTES];
    (void)snprintf(text, sizeof(text), "as-of:%s", th_day_text(structure->day, day));
    TH_TRY(answer_hold(answer, th_bytes_of(text), &answer->head.structure));
    answer->head.conservation = TH_CONSERVED;
    if (!restated_is_conserved(structure->restated, fault)) {
        answer->head.conservation = TH_NOT_CONSERVED;
        th_bytes_copy_text(th_bytes_of(fault), answer->detail, sizeof(answer->detail));
        answer->head.detail = th_bytes_of(answer->detail);
    }
    for (size_t i = 0; i < structure->held_count; i++) {
        const struct held *held = &structure->held[i];
        if (held->matters) {
            TH_TRY(name_source(structure, held));
        }
        if (held->differs) {
            TH_TRY(name_missing(structure, held->wide_root));
        }
    }
    for (size_t i = 0; i < structure->absent_count; i++) {
        TH_TRY(name_missing(structure, structure->absent[i]));
    }
    return TH_OK;
}

static enum th_err answer_lines(struct structure *structure)
{
    struct answer *answer = structure->reading->answer;
    bool known = false;
    TH_TRY(find_held(structure));
    TH_TRY(find_absent(structure));
    TH_TRY(make_restated(structure));
    TH_TRY(ask_lines(structure, &known));
    if (!known) {
        return TH_OK;
    }
    find_matters(structure);
    if (structure->absent_count > 0) {
        drop_absent(structure);
    }
    for (size_t i = 0; i < structure->held_count; i++) {
        TH_TRY(query_read_held(structure, i));
    }
    TH_TRY(restated_finish(structure->restated));
    TH_TRY(th_lines_list(answer->lines, ROWS_MAX, &answer->list, &answer->line_count));
    return describe(structure);
}

// With its kin, as the province is known: an earlier register has the kin of now.
static enum th_err find_wide(struct structure *structure)
{
    struct answer *answer = structure->reading->answer;
    const struct th_province *province = structure->province;
    structure->wide = province->wide;
    if (structure->wide == NULL) {
        TH_TRY(th_province_widen(province->reg, answer->province.kin, &answer->own_wide));
        structure->wide = answer->own_wide != NULL ? answer->own_wide : province->reg;
    }
    return TH_OK;
}

enum th_err answer_structure(struct reading *reading)
{
    TH_SCOPED(structure_free)
    struct structure structure = {.reading = reading,
                                  .province = reading->answer->province.province};
    TH_TRY(find_wide(&structure));
    if (read_day(reading, &structure.day) != TH_OK) {
        answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, reading->query->structure);
        return TH_OK;
    }
    return answer_lines(&structure);
}
