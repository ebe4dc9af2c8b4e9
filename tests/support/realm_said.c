// realm_said.c - random statements about a random province

#include <stdio.h>
#include <string.h>

#include "tests/support/realm.h"
#include "tests/support/statements.h"

#define PICK(rng, list) (list)[rng_below((rng), TH_COUNT(list))]

static const char *const PEOPLE[] = {"an", "binh", "chi", "dung", "em"};
static const char *const NOTES[] = {"", "a note"};
static const char *const DAYS[] = {
    "2023-02-10", "2023-06-30", "2023-07-01", "2023-09-15", "2024-01-01", "2024-06-30"};

// ---- words ----

struct th_bytes realm_word(struct realm *realm, const char *text)
{
    for (int i = 0; i < realm->word_count; i++) {
        if (strcmp(realm->words[i], text) == 0) {
            return th_bytes_of(realm->words[i]);
        }
    }
    assert_true(realm->word_count < REALM_WORDS);
    char *kept = realm->words[realm->word_count++];
    (void)snprintf(kept, sizeof(realm->words[0]), "%s", text);
    return th_bytes_of(kept);
}

// Some unit, mostly as it is written in that period; sometimes one that does not live then.
static struct th_bytes random_unit(struct realm *realm, const char *label)
{
    const struct ground *ground = &realm->naive.ground;
    const struct ground_period period = ground_period(ground, label);
    char text[GROUND_REF_BYTES];
    int unit = 1 + (int)rng_below(realm->rng, (uint32_t)ground->units);
    for (int tries = 0;
         tries < 8 && (ground->last[unit] < period.first || ground->first[unit] > period.last);
         tries++) {
        unit = 1 + (int)rng_below(realm->rng, (uint32_t)ground->units);
    }
    return realm_word(realm, ground_label(ground, unit, &period, text));
}

static struct th_bytes random_period(struct realm *realm)
{
    return th_bytes_of(PICK(realm->rng, realm->periods));
}

// One in which people are rated, mostly.
static struct th_bytes random_rating_period(struct realm *realm)
{
    struct th_bytes period = random_period(realm);
    while (period.size != 4 && period.size != 6 && period.size != 7 && !rng_chance(realm->rng, 2)) {
        period = random_period(realm);
    }
    return period;
}

// ---- first statements ----

static struct th_update random_person(struct realm *realm)
{
    struct rng *rng = realm->rng;
    struct th_update update = {.kind = TH_KIND_EVALUATION, .op = TH_OP_SET};
    struct th_evaluation *said = &update.evaluation;
    const bool other = rng_chance(rng, 30);
    said->period = random_rating_period(realm);
    said->unit = random_unit(realm, said->period.data);
    said->person = th_bytes_of(PICK(rng, PEOPLE));
    said->scheme = other ? TH_BYTES("UC") : TH_BYTES("SC");
    said->category = !other && rng_chance(rng, 30) ? TH_BYTES("civil_servant") : TH_BYTES("cadre");
    said->rating = (struct th_opt){.has = rng_chance(rng, 85), .value = rng_between(rng, 1, 4)};
    said->score = (struct th_opt){.has = !said->rating.has || rng_chance(rng, 50),
                                  .value = rng_between(rng, 0, 10000)};
    said->months_scored =
        (struct th_opt){.has = rng_chance(rng, 40), .value = rng_between(rng, 1, 4)};
    if (rng_chance(rng, 70)) {
        said->reason = rng_chance(rng, 50) ? TH_REASON_CAP : TH_REASON_DISCIPLINE;
    }
    if (said->rating.has && said->score.has && rng_chance(rng, 70)) { // not above its band
        said->score.value = 2500 * said->rating.value;
    }
    return update;
}

static struct th_update random_body(struct realm *realm)
{
    static const char *const BODIES[] = {"cb-1", "cb-2", "so-a"};
    static const char *const KINDS[] = {"cell", "agency"};
    struct rng *rng = realm->rng;
    struct th_update update = {.kind = TH_KIND_COLLECTIVE, .op = TH_OP_SET};
    struct th_collective *said = &update.collective;
    said->period = random_rating_period(realm);
    said->unit = random_unit(realm, said->period.data);
    said->collective = th_bytes_of(PICK(rng, BODIES));
    said->scheme = rng_chance(rng, 30) ? TH_BYTES("UC") : TH_BYTES("SC");
    said->kind = th_bytes_of(PICK(rng, KINDS));
    said->rating = (struct th_opt){.has = rng_chance(rng, 85), .value = rng_between(rng, 1, 4)};
    said->score = (struct th_opt){.has = !said->rating.has, .value = 5000};
    return update;
}

static struct th_update random_transfer(struct realm *realm)
{
    struct rng *rng = realm->rng;
    struct th_update update = {.kind = TH_KIND_TRANSFER, .op = TH_OP_SET};
    struct th_transfer *said = &update.transfer;
    said->effective = th_bytes_of(PICK(rng, DAYS));
    said->year = memcmp(said->effective.data, "2023", 4) == 0 ? TH_BYTES("2023") : TH_BYTES("2024");
    said->from_unit = random_unit(realm, said->effective.data);
    said->to_unit = random_unit(realm, said->effective.data);
    said->person = th_bytes_of(PICK(rng, PEOPLE));
    said->scheme = rng_chance(rng, 20) ? TH_BYTES("UC") : TH_BYTES("SC");
    said->scored_months = (struct th_opt){.has = true, .value = rng_between(rng, 0, 3)};
    said->score_sum = (struct th_opt){.has = true, .value = 5000 * said->scored_months.value};
    return update;
}

static void random_numbers(struct rng *rng, const char *measure, struct th_staffing *said)
{
    said->value = (struct th_opt){.has = true, .value = rng_between(rng, 0, 900)};
    said->value.value = strcmp(measure, "tg") == 0 ? -said->value.value : said->value.value;
    said->of = said->before = said->after = (struct th_opt){.has = false};
    said->not_applicable = false;
    said->qualifier =
        (uint32_t)(rng_chance(rng, 60) ? TH_QUALIFIER_EXACT
                                       : rng_between(rng, TH_QUALIFIER_EXACT, TH_QUALIFIER_ABOUT));
    statement_shape(rng, measure, strcmp(measure, "nm") == 0, strcmp(measure, "ch") == 0, said);
}

// Is a measure reported in such periods? A form of years takes days too, others anything else.
static bool takes(const char *measure, const char *label)
{
    const bool day = strlen(label) == 10 && label[4] == '-';
    const bool years = strcmp(measure, "sh") == 0 || strcmp(measure, "yr") == 0;
    const bool free = strcmp(measure, "lf") == 0 || measure[0] == 'o' || measure[0] == 'E';
    const bool target = label[0] == '.' || label[0] == 'y';
    return strcmp(measure, "tg") == 0 ? target
           : target                   ? false
                                      : free || (years ? day || strlen(label) == 4 : !day);
}

static struct th_update random_figure(struct realm *realm)
{
    static const char *const MEASURES[] = {"m.st",
                                           "m.st",
                                           "m.st",
                                           "m.fl",
                                           "m.fl",
                                           "m.ow",
                                           "m.ow",
                                           "ch",
                                           "nm",
                                           "sh",
                                           "tg",
                                           "yr",
                                           "lf",
                                           "o.x",
                                           "EV07"};
    static const char *const COUNTS[] = {
        "rating=4", "rating=3", "category=cadre;rating=4", "category=cadre;rating=3;scheme=UC"};
    struct rng *rng = realm->rng;
    struct th_update update = {.kind = TH_KIND_STAFFING, .op = TH_OP_SET};
    struct th_staffing *said = &update.staffing;
    said->period = random_period(realm);
    const char *measure = PICK(rng, MEASURES);
    while (!takes(measure, said->period.data) && !rng_chance(rng, 2)) {
        measure = PICK(rng, MEASURES);
    }
    said->measure = th_bytes_of(measure);
    said->unit = random_unit(realm, said->period.data);
    if (measure[0] == 'm' && rng_chance(rng, measure[2] == 'o' ? 70 : 30)) {
        said->dims = rng_chance(rng, 50) ? TH_BYTES("post=head") : TH_BYTES("post=other");
    }
    if (measure[0] == 'E') {
        said->dims = th_bytes_of(PICK(rng, COUNTS));
    }
    random_numbers(rng, measure, said);
    return update;
}

// ---- reports ----

// Lines of what is held, or not quite.
static void random_lines(struct realm *realm, struct th_completion *said)
{
    const struct naive *naive = &realm->naive;
    const struct ground_period period = ground_period(&naive->ground, said->period.data);
    const int unit = ground_resolve(&naive->ground, said->unit.data, &period);
    const struct naive_form *form = NULL;
    for (size_t i = 0; i < naive->catalogue->form_count; i++) {
        form = strcmp(naive->catalogue->forms[i].code, said->form.data) == 0
                   ? &naive->catalogue->forms[i]
                   : form;
    }
    struct realm_lines *declared = &realm->declared[realm->declarations++ % REALM_TURN];
    said->lines = declared->lines;
    said->line_count =
        naive_declared(naive, form, unit, &period, declared->held, TH_COUNT(declared->held));
    for (size_t i = 0; i < said->line_count; i++) {
        const struct naive_line *held = &declared->held[i];
        declared->lines[i] = (struct th_completion_line){
            .measure = th_bytes_of(held->measure),
            .dims = th_bytes_of(held->dims),
            .count = {true, held->count},
            .sum = {true, (int64_t)held->sum},
        };
    }
    if (said->line_count > 0 && rng_chance(realm->rng, 25)) {
        if (rng_chance(realm->rng, 50)) {
            said->line_count--;
        } else {
            declared->lines[0].sum.value++;
        }
    }
}

// About something that was said, so that there is something to declare.
static struct th_update random_report(struct realm *realm)
{
    static const char *const CODES[] = {"m", "y", "e"};
    struct th_update update = {.kind = TH_KIND_COMPLETION, .op = TH_OP_SET};
    struct th_completion *said = &update.completion;
    const struct naive *naive = &realm->naive;
    said->form = th_bytes_of(PICK(realm->rng, CODES));
    said->period = random_period(realm);
    said->unit = random_unit(realm, said->period.data);
    if (naive->count > 0 && rng_chance(realm->rng, 80)) {
        const struct naive_entry *known =
            &naive->entries[rng_below(realm->rng, (uint32_t)naive->count)];
        char text[GROUND_REF_BYTES];
        if (!known->transfer) {
            said->form = known->evaluation            ? TH_BYTES("e")
                         : rng_chance(realm->rng, 70) ? TH_BYTES("m")
                                                      : TH_BYTES("y");
            said->period = realm_word(realm, known->period.label);
            said->unit =
                realm_word(realm, ground_label(&naive->ground, known->unit, &known->period, text));
        }
    }
    random_lines(realm, said);
    return update;
}

static struct th_update random_act(struct realm *realm)
{
    static const char *const TEXTS[] = {"look again", "an inspection"};
    const struct naive *naive = &realm->naive;
    struct th_update update = random_report(realm);
    const struct th_completion place = update.completion;
    char label[GROUND_REF_BYTES];
    update = (struct th_update){.kind = TH_KIND_DESK, .op = TH_OP_SET};
    update.desk.form = place.form;
    update.desk.unit = place.unit;
    update.desk.period = place.period;
    if (naive->report_count > 0 && rng_chance(realm->rng, 70)) {
        const struct naive_report *report =
            &naive->reports[rng_below(realm->rng, (uint32_t)naive->report_count)];
        update.desk.form = th_bytes_of(report->form->code);
        update.desk.period = realm_word(realm, report->period.label);
        update.desk.unit =
            realm_word(realm, ground_label(&naive->ground, report->unit, &report->period, label));
    }
    update.desk.text = th_bytes_of(PICK(realm->rng, TEXTS));
    if (rng_chance(realm->rng, 30)) {
        char day[TH_DAY_TEXT_BYTES];
        const th_day until = naive->province->today + (th_day)rng_below(realm->rng, 6);
        update.desk.act = TH_ACT_DESK_REOPEN;
        update.desk.until = realm_word(realm, th_day_text(until, day));
        update.desk.granted_by = TH_BYTES("the chairman");
    } else {
        update.desk.act = TH_ACT_DESK_DECISION;
        update.desk.decision = rng_chance(realm->rng, 50) ? TH_BYTES("return") : TH_BYTES("accept");
    }
    return update;
}

// The revision that is kept under the key of a report, and mostly the next one.
static uint64_t report_revision(struct realm *realm, const struct th_update *update)
{
    const bool act = update->kind == TH_KIND_DESK;
    const char *form = act ? update->desk.form.data : update->completion.form.data;
    const char *unit = act ? update->desk.unit.data : update->completion.unit.data;
    const char *label = act ? update->desk.period.data : update->completion.period.data;
    const struct ground *ground = &realm->naive.ground;
    const struct ground_period period = ground_period(ground, label);
    const struct naive_report *report =
        naive_report(&realm->naive, form, ground_resolve(ground, unit, &period), &period);
    const uint64_t kept = report == NULL                           ? 0
                          : !act                                   ? report->declared.revision
                          : update->desk.act == TH_ACT_DESK_REOPEN ? report->opening.revision
                                                                   : report->decided.revision;
    return kept > 0 && rng_chance(realm->rng, 10) ? kept : kept + 1;
}

// ---- what is said next ----

// Of the same key as what is known, something else.
static void say_anew(struct realm *realm, const struct naive_entry *known, struct th_update *update)
{
    struct rng *rng = realm->rng;
    if (known->transfer) {
        const struct th_transfer fresh = random_transfer(realm).transfer;
        update->transfer.scored_months = fresh.scored_months;
        update->transfer.score_sum = fresh.score_sum;
        if (strcmp(fresh.effective.data, update->transfer.effective.data) == 0) {
            update->transfer.to_unit = fresh.to_unit;
        }
    } else if (known->body) {
        const struct th_collective fresh = random_body(realm).collective;
        update->collective.kind = fresh.kind;
        update->collective.rating = fresh.rating;
        update->collective.score = fresh.score;
        if (rng_chance(rng, 20)) {
            update->collective.unit = random_unit(realm, known->period.label);
        }
    } else if (known->evaluation) {
        const struct th_evaluation fresh = random_person(realm).evaluation;
        update->evaluation.rating = fresh.rating;
        update->evaluation.score = fresh.score;
        update->evaluation.reason = fresh.reason;
        update->evaluation.months_scored = fresh.months_scored;
        if (rng_chance(rng, 20)) {
            update->evaluation.unit = random_unit(realm, known->period.label);
        }
    } else {
        random_numbers(rng, known->measure, &update->staffing);
    }
}

// A person who was transferred is rated where the transfer led.
static bool follow(struct realm *realm, struct th_update *update)
{
    const struct naive *naive = &realm->naive;
    const struct naive_entry *moved =
        &naive->entries[rng_below(realm->rng, (uint32_t)naive->count)];
    char text[GROUND_REF_BYTES];
    for (size_t i = 0; i < naive->count && moved->transfer && moved->live; i++) {
        const struct naive_entry *rated = &naive->entries[i];
        if (rated->evaluation && !rated->body && rated->live &&
            strcmp(rated->person, moved->person) == 0 &&
            strcmp(rated->measure, moved->measure) == 0 && rated->period.end >= moved->effective &&
            rng_chance(realm->rng, 60)) {
            *update = rated->said;
            update->evaluation.unit =
                realm_word(realm, ground_label(&naive->ground, moved->to, &rated->period, text));
            return true;
        }
    }
    return false;
}

static struct th_update random_update(struct realm *realm)
{
    const struct naive *naive = &realm->naive;
    struct rng *rng = realm->rng;
    const uint32_t kind = rng_below(rng, 20);
    struct th_update update = kind < 7    ? random_person(realm)
                              : kind < 9  ? random_body(realm)
                              : kind < 10 ? random_transfer(realm)
                                          : random_figure(realm);
    update.revision = (uint64_t)rng_between(rng, 1, 2);
    if (naive->count > 0 && rng_chance(rng, 55)) {
        const struct naive_entry *known = &naive->entries[rng_below(rng, (uint32_t)naive->count)];
        update = known->said;
        update.op = TH_OP_SET;
        if (!rng_chance(rng, 15)) {
            say_anew(realm, known, &update);
        }
        update.revision = known->revision + (rng_chance(rng, 85) ? 1 : rng_below(rng, 3));
        update.revision -= update.revision > 1 && rng_chance(rng, 5) ? 1 : 0;
    }
    if (naive->count > 0 && follow(realm, &update)) {
        update.op = TH_OP_SET;
        update.revision = (uint64_t)rng_between(rng, 1, 4);
    } else if (rng_chance(rng, 18)) {
        update.op = TH_OP_WITHDRAW;
    }
    return update;
}

static uint32_t random_node(struct realm *realm, const struct th_update *update)
{
    const struct naive *naive = &realm->naive;
    const struct th_bytes unit = update->kind == TH_KIND_EVALUATION   ? update->evaluation.unit
                                 : update->kind == TH_KIND_COLLECTIVE ? update->collective.unit
                                 : update->kind == TH_KIND_TRANSFER   ? update->transfer.from_unit
                                 : update->kind == TH_KIND_STAFFING   ? update->staffing.unit
                                                                      : update->completion.unit;
    const struct th_bytes label = update->kind == TH_KIND_EVALUATION   ? update->evaluation.period
                                  : update->kind == TH_KIND_COLLECTIVE ? update->collective.period
                                  : update->kind == TH_KIND_TRANSFER   ? update->transfer.effective
                                  : update->kind == TH_KIND_STAFFING   ? update->staffing.period
                                                                       : update->completion.period;
    const struct ground_period period = ground_period(&naive->ground, label.data);
    const int uid = ground_resolve(&naive->ground, unit.data, &period);
    uint32_t node = 1 + rng_below(realm->rng, 2);
    while (uid != GROUND_NOBODY && !rng_chance(realm->rng, 3) &&
           !ground_grants(&naive->ground, naive->grants[node], uid, &period)) {
        node = rng_below(realm->rng, REALM_NODES);
    }
    return node;
}

struct th_update realm_says(struct realm *realm, uint32_t *node)
{
    struct rng *rng = realm->rng;
    const uint32_t kind = rng_below(rng, 100);
    struct th_update update;
    if (kind >= 14) {
        update = random_update(realm);
        *node = random_node(realm, &update);
    } else if (kind >= 6) {
        update = random_report(realm);
        update.op = rng_chance(rng, 10) ? TH_OP_WITHDRAW : TH_OP_SET;
        update.revision = report_revision(realm, &update);
        *node = random_node(realm, &update);
    } else {
        update = random_act(realm);
        update.revision = report_revision(realm, &update);
        *node = 0;
    }
    update.note = th_bytes_of(PICK(rng, NOTES));
    return update;
}
