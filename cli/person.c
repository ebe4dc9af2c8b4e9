// person.c - see person.h
//
// Where the catalogue has people hashed, the id is made a pseudonym with the province's key, which
// lies in the province's directory alone; elsewhere the pseudonym itself is asked for.

#include "cli/person.h"

#include <stdio.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/period.h"
#include "tonghop/sheet.h"

#include "cli/place.h"

enum { PSEUDONYM_BYTES = 33 };

const struct th_option PERSON_OPTIONS[PERSON_OPTION_COUNT] = {
    {.name = "scheme",
     .kind = TH_OPTION_TEXT,
     .value = "S",
     .help = {"quy định chấm điểm tháng", "the scheme of the monthly scores"}},
    {.name = "year", .kind = TH_OPTION_TEXT, .value = "YYYY", .help = {"năm", "the year"}},
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "CODE",
     .help = {"đơn vị của người đó, nếu quy định tính người theo từng đơn vị",
              "the person's unit, where the scheme counts people unit by unit"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, when the directory has several"}},
};

enum column {
    COLUMN_KIND,
    COLUMN_PERIOD,
    COLUMN_UNIT,
    COLUMN_MONTHS,
    COLUMN_SCORE,
    COLUMN_AVERAGE
};

static const struct th_sheet_column COLUMNS[] = {
    [COLUMN_KIND] = {"kind", {"loại", "kind"}, false},
    [COLUMN_PERIOD] = {"period", {"kỳ", "period"}, false},
    [COLUMN_UNIT] = {"unit_code", {"đơn vị", "unit"}, false},
    [COLUMN_MONTHS] = {"months", {"số tháng", "months"}, true},
    [COLUMN_SCORE] = {"score", {"điểm", "score"}, true},
    [COLUMN_AVERAGE] = {"average", {"trung bình", "average"}, true},
};

struct person {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_sheet sheet;
    char pseudonym[PSEUDONYM_BYTES];
    int64_t count;
    int64_t sum;
};

static void person_free(struct person *person)
{
    th_sheet_free(&person->sheet);
    th_viewer_close(&person->viewer);
}

// ---- rows ----

// A row's words and numbers, for people or for programs.
struct row {
    const char *kind;      // month, brought, year
    const char *people[2]; // the same by language
    struct th_bytes period;
    struct th_bytes unit;
    int64_t months;
    int64_t score;
    bool has_average;
};

static char *score_text(const struct person *person,
                        bool table,
                        int64_t score,
                        char out[static TH_NUMBER_TEXT_BYTES])
{
    return table ? th_score_people(person->call->lang, score, out) : th_number_plain(score, 2, out);
}

static enum th_err add_row(struct person *person, const struct row *row)
{
    const bool table = th_sheet_is_table(person->call, stdout);
    char months[TH_NUMBER_TEXT_BYTES];
    char score[TH_NUMBER_TEXT_BYTES];
    char average[TH_NUMBER_TEXT_BYTES] = "";
    if (row->has_average && row->months > 0) {
        (void)score_text(
            person, table, (2 * row->score + row->months) / (2 * row->months), average);
    }
    const struct th_bytes cells[] = {
        [COLUMN_KIND] = th_bytes_of(table ? row->people[person->call->lang] : row->kind),
        [COLUMN_PERIOD] = row->period,
        [COLUMN_UNIT] = row->unit,
        [COLUMN_MONTHS] = th_bytes_of(th_number_plain(row->months, 0, months)),
        [COLUMN_SCORE] = th_bytes_of(score_text(person, table, row->score, score)),
        [COLUMN_AVERAGE] = th_bytes_of(average),
    };
    return th_sheet_add(&person->sheet, cells);
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct person *person = context;
    for (size_t i = 0; i < answer->month_count; i++) {
        const struct th_month_score *month = &answer->months[i];
        const bool held = month->brought == 0;
        const struct row row = {
            .kind = held ? "month" : "brought",
            .people = {[TH_LANG_VI] = held ? "tháng" : "mang theo, đến trước ngày",
                       [TH_LANG_EN] = held ? "month" : "brought along, until before"},
            .period = month->period,
            .unit = month->unit,
            .months = held ? 1 : month->brought,
            .score = month->score,
        };
        TH_TRY(add_row(person, &row));
        person->count += row.months;
        person->sum += row.score;
    }
    return TH_OK;
}

// ---- the question ----

static int wants(const struct th_call *call, const char *option, const char *kind)
{
    const char *params[] = {option, kind};
    return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
}

static bool is_pseudonym(const char *id)
{
    return strlen(id) == PSEUDONYM_BYTES - 1 &&
           strspn(id, "0123456789abcdef") == PSEUDONYM_BYTES - 1;
}

// The id as the province knows it. 0, or an exit code.
static int find_id(struct person *person, const char *id, struct th_bytes *known)
{
    const struct th_call *call = person->call;
    const struct th_catalogue *catalogue = person->viewer.province->catalogue;
    const char *unit = th_call_text(call, "unit");
    uint8_t secret[TH_CURVE_BYTES];
    struct th_verdict why;
    char keys[TH_PATH_MAX];
    *known = th_bytes_of(id);
    if (th_catalogue_settings(catalogue)->person_ids != TH_PERSON_HASHED || is_pseudonym(id)) {
        return TH_EXIT_OK;
    }
    const enum th_err err =
        th_secret_read(place_path(person->viewer.dir, "keys", keys), "person", secret, &why);
    if (err == TH_E_NOT_FOUND) {
        th_verdict_make(&why, TH_M_OPTION_VALUE, 'c', NULL, "ID", "pseudonym", NULL);
    }
    if (err != TH_OK) {
        return th_call_tell(call, &why);
    }
    th_person_pseudonym((struct th_bytes){secret, sizeof(secret)},
                        th_bytes_of(unit == NULL ? "" : unit),
                        *known,
                        person->pseudonym);
    th_secret_forget(secret, sizeof(secret));
    *known = th_bytes_of(person->pseudonym);
    return TH_EXIT_OK;
}

static int ask(struct person *person, const struct th_query *query)
{
    const struct th_call *call = person->call;
    const struct th_viewer *viewer = &person->viewer;
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    const int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const enum th_err err = th_asker_ask(asker, query, call->timeout_ms, on_part, person, &end);
    return err == TH_OK ? TH_EXIT_OK : th_viewer_fail(call, viewer->dir, query, err, &end);
}

static int print(struct person *person, struct th_bytes year)
{
    const struct row whole = {
        .kind = "year",
        .people = {[TH_LANG_VI] = "cả năm", [TH_LANG_EN] = "year"},
        .period = year,
        .months = person->count,
        .score = person->sum,
        .has_average = true,
    };
    if (add_row(person, &whole) != TH_OK) {
        return th_call_fail(person->call, TH_M_NO_MEMORY, NULL, 0);
    }
    const enum th_err err = th_sheet_print(&person->sheet, person->call, stdout);
    return err == TH_OK && fflush(stdout) == 0 ? TH_EXIT_OK : TH_EXIT_IO;
}

int person_run(const struct th_call *call)
{
    TH_SCOPED(person_free)
    struct person person = {.call = call, .sheet = th_sheet_of(COLUMNS, TH_COUNT(COLUMNS))};
    const char *scheme = th_call_text(call, "scheme");
    const char *year = th_call_text(call, "year");
    struct th_period parsed;
    if (scheme == NULL) {
        return wants(call, "scheme", "code");
    }
    if (year == NULL || th_period_parse(th_bytes_of(year), &parsed) != TH_OK ||
        parsed.type != TH_PERIOD_YEAR) {
        return wants(call, "year", "year");
    }
    int code = th_viewer_open(
        call, th_call_text(call, "lineage"), th_call_text(call, "unit"), &person.viewer);
    const struct th_bytes period = th_bytes_of(year);
    struct th_query query = {
        .ask = TH_ASK_PERSON,
        .lineage = th_bytes_of(person.viewer.lineage),
        .periods = &period,
        .period_count = 1,
        .scheme = th_bytes_of(scheme),
    };
    if (code == TH_EXIT_OK) {
        code = find_id(&person, call->operands[0], &query.person);
    }
    if (code == TH_EXIT_OK) {
        code = ask(&person, &query);
    }
    return code == TH_EXIT_OK ? print(&person, period) : code;
}
