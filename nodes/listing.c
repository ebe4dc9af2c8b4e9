// listing.c - see listing.h

#include "nodes/listing.h"

#include <inttypes.h>
#include <string.h>

#include "tonghop/csv.h"
#include "tonghop/hash.h"
#include "tonghop/number.h"

#include "nodes/desk.h"

enum { ROW_BYTES = 8192, PERSON_CHARS = 8 };

const struct th_sheet_column LISTING_COLUMNS[LISTING_ALL] = {
    {"state", {"trạng thái", "state"}, false},
    {"form", {"biểu", "form"}, false},
    {"unit_code", {"đơn vị", "unit"}, false},
    {"period", {"kỳ", "period"}, false},
    {"measure_or_category", {"chỉ tiêu", "measure"}, false},
    {"dims", {"phân tổ", "dims"}, false},
    {"qualifier", {"mức", "qualifier"}, false},
    {"value", {"giá trị", "value"}, true},
    {"of", {"trên", "of"}, true},
    {"before", {"trước", "before"}, true},
    {"after", {"sau", "after"}, true},
    {"rating", {"mức xếp loại", "rating"}, true},
    {"score", {"điểm", "score"}, true},
    {"revision", {"lần sửa", "revision"}, true},
    {"batch", {"lô", "batch"}, true},
    {"code", {"mã", "code"}, false},
    {"entered", {"nhập lúc", "entered"}, false},
    {"basis", {"căn cứ", "basis"}, false},
    {"note", {"ghi chú", "note"}, false},
    {"said", {"tỉnh trả lời", "said"}, false},
};

void listing_put(struct listing *row, enum listing_cell cell, const char *text)
{
    (void)snprintf(row->text[cell], sizeof(row->text[cell]), "%s", text);
    row->cells[cell] = th_bytes_of(row->text[cell]);
}

void listing_put_number(struct listing *row, enum listing_cell cell, uint64_t number)
{
    (void)snprintf(row->text[cell], sizeof(row->text[cell]), "%" PRIu64, number);
    row->cells[cell] = th_bytes_of(row->text[cell]);
}

static void
put_opt(struct listing *row, enum listing_cell cell, struct th_opt number, unsigned decimals)
{
    if (number.has) {
        row->cells[cell] = th_bytes_of(th_number_plain(number.value, decimals, row->text[cell]));
    }
}

// ---- dims ----

static void add_pair(struct listing *row, const char *key, struct th_bytes value)
{
    char *text = row->text[LISTING_DIMS];
    const size_t used = strlen(text);
    if (value.size > 0) {
        (void)snprintf(text + used,
                       sizeof(row->text[LISTING_DIMS]) - used,
                       "%s%s=%.*s",
                       used > 0 ? ";" : "",
                       key,
                       (int)value.size,
                       (const char *)value.data);
        row->cells[LISTING_DIMS] = th_bytes_of(text);
    }
}

static void add_person(struct listing *row, struct th_bytes person)
{
    uint8_t hash[TH_HASH128_BYTES];
    char hex[2 * TH_HASH128_BYTES + 1];
    th_hash128(hash, (struct th_bytes){0}, &person, 1);
    (void)th_hex((struct th_bytes){hash, sizeof(hash)}, hex);
    add_pair(row, "person", (struct th_bytes){hex, PERSON_CHARS});
}

// ---- kinds ----

static void fill_evaluation(struct listing *row, const struct th_evaluation *from)
{
    row->cells[LISTING_FORM] = TH_BYTES("evaluation");
    row->cells[LISTING_UNIT] = from->unit;
    row->cells[LISTING_PERIOD] = from->period;
    row->cells[LISTING_MEASURE] = from->category;
    add_person(row, from->person);
    put_opt(row, LISTING_RATING, from->rating, 0);
    put_opt(row, LISTING_SCORE, from->score, TH_SCORE_DECIMALS);
}

static void fill_staffing(struct listing *row, const struct th_staffing *from)
{
    row->cells[LISTING_FORM] = TH_BYTES("staffing");
    row->cells[LISTING_UNIT] = from->unit;
    row->cells[LISTING_PERIOD] = from->period;
    row->cells[LISTING_MEASURE] = from->measure;
    row->cells[LISTING_DIMS] = from->dims;
    row->cells[LISTING_QUALIFIER] = th_bytes_of(th_qualifier_word(from->qualifier));
    put_opt(row, LISTING_VALUE, from->value, from->decimals);
    put_opt(row, LISTING_OF, from->of, from->decimals);
    put_opt(row, LISTING_BEFORE, from->before, from->decimals);
    put_opt(row, LISTING_AFTER, from->after, from->decimals);
    if (from->not_applicable) {
        row->cells[LISTING_VALUE] = TH_BYTES("n/a");
    }
}

static void fill_collective(struct listing *row, const struct th_collective *from)
{
    row->cells[LISTING_FORM] = TH_BYTES("collective");
    row->cells[LISTING_UNIT] = from->unit;
    row->cells[LISTING_PERIOD] = from->period;
    row->cells[LISTING_MEASURE] = TH_BYTES("collective");
    add_pair(row, "collective", from->collective);
    add_pair(row, "kind", from->kind);
    put_opt(row, LISTING_RATING, from->rating, 0);
    put_opt(row, LISTING_SCORE, from->score, TH_SCORE_DECIMALS);
}

static void fill_transfer(struct listing *row, const struct th_transfer *from)
{
    row->cells[LISTING_FORM] = TH_BYTES("transfer");
    row->cells[LISTING_UNIT] = from->from_unit;
    row->cells[LISTING_PERIOD] = from->effective;
    row->cells[LISTING_MEASURE] = from->scheme;
    add_person(row, from->person);
    add_pair(row, "to", from->to_unit);
    put_opt(row, LISTING_VALUE, from->scored_months, 0);
    put_opt(row, LISTING_SCORE, from->score_sum, TH_SCORE_DECIMALS);
}

static void fill_completion(struct listing *row, const struct th_completion *from, uint32_t op)
{
    row->cells[LISTING_FORM] = TH_BYTES("completion");
    row->cells[LISTING_UNIT] = from->unit;
    row->cells[LISTING_PERIOD] = from->period;
    row->cells[LISTING_MEASURE] = from->form;
    if (op != TH_OP_WITHDRAW) {
        listing_put_number(row, LISTING_VALUE, from->line_count);
    }
}

static const char *act_word(const struct th_desk_act *act)
{
    static const char *const WORDS[] = {
        [TH_ACT_DESK_NONE] = "",
        [TH_ACT_DESK_UNIT] = "unit",
        [TH_ACT_DESK_SUCCESSOR] = "successor",
        [TH_ACT_DESK_REOPEN] = "reopen",
        [TH_ACT_DESK_DECISION] = "decision",
        [TH_ACT_DESK_SHARE] = "share",
        [TH_ACT_DESK_REVOCATION] = "revoke",
        [TH_ACT_DESK_REGISTER] = "register",
        [TH_ACT_DESK_ENROLMENT] = "enrol",
    };
    return (size_t)act->act < TH_COUNT(WORDS) ? WORDS[act->act] : "";
}

static void fill_desk(struct listing *row, const struct th_desk_act *from)
{
    row->cells[LISTING_FORM] = TH_BYTES("desk");
    row->cells[LISTING_UNIT] = from->unit.size > 0 ? from->unit : from->code;
    row->cells[LISTING_PERIOD] = from->period.size > 0 ? from->period : from->effective;
    row->cells[LISTING_MEASURE] = th_bytes_of(act_word(from));
    add_pair(row, "form", from->form);
    add_pair(row, "decision", from->decision);
    add_pair(row, "until", from->until);
    add_pair(row, "new", from->new_code);
    add_pair(row, "from", from->valid_from);
    put_opt(row, LISTING_VALUE, from->permille.has ? from->permille : from->rows, 0);
}

void listing_fill(struct listing *row, const struct th_update *update)
{
    memset(row->cells, 0, sizeof(row->cells));
    row->text[LISTING_DIMS][0] = '\0';
    switch (update->kind) {
    case TH_KIND_EVALUATION:
        fill_evaluation(row, &update->evaluation);
        break;
    case TH_KIND_STAFFING:
        fill_staffing(row, &update->staffing);
        break;
    case TH_KIND_COLLECTIVE:
        fill_collective(row, &update->collective);
        break;
    case TH_KIND_TRANSFER:
        fill_transfer(row, &update->transfer);
        break;
    case TH_KIND_COMPLETION:
        fill_completion(row, &update->completion, update->op);
        break;
    case TH_KIND_DESK:
        fill_desk(row, &update->desk);
        break;
    case TH_KIND_NONE:
        break;
    }
    listing_put_number(row, LISTING_REVISION, update->revision);
    row->cells[LISTING_BASIS] = update->basis;
    row->cells[LISTING_NOTE] = update->note;
}

const char *listing_state(const struct outbox *box, uint64_t seq, bool refused, uint32_t op)
{
    if (refused) {
        return "refused";
    }
    if (seq <= box->decided) {
        return op == TH_OP_WITHDRAW ? "withdrawn" : "decided";
    }
    return seq <= box->chained ? "sent" : "queued";
}

bool listing_is_of_unit(const struct listing *row, const char *unit)
{
    const struct th_bytes cell = row->cells[LISTING_UNIT];
    if (unit == NULL || th_bytes_equal(cell, th_bytes_of(unit))) {
        return true;
    }
    const size_t size = strlen(unit);
    return cell.size > size && memcmp(cell.data, unit, size) == 0 &&
           ((const char *)cell.data)[size] == '@';
}

// ---- for programs ----

void listing_csv_head(FILE *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s%s", LISTING_COLUMNS[i].name, i + 1 < count ? "," : "\n");
    }
}

void listing_csv(const struct listing *row, FILE *out, size_t count)
{
    uint8_t room[ROW_BYTES];
    struct th_writer writer = TH_WRITER(room);
    for (size_t i = 0; i < count; i++) {
        th_csv_write_cell(&writer, row->cells[i]);
    }
    th_csv_write_end(&writer);
    (void)fwrite(writer.data, 1, writer.size, out);
}

void listing_excel(const struct listing *row, FILE *out, size_t count)
{
    uint8_t room[ROW_BYTES];
    struct th_writer writer = TH_WRITER(room);
    for (size_t i = 0; i < count; i++) {
        const struct th_bytes cell =
            row != NULL ? row->cells[i] : th_bytes_of(LISTING_COLUMNS[i].name);
        if (row != NULL && LISTING_COLUMNS[i].is_number) {
            th_csv_excel_number(&writer, cell);
        } else {
            th_csv_excel_text(&writer, cell);
        }
    }
    th_csv_excel_end(&writer);
    (void)fputs(row != NULL ? "" : TH_CSV_EXCEL_MARK, out);
    (void)fwrite(writer.data, 1, writer.size, out);
}

void listing_json(const struct listing *row, FILE *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s\"%s\":", i == 0 ? "{" : ",", LISTING_COLUMNS[i].name);
        if (row->cells[i].size == 0) {
            (void)fprintf(out, "null");
        } else {
            desk_json_text(out, row->cells[i]);
        }
    }
    (void)fprintf(out, "}");
}
