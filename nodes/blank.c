// blank.c - see blank.h

#include "nodes/blank.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/csv.h"

enum { ROW_BYTES = 2048, CELLS_MAX = 16, PAIRS_MAX = TH_DIM_PAIRS_MAX };

struct page {
    const struct home *home;
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    struct blank *blank;
    FILE *out;
    uint32_t *uids;
    size_t unit_count;
    bool too_many;
};

// ---- rows ----

static void put_row(struct page *page, const struct th_bytes *cells, size_t count)
{
    uint8_t room[ROW_BYTES];
    struct th_writer row = TH_WRITER(room);
    for (size_t i = 0; i < count; i++) {
        if (page->blank->excel) {
            th_csv_excel_text(&row, cells[i]);
        } else {
            th_csv_write_cell(&row, cells[i]);
        }
    }
    if (page->blank->excel) {
        th_csv_excel_end(&row);
    } else {
        th_csv_write_end(&row);
    }
    th_assert(!row.overflow); // codes and names have bounds
    (void)fwrite(row.data, 1, row.size, page->out);
}

static void put_head(struct page *page, const char *const *names, size_t count)
{
    struct th_bytes cells[CELLS_MAX];
    if (page->blank->excel) {
        (void)fputs(TH_CSV_EXCEL_MARK, page->out);
    }
    for (size_t i = 0; i < count; i++) {
        cells[i] = th_bytes_of(names[i]);
    }
    put_row(page, cells, count);
}

static void put_body(struct page *page, const struct th_bytes *cells, size_t count)
{
    if (page->blank->rows == BLANK_ROWS_MAX) {
        page->too_many = true;
        return;
    }
    page->blank->rows++;
    put_row(page, cells, count);
}

// ---- units ----

static bool has_unit(const struct page *page, uint32_t uid)
{
    for (size_t i = 0; i < page->unit_count; i++) {
        if (page->uids[i] == uid) {
            return true;
        }
    }
    return false;
}

static void add_unit(struct page *page, uint32_t uid)
{
    if (has_unit(page, uid)) {
        return;
    }
    if (page->unit_count == BLANK_UNITS_MAX) {
        page->too_many = true;
        return;
    }
    page->uids[page->unit_count++] = uid;
}

// The reporters at or below uid, a branch after the other.
static void add_reporters(struct page *page, uint32_t uid, th_day day)
{
    struct th_children stack[TH_UNIT_DEPTH_MAX];
    size_t depth = 0;
    const struct th_form *form = page->blank->form;
    const uint32_t root = page->home->province->root;
    if (th_form_is_reporter(form, page->reg, root, uid, day)) {
        add_unit(page, uid);
    }
    if (page->home->grant.only) {
        return;
    }
    stack[depth++] = th_register_children(page->reg, uid, day);
    while (depth > 0 && !page->too_many) {
        const uint32_t child = th_children_next(page->reg, &stack[depth - 1]);
        if (child == TH_UNIT_NONE) {
            depth--;
            continue;
        }
        if (th_form_is_reporter(form, page->reg, root, child, day)) {
            add_unit(page, child);
        }
        if (depth < TH_UNIT_DEPTH_MAX) {
            stack[depth++] = th_register_children(page->reg, child, day);
        }
    }
}

static bool lives(const struct page *page, uint32_t uid, th_day *day)
{
    const struct th_period period = page->blank->period;
    struct th_unit unit;
    *day = th_register_structure_day(page->reg, uid, period);
    const bool begun =
        th_period_is_open(period) || th_register_first_day(page->reg, uid) <= period.last;
    const bool not_over =
        th_period_is_open(period) || th_register_last_day(page->reg, uid) >= period.first;
    return begun && not_over && th_register_on(page->reg, uid, *day, &unit) == TH_OK;
}

static void find_units(struct page *page)
{
    const struct th_grant *grant = &page->home->grant;
    const uint32_t *own = grant->desk ? &page->home->province->root : grant->uids;
    const size_t count = grant->desk ? 1 : grant->count;
    th_day day = 0;
    for (size_t i = 0; i < count; i++) {
        if (lives(page, own[i], &day)) {
            add_reporters(page, own[i], day);
        }
    }
    for (size_t i = 0; page->unit_count == 0 && i < count; i++) {
        if (lives(page, own[i], &day)) {
            add_unit(page, own[i]);
        }
    }
    page->blank->units = page->unit_count;
}

// ---- figures ----

static bool is_asked(const struct page *page, const struct th_measure *measure)
{
    const struct th_period period = page->blank->period;
    const bool open = th_period_is_open(period);
    if (page->blank->form == NULL && th_bytes_equal(measure->code, TH_BYTES("EV07"))) {
        return false; // a form of its own: counts
    }
    return measure->form == page->blank->form && measure->shape != TH_SHAPE_DERIVED &&
           (open || th_measure_valid_on(measure, period.last)) &&
           (th_measure_period_types(measure) & th_period_bit(period.type)) != 0;
}

struct figure_columns {
    bool of, levels;
};

static struct figure_columns columns_of(const struct page *page)
{
    struct figure_columns columns = {0};
    for (size_t i = 0; i < th_catalogue_measure_count(page->catalogue); i++) {
        const struct th_measure *measure = th_catalogue_measure_at(page->catalogue, i);
        const bool asked = is_asked(page, measure);
        columns.of = columns.of || (asked && measure->shape == TH_SHAPE_N_OF_M);
        columns.levels = columns.levels || (asked && measure->shape == TH_SHAPE_CHANGE);
    }
    return columns;
}

static size_t figure_head(const struct page *page, const char *names[static CELLS_MAX])
{
    const struct figure_columns columns = columns_of(page);
    size_t count = 0;
    names[count++] = "unit_code";
    names[count++] = "period";
    names[count++] = "measure";
    names[count++] = "dims";
    if (page->blank->names) {
        names[count++] = "name";
    }
    names[count++] = "value";
    if (columns.of) {
        names[count++] = "of";
    }
    if (columns.levels) {
        names[count++] = "before";
        names[count++] = "after";
    }
    names[count++] = "qualifier";
    names[count++] = "basis";
    names[count++] = "note";
    return count;
}

// The dims of row number index among those of a measure: one for each combination of members that
// must be there. False behind the last.
static bool
dims_at(const struct th_measure *measure, size_t index, char out[static TH_DIMS_MAX + 1])
{
    struct th_writer dims = {.data = (uint8_t *)out, .max = TH_DIMS_MAX};
    for (size_t i = 0; i < measure->dim_count; i++) {
        const struct th_measure_dim *dim = &measure->dims[i];
        if (!dim->required) {
            continue;
        }
        const bool listed = dim->dim->type == TH_DIM_ENUM && dim->dim->member_count > 0;
        const size_t members = listed ? dim->dim->member_count : 1;
        th_write_bytes(&dims, dims.size > 0 ? TH_BYTES(";") : TH_BYTES(""));
        th_write_bytes(&dims, dim->dim->code);
        th_write_u8(&dims, '=');
        th_write_bytes(&dims, listed ? dim->dim->members[index % members].code : TH_BYTES(""));
        index /= members;
    }
    out[dims.overflow ? 0 : dims.size] = '\0';
    return index == 0 && !dims.overflow;
}

static void put_figure(struct page *page,
                       const char *unit,
                       const struct th_measure *measure,
                       const char *dims,
                       size_t column_count)
{
    struct th_bytes cells[CELLS_MAX] = {0};
    size_t count = 0;
    cells[count++] = th_bytes_of(unit);
    cells[count++] = th_bytes_of(page->blank->label);
    cells[count++] = measure != NULL ? measure->code : TH_BYTES("");
    cells[count++] = th_bytes_of(dims);
    if (page->blank->names && measure != NULL) {
        cells[count] = page->blank->lang == TH_LANG_VI ? measure->name.vi : measure->name.en;
    }
    put_body(page, cells, column_count);
}

static void put_unit_figures(struct page *page, const char *unit, size_t column_count)
{
    char dims[TH_DIMS_MAX + 1];
    bool any = false;
    for (size_t i = 0; i < th_catalogue_measure_count(page->catalogue); i++) {
        const struct th_measure *measure = th_catalogue_measure_at(page->catalogue, i);
        for (size_t row = 0; is_asked(page, measure) && dims_at(measure, row, dims); row++) {
            put_figure(page, unit, measure, dims, column_count);
            any = true;
        }
    }
    if (!any) { // open measures: the office names them
        put_figure(page, unit, NULL, "", column_count);
    }
}

// ---- ratings ----

static const char *const PEOPLE[] = {"unit_code",
                                     "person_id",
                                     "period",
                                     "category",
                                     "scheme",
                                     "score",
                                     "rating",
                                     "reason",
                                     "job_group",
                                     "leader",
                                     "basis",
                                     "note"};
static const char *const COUNTS[] = {
    "unit_code", "period", "category", "rating", "count", "basis", "note"};
static const char *const COLLECTIVES[] = {"unit_code",
                                          "collective_id",
                                          "kind",
                                          "period",
                                          "rating",
                                          "scheme",
                                          "score",
                                          "reason",
                                          "basis",
                                          "note"};
static const char *const TRANSFERS[] = {"person_id",
                                        "effective",
                                        "from_unit",
                                        "to_unit",
                                        "year",
                                        "score_sum",
                                        "scored_months",
                                        "scheme",
                                        "basis",
                                        "note"};

static const struct th_bytes COLLECTIVE = {.data = "collective", .size = 10};

typedef void
group_fn(struct page *page, const char *unit, struct th_bytes category, struct th_bytes scheme);

static void
put_people(struct page *page, const char *unit, struct th_bytes category, struct th_bytes scheme)
{
    struct th_bytes cells[TH_COUNT(PEOPLE)] = {0};
    if (!th_bytes_equal(category, COLLECTIVE)) {
        cells[0] = th_bytes_of(unit);
        cells[2] = th_bytes_of(page->blank->label);
        cells[3] = category;
        cells[4] = scheme;
        put_body(page, cells, TH_COUNT(PEOPLE));
    }
}

static void
put_bodies(struct page *page, const char *unit, struct th_bytes category, struct th_bytes scheme)
{
    struct th_bytes cells[TH_COUNT(COLLECTIVES)] = {0};
    if (category.size > 0 && !th_bytes_equal(category, COLLECTIVE)) {
        return;
    }
    for (uint32_t kind = TH_COLLECTIVE_PARTY_ORG; kind <= TH_COLLECTIVE_MASS_ORG; kind++) {
        cells[0] = th_bytes_of(unit);
        cells[2] = th_bytes_of(th_collective_kind_word(kind));
        cells[3] = th_bytes_of(page->blank->label);
        cells[5] = scheme;
        put_body(page, cells, TH_COUNT(COLLECTIVES));
    }
}

// A row for each category and scheme in force; where there is none but PLAIN, one for the office
// to fill in.
static void each_group(struct page *page, const char *unit, group_fn *put)
{
    bool any = false;
    for (size_t i = 0; i < th_catalogue_scheme_count(page->catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(page->catalogue, i);
        for (size_t c = 0; c < scheme->category_count; c++) {
            if (th_scheme_in_force(scheme, page->blank->period, scheme->categories[c])) {
                put(page, unit, scheme->categories[c], scheme->code);
                any = true;
            }
        }
    }
    if (!any) {
        put(page, unit, TH_BYTES(""), TH_BYTES(""));
    }
}

static bool is_rated(const struct page *page, struct th_bytes category)
{
    const struct th_scheme *first = NULL;
    char list[65];
    return th_catalogue_schemes_in_force(
               page->catalogue, page->blank->period, category, &first, list) > 0;
}

// EV07: a row for each category that any scheme rates, and each level.
static void put_counts(struct page *page, const char *unit)
{
    const struct th_dim *categories = th_catalogue_dim(page->catalogue, TH_BYTES("category"));
    const struct th_dim *ratings = th_catalogue_dim(page->catalogue, TH_BYTES("rating"));
    struct th_bytes cells[TH_COUNT(COUNTS)] = {th_bytes_of(unit), th_bytes_of(page->blank->label)};
    bool any = false;
    for (size_t c = 0; categories != NULL && c < categories->member_count; c++) {
        cells[2] = categories->members[c].code;
        for (size_t r = 0; is_rated(page, cells[2]) && ratings != NULL && r < ratings->member_count;
             r++) {
            cells[3] = ratings->members[r].code;
            put_body(page, cells, TH_COUNT(COUNTS));
            any = true;
        }
    }
    if (!any) {
        cells[2] = cells[3] = TH_BYTES("");
        put_body(page, cells, TH_COUNT(COUNTS));
    }
}

static void put_transfer(struct page *page, const char *unit)
{
    struct th_bytes cells[TH_COUNT(TRANSFERS)] = {0};
    cells[2] = th_bytes_of(unit);
    cells[4] = th_bytes_of(page->blank->label);
    put_body(page, cells, TH_COUNT(TRANSFERS));
}

// ---- the whole ----

static size_t write_head(struct page *page)
{
    const char *names[CELLS_MAX];
    size_t count = 0;
    switch (page->blank->kind) {
    case BLANK_FIGURES:
        count = figure_head(page, names);
        put_head(page, names, count);
        return count;
    case BLANK_PEOPLE:
        put_head(page, PEOPLE, TH_COUNT(PEOPLE));
        return TH_COUNT(PEOPLE);
    case BLANK_COUNTS:
        put_head(page, COUNTS, TH_COUNT(COUNTS));
        return TH_COUNT(COUNTS);
    case BLANK_COLLECTIVES:
        put_head(page, COLLECTIVES, TH_COUNT(COLLECTIVES));
        return TH_COUNT(COLLECTIVES);
    case BLANK_TRANSFERS:
        put_head(page, TRANSFERS, TH_COUNT(TRANSFERS));
        return TH_COUNT(TRANSFERS);
    }
    th_unreachable();
}

static void write_unit(struct page *page, const char *unit, size_t column_count)
{
    switch (page->blank->kind) {
    case BLANK_FIGURES:
        put_unit_figures(page, unit, column_count);
        return;
    case BLANK_PEOPLE:
        each_group(page, unit, put_people);
        return;
    case BLANK_COUNTS:
        put_counts(page, unit);
        return;
    case BLANK_COLLECTIVES:
        each_group(page, unit, put_bodies);
        return;
    case BLANK_TRANSFERS:
        put_transfer(page, unit);
        return;
    }
    th_unreachable();
}

enum th_err blank_write(const struct home *home, struct blank *blank, FILE *out)
{
    TH_SCOPED(th_free_scoped) void *room = calloc(BLANK_UNITS_MAX, sizeof(uint32_t));
    struct page page = {
        .home = home,
        .reg = home->province->reg,
        .catalogue = home->province->catalogue,
        .blank = blank,
        .out = out,
        .uids = room,
    };
    if (room == NULL) {
        return TH_E_NO_MEMORY;
    }
    blank->rows = 0;
    find_units(&page);
    if (page.unit_count == 0) {
        return TH_E_NOT_FOUND;
    }
    const size_t column_count = write_head(&page);
    for (size_t i = 0; i < page.unit_count; i++) {
        char unit[TH_UNIT_REF_MAX + 1];
        th_register_label(page.reg, page.uids[i], blank->period, unit);
        write_unit(&page, unit, column_count);
    }
    if (page.too_many) {
        return TH_E_TOO_LARGE;
    }
    return ferror(out) != 0 ? TH_E_IO : TH_OK;
}
