// judge_complete.c - V20: a declaration of a form is compared with what the province holds

#include <stdio.h>
#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "workers/judge_body.h"

enum {
    DIFFERENCES_MAX = 16,
    KINDS_MAX = 8, // of bodies
    LINE_WORDS = (TH_COMPLETION_LINES_MAX + 63) / 64,
};

__extension__ typedef __int128 wide;

static const struct th_bytes COLLECTIVE = {.data = "collective", .size = 10};

// One comparison: lines on one side, live keys on the other.
struct comparison {
    struct judge *judge;
    struct item *item;
    const struct th_completion *said;
    uint64_t met[LINE_WORDS]; // lines that are held
    struct th_verdict differences[DIFFERENCES_MAX];
    size_t count;
    struct digest digest;
};

// What is held under one line.
struct held_sum {
    struct th_bytes measure;
    struct th_bytes dims;
    uint64_t count;
    wide sum;
};

static int64_t bounded(wide number)
{
    return number > INT64_MAX ? INT64_MAX : number < INT64_MIN ? INT64_MIN : (int64_t)number;
}

// ---- differences ----

struct sides {
    int64_t sent, held;
};

static void differ(struct comparison *comparison,
                   const char *field,
                   const struct held_sum *at,
                   struct sides sides)
{
    if (comparison->count == DIFFERENCES_MAX) {
        return;
    }
    char name[TH_MEASURE_CODE_MAX + TH_DIMS_MAX + 3];
    struct th_verdict *verdict = &comparison->differences[comparison->count++];
    (void)snprintf(name,
                   sizeof(name),
                   at->dims.size > 0 ? "%.*s{%.*s}" : "%.*s",
                   (int)at->measure.size,
                   (const char *)at->measure.data,
                   (int)at->dims.size,
                   (const char *)at->dims.data);
    th_verdict_start(verdict, TH_V_CONTROL_TOTAL, 0, field);
    th_verdict_add(verdict, comparison->said->form);
    th_verdict_add(verdict, th_bytes_of(name));
    th_verdict_add_number(verdict, sides.sent, 0);
    th_verdict_add_number(verdict, sides.held, 0);
}

static bool is_line_of(const struct comparison *comparison,
                       const struct th_completion_line *line,
                       const struct held_sum *held)
{
    if (!th_bytes_equal(line->measure, held->measure)) {
        return false;
    }
    if (th_bytes_equal(line->dims, held->dims)) {
        return true;
    }
    struct th_measure measure;
    char dims[TH_DIMS_MAX + 1];
    struct th_bytes part;
    return !th_group_is(line->measure) &&
           th_catalogue_measure(comparison->judge->setup.catalogue, line->measure, &measure) ==
               TH_OK &&
           th_measure_dims(&measure, line->dims, dims, &part) == TH_OK &&
           th_bytes_equal(th_bytes_of(dims), held->dims);
}

static void compare(struct comparison *comparison, const struct held_sum *held)
{
    const struct th_completion *said = comparison->said;
    for (size_t i = 0; i < said->line_count; i++) {
        const struct th_completion_line *line = &said->lines[i];
        if (!is_line_of(comparison, line, held)) {
            continue;
        }
        comparison->met[i / 64] |= UINT64_C(1) << (i % 64);
        if ((uint64_t)line->count.value != held->count) {
            differ(comparison,
                   "count",
                   held,
                   (struct sides){line->count.value, bounded((wide)held->count)});
        } else if (line->sum.value != held->sum) {
            differ(comparison, "sum", held, (struct sides){line->sum.value, bounded(held->sum)});
        }
        return;
    }
    differ(comparison, "count", held, (struct sides){0, bounded((wide)held->count)});
}

static void compare_rest(struct comparison *comparison)
{
    const struct th_completion *said = comparison->said;
    for (size_t i = 0; i < said->line_count; i++) {
        const struct th_completion_line *line = &said->lines[i];
        const bool met = (comparison->met[i / 64] >> (i % 64) & 1) != 0;
        if (!met && (line->count.value != 0 || line->sum.value != 0)) {
            const struct held_sum none = {.measure = line->measure, .dims = line->dims};
            differ(comparison, "count", &none, (struct sides){line->count.value, 0});
        }
    }
}

// The digest is the sum of the records' digests, as that of a node is.
static void compare_digest(struct comparison *comparison)
{
    const struct th_bytes sent = comparison->said->digest;
    if (sent.size == 0 || comparison->count == DIFFERENCES_MAX ||
        memcmp(sent.data, comparison->digest.sum, sizeof(comparison->digest.sum)) == 0) {
        return;
    }
    char hex[2][2 * TH_COMPLETION_DIGEST_BYTES + 1];
    struct th_verdict *verdict = &comparison->differences[comparison->count++];
    th_verdict_start(verdict, TH_V_CONTROL_TOTAL, 0, "digest");
    th_verdict_add(verdict, comparison->said->form);
    th_verdict_add(verdict, TH_BYTES("digest"));
    th_verdict_add(verdict, th_bytes_of(th_hex(sent, hex[0])));
    th_verdict_add(verdict,
                   th_bytes_of(th_hex((struct th_bytes){comparison->digest.sum, 16}, hex[1])));
}

// ---- walking over live records of the unit and period ----

struct walk {
    struct comparison *comparison;
    unsigned table;
    struct key prefix;
    struct th_bytes at;
    struct record record;
};

// TH_E_NOT_FOUND at the end; TH_E_TOO_LARGE: one batch has asked for too much.
static enum th_err next_live(struct walk *walk)
{
    struct judge *judge = walk->comparison->judge;
    const struct th_store store = judge->setup.store;
    const struct th_bytes prefix = key_view(&walk->prefix);
    struct th_bytes value;
    enum th_err err = walk->at.size == 0
                          ? th_store_seek(store, walk->table, prefix, &walk->at, &value)
                          : th_store_next(store, walk->table, walk->at, &walk->at, &value);
    while (err == TH_OK && th_bytes_begins(walk->at, prefix)) {
        if (judge->looks++ == JUDGE_LOOKS_MAX) {
            return TH_E_TOO_LARGE;
        }
        TH_TRY(th_check_open(&judge->check, walk->table, walk->at, &value));
        TH_TRY(record_read(walk->table, value, &walk->record));
        if (walk->record.live) {
            return TH_OK;
        }
        err = th_store_next(store, walk->table, walk->at, &walk->at, &value);
    }
    return err == TH_OK ? TH_E_NOT_FOUND : err;
}

static struct walk walk_of(struct comparison *comparison, unsigned table)
{
    const struct th_judged *judged = &comparison->item->judged;
    const struct th_bytes none = {0};
    return (struct walk){
        .comparison = comparison,
        .table = table,
        .prefix = key_of_record(judged->uid, judged->period, none, none, NULL),
    };
}

static void take_digest(const struct walk *walk)
{
    digest_add(&walk->comparison->digest, walk->table, walk->at, &walk->record);
}

static enum th_err compare_figures(struct comparison *comparison)
{
    struct walk walk = walk_of(comparison, TABLE_STAFFING);
    enum th_err err = next_live(&walk);
    for (; err == TH_OK; err = next_live(&walk)) {
        struct figure_key at;
        struct th_measure measure;
        TH_TRY(key_read_figure(walk.at, &at));
        if (th_catalogue_measure(comparison->judge->setup.catalogue, at.measure, &measure) !=
                TH_OK ||
            measure.form != comparison->item->judged.form) {
            continue;
        }
        const struct held_sum held = {
            .measure = at.measure,
            .dims = at.dims,
            .count = 1,
            .sum = walk.record.figure.value,
        };
        take_digest(&walk);
        compare(comparison, &held);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- ratings, which lie together by scheme and category ----

struct ratings {
    char scheme[TH_SCHEME_CODE_MAX + 1];
    char category[TH_CATEGORY_MAX + 1];
    struct {
        uint64_t count;
        wide sum;
    } of[KINDS_MAX]; // by kind of collective; 0: people
};

static void flush(struct comparison *comparison, struct ratings *ratings)
{
    const bool bodies = th_bytes_equal(th_bytes_of(ratings->category), COLLECTIVE);
    for (uint32_t kind = 0; kind < KINDS_MAX; kind++) {
        char dims[TH_DIMS_MAX + 1];
        if (ratings->of[kind].count == 0) {
            continue;
        }
        const struct th_group group = {
            .bodies = bodies,
            .member = th_bytes_of(bodies ? th_collective_kind_word(kind) : ratings->category),
            .scheme = th_bytes_of(ratings->scheme),
        };
        const struct held_sum held = {
            .measure = th_group_measure(&group),
            .dims = th_bytes_of(th_group_dims(&group, dims)),
            .count = ratings->of[kind].count,
            .sum = ratings->of[kind].sum,
        };
        compare(comparison, &held);
    }
    *ratings = (struct ratings){.scheme = ""};
}

static enum th_err compare_ratings(struct comparison *comparison)
{
    const struct th_judged *judged = &comparison->item->judged;
    struct ratings ratings = {.scheme = ""};
    if (th_catalogue_evaluation_form(comparison->judge->setup.catalogue, judged->period) !=
        judged->form) {
        return TH_OK;
    }
    struct walk walk = walk_of(comparison, TABLE_EVALUATION);
    enum th_err err = next_live(&walk);
    for (; err == TH_OK; err = next_live(&walk)) {
        struct record_key at;
        TH_TRY(key_read_record(walk.at, &at));
        if (!th_bytes_equal(at.scheme, th_bytes_of(ratings.scheme)) ||
            !th_bytes_equal(at.category, th_bytes_of(ratings.category))) {
            flush(comparison, &ratings);
            (void)th_bytes_copy_text(at.scheme, ratings.scheme, sizeof(ratings.scheme));
            (void)th_bytes_copy_text(at.category, ratings.category, sizeof(ratings.category));
        }
        const uint32_t kind = walk.record.collective_kind;
        if (kind >= KINDS_MAX) {
            return TH_E_CORRUPT;
        }
        ratings.of[kind].count++;
        ratings.of[kind].sum += walk.record.score.has ? walk.record.score.value : 0;
        take_digest(&walk);
    }
    flush(comparison, &ratings);
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err compare_all(struct comparison *comparison)
{
    TH_TRY(compare_figures(comparison));
    TH_TRY(compare_ratings(comparison));
    compare_rest(comparison);
    compare_digest(comparison);
    return TH_OK;
}

// ---- the declaration ----

static enum th_err refuse(struct comparison *comparison, unsigned *outcome)
{
    struct item *item = comparison->item;
    item->verdict = comparison->differences[0];
    *outcome = item->verdict.code;
    for (size_t i = 1; i < comparison->count; i++) {
        TH_TRY(judge_notify(comparison->judge, &item->source, &comparison->differences[i]));
    }
    return TH_OK;
}

static enum th_err warn_not_expected(struct judge *judge, struct item *item)
{
    const struct th_judged *judged = &item->judged;
    if (th_form_is_reporter(
            judged->form, judge->setup.reg, judge->setup.root, judged->uid, judged->day)) {
        return TH_OK;
    }
    struct th_verdict verdict;
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, judged->uid, judged->period, label);
    th_verdict_start(&verdict, TH_V_NOT_EXPECTED, 0, "unit_code");
    th_verdict_add(&verdict, th_bytes_of(label));
    th_verdict_add(&verdict, judged->form->code);
    return judge_warn(judge, item, &verdict);
}

static enum th_err submit(struct judge *judge,
                          struct item *item,
                          const struct form_kept *kept,
                          const struct form_said *said)
{
    struct form_row row = kept->row;
    form_declare(&row, said, &item->update->completion, judge->today);
    TH_TRY(warn_not_expected(judge, item));
    return judge_form_put(judge, item, kept, &row);
}

static enum th_err take_back(struct judge *judge,
                             struct item *item,
                             const struct form_kept *kept,
                             const struct form_said *said)
{
    struct form_row row = kept->row;
    form_take_back(&row, said, judge->today);
    if (!kept->row.declared.live) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_V_NOTHING_TO_WITHDRAW, 0, "");
        TH_TRY(judge_warn(judge, item, &verdict));
    }
    return judge_form_put(judge, item, kept, &row);
}

enum th_err judge_completion(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct form_at at = {
        .form = item->judged.form, .period = item->judged.period, .uid = item->judged.uid};
    const struct form_said said = form_said_of(item->update, &item->source);
    struct form_kept kept;
    bool open = true;
    TH_TRY(judge_form_get(judge, &at, &kept));
    const enum form_news news = judge_form_news(item, &kept.row.declared, &said);
    if (news != FORM_NEWER) {
        *outcome = news == FORM_DUPLICATE ? LEDGER_DUPLICATE : item->verdict.code;
        return TH_OK;
    }
    TH_TRY(judge_form_open(judge, item, &at, &open));
    if (!open) {
        *outcome = item->verdict.code;
        return TH_OK;
    }
    if (item->judged.withdraw) {
        return take_back(judge, item, &kept, &said);
    }
    struct comparison comparison = {
        .judge = judge, .item = item, .said = &item->update->completion};
    const enum th_err err = compare_all(&comparison);
    if (err == TH_E_TOO_LARGE) {
        th_verdict_make(&item->verdict, TH_V_KIND, 0, "lines", "lines", NULL);
        *outcome = item->verdict.code;
        return TH_OK;
    }
    TH_TRY(err);
    const bool differs = comparison.count > 0 && !th_mutant(45);
    return differs ? refuse(&comparison, outcome) : submit(judge, item, &kept, &said);
}
