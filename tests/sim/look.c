// look.c - what is on a province's disk, read for the oracle: after each commit, and at the end

#include <string.h>

#include "tests/sim/run.h"
#include "workers/form.h"
#include "workers/judge.h"
#include "workers/months.h"
#include "workers/open.h"
#include "workers/query_body.h"
#include "workers/reform.h"
#include "workers/table.h"
#include "workers/totals.h"
#include "workers/verify.h"

enum { TOLD_BYTES_MAX = 64 * 1024 * 1024 };

// ---- whose register it has ----

static void find_register(struct run *run, uint32_t number)
{
    struct run_changed *changed = &run->changed[number];
    const struct th_store store = th_store_memory_ops(run->workers[number]->disk);
    const struct th_check check = open_check(run->store_ids[number]);
    th_province_free(&changed->province);
    const enum th_err err = reform_province(store, &check, UINT64_MAX, &changed->province);
    if (err != TH_OK) {
        oracle_fail(run->oracle, "C4: the register of province %u cannot be read", number);
    }
}

const struct th_province *look_province(struct run *run, uint32_t number)
{
    const struct th_province *first = run->setting->provinces[number];
    struct run_changed *changed = &run->changed[number];
    struct identity identity;
    uint64_t pieces = 0;
    const struct th_store store = th_store_memory_ops(run->workers[number]->disk);
    if (th_store_count(store, TABLE_BUNDLE, &pieces) != TH_OK || pieces == 0 ||
        open_read_identity(store, &identity) != TH_OK) {
        return first;
    }
    if (memcmp(identity.register_digest, changed->digest, sizeof(changed->digest)) != 0) {
        find_register(run, number);
        memcpy(changed->digest, identity.register_digest, sizeof(changed->digest));
    }
    return changed->province == NULL ? first : changed->province;
}

// ---- after each commit ----

// Everything that a look at the totals and reports of a province needs.
struct look {
    struct run *run;
    uint32_t number;
    const struct th_register *reg;
    struct th_store store;
    struct th_check check;
};

static struct look look_at(struct run *run, const struct actor *worker)
{
    return (struct look){
        .run = run,
        .number = worker->number,
        .reg = look_province(run, worker->number)->reg,
        .store = th_store_memory_ops(worker->disk),
        .check = open_check(run->store_ids[worker->number]),
    };
}

static void see_node(const struct run *run, const struct actor *actor, uint32_t node)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    const struct key key = key_of_node(load_spoken(&run->world.swarm, node));
    struct th_bytes value;
    struct node_row row = {0};
    enum th_err err = th_check_get(&check, store, TABLE_NODE, key_view(&key), &value);
    err = err == TH_OK ? node_row_read(value, &row) : err;
    if (err == TH_OK || err == TH_E_NOT_FOUND) {
        const struct oracle_seq through = {.node = node, .epoch = row.epoch, .seq = row.seq};
        oracle_decided(run->oracle, actor->number, &through);
    } else {
        oracle_fail(run->oracle, "C4: the row of node %u cannot be read", node);
    }
}

static void see_nodes(const struct run *run, const struct actor *actor)
{
    const struct swarm *swarm = &run->world.swarm;
    for (uint32_t node = 1; node <= swarm->nodes; node++) {
        if (load_province_of(swarm, node) == actor->number) {
            see_node(run, actor, node);
        }
    }
    see_node(run, actor, load_desk_of(actor->number));
}

// What came to the ledger since it was read last.
static void see_ledger(struct run *run, const struct actor *actor)
{
    const struct th_store store = th_store_memory_ops(actor->disk);
    const struct th_check check = open_check(run->store_ids[actor->number]);
    struct run_ledger *read = &run->ledgers[actor->number];
    struct th_bytes key = {.data = read->key, .size = read->size};
    struct th_bytes value;
    enum th_err err = read->size == 0 ? th_store_seek(store, TABLE_LEDGER, key, &key, &value)
                                      : th_store_next(store, TABLE_LEDGER, key, &key, &value);
    while (err == TH_OK) {
        struct ledger_entry entry;
        th_assert(key.size <= sizeof(read->key));
        memmove(read->key, key.data, key.size);
        read->size = key.size;
        key.data = read->key;
        if (th_get_u32((const uint8_t *)key.data + 8) != LEDGER_HEAD) {
            if (th_check_open(&check, TABLE_LEDGER, key, &value) != TH_OK ||
                ledger_read(value, &entry) != TH_OK) {
                oracle_fail(run->oracle, "C4: the ledger cannot be read");
                return;
            }
            const struct ledger_batch *batch = &entry.batch;
            const struct oracle_seq at = {
                .node = load_speaker(&run->world.swarm, actor->number, batch->node),
                .epoch = batch->epoch,
                .seq = batch->seq,
            };
            oracle_ledger(run->oracle, actor->number, &at, entry.body);
        }
        err = th_store_next(store, TABLE_LEDGER, key, &key, &value);
    }
}

static void
see_total(const struct look *look, const struct figure_key *parts, const struct th_cell *cell)
{
    char period[TH_PERIOD_TEXT_BYTES];
    char unit[TH_UNIT_REF_MAX + 1];
    th_register_label(look->reg, parts->uid, parts->period, unit);
    const struct oracle_total total = {
        .measure = parts->measure,
        .period = th_bytes_of(th_period_text(parts->period, period)),
        .unit = th_bytes_of(unit),
        .dims = parts->dims,
        .value = cell->value,
        .contributions = th_cell_contributions(cell),
        .reported = cell->reported,
        .qualifier = th_cell_figure(cell).qualifier,
    };
    oracle_total(look->run->oracle, look->number, &total);
}

static void see_totals(const struct look *look)
{
    struct oracle *oracle = look->run->oracle;
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(look->store, TABLE_TOTAL, key, &key, &value);
    oracle_totals_begin(oracle, look->number, "C4");
    while (err == TH_OK) {
        struct figure_key parts;
        struct th_cell cell;
        uint64_t topic_seq = 0;
        if (th_check_open(&look->check, TABLE_TOTAL, key, &value) != TH_OK ||
            key_read_total(key, &parts) != TH_OK ||
            totals_read_cell(value, &cell, &topic_seq) != TH_OK) {
            oracle_fail(oracle, "C4: a total cannot be read");
            return;
        }
        see_total(look, &parts, &cell);
        err = th_store_next(look->store, TABLE_TOTAL, key, &key, &value);
    }
    oracle_totals_end(oracle, look->number);
}

// The unit of a report as the load names it: C3-1.
static bool
place_of(const struct look *look, const struct form_key *parts, struct load_item *report)
{
    char unit[TH_UNIT_REF_MAX + 1];
    char code[LOAD_CODE_BYTES];
    th_register_label(look->reg, parts->uid, parts->period, unit);
    for (uint32_t node = 1; node <= look->run->world.swarm.nodes; node++) {
        for (uint32_t commune = 0; commune < LOAD_COMMUNES; commune++) {
            if (strcmp(unit, load_commune(node, commune, code)) == 0) {
                report->at = (struct load_place){.node = node, .commune = commune};
                return true;
            }
        }
    }
    return false;
}

static bool
name_report(const struct look *look, const struct form_key *parts, struct load_item *report)
{
    char label[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes period = th_bytes_of(th_period_text(parts->period, label));
    report->what = th_bytes_equal(parts->form, th_bytes_of(LOAD_FORM_CODES[0])) ? 0 : 1;
    report->period = LOAD_PERIODS;
    for (uint32_t i = 0; i < LOAD_PERIODS; i++) {
        if (th_bytes_equal(period, th_bytes_of(LOAD_PERIOD_LABELS[i]))) {
            report->period = i;
        }
    }
    return report->period < LOAD_PERIODS && place_of(look, parts, report);
}

static void see_reports(const struct look *look)
{
    struct oracle *oracle = look->run->oracle;
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(look->store, TABLE_FORM, key, &key, &value);
    oracle_totals_begin(oracle, look->number, "C4");
    while (err == TH_OK) {
        struct form_key parts;
        struct form_row row;
        struct load_item report = {.revision = 0};
        if (th_check_open(&look->check, TABLE_FORM, key, &value) != TH_OK ||
            key_read_form(key, &parts) != TH_OK || form_read(value, &row) != TH_OK ||
            !name_report(look, &parts, &report)) {
            oracle_fail(oracle, "C4: a report cannot be read");
            return;
        }
        oracle_report(oracle, look->number, &report, row.state);
        err = th_store_next(look->store, TABLE_FORM, key, &key, &value);
    }
    oracle_reports_end(oracle, look->number);
}

void look_committed(struct world *world, struct actor *actor)
{
    struct run *run = world->context;
    see_ledger(run, actor);
    see_nodes(run, actor);
    const struct look look = look_at(run, actor);
    see_totals(&look);
    see_reports(&look);
}

// ---- at the end: the worker's own verification ----

static void report(void *self, const struct verify_finding *finding)
{
    struct run *run = self;
    oracle_fail(run->oracle,
                "C4: verify %u: %s: kept %s, counted %s",
                finding->code,
                TABLE_NAMES[finding->table],
                finding->kept,
                finding->counted);
}

void look_verify(struct run *run, struct actor *actor)
{
    uint64_t rows = 0;
    if (th_store_count(th_store_memory_ops(actor->disk), TABLE_META, &rows) == TH_OK && rows == 0) {
        return; // its disk was gone, and nobody has needed it since
    }
    char lineage[LOAD_LINEAGE_BYTES];
    const struct th_province *province = look_province(run, actor->number);
    const struct verify_setup setup = {
        .store = th_store_memory_ops(actor->disk),
        .birth_id = run->store_ids[actor->number],
        .lineage = th_bytes_of(load_lineage(actor->number, lineage)),
        .reg = province->reg,
        .catalogue = province->catalogue,
        .root = province->root,
    };
    struct verify_result result;
    const enum th_err err = verify_run(&setup, VERIFY_FULL, report, run, &result);
    if (err != TH_OK) {
        world_fail(
            &run->world, "province %u: verify ended with %s", actor->number, th_err_name(err));
    }
}

void look_months(struct run *run, struct actor *actor)
{
    const struct th_check check = open_check(run->store_ids[actor->number]);
    const struct months_source source = {
        .store = th_store_memory_ops(actor->disk),
        .check = &check,
        .catalogue = run->setting->provinces[actor->number]->catalogue,
    };
    for (uint32_t i = 0; i < 2 * LOAD_MOVABLE_PEOPLE; i++) {
        static const int32_t YEARS[] = {2018, 2019};
        const uint32_t person = i % LOAD_MOVABLE_PEOPLE;
        const uint32_t year = i / LOAD_MOVABLE_PEOPLE;
        char name[LOAD_CODE_BYTES];
        uint8_t id[TH_HASH128_BYTES];
        const struct th_bytes text = th_bytes_of(load_movable(person, name));
        th_hash128(id, (struct th_bytes){0}, &text, 1);
        const struct months_question question = {
            .person = id,
            .year = {.type = TH_PERIOD_YEAR,
                     .first = th_day_of((struct th_date){YEARS[year], 1, 1}),
                     .last = th_day_of((struct th_date){YEARS[year], 12, 31})},
            .uid = TH_UNIT_NONE,
        };
        struct months months;
        if (months_find(&source, &question, &months) != TH_OK) {
            oracle_fail(run->oracle, "C9: the months of a person cannot be read");
            return;
        }
        const struct load_sum sum = {.count = months.count, .sum = months.sum};
        oracle_months(run->oracle, actor->number, person, year, &sum);
    }
}

// ---- what is told of everything that was decided ----

static int64_t value_of(bool has, const struct th_total *total)
{
    return has && total->value.has ? total->value.value : 0;
}

static void see_changes(struct run *run, const struct actor *actor, const struct answer *answer)
{
    for (size_t i = 0; i < answer->change_count; i++) {
        const struct th_change *change = &answer->changes[i];
        const struct oracle_told told = {
            .node = load_speaker(&run->world.swarm, actor->number, change->node),
            .seq = change->seq,
            .index = change->index,
            .pieces = {.gone = change->has_was ? 1 : 0,
                       .come = change->has_now ? 1 : 0,
                       .was = value_of(change->has_was, &change->was),
                       .now = value_of(change->has_now, &change->now),
                       .late = change->why == TH_WHY_AFTER_CLOSE},
        };
        oracle_told(run->oracle, actor->number, &told);
    }
    oracle_told_end(run->oracle, actor->number);
}

void look_told(struct run *run, struct actor *actor)
{
    struct th_province asked = *look_province(run, actor->number);
    asked.closes = true;
    asked.opened = th_day_of((struct th_date){.year = 2000, .month = 1, .day = 1});
    struct answer answer = {.province = {.province = &asked}, .bytes_max = TOLD_BYTES_MAX};
    const struct th_query query = {.ask = TH_ASK_CHANGES};
    struct reading reading = {
        .answer = &answer,
        .query = &query,
        .store = th_store_memory_ops(actor->disk),
        .check = open_check(run->store_ids[actor->number]),
    };
    const enum th_err err = answer_changes(&reading);
    if (err == TH_OK && answer.head.code == 0) {
        see_changes(run, actor, &answer);
    } else {
        oracle_fail(run->oracle, "C9: what was decided cannot be told: %s", th_err_name(err));
    }
    answer_free(&answer);
}
