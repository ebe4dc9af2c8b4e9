// statements.c - see statements.h

#include "tests/support/statements.h"

#include <string.h>

static const char *const PERIODS[] = {"2023", "2024", "2024-03", "2024-09", "2025"};
static const char *const UNITS[] = {
    "P", "D1", "D2", "D3", "A1", "C11", "C12", "C13", "C21", "C22", "C31"};
static const char *const PEOPLE[] = {"an", "binh", "chi", "dung", "em", "giang"};
static const char *const NOTES[] = {"", "a note"};

#define PICK(rng, list) (list)[rng_below((rng), TH_COUNT(list))]

static struct th_update random_person(struct rng *rng)
{
    struct th_update update = person(PICK(rng, UNITS), PICK(rng, PERIODS), PICK(rng, PEOPLE), 0);
    struct th_evaluation *said = &update.evaluation;
    const bool other = rng_chance(rng, 30);
    said->scheme = other ? TH_BYTES("UC") : TH_BYTES("SC");
    said->category = !other && rng_chance(rng, 30) ? TH_BYTES("civil_servant") : TH_BYTES("cadre");
    said->rating = (struct th_opt){.has = rng_chance(rng, 85), .value = rng_between(rng, 1, 4)};
    said->score = (struct th_opt){.has = !said->rating.has || rng_chance(rng, 50),
                                  .value = rng_between(rng, 0, 10000)};
    said->months_scored =
        (struct th_opt){.has = rng_chance(rng, 40), .value = rng_between(rng, 1, 4)};
    if (rng_chance(rng, 60)) {
        said->reason = rng_chance(rng, 50) ? TH_REASON_CAP : TH_REASON_DISCIPLINE;
    }
    return update;
}

static struct th_update random_body(struct rng *rng)
{
    static const char *const BODIES[] = {"cb-1", "cb-2", "so-a"};
    static const char *const KINDS[] = {"cell", "agency"};
    struct th_update update =
        collective(PICK(rng, UNITS), PICK(rng, PERIODS), PICK(rng, BODIES), 0);
    struct th_collective *said = &update.collective;
    said->scheme = rng_chance(rng, 30) ? TH_BYTES("UC") : TH_BYTES("SC");
    said->kind = th_bytes_of(PICK(rng, KINDS));
    said->rating = (struct th_opt){.has = rng_chance(rng, 85), .value = rng_between(rng, 1, 4)};
    said->score = (struct th_opt){.has = !said->rating.has, .value = 5000};
    return update;
}

static struct th_update random_transfer(struct rng *rng)
{
    static const char *const DAYS[] = {
        "2024-02-10", "2024-03-15", "2024-07-01", "2024-09-30", "2024-12-01", "2023-05-01"};
    const char *day = PICK(rng, DAYS);
    struct th_update update =
        transfer(PICK(rng, PEOPLE), PICK(rng, UNITS), PICK(rng, UNITS), day, 0);
    struct th_transfer *said = &update.transfer;
    said->scheme = rng_chance(rng, 20) ? TH_BYTES("UC") : TH_BYTES("SC");
    said->scored_months.value = rng_between(rng, 0, 3);
    said->score_sum.value = 5000 * said->scored_months.value;
    return update;
}

void statement_shape(
    struct rng *rng, const char *measure, bool n_of_m, bool change, struct th_staffing *said)
{
    if (n_of_m && rng_chance(rng, 70)) {
        said->of = (struct th_opt){.has = true, .value = said->value.value + 1};
    }
    if (change && rng_chance(rng, 60)) {
        said->before = (struct th_opt){.has = true, .value = rng_between(rng, 0, 500)};
        said->after = (struct th_opt){.has = true, .value = rng_between(rng, 0, 500)};
        said->value.value = said->after.value - said->before.value;
    }
    if (measure[0] == 'o' && rng_chance(rng, 40)) {
        said->value.value = rng_chance(rng, 50) ? INT64_MAX : -INT64_MAX;
    }
    if (rng_chance(rng, 8) && measure[0] != 'E') {
        said->not_applicable = true;
        said->value.has = said->of.has = said->before.has = said->after.has = false;
        said->qualifier = TH_QUALIFIER_NONE;
    }
}

static void random_numbers(struct rng *rng, const char *measure, struct th_staffing *said)
{
    said->qualifier = (uint32_t)rng_between(rng, TH_QUALIFIER_EXACT, TH_QUALIFIER_ABOUT);
    said->value.value = rng_between(rng, 0, 900);
    statement_shape(rng, measure, measure[0] == 'N', strcmp(measure, "W2") == 0, said);
}

static struct th_update random_figure(struct rng *rng)
{
    static const char *const MEASURES[] = {"W1", "W1", "W2", "N1", "T1", "S1", "o.x", "EV07"};
    static const char *const COUNTS[] = {
        "rating=4", "rating=3", "category=cadre;rating=4", "category=cadre;rating=3;scheme=UC"};
    const char *measure = PICK(rng, MEASURES);
    struct th_update update = figure(PICK(rng, UNITS), PICK(rng, PERIODS), measure, 0);
    if (strcmp(measure, "W1") == 0 && rng_chance(rng, 30)) {
        update.staffing.dims = TH_BYTES("post=head");
    }
    if (strcmp(measure, "EV07") == 0) {
        update.staffing.dims = th_bytes_of(PICK(rng, COUNTS));
    }
    random_numbers(rng, measure, &update.staffing);
    return update;
}

static struct th_update random_new(struct rng *rng)
{
    const uint32_t kind = rng_below(rng, 10);
    return kind < 4   ? random_person(rng)
           : kind < 5 ? random_body(rng)
           : kind < 6 ? random_transfer(rng)
                      : random_figure(rng);
}

// Of the same key as what is known, something else.
static void say_anew(struct rng *rng, const struct naive_entry *known, struct th_update *update)
{
    if (known->transfer) {
        const struct th_transfer fresh = random_transfer(rng).transfer;
        update->transfer.to_unit = fresh.to_unit;
        update->transfer.scored_months = fresh.scored_months;
        update->transfer.score_sum = fresh.score_sum;
        update->transfer.from_unit =
            rng_chance(rng, 20) ? fresh.from_unit : update->transfer.from_unit;
    } else if (known->body) {
        const struct th_collective fresh = random_body(rng).collective;
        update->collective.kind = fresh.kind;
        update->collective.rating = fresh.rating;
        update->collective.score = fresh.score;
        update->collective.unit = rng_chance(rng, 20) ? fresh.unit : update->collective.unit;
    } else if (known->evaluation) {
        const struct th_evaluation fresh = random_person(rng).evaluation;
        update->evaluation.rating = fresh.rating;
        update->evaluation.score = fresh.score;
        update->evaluation.reason = fresh.reason;
        update->evaluation.months_scored = fresh.months_scored;
        update->evaluation.unit = rng_chance(rng, 20) ? fresh.unit : update->evaluation.unit;
    } else {
        update->staffing.of.has = update->staffing.before.has = update->staffing.after.has = false;
        update->staffing.value.has = true;
        update->staffing.not_applicable = false;
        random_numbers(rng, known->measure, &update->staffing);
    }
}

// A statement about something already said is more interesting than a new one.
struct th_update statement_random(struct rng *rng, const struct naive *naive)
{
    struct th_update update = random_new(rng);
    uint64_t revision = (uint64_t)rng_between(rng, 1, 3);
    if (naive->count > 0 && rng_chance(rng, 65)) {
        const struct naive_entry *known = &naive->entries[rng_below(rng, (uint32_t)naive->count)];
        update = known->said;
        update.op = TH_OP_SET;
        if (!rng_chance(rng, 25)) {
            say_anew(rng, known, &update);
        }
        revision = known->revision + (uint64_t)rng_below(rng, 3);
        revision = revision > 1 && rng_chance(rng, 10) ? revision - 1 : revision;
    }
    update.revision = revision;
    update.note = th_bytes_of(PICK(rng, NOTES));
    if (rng_chance(rng, 18)) {
        update.op = TH_OP_WITHDRAW;
    }
    return update;
}
