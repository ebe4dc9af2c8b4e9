// said.c - see said.h

#include "workers/said.h"

#include "tonghop/fault.h"

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV02 = {.data = "EV02", .size = 4};
static const struct th_bytes EV05 = {.data = "EV05", .size = 4};

const struct th_bytes SAID_OF[SAID_MEASURES] = {{.data = "EV01", .size = 4},
                                                {.data = "EV02", .size = 4},
                                                {.data = "EV03", .size = 4},
                                                {.data = "EV05", .size = 4}};

static unsigned rating_of(const struct record *record)
{
    return record->rating.has ? (unsigned)record->rating.value : 0;
}

static struct said say_collective(const struct evaluated *evaluated, const struct record *record)
{
    struct said said = {.has = true, .figure = {.qualifier = TH_QUALIFIER_EXACT, .value = 1}};
    totals_collective_dims(
        evaluated, th_collective_kind_word(record->collective_kind), rating_of(record), said.dims);
    return said;
}

struct said
said_by(const struct evaluated *evaluated, struct th_bytes measure, const struct record *record)
{
    struct said said = {.figure = {.qualifier = TH_QUALIFIER_EXACT, .value = 1}};
    char member[40] = "";
    const bool of_collective = th_bytes_equal(measure, EV05);
    const bool collective =
        record != NULL && record->collective_kind != TH_COLLECTIVE_NONE && !th_mutant(52);
    if (record == NULL || of_collective != collective) {
        return said;
    }
    if (of_collective) {
        return say_collective(evaluated, record);
    }
    struct th_writer writer = {.data = (uint8_t *)member, .max = sizeof(member) - 1};
    if (th_bytes_equal(measure, EV01)) {
        said.has = true;
        th_write_bytes(&writer, TH_BYTES("rating="));
        th_write_u8(&writer, (uint8_t)('0' + rating_of(record)));
    } else if (th_bytes_equal(measure, EV02)) {
        said.has = record->score.has;
        said.figure.value = record->score.value;
        said.figure.has_of = true;
        said.figure.of = 1;
    } else {
        said.has = record->below_band;
        th_write_bytes(&writer, TH_BYTES("reason="));
        th_write_bytes(&writer, th_bytes_of(th_reason_word(record->reason)));
    }
    if (said.has && !totals_dims(evaluated, th_bytes_of(member), said.dims)) {
        said.has = false;
        said.figure.value = -1; // does not fit; as said.h has it
    }
    return said;
}
