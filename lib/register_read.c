// register_read.c - units and successors from CSV, with everything that is wrong with them

#include <string.h>

#include "tonghop/text.h"

#include "lib/register_body.h"
#include "lib/register_rows.h"

enum unit_column { CODE, NAME, TYPE, PARENT, LEVEL, FROM, UNTIL, BASIS, UNIT_COLUMNS };
enum successor_column {
    OLD_CODE,
    NEW_CODE,
    EFFECTIVE,
    KIND,
    OLD_LEVEL,
    NEW_LEVEL,
    ROW_BASIS,
    SUCCESSOR_COLUMNS
};

enum { NAME_MAX_BYTES = 256, TYPE_MAX_BYTES = 64, BASIS_MAX_BYTES = 96, DAY_MAX_BYTES = 10 };

static const struct register_column UNIT_TABLE[UNIT_COLUMNS] = {
    [CODE] = {"code", TH_UNIT_CODE_MAX, true},
    [NAME] = {"name", NAME_MAX_BYTES, true},
    [TYPE] = {"type", TYPE_MAX_BYTES, true},
    [PARENT] = {"parent", TH_UNIT_CODE_MAX, true},
    [LEVEL] = {"level", TYPE_MAX_BYTES, false},
    [FROM] = {"valid_from", DAY_MAX_BYTES, false},
    [UNTIL] = {"valid_to", DAY_MAX_BYTES, false},
    [BASIS] = {"basis", BASIS_MAX_BYTES, false},
};

static const struct register_column SUCCESSOR_TABLE[SUCCESSOR_COLUMNS] = {
    [OLD_CODE] = {"old_code", TH_UNIT_CODE_MAX, true},
    [NEW_CODE] = {"new_code", TH_UNIT_CODE_MAX, true},
    [EFFECTIVE] = {"effective", DAY_MAX_BYTES, true},
    [KIND] = {"kind", DAY_MAX_BYTES, true},
    [OLD_LEVEL] = {"old_level", TYPE_MAX_BYTES, false},
    [NEW_LEVEL] = {"new_level", TYPE_MAX_BYTES, false},
    [ROW_BASIS] = {"basis", BASIS_MAX_BYTES, false},
};

struct reading {
    struct th_register *reg;
    struct th_findings *findings;
    const struct register_column *table;
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

static bool complain(const struct reading *reading,
                     const struct register_row *row,
                     size_t column,
                     unsigned code)
{
    const struct th_bytes cell = row->cells[column];
    const struct register_column *about = &reading->table[column];
    struct th_verdict verdict;
    th_verdict_start(&verdict, code, 0, about->name);
    if (code == TH_M_CELL_EMPTY) {
        th_verdict_add(&verdict, th_bytes_of(about->name));
    } else if (code == TH_V_TEXT) {
        th_verdict_add_number(&verdict, (int64_t)about->bytes_max, 0);
    } else {
        th_verdict_add(&verdict, cell);
    }
    th_findings_error(reading->findings, row->line, row->columns[column], &verdict, cell);
    return false;
}

// ---- cells ----

static bool check_code(const struct reading *reading, const struct register_row *row, size_t column)
{
    if (row->cells[column].size == 0) {
        return complain(reading, row, column, TH_M_CELL_EMPTY);
    }
    return th_text_is_code(row->cells[column], TH_UNIT_CODE_MAX) ||
           complain(reading, row, column, TH_V_TEXT);
}

static bool check_text(const struct reading *reading, const struct register_row *row, size_t column)
{
    return row->cells[column].size > 0 || complain(reading, row, column, TH_M_CELL_EMPTY);
}

// An empty date is the open end given in *day.
static bool
read_day(const struct reading *reading, const struct register_row *row, size_t column, th_day *day)
{
    return row->cells[column].size == 0 || th_day_parse_loose(row->cells[column], day) == TH_OK ||
           complain(reading, row, column, TH_M_CELL_DATE);
}

static bool read_kind(const struct reading *reading,
                      const struct register_row *row,
                      enum th_successor_kind *kind)
{
    static const struct {
        const char *word;
        enum th_successor_kind kind;
    } KINDS[] = {
        {"full", TH_SUCCESSOR_FULL},
        {"partial", TH_SUCCESSOR_PARTIAL},
        {"recode", TH_SUCCESSOR_RECODE},
    };
    if (row->cells[KIND].size == 0) {
        return complain(reading, row, KIND, TH_M_CELL_EMPTY);
    }
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        if (th_text_same_label(row->cells[KIND], th_bytes_of(KINDS[i].word))) {
            *kind = KINDS[i].kind;
            return true;
        }
    }
    return complain(reading, row, KIND, TH_V_KIND);
}

// ---- rows ----

static enum th_err read_unit(void *self, const struct register_row *row)
{
    const struct reading *reading = self;
    struct th_unit unit = {
        .code = row->cells[CODE],
        .name = row->cells[NAME],
        .type = row->cells[TYPE],
        .level = row->cells[LEVEL].size > 0 ? row->cells[LEVEL] : row->cells[TYPE],
        .parent = row->cells[PARENT],
        .basis = row->cells[BASIS],
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

static enum th_err read_successor(void *self, const struct register_row *row)
{
    const struct reading *reading = self;
    struct th_successor successor = {
        .old_code = row->cells[OLD_CODE],
        .new_code = row->cells[NEW_CODE],
        .basis = row->cells[ROW_BASIS],
    };
    bool good = check_code(reading, row, OLD_CODE);
    good = check_code(reading, row, NEW_CODE) && good;
    good = check_text(reading, row, EFFECTIVE) &&
           read_day(reading, row, EFFECTIVE, &successor.effective) && good;
    good = read_kind(reading, row, &successor.kind) && good;
    return good ? register_add_successor(reading->reg, &successor) : TH_OK;
}

static enum th_err
read_successors(struct th_bytes csv, struct th_findings *findings, struct reading *reading)
{
    const char *units_file = findings->file;
    findings->file = "successors.csv";
    reading->table = SUCCESSOR_TABLE;
    const enum th_err err =
        register_rows(csv, SUCCESSOR_TABLE, SUCCESSOR_COLUMNS, findings, read_successor, reading);
    findings->file = units_file;
    return err;
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
    struct reading reading = {.reg = reg, .findings = findings, .table = UNIT_TABLE};
    TH_TRY(register_rows(units_csv, UNIT_TABLE, UNIT_COLUMNS, findings, read_unit, &reading));
    if (successors_csv.size > 0) {
        TH_TRY(read_successors(successors_csv, findings, &reading));
    }
    TH_TRY(th_findings_result(findings)); // what was left out would only cause more of them
    TH_TRY(register_finish(reg, findings));
    *out = reg;
    reg = NULL; // the caller owns it now
    return TH_OK;
}
