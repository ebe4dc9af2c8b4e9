// rules_completion.c - a declaration that a form is complete, with counts and sums to compare

#include <string.h>

#include "tonghop/text.h"

#include "lib/rules_body.h"

enum th_err rules_form(struct judgement *judgement,
                       struct th_bytes form,
                       struct th_bytes period,
                       struct th_bytes unit)
{
    struct th_judged *judged = judgement->judged;
    TH_TRY(rules_code(judgement, "form", form, TH_FORM_CODE_MAX));
    judged->form = th_catalogue_form(judgement->rules->catalogue, form);
    if (judged->form == NULL) {
        return rules_not_accepted(judgement, "form");
    }
    TH_TRY(rules_period(judgement, period, judged->form->period_types));
    return rules_unit(judgement, unit, period);
}

// ---- groups of ratings ----

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV05 = {.data = "EV05", .size = 4};
static const struct th_bytes CATEGORY = {.data = "category=", .size = 9};
static const struct th_bytes KIND = {.data = "collective_kind=", .size = 16};
static const struct th_bytes SCHEME = {.data = ";scheme=", .size = 8};

bool th_group_is(struct th_bytes measure)
{
    return th_bytes_equal(measure, EV01) || th_bytes_equal(measure, EV05);
}

struct th_bytes th_group_measure(const struct th_group *group)
{
    return group->bodies ? EV05 : EV01;
}

bool th_group_read(struct th_bytes measure, struct th_bytes dims, struct th_group *group)
{
    *group = (struct th_group){.bodies = th_bytes_equal(measure, EV05)};
    const struct th_bytes name = group->bodies ? KIND : CATEGORY;
    const char *text = dims.data;
    const char *end = dims.size == 0 ? NULL : memchr(text, ';', dims.size);
    if (end == NULL || !th_bytes_begins(dims, name)) {
        return false;
    }
    const size_t first = (size_t)(end - text);
    const struct th_bytes rest = {.data = end, .size = dims.size - first};
    if (!th_bytes_begins(rest, SCHEME)) {
        return false;
    }
    group->member = (struct th_bytes){.data = text + name.size, .size = first - name.size};
    group->scheme = (struct th_bytes){.data = end + SCHEME.size, .size = rest.size - SCHEME.size};
    return th_text_is_code(group->member, TH_CATEGORY_MAX) &&
           th_text_is_code(group->scheme, TH_SCHEME_CODE_MAX);
}

char *th_group_dims(const struct th_group *group, char out[static TH_DIMS_MAX + 1])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_DIMS_MAX};
    th_write_bytes(&writer, group->bodies ? KIND : CATEGORY);
    th_write_bytes(&writer, group->member);
    th_write_bytes(&writer, SCHEME);
    th_write_bytes(&writer, group->scheme);
    out[writer.overflow ? 0 : writer.size] = '\0';
    return out;
}

// ---- lines ----

static enum th_err
bad_dims(struct judgement *judgement, const struct th_completion_line *line, struct th_bytes part)
{
    th_verdict_start(judgement->verdict, TH_V_DIMS, 0, "dims");
    th_verdict_add(judgement->verdict, line->measure);
    th_verdict_add(judgement->verdict, line->dims);
    th_verdict_add(judgement->verdict, part);
    return TH_E_REFUSED;
}

static enum th_err bad_measure(struct judgement *judgement, const struct th_completion_line *line)
{
    th_verdict_start(judgement->verdict, TH_V_MEASURE, 0, "measure");
    th_verdict_add(judgement->verdict, line->measure);
    th_verdict_add(judgement->verdict, judgement->update->completion.period);
    return TH_E_REFUSED;
}

// A line of evaluations stands for a group of people or bodies: its dims are two, always written.
static enum th_err group_line(struct judgement *judgement, const struct th_completion_line *line)
{
    struct th_group group;
    const bool good = th_group_read(line->measure, line->dims, &group) &&
                      th_catalogue_scheme(judgement->rules->catalogue, group.scheme) != NULL;
    return good ? TH_OK : bad_dims(judgement, line, line->dims);
}

static enum th_err figure_line(struct judgement *judgement, const struct th_completion_line *line)
{
    struct th_measure measure;
    char dims[TH_DIMS_MAX + 1];
    struct th_bytes part = {0};
    if (th_catalogue_measure(judgement->rules->catalogue, line->measure, &measure) != TH_OK ||
        measure.form != judgement->judged->form) {
        return bad_measure(judgement, line);
    }
    return th_measure_dims(&measure, line->dims, dims, &part) == TH_OK
               ? TH_OK
               : bad_dims(judgement, line, part);
}

static enum th_err one_line(struct judgement *judgement, size_t index)
{
    const struct th_completion *said = &judgement->update->completion;
    const struct th_completion_line *line = &said->lines[index];
    TH_TRY(rules_code(judgement, "measure", line->measure, TH_MEASURE_CODE_MAX));
    TH_TRY(rules_text(judgement, "dims", line->dims, TH_DIMS_MAX));
    if (!line->count.has || line->count.value < 0) {
        return rules_not_accepted(judgement, "count");
    }
    if (!line->sum.has) {
        return rules_not_accepted(judgement, "sum");
    }
    for (size_t i = 0; i < index; i++) {
        if (th_bytes_equal(said->lines[i].measure, line->measure) &&
            th_bytes_equal(said->lines[i].dims, line->dims)) {
            return rules_not_accepted(judgement, "lines"); // the same line twice
        }
    }
    const bool group = judgement->judged->form->evaluation && th_group_is(line->measure);
    return group ? group_line(judgement, line) : figure_line(judgement, line);
}

enum th_err rules_completion(struct judgement *judgement)
{
    const struct th_completion *said = &judgement->update->completion;
    TH_TRY(rules_form(judgement, said->form, said->period, said->unit));
    if (judgement->judged->withdraw) {
        return TH_OK;
    }
    if (said->line_count > TH_COMPLETION_LINES_MAX) {
        return rules_not_accepted(judgement, "lines");
    }
    if (said->digest.size != 0 && said->digest.size != TH_COMPLETION_DIGEST_BYTES) {
        return rules_not_accepted(judgement, "digest");
    }
    for (size_t i = 0; i < said->line_count; i++) {
        TH_TRY(one_line(judgement, i));
    }
    return TH_OK;
}
