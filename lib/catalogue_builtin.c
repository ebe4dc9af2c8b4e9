// catalogue_builtin.c - what every catalogue has: EV01, EV02, EV03, EV05, EV07, PLAIN; and `open`
// as files

#include <stdlib.h>
#include <string.h>

#include "lib/catalogue_body.h"

const struct th_bytes CATALOGUE_PLAIN = {.data = "PLAIN", .size = sizeof("PLAIN") - 1};

// ---- the catalogue `open` ----

static const char OPEN_TEXT[] = "catalogue:                      # takes any measure, any sign\n"
                                "  code: open\n"
                                "  version: 1\n"
                                "  languages: [vi, en]\n"
                                "  timezone: \"+00:00\"\n"
                                "  default_scheme: PLAIN\n"
                                "  person_ids: as_is\n"
                                "  ambiguous_codes: period_end\n"
                                "  open_measures: true\n";

const struct th_file *th_catalogue_open_files(size_t *count)
{
    static const struct th_file FILES[] = {
        {.name = "catalogue.yaml", .bytes = {.data = OPEN_TEXT, .size = sizeof(OPEN_TEXT) - 1}},
    };
    *count = TH_COUNT(FILES);
    return FILES;
}

// ---- measures ----

enum { OWN_DIMS_MAX = 4 };

struct own_measure {
    const char *code;
    const char *vi;
    const char *en;
    const char *unit_vi;
    const char *unit_en;
    enum th_shape shape;
    bool personal;
    const char *dims[OWN_DIMS_MAX]; // one with a ! is required
};

static const struct own_measure OWN_MEASURES[] = {
    {"EV01",
     "người được xếp loại theo mức",
     "people rated, by level",
     "người",
     "people",
     TH_SHAPE_DERIVED,
     true,
     {"rating", "category", "scheme"}},
    {"EV02",
     "tổng điểm và số lượt chấm",
     "sum of scores and number scored",
     "điểm",
     "points",
     TH_SHAPE_DERIVED,
     true,
     {"category", "scheme"}},
    {"EV03",
     "người xếp thấp hơn mức theo điểm",
     "people rated below their score",
     "người",
     "people",
     TH_SHAPE_DERIVED,
     true,
     {"reason", "category", "scheme"}},
    {"EV05",
     "tập thể được xếp loại theo mức",
     "collectives rated, by level",
     "tập thể",
     "collectives",
     TH_SHAPE_DERIVED,
     false,
     {"rating", "collective_kind", "scheme"}},
    {"EV07",
     "người được xếp loại theo mức, báo cáo bằng số lượng",
     "people rated by level, reported as counts",
     "người",
     "people",
     TH_SHAPE_STOCK,
     true,
     {"rating!", "category", "scheme", "managed_by"}},
};

enum { OWN_COUNT = TH_COUNT(OWN_MEASURES) };

static const struct own_measure *own_measure(struct th_bytes code)
{
    for (size_t i = 0; i < OWN_COUNT; i++) {
        if (th_bytes_equal(code, th_bytes_of(OWN_MEASURES[i].code))) {
            return &OWN_MEASURES[i];
        }
    }
    return NULL;
}

bool catalogue_is_built_in(struct th_bytes measure)
{
    return own_measure(measure) != NULL;
}

bool catalogue_fits_built_in(const struct th_measure *measure)
{
    const struct own_measure *own = own_measure(measure->code);
    return own == NULL || (measure->shape == own->shape && measure->scope == TH_SCOPE_OWN &&
                           measure->marginal == TH_MARGINAL_SUM && measure->decimals == 0);
}

bool catalogue_counted_measure(struct th_bytes code, struct th_measure *measure)
{
    static const struct {
        const char *code, *vi, *en;
    } COUNTED[] = {
        {"I14.out", "người chuyển đi", "people transferred out"},
        {"I14.in", "người chuyển đến", "people transferred in"},
    };
    for (size_t i = 0; i < TH_COUNT(COUNTED); i++) {
        if (th_bytes_equal(code, th_bytes_of(COUNTED[i].code))) {
            *measure = (struct th_measure){
                .code = th_bytes_of(COUNTED[i].code),
                .name = {.vi = th_bytes_of(COUNTED[i].vi), .en = th_bytes_of(COUNTED[i].en)},
                .unit = {.vi = TH_BYTES("người"), .en = TH_BYTES("people")},
                .shape = TH_SHAPE_DERIVED,
                .scope = TH_SCOPE_OWN,
                .marginal = TH_MARGINAL_SUM,
                .max = CATALOGUE_UNIT_MAX,
                .personal = true,
                .valid_from = TH_DAY_MIN,
                .valid_until = TH_DAY_MAX,
            };
            return true;
        }
    }
    return false;
}

// Where the catalogue has no such dimension, any member is taken as it is written.
static const struct th_dim *dim_for(struct th_catalogue *catalogue, struct th_bytes code)
{
    const struct th_dim *dim = th_catalogue_dim(catalogue, code);
    if (dim != NULL) {
        return dim;
    }
    struct th_dim *made = th_pool_take(&catalogue->pool, sizeof(*made));
    if (made != NULL) {
        *made =
            (struct th_dim){.code = code, .name = {.vi = code, .en = code}, .type = TH_DIM_CODE};
    }
    return made;
}

static enum th_err
add_dims(struct th_catalogue *catalogue, const struct own_measure *own, struct th_measure *measure)
{
    struct th_measure_dim *dims = th_pool_take(&catalogue->pool, OWN_DIMS_MAX * sizeof(*dims));
    if (dims == NULL) {
        return TH_E_NO_MEMORY;
    }
    size_t count = 0;
    for (; count < OWN_DIMS_MAX && own->dims[count] != NULL; count++) {
        struct th_bytes code = th_bytes_of(own->dims[count]);
        const bool required = ((const char *)code.data)[code.size - 1] == '!';
        code.size -= required ? 1 : 0;
        const struct th_dim *dim = dim_for(catalogue, code);
        if (dim == NULL) {
            return TH_E_NO_MEMORY;
        }
        dims[count] = (struct th_measure_dim){.dim = dim, .required = required};
    }
    measure->dims = dims;
    measure->dim_count = count;
    return TH_OK;
}

static enum th_err add_measure(struct th_catalogue *catalogue, const struct own_measure *own)
{
    struct th_measure measure = {
        .code = th_bytes_of(own->code),
        .name = {.vi = th_bytes_of(own->vi), .en = th_bytes_of(own->en)},
        .unit = {.vi = th_bytes_of(own->unit_vi), .en = th_bytes_of(own->unit_en)},
        .shape = own->shape,
        .scope = TH_SCOPE_OWN,
        .marginal = TH_MARGINAL_SUM,
        .min = 0,
        .max = CATALOGUE_UNIT_MAX,
        .summed = true,
        .personal = own->personal,
        .valid_from = TH_DAY_MIN,
        .valid_until = TH_DAY_MAX,
    };
    TH_TRY(add_dims(catalogue, own, &measure));
    catalogue->measures[catalogue->measure_count++] = measure;
    return TH_OK;
}

static bool has_measure(const struct th_catalogue *catalogue, const char *code)
{
    for (size_t i = 0; i < catalogue->measure_count; i++) {
        if (th_bytes_equal(catalogue->measures[i].code, th_bytes_of(code))) {
            return true;
        }
    }
    return false;
}

// A copy of items, with room for more.
static void *
with_room(struct th_pool *pool, const void *items, size_t count, size_t more, size_t item_size)
{
    void *copy = th_pool_take(pool, (count + more) * item_size);
    if (copy != NULL && count > 0) {
        memcpy(copy, items, count * item_size);
    }
    return copy;
}

static enum th_err complete_measures(struct th_catalogue *catalogue)
{
    struct th_measure *measures = with_room(&catalogue->pool,
                                            catalogue->measures,
                                            catalogue->measure_count,
                                            OWN_COUNT,
                                            sizeof(*measures));
    if (measures == NULL) {
        return TH_E_NO_MEMORY;
    }
    catalogue->measures = measures;
    for (size_t i = 0; i < OWN_COUNT; i++) {
        if (!has_measure(catalogue, OWN_MEASURES[i].code)) {
            TH_TRY(add_measure(catalogue, &OWN_MEASURES[i]));
        }
    }
    return TH_OK;
}

// ---- PLAIN: any category and period, 0 to 100 points, levels 1 to 9 without bands ----

static enum th_err complete_schemes(struct th_catalogue *catalogue)
{
    static const struct th_level LEVELS[] = {
        {.rating = 9},
        {.rating = 8},
        {.rating = 7},
        {.rating = 6},
        {.rating = 5},
        {.rating = 4},
        {.rating = 3},
        {.rating = 2},
        {.rating = 1},
    };
    if (th_catalogue_scheme(catalogue, CATALOGUE_PLAIN) != NULL) {
        return TH_OK;
    }
    struct th_scheme *schemes = with_room(
        &catalogue->pool, catalogue->schemes, catalogue->scheme_count, 1, sizeof(*schemes));
    if (schemes == NULL) {
        return TH_E_NO_MEMORY;
    }
    schemes[catalogue->scheme_count] = (struct th_scheme){
        .code = CATALOGUE_PLAIN,
        .name = {.vi = TH_BYTES("điểm hoặc mức, không có quy định"),
                 .en = TH_BYTES("score or level, no scheme")},
        .valid_from = TH_DAY_MIN,
        .valid_until = TH_DAY_MAX,
        .period_types = UINT16_MAX,
        .person_scope_unit = true,
        .has_scores = true,
        .score_max = CATALOGUE_SCORE_MAX,
        .common_max = -1,
        .result_max = -1,
        .bonus_max = -1,
        .levels = LEVELS,
        .level_count = TH_COUNT(LEVELS),
    };
    catalogue->schemes = schemes;
    catalogue->scheme_count++;
    return TH_OK;
}

// ---- the index ----

static int by_code(const void *a, const void *b, void *measures)
{
    const struct th_measure *all = measures;
    return th_bytes_compare(all[*(const uint32_t *)a].code, all[*(const uint32_t *)b].code);
}

static enum th_err index_measures(struct th_catalogue *catalogue)
{
    const size_t count = catalogue->measure_count;
    uint32_t *index = th_pool_take(&catalogue->pool, count * sizeof(*index));
    if (index == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        index[i] = i;
    }
    qsort_r(index, count, sizeof(*index), by_code, catalogue->measures);
    catalogue->by_code = index;
    return TH_OK;
}

enum th_err catalogue_complete(struct th_catalogue *catalogue)
{
    TH_TRY(complete_measures(catalogue));
    TH_TRY(complete_schemes(catalogue));
    return index_measures(catalogue);
}
