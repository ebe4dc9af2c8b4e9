// register_read.c - units and successors from CSV, with everything that is wrong with them

#include <stdlib.h>

#include "tonghop/csv.h"
#include "tonghop/text.h"

#include "lib/register_body.h"

enum unit_column { CODE, NAME, TYPE, PARENT, LEVEL, FROM, UNTIL, BASIS };
enum successor_column { OLD_CODE, NEW_CODE, EFFECTIVE, KIND, OLD_LEVEL, NEW_LEVEL, ROW_BASIS };

enum { NAME_BYTES = 256, TYPE_BYTES = 64, BASIS_BYTES = 96, SHORT_BYTES = 64 };

static const struct th_csv_column UNIT_COLUMNS[] = {
    [CODE] = {.name = "code", .bytes_max = TH_UNIT_CODE_MAX},
    [NAME] = {.name = "name", .bytes_max = NAME_BYTES},
    [TYPE] = {.name = "type", .bytes_max = TYPE_BYTES},
    [PARENT] = {.name = "parent", .bytes_max = TH_UNIT_CODE_MAX},
    [LEVEL] = {.name = "level", .bytes_max = TYPE_BYTES},
    [FROM] = {.name = "valid_from", .bytes_max = SHORT_BYTES},
    [UNTIL] = {.name = "valid_to", .bytes_max = SHORT_BYTES},
    [BASIS] = {.name = "basis", .bytes_max = BASIS_BYTES, .has_lines = true},
};

static const struct th_csv_column SUCCESSOR_COLUMNS[] = {
    [OLD_CODE] = {.name = "old_code", .bytes_max = TH_UNIT_CODE_MAX},
    [NEW_CODE] = {.name = "new_code", .bytes_max = TH_UNIT_CODE_MAX},
    [EFFECTIVE] = {.name = "effective", .bytes_max = SHORT_BYTES},
    [KIND] = {.name = "kind", .bytes_max = SHORT_BYTES},
    [OLD_LEVEL] = {.name = "old_level", .bytes_max = TYPE_BYTES},
    [NEW_LEVEL] = {.name = "new_level", .bytes_max = TYPE_BYTES},
    [ROW_BASIS] = {.name = "basis", .bytes_max = BASIS_BYTES, .has_lines = true},
};

static const struct th_csv_form UNITS_FORM = {
    .name = "units",
    .columns = UNIT_COLUMNS,
    .count = TH_COUNT(UNIT_COLUMNS),
    .needs = "code name type parent",
};

static const struct th_csv_form SUCCESSORS_FORM = {
    .name = "successors",
    .columns = SUCCESSOR_COLUMNS,
    .count = TH_COUNT(SUCCESSOR_COLUMNS),
    .needs = "old_code new_code effective kind",
};

struct reading {
    struct th_register *reg;
    struct th_findings *findings;
    const struct th_csv_form *form;
    bool may_lack_units; // of a change
};

// ---- findings ----

void register_complain(struct th_findings *findings,
                       enum register_fault fault,
                       const struct register_version *version,
                       th_day day)
{
    static const char VARIANTS[] = {
        [REGISTER_OVERLAP] = 'a',
        [REGISTER_NO_PARENT] = 'b',
        [REGISTER_CYCLE] = 'c',
        [REGISTER_DEPTH] = 'd',
        [REGISTER_EMPTY_LIFE] = 'e',
    };
    if (findings == NULL) {
        return;
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_REGISTER, VARIANTS[fault], NULL);
    th_verdict_add(&verdict, version->unit.code);
    if (fault == REGISTER_NO_PARENT) {
        char text[TH_DAY_TEXT_BYTES];
        th_verdict_add(&verdict, th_bytes_of(th_day_text(day, text)));
    }
    th_findings_error(findings, version->line, 0, &verdict, version->unit.code);
}

static bool
complain(const struct reading *reading, const struct th_csv_row *row, size_t column, unsigned code)
{
    const struct th_bytes cell = row->cells[column].text;
    const struct th_csv_column *about = &reading->form->columns[column];
    struct th_verdict verdict;
    th_verdict_start(&verdict, code, 0, about->name);
    if (code == TH_M_CELL_EMPTY) {
        th_verdict_add(&verdict, th_bytes_of(about->name));
    } else if (code == TH_V_TEXT) {
        th_verdict_add_number(&verdict, (int64_t)about->bytes_max, 0);
    } else {
        th_verdict_add(&verdict, cell);
    }
    th_findings_error(reading->findings, row->line, row->cells[column].column, &verdict, cell);
    return false;
}

// ---- cells ----

static bool check_code(const struct reading *reading, const struct th_csv_row *row, size_t column)
{
    if (row->cells[column].text.size == 0) {
        return complain(reading, row, column, TH_M_CELL_EMPTY);
    }
    return th_text_is_code(row->cells[column].text, TH_UNIT_CODE_MAX) ||
           complain(reading, row, column, TH_V_TEXT);
}

static bool check_text(const struct reading *reading, const struct th_csv_row *row, size_t column)
{
    return row->cells[column].text.size > 0 || complain(reading, row, column, TH_M_CELL_EMPTY);
}

// An empty date is the open end given in *day.
static bool
read_day(const struct reading *reading, const struct th_csv_row *row, size_t column, th_day *day)
{
    return row->cells[column].text.size == 0 ||
           th_day_parse_loose(row->cells[column].text, day) == TH_OK ||
           complain(reading, row, column, TH_M_CELL_DATE);
}

static bool
read_kind(const struct reading *reading, const struct th_csv_row *row, enum th_successor_kind *kind)
{
    static const struct {
        const char *word;
        enum th_successor_kind kind;
    } KINDS[] = {
        {"full", TH_SUCCESSOR_FULL},
        {"partial", TH_SUCCESSOR_PARTIAL},
        {"recode", TH_SUCCESSOR_RECODE},
    };
    if (row->cells[KIND].text.size == 0) {
        return complain(reading, row, KIND, TH_M_CELL_EMPTY);
    }
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        if (th_text_same_label(row->cells[KIND].text, th_bytes_of(KINDS[i].word))) {
            *kind = KINDS[i].kind;
            return true;
        }
    }
    return complain(reading, row, KIND, TH_V_KIND);
}

// ---- rows ----

static enum th_err read_unit(void *self, const struct th_csv_row *row)
{
    const struct reading *reading = self;
    struct th_unit unit = {
        .code = row->cells[CODE].text,
        .name = row->cells[NAME].text,
        .type = row->cells[TYPE].text,
        .level = row->cells[LEVEL].text.size > 0 ? row->cells[LEVEL].text : row->cells[TYPE].text,
        .parent = row->cells[PARENT].text,
        .basis = row->cells[BASIS].text,
        .from = TH_DAY_MIN,
        .until = TH_DAY_MAX,
    };
    bool good = check_code(reading, row, CODE);
    good = check_text(reading, row, NAME) && good;
    good = check_text(reading, row, TYPE) && good;
    good = (unit.parent.size == 0 || check_code(reading, row, PARENT)) && good;
    good = read_day(reading, row, FROM, &unit.from) && good;
    good = read_day(reading, row, UNTIL, &unit.until) && good;
    return good ? register_add_version(reading->reg, &unit, row->line) : TH_OK;
}

static enum th_err read_successor(void *self, const struct th_csv_row *row)
{
    const struct reading *reading = self;
    struct th_successor successor = {
        .old_code = row->cells[OLD_CODE].text,
        .new_code = row->cells[NEW_CODE].text,
        .basis = row->cells[ROW_BASIS].text,
    };
    bool good = check_code(reading, row, OLD_CODE);
    good = check_code(reading, row, NEW_CODE) && good;
    good = check_text(reading, row, EFFECTIVE) &&
           read_day(reading, row, EFFECTIVE, &successor.effective) && good;
    good = read_kind(reading, row, &successor.kind) && good;
    return good ? register_add_successor(reading->reg, &successor) : TH_OK;
}

static enum th_err read_rows(struct th_bytes csv, struct reading *reading, th_csv_row_fn *on_row)
{
    struct th_csv_summary summary;
    const struct th_csv_options options = {.forms = reading->form,
                                           .form_count = 1,
                                           .rows_max = REGISTER_VERSIONS_MAX,
                                           .may_be_empty = reading->form == &SUCCESSORS_FORM};
    return th_csv_read(csv, &options, reading->findings, on_row, reading, &summary);
}

// The rows of both files, so that the findings of both are told. What else may be wrong with the
// units is only looked for when every row could be read.
static enum th_err
read_files(struct th_bytes units_csv, struct th_bytes successors_csv, struct reading *reading)
{
    reading->form = &UNITS_FORM;
    const enum th_err units = reading->may_lack_units && units_csv.size == 0
                                  ? TH_OK
                                  : read_rows(units_csv, reading, read_unit);
    if ((units != TH_OK && units != TH_E_REFUSED) || successors_csv.size == 0) {
        return units;
    }
    const char *file = reading->findings->file;
    reading->findings->file = "successors.csv";
    reading->form = &SUCCESSORS_FORM;
    const enum th_err successors = read_rows(successors_csv, reading, read_successor);
    reading->findings->file = file;
    return successors == TH_OK ? units : successors;
}

enum th_err th_register_read(struct th_bytes units_csv,
                             struct th_bytes successors_csv,
                             struct th_findings *findings,
                             struct th_register **out)
{
    TH_SCOPED(th_register_free) struct th_register *reg = register_new();
    if (reg == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct reading reading = {.reg = reg, .findings = findings};
    TH_TRY(read_files(units_csv, successors_csv, &reading));
    TH_TRY(th_findings_result(findings));
    TH_TRY(register_finish(reg, findings));
    *out = reg;
    reg = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err th_register_rows_read(struct th_bytes units_csv,
                                  struct th_bytes successors_csv,
                                  struct th_findings *findings,
                                  struct th_register_rows *rows)
{
    *rows = (struct th_register_rows){.holder = register_new()};
    if (rows->holder == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_register *reg = rows->holder;
    struct reading reading = {.reg = reg, .findings = findings, .may_lack_units = true};
    TH_TRY(read_files(units_csv, successors_csv, &reading));
    TH_TRY(th_findings_result(findings));
    rows->units = calloc(reg->version_count + 1, sizeof(*rows->units));
    if (rows->units == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < reg->version_count; i++) {
        rows->units[i] = reg->versions[i].unit;
    }
    rows->change = (struct th_register_change){
        .units = rows->units,
        .unit_count = reg->version_count,
        .successors = reg->successors,
        .successor_count = reg->successor_count,
    };
    return TH_OK;
}

void th_register_rows_free(struct th_register_rows *rows)
{
    th_register_free(&rows->holder);
    free(rows->units);
    rows->units = NULL;
}
