// load.c - see load.h

#include "tests/sim/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

const char *const LOAD_MEASURE_CODES[LOAD_MEASURES] = {"SIM.posts", "SIM.filled"};
const char *const LOAD_PERIOD_LABELS[LOAD_PERIODS] = {"2018", "2018-07", "2019", "2010"};
const char *const LOAD_DAY_LABELS[LOAD_DAYS] = {"2018-03-01", "2018-09-01", "2019-03-01"};
const char *const LOAD_FORM_CODES[LOAD_FORMS] = {"posts", "rated"};
const char *const LOAD_KINDS[LOAD_MOVABLES - LOAD_MOVABLE_PEOPLE] = {"cell", "agency"};

// ---- names ----

char *load_lineage(uint32_t province, char out[static LOAD_LINEAGE_BYTES])
{
    (void)snprintf(out, LOAD_LINEAGE_BYTES, "lin%u", province % 10);
    return out;
}

char *load_root(uint32_t province, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "P%u", province);
    return out;
}

char *load_district(uint32_t node, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "D%u", node);
    return out;
}

char *load_commune(uint32_t node, uint32_t commune, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "C%u-%u", node, commune);
    return out;
}

char *load_movable(uint32_t movable, char out[static LOAD_CODE_BYTES])
{
    const bool person = movable < LOAD_MOVABLE_PEOPLE;
    (void)snprintf(out, LOAD_CODE_BYTES, "%s %u", person ? "mobile" : "body", movable);
    return out;
}

// Nodes are dealt out in turn, so a smaller world has the same nodes in the same provinces.
uint32_t load_province_of(const struct swarm *swarm, uint32_t node)
{
    return load_is_desk(node) ? node - SWARM_NODES_MAX : (node - 1) % swarm->provinces + 1;
}

uint32_t load_desk_of(uint32_t province)
{
    return SWARM_NODES_MAX + province;
}

bool load_is_desk(uint32_t node)
{
    return node > SWARM_NODES_MAX;
}

bool load_has_own_desk(const struct swarm *swarm)
{
    return swarm->seed % 2 == 0;
}

uint32_t load_spoken(const struct swarm *swarm, uint32_t node)
{
    return load_is_desk(node) && load_has_own_desk(swarm) ? 0 : node;
}

uint32_t load_speaker(const struct swarm *swarm, uint32_t province, uint32_t spoken)
{
    return spoken == 0 && load_has_own_desk(swarm) ? load_desk_of(province) : spoken;
}

// ---- units.csv ----

static void write_node(FILE *file, uint32_t node, uint32_t province)
{
    char code[LOAD_CODE_BYTES];
    char parent[LOAD_CODE_BYTES];
    (void)fprintf(file,
                  "%s,District %u,district,%s,,\n",
                  load_district(node, code),
                  node,
                  load_root(province, parent));
    load_district(node, parent);
    for (uint32_t i = 0; i + 1 < LOAD_COMMUNES; i++) {
        (void)fprintf(file, "%s,Commune,commune,%s,,\n", load_commune(node, i, code), parent);
    }
    // The last commune came to a district of its own after all that is reported here: a sum must
    // count it where it was then.
    load_commune(node, LOAD_COMMUNES - 1, code);
    (void)fprintf(file, "%s,Moving,commune,%s,,2021-01-01\n", code, parent);
    (void)fprintf(file, "N%u,New,district,%s,2021-01-01,\n", node, load_root(province, parent));
    (void)fprintf(file, "%s,Moving,commune,N%u,2021-01-01,\n", code, node);
}

static char *write_units(uint32_t provinces, uint32_t province)
{
    enum { UNITS_BYTES = 64 * 1024 };
    th_assert(provinces > 0);
    char *csv = calloc(1, UNITS_BYTES);
    FILE *file = csv == NULL ? NULL : fmemopen(csv, UNITS_BYTES, "w");
    th_assert(file != NULL);
    char code[LOAD_CODE_BYTES];
    (void)fprintf(file, "code,name,type,parent,valid_from,valid_to\n");
    (void)fprintf(file, "%s,Province,province,,,\n", load_root(province, code));
    for (uint32_t node = province; node <= SWARM_NODES_MAX; node += provinces) {
        write_node(file, node, province);
    }
    (void)fclose(file);
    return csv;
}

// ---- the catalogue ----

// Ten years: 2010 is closed, 2018 is not, wherever a clock jumps to.
#define CLOSING                                                                                 \
    "periods: [year, month], cutoff: calendar, due_days: 9, close_days: 3650, return_days: 60," \
    " reporters: leaves"
static const struct {
    const char *name;
    const char *text;
} CATALOGUE[] = {
    {"catalogue.yaml",
     "catalogue:\n"
     "  code: sim\n"
     "  version: 1\n"
     "  languages: [vi, en]\n"
     "  timezone: \"+00:00\"\n"
     "  default_scheme: PLAIN\n"
     "  person_ids: as_is\n"
     "  ambiguous_codes: period_end\n"},
    {"measures.yaml",
     "measures:\n"
     "  - {code: SIM.posts, shape: stock, form: posts, scope: own, vi: a, en: a}\n"
     "  - {code: SIM.filled, shape: stock, form: posts, scope: own, vi: b, en: b}\n"},
    {"schemes.yaml",
     "schemes:\n"
     "  - {code: WIDE, vi: w, en: w, person_scope: province, categories: [civil],\n"
     "     periods: [year, month], score: {max: 10000},\n"
     "     levels: [{rating: 4}, {rating: 3}, {rating: 2}, {rating: 1}]}\n"},
    {"forms.yaml",
     "forms:\n"
     "  - {code: posts, vi: p, en: p, " CLOSING "}\n"
     "  - {code: rated, vi: r, en: r, evaluation: true, " CLOSING "}\n"},
};
#undef CLOSING

struct th_province *load_province(uint32_t provinces, uint32_t province)
{
    static uint8_t space[128 * 1024];
    struct th_writer out = TH_WRITER(space);
    struct th_named_bytes files[TH_COUNT(CATALOGUE)];
    char root[LOAD_CODE_BYTES];
    char lineage[LOAD_LINEAGE_BYTES];
    for (size_t i = 0; i < TH_COUNT(CATALOGUE); i++) {
        files[i] = (struct th_named_bytes){.name = th_bytes_of(CATALOGUE[i].name),
                                           .bytes = th_bytes_of(CATALOGUE[i].text)};
    }
    char *units = write_units(provinces, province);
    const struct th_bundle bundle = {
        .root = th_bytes_of(load_root(province, root)),
        .lineage = th_bytes_of(load_lineage(province, lineage)),
        .name = TH_BYTES("Province"),
        .units = th_bytes_of(units),
        .person_scope = TH_BYTES("scheme"),
        .catalogue = files,
        .catalogue_count = TH_COUNT(files),
    };
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "the load");
    struct th_province *made = NULL;
    th_bundle_write(&out, &bundle);
    free(units);
    const enum th_err err = th_province_unpack(th_written(&out), &findings, &made);
    th_assert(th_findings_print(&findings, TH_LANG_EN, TH_COUNT(kept), stderr) == TH_OK);
    th_assert(err == TH_OK);
    return made;
}

// ---- on the way ----

static struct th_bytes wide_or_plain(const struct load_item *item)
{
    const bool wide = item->kind == LOAD_MOVABLE && item->what < LOAD_MOVABLE_PEOPLE;
    return wide ? TH_BYTES("WIDE") : TH_BYTES("PLAIN");
}

static void rate_person(const struct load_item *item, struct th_update *update)
{
    update->kind = TH_KIND_EVALUATION;
    struct th_evaluation *evaluation = &update->evaluation;
    evaluation->scheme = wide_or_plain(item);
    evaluation->category = TH_BYTES("civil");
    if (!item->withdraw) {
        evaluation->rating = (struct th_opt){.has = true, .value = item->qualifier};
        evaluation->score = (struct th_opt){.has = item->value >= 0, .value = item->value};
    }
}

static void rate_body(const struct load_item *item, struct th_update *update)
{
    update->kind = TH_KIND_COLLECTIVE;
    struct th_collective *body = &update->collective;
    body->scheme = wide_or_plain(item);
    body->kind = th_bytes_of(LOAD_KINDS[item->what - LOAD_MOVABLE_PEOPLE]);
    if (!item->withdraw) {
        body->rating = (struct th_opt){.has = true, .value = item->qualifier};
        body->score = (struct th_opt){.has = item->value >= 0, .value = item->value};
    }
}

static void state_figure(const struct load_item *item, struct th_update *update)
{
    update->kind = TH_KIND_STAFFING;
    struct th_staffing *staffing = &update->staffing;
    staffing->measure = th_bytes_of(LOAD_MEASURE_CODES[item->what]);
    if (!item->withdraw) {
        staffing->qualifier = item->qualifier;
        staffing->value = (struct th_opt){.has = true, .value = item->value};
    }
}

static void transfer(const struct load_item *item, struct th_bytes to, struct th_update *update)
{
    update->kind = TH_KIND_TRANSFER;
    struct th_transfer *transfer = &update->transfer;
    transfer->scheme = TH_BYTES("WIDE");
    transfer->effective = th_bytes_of(LOAD_DAY_LABELS[item->day]);
    transfer->year =
        (struct th_bytes){.data = LOAD_DAY_LABELS[item->day], .size = sizeof("2018") - 1};
    if (!item->withdraw) {
        transfer->to_unit = to;
        transfer->scored_months = (struct th_opt){.has = true, .value = item->qualifier};
        transfer->score_sum = (struct th_opt){.has = true, .value = item->value};
    }
}

// What each line of a completion counts.
static const struct {
    enum load_form form;
    const char *measure;
    const char *dims;
} LINES[LOAD_LINES] = {
    {LOAD_POSTS, "SIM.posts", ""},
    {LOAD_POSTS, "SIM.filled", ""},
    {LOAD_RATED, "EV01", "category=civil;scheme=PLAIN"},
    {LOAD_RATED, "EV01", "category=civil;scheme=WIDE"},
    {LOAD_RATED, "EV05", "collective_kind=cell;scheme=PLAIN"},
    {LOAD_RATED, "EV05", "collective_kind=agency;scheme=PLAIN"},
};

static void
complete(const struct load_item *item, struct load_texts *texts, struct th_update *update)
{
    update->kind = TH_KIND_COMPLETION;
    struct th_completion *completion = &update->completion;
    completion->form = th_bytes_of(LOAD_FORM_CODES[item->what]);
    completion->lines = texts->lines;
    for (size_t i = 0; i < LOAD_LINES && !item->withdraw; i++) {
        if (LINES[i].form == (enum load_form)item->what && item->lines[i].count > 0) {
            texts->lines[completion->line_count++] = (struct th_completion_line){
                .measure = th_bytes_of(LINES[i].measure),
                .dims = th_bytes_of(LINES[i].dims),
                .count = {.has = true, .value = item->lines[i].count},
                .sum = {.has = true, .value = item->lines[i].sum},
            };
        }
    }
}

static void decide(const struct load_item *item, struct load_texts *texts, struct th_update *update)
{
    (void)snprintf(texts->reason, sizeof(texts->reason), "words %u", (unsigned)item->value % 10);
    update->kind = TH_KIND_DESK;
    update->desk.form = th_bytes_of(LOAD_FORM_CODES[item->what]);
    update->desk.text = th_bytes_of(texts->reason);
    if (item->kind == LOAD_DECISION) {
        update->desk.act = TH_ACT_DESK_DECISION;
        update->desk.decision = item->returns ? TH_BYTES("return") : TH_BYTES("accept");
    } else {
        update->desk.act = TH_ACT_DESK_REOPEN;
        update->desk.until = TH_BYTES("2098-12-31");
        update->desk.granted_by = TH_BYTES("the desk");
    }
}

static void
change_register(const struct load_item *item, struct load_texts *texts, struct th_update *update)
{
    const bool ends = item->what == LOAD_ENDS;
    struct th_desk_act *act = &update->desk;
    update->kind = TH_KIND_DESK;
    act->act = TH_ACT_DESK_REGISTER;
    if (item->what == LOAD_FORGET) {
        update->op = TH_OP_WITHDRAW;
    } else if (item->what == LOAD_APPLY) {
        act->rows = (struct th_opt){.has = true, .value = item->value};
    } else {
        act->act = TH_ACT_DESK_UNIT;
        act->code = th_bytes_of(load_commune(item->at.node, item->at.commune, texts->other));
        act->name = ends ? TH_BYTES("Commune") : TH_BYTES("Another commune");
        act->type = TH_BYTES("commune");
        act->parent = th_bytes_of(load_district(item->at.node, texts->reason));
        *(ends ? &act->valid_to : &act->valid_from) = TH_BYTES("2019-01-01");
    }
}

static void name_place(struct load_item const *item, struct th_bytes unit, struct th_update *update)
{
    const struct th_bytes period = th_bytes_of(LOAD_PERIOD_LABELS[item->period]);
    switch (update->kind) {
    case TH_KIND_EVALUATION:
        update->evaluation.unit = unit;
        update->evaluation.period = period;
        return;
    case TH_KIND_STAFFING:
        update->staffing.unit = unit;
        update->staffing.period = period;
        return;
    case TH_KIND_COLLECTIVE:
        update->collective.unit = unit;
        update->collective.period = period;
        return;
    case TH_KIND_TRANSFER:
        update->transfer.from_unit = unit;
        return;
    case TH_KIND_COMPLETION:
        update->completion.unit = unit;
        update->completion.period = period;
        return;
    case TH_KIND_DESK:
        update->desk.unit = unit;
        update->desk.period = period;
        return;
    case TH_KIND_NONE:
        break;
    }
    th_unreachable();
}

static void fill(const struct load_item *item, struct load_texts *texts, struct th_update *update)
{
    const bool person = item->what < LOAD_MOVABLE_PEOPLE;
    switch (item->kind) {
    case LOAD_FIGURE:
        state_figure(item, update);
        return;
    case LOAD_PERSON:
        (void)snprintf(texts->person, sizeof(texts->person), "person %u", item->what);
        rate_person(item, update);
        update->evaluation.person = th_bytes_of(texts->person);
        return;
    case LOAD_MOVABLE:
        load_movable(item->what, texts->person);
        person ? rate_person(item, update) : rate_body(item, update);
        *(person ? &update->evaluation.person : &update->collective.collective) =
            th_bytes_of(texts->person);
        return;
    case LOAD_TRANSFER:
        load_movable(item->what, texts->person);
        load_commune(item->to.node, item->to.commune, texts->other);
        transfer(item, th_bytes_of(texts->other), update);
        update->transfer.person = th_bytes_of(texts->person);
        return;
    case LOAD_COMPLETION:
        complete(item, texts, update);
        return;
    case LOAD_DECISION:
    case LOAD_REOPENING:
        decide(item, texts, update);
        return;
    case LOAD_CHANGE:
        change_register(item, texts, update);
        return;
    }
    th_unreachable();
}

struct th_update load_update(const struct load_item *item, struct load_texts *texts)
{
    struct th_update update = {
        .op = item->withdraw ? TH_OP_WITHDRAW : TH_OP_SET,
        .revision = item->revision,
    };
    fill(item, texts, &update);
    if (item->kind == LOAD_CHANGE) {
        return update; // about no unit's report
    }
    if (item->nowhere) {
        (void)snprintf(texts->unit, sizeof(texts->unit), "nowhere");
    } else {
        load_commune(item->at.node, item->at.commune, texts->unit);
    }
    name_place(item, th_bytes_of(texts->unit), &update);
    return update;
}
