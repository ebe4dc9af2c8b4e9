// judging.c - see judging.h

#include "tests/support/judging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/number.h"

#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "37,Ninh Bình,Tỉnh,province,,,,\n"
                            "38,Thanh Hóa,Tỉnh,province,,,,\n"
                            "380,Thành phố Thanh Hóa,Thành phố,district,38,,2025-07-01,\n"
                            "376,Kim Sơn,Huyện,district,37,,2025-07-01,\n"
                            "377,Yên Mô,Huyện,district,37,,2025-07-01,\n"
                            "14620,Phát Diệm,Thị trấn,commune,376,,2025-07-01,\n"
                            "14623,Bình Minh,Thị trấn,commune,376,,2025-07-01,\n"
                            "14701,Yên Thịnh,Thị trấn,commune,377,,2025-07-01,\n"
                            "14623,Bình Minh,Xã,commune,37,2025-07-01,,\n"
                            "14630,Phát Diệm,Xã,commune,37,2025-07-01,,\n"
                            "37-SNV,Sở Nội vụ,Sở,agency,37,,,\n";
static const char SUCCESSORS[] = "old_code,new_code,effective,kind\n"
                                 "14620,14630,2025-07-01,full\n"
                                 "14623,14623,2025-07-01,full\n"
                                 "14701,14630,2025-07-01,partial\n"
                                 "14701,14623,2025-07-01,partial\n";

static void read_register(struct judging *judging, struct th_bytes units, const char *root)
{
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units");
    const enum th_err err =
        th_register_read(units, th_bytes_of(SUCCESSORS), &findings, &judging->reg);
    EXPECT(TH_OK, th_findings_print(&findings, TH_LANG_EN, TH_COUNT(kept), stderr));
    EXPECT(TH_OK, err);
    judging->rules.reg = judging->reg;
    judging->rules.root = th_register_find(judging->reg, th_bytes_of(root), TH_DAY_FIRST);
    assert_int_not_equal(judging->rules.root, TH_UNIT_NONE);
}

struct judging *judging_start(struct th_catalogue *catalogue)
{
    EXPECT(TH_OK, th_hash_start());
    struct judging *judging = calloc(1, sizeof(*judging));
    assert_non_null(judging);
    judging->catalogue = catalogue;
    judging->rules.catalogue = catalogue;
    judging->rules.hashed_here = true;
    judging->grant = (struct th_grant){.node = 7, .desk = true};
    judging->today = th_day_of((struct th_date){2026, 11, 24});
    read_register(judging, th_bytes_of(UNITS), "37");
    return judging;
}

void judging_end(struct judging *judging)
{
    th_register_free(&judging->reg);
    th_catalogue_free(&judging->catalogue);
    free(judging);
}

void judging_register(struct judging *judging, struct th_bytes units_csv, const char *root)
{
    th_register_free(&judging->reg);
    read_register(judging, units_csv, root);
}

// ---- a line as an update ----

enum { LINES_MAX = 16 };

static int64_t number(const char *text)
{
    int64_t value = 0;
    if (strcmp(text, "-9223372036854775808") == 0) { // travels, but nothing writes it
        return INT64_MIN;
    }
    EXPECT(TH_OK, th_number_parse(th_bytes_of(text), &value));
    return value;
}

struct target {
    const char *key;
    struct th_bytes *text;
    struct th_opt *opt;
};

static bool set_target(const struct target *targets, size_t count, const char *key, char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(targets[i].key, key) != 0) {
            continue;
        }
        if (targets[i].text != NULL) {
            *targets[i].text = th_bytes_of(value);
        } else {
            *targets[i].opt = (struct th_opt){.has = true, .value = number(value)};
        }
        return true;
    }
    return false;
}

static bool set_common(struct th_update *update, const char *key, char *value)
{
    const struct target texts[] = {{"basis", &update->basis, NULL}, {"note", &update->note, NULL}};
    if (strcmp(key, "op") == 0) {
        update->op = (uint32_t)number(value);
        return true;
    }
    if (strcmp(key, "revision") == 0) {
        update->revision = (uint64_t)number(value);
        return true;
    }
    return set_target(texts, TH_COUNT(texts), key, value);
}

static bool set_evaluation(struct th_evaluation *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"scheme", &to->scheme, NULL},
        {"period", &to->period, NULL},
        {"unit", &to->unit, NULL},
        {"category", &to->category, NULL},
        {"person", &to->person, NULL},
        {"managed_by", &to->managed_by, NULL},
        {"job_group", &to->job_group, NULL},
        {"derived_from", &to->derived_from, NULL},
        {"score", NULL, &to->score},
        {"common", NULL, &to->score_common},
        {"result", NULL, &to->score_result},
        {"bonus", NULL, &to->score_bonus},
        {"rating", NULL, &to->rating},
        {"months", NULL, &to->months_scored},
        {"leader", NULL, &to->leader},
    };
    if (strcmp(key, "reason") == 0) {
        if (!th_reason_parse(th_bytes_of(value), &to->reason)) {
            to->reason = (uint32_t)number(value);
        }
        return true;
    }
    return set_target(targets, TH_COUNT(targets), key, value);
}

static bool set_staffing(struct th_staffing *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"measure", &to->measure, NULL},
        {"unit", &to->unit, NULL},
        {"period", &to->period, NULL},
        {"dims", &to->dims, NULL},
        {"value", NULL, &to->value},
        {"of", NULL, &to->of},
        {"before", NULL, &to->before},
        {"after", NULL, &to->after},
    };
    if (strcmp(key, "qualifier") == 0) {
        if (!th_qualifier_parse(th_bytes_of(value), &to->qualifier)) {
            to->qualifier = (uint32_t)number(value);
        }
        return true;
    }
    if (strcmp(key, "decimals") == 0) {
        to->decimals = (uint32_t)number(value);
        return true;
    }
    if (strcmp(key, "na") == 0) {
        to->not_applicable = true;
        return true;
    }
    return set_target(targets, TH_COUNT(targets), key, value);
}

static bool set_collective(struct th_collective *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"scheme", &to->scheme, NULL},
        {"period", &to->period, NULL},
        {"collective", &to->collective, NULL},
        {"kind", &to->kind, NULL},
        {"unit", &to->unit, NULL},
        {"score", NULL, &to->score},
        {"rating", NULL, &to->rating},
    };
    if (strcmp(key, "reason") == 0) {
        to->reason = (uint32_t)number(value);
        return true;
    }
    return set_target(targets, TH_COUNT(targets), key, value);
}

static bool set_transfer(struct th_transfer *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"scheme", &to->scheme, NULL},
        {"year", &to->year, NULL},
        {"person", &to->person, NULL},
        {"effective", &to->effective, NULL},
        {"from", &to->from_unit, NULL},
        {"to", &to->to_unit, NULL},
        {"sum", NULL, &to->score_sum},
        {"months", NULL, &to->scored_months},
    };
    return set_target(targets, TH_COUNT(targets), key, value);
}

// MEASURE/DIMS/COUNT/SUM; a number may be missing.
static bool add_line(struct th_completion *to, char *value)
{
    static struct th_completion_line lines[LINES_MAX];
    struct th_completion_line *line = &lines[to->line_count++];
    assert_true(to->line_count <= TH_COUNT(lines));
    *line = (struct th_completion_line){.measure = th_bytes_of(strsep(&value, "/"))};
    struct th_opt *const numbers[] = {&line->count, &line->sum};
    line->dims = th_bytes_of(value == NULL ? "" : strsep(&value, "/"));
    for (size_t i = 0; i < TH_COUNT(numbers) && value != NULL; i++) {
        const char *text = strsep(&value, "/");
        if (text[0] != '\0') {
            *numbers[i] = (struct th_opt){.has = true, .value = number(text)};
        }
    }
    to->lines = lines;
    return true;
}

static bool set_completion(struct th_completion *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"form", &to->form, NULL},
        {"unit", &to->unit, NULL},
        {"period", &to->period, NULL},
        {"digest", &to->digest, NULL},
    };
    return strcmp(key, "line") == 0 ? add_line(to, value)
                                    : set_target(targets, TH_COUNT(targets), key, value);
}

static bool set_desk(struct th_desk_act *to, const char *key, char *value)
{
    const struct target targets[] = {
        {"form", &to->form, NULL},
        {"unit", &to->unit, NULL},
        {"period", &to->period, NULL},
        {"decision", &to->decision, NULL},
        {"until", &to->until, NULL},
        {"by", &to->granted_by, NULL},
        {"text", &to->text, NULL},
    };
    if (strcmp(key, "act") == 0) {
        to->act = (enum th_act)number(value);
        return true;
    }
    return set_target(targets, TH_COUNT(targets), key, value);
}

static bool set_own(struct th_update *update, const char *key, char *value)
{
    switch (update->kind) {
    case TH_KIND_EVALUATION:
        return set_evaluation(&update->evaluation, key, value);
    case TH_KIND_STAFFING:
        return set_staffing(&update->staffing, key, value);
    case TH_KIND_COLLECTIVE:
        return set_collective(&update->collective, key, value);
    case TH_KIND_TRANSFER:
        return set_transfer(&update->transfer, key, value);
    case TH_KIND_COMPLETION:
        return set_completion(&update->completion, key, value);
    case TH_KIND_DESK:
        return set_desk(&update->desk, key, value);
    case TH_KIND_NONE:
        break;
    }
    return false;
}

static enum th_kind kind_of(const char *letter)
{
    static const struct {
        const char *letter;
        enum th_kind kind;
    } KINDS[] = {{"E", TH_KIND_EVALUATION},
                 {"S", TH_KIND_STAFFING},
                 {"C", TH_KIND_COLLECTIVE},
                 {"T", TH_KIND_TRANSFER},
                 {"F", TH_KIND_COMPLETION},
                 {"D", TH_KIND_DESK}};
    for (size_t i = 0; i < TH_COUNT(KINDS); i++) {
        if (strcmp(letter, KINDS[i].letter) == 0) {
            return KINDS[i].kind;
        }
    }
    fail_msg("no kind %s", letter);
    return TH_KIND_NONE;
}

static void set_key(struct th_update *update, const char *key, char *value)
{
    for (char *at = value; *at != '\0'; at++) {
        *at = (char)(*at == '~' ? ' ' : *at);
    }
    if (!set_common(update, key, value) && !set_own(update, key, value)) {
        fail_msg("no key %s", key);
    }
}

static void parse(struct judging *judging, const char *line)
{
    struct th_update *update = &judging->update;
    assert_true(strlen(line) < sizeof(judging->line));
    (void)snprintf(judging->line, sizeof(judging->line), "%s", line);
    char *rest = NULL;
    const char *kind = strtok_r(judging->line, " ", &rest);
    *update = (struct th_update){
        .kind = kind_of(kind),
        .op = TH_OP_SET,
        .revision = 1,
    };
    for (char *token = strtok_r(NULL, " ", &rest); token != NULL;
         token = strtok_r(NULL, " ", &rest)) {
        char *equal = strchr(token, '=');
        assert_non_null(equal);
        *equal = '\0';
        set_key(update, token, equal + 1);
    }
}

const char *judging_says(struct judging *judging, const char *line)
{
    static char text[TH_SENTENCE_BYTES];
    parse(judging, line);
    const enum th_err err = th_rules_judge(&judging->rules,
                                           &judging->grant,
                                           judging->today,
                                           &judging->update,
                                           &judging->judged,
                                           &judging->verdict);
    if (err == TH_OK) {
        return "";
    }
    EXPECT(TH_E_REFUSED, err);
    const struct th_verdict *verdict = &judging->verdict;
    size_t used = (size_t)snprintf(text, sizeof(text), "%u", verdict->code);
    if (verdict->variant != 0) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%c", verdict->variant);
    }
    if (verdict->code == TH_V_TEXT) { // the sentence names the field
        used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", verdict->field);
    }
    for (size_t i = 0; i < verdict->count; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", verdict->params[i]);
    }
    return text;
}

void judging_rows(struct judging *judging, const struct judging_row *rows, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const char *says = judging_says(judging, rows[i].line);
        if (strcmp(says, rows[i].says) != 0) {
            print_message(
                "%s\n  wanted \"%s\"\n  got    \"%s\"\n", rows[i].line, rows[i].says, says);
            wrong++;
        }
        // A verdict has as many parameters as its sentence names.
        if (says[0] != '\0') {
            const struct th_sentence *message =
                th_message_find(judging->verdict.code, judging->verdict.variant);
            size_t params = message->params[0] != '\0' ? 1 : 0;
            for (const char *at = message->params; *at != '\0'; at++) {
                params += *at == ' ' ? 1 : 0;
            }
            if (judging->verdict.count != params) {
                fail_msg("%s: %u parameters", says, judging->verdict.count);
            }
        }
    }
    assert_int_equal(wrong, 0);
}
