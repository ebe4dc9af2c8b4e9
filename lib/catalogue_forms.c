// catalogue_forms.c - forms.yaml: periods and reporters of forms

#include <string.h>

#include "lib/catalogue_raw.h"

// calendar, or d1 to d28: the day on which the form's months begin.
static bool is_cutoff(struct th_bytes text)
{
    const char *chars = text.data;
    unsigned day = 0;
    if (th_bytes_equal(text, TH_BYTES("calendar"))) {
        return true;
    }
    if (text.size < 2 || text.size > 3 || chars[0] != 'd' || chars[1] == '0') {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        if (chars[i] < '0' || chars[i] > '9') {
            return false;
        }
        day = day * 10 + (unsigned)(chars[i] - '0');
    }
    return day <= 28;
}

static void
check_list(struct reading *reading, struct th_yaml_list list, struct th_yaml_place place)
{
    const struct th_bytes *texts = list.items;
    for (size_t i = 1; i < list.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (th_bytes_equal(texts[i], texts[k])) {
                reading_twice(reading, place, texts[i], place);
                break;
            }
        }
    }
}

static void
read_reporters(struct reading *reading, const struct raw_form *raw, struct th_form *form)
{
    const struct raw_reporters *reporters = &raw->reporters;
    form->reporters = TH_REPORT_LEAVES;
    if (raw->reporters_place.line == 0) {
        return;
    }
    const bool levels = reporters->levels.count > 0;
    if (levels == (reporters->units.count > 0)) { // one of the two
        reading_wrong(
            reading, raw->reporters_place, "reporters", (struct th_bytes){0}, "reporters");
    }
    form->reporters = levels ? TH_REPORT_LEVELS : TH_REPORT_UNITS;
    form->reporter_list = levels ? reporters->levels.items : reporters->units.items;
    form->reporter_count = levels ? reporters->levels.count : reporters->units.count;
    check_list(reading, reporters->levels, reporters->levels_place);
    check_list(reading, reporters->units, reporters->units_place);
}

static void read_periods(struct reading *reading, const struct raw_form *raw, struct th_form *form)
{
    const int32_t *words = raw->periods.items;
    unsigned bits = 0;
    for (size_t i = 0; i < raw->periods.count; i++) {
        const enum th_period_type type = (enum th_period_type)(words[i] + 1);
        if ((bits & th_period_bit(type)) != 0) {
            reading_twice(reading, raw->place, th_bytes_of(th_period_type_name(type)), raw->place);
        } else {
            form->periods[form->period_count++] = (uint8_t)type;
        }
        bits |= th_period_bit(type);
    }
    if (bits == 0) {
        reading_missing(reading, raw->place, "periods");
    }
    form->period_types = (uint16_t)bits;
}

static void read_form(struct reading *reading, const struct raw_form *raw, struct th_form *form)
{
    *form = (struct th_form){
        .code = raw->code,
        .name = raw->name,
        .evaluation = raw->evaluation,
        .cutoff = raw->cutoff,
        .has_due = raw->due_days_place.line > 0,
        .has_close = raw->close_days_place.line > 0,
        .due_days = (uint32_t)raw->due_days,
        .close_days = (uint32_t)raw->close_days,
        .return_days = (uint32_t)raw->return_days,
    };
    reading_name(reading, raw->place, &form->name);
    read_periods(reading, raw, form);
    read_reporters(reading, raw, form);
    if (!is_cutoff(raw->cutoff)) {
        reading_wrong(reading, raw->place, "cutoff", raw->cutoff, "cutoff");
    }
    if (raw->close_days_place.line > 0 && raw->close_days < raw->due_days) {
        reading_out_of_range(
            reading, raw->close_days_place, "close_days", raw->close_days, raw->due_days, 3660);
    }
}

// No code twice, and no type of period in two forms of evaluations.
static void check_form(struct reading *reading, const struct th_form *forms, size_t index)
{
    const struct raw_form *raw = reading->forms.forms.items;
    for (size_t i = 0; i < index; i++) {
        const unsigned both = forms[i].period_types & forms[index].period_types;
        if (th_bytes_equal(forms[i].code, forms[index].code)) {
            reading_twice(reading, raw[index].place, raw[index].code, raw[i].place);
        }
        for (unsigned type = TH_PERIOD_DAY; type < TH_PERIOD_TYPE_END; type++) {
            const enum th_period_type shared = (enum th_period_type)type;
            if (forms[i].evaluation && forms[index].evaluation &&
                (both & th_period_bit(shared)) != 0) {
                reading_twice(reading,
                              raw[index].place,
                              th_bytes_of(th_period_type_name(shared)),
                              raw[i].place);
            }
        }
    }
}

enum th_err reading_forms(struct reading *reading)
{
    const struct th_yaml_list list = reading->forms.forms;
    const struct raw_form *raw = list.items;
    struct th_form *forms = reading_room(reading, list.count, sizeof(*forms));
    if (forms == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < list.count; i++) {
        read_form(reading, &raw[i], &forms[i]);
        check_form(reading, forms, i);
    }
    reading->catalogue->forms = forms;
    reading->catalogue->form_count = list.count;
    return TH_OK;
}
