// catalogue_operand.c - operands of indicators: [-]MEASURE[{key=value;...}][.of|.before|.after]

#include <string.h>

#include "tonghop/text.h"

#include "lib/catalogue_raw.h"

struct pair {
    struct th_bytes key, value;
};

static bool take_suffix(struct th_bytes *text, const char *suffix)
{
    const size_t size = strlen(suffix);
    if (text->size <= size ||
        memcmp((const char *)text->data + text->size - size, suffix, size) != 0) {
        return false;
    }
    text->size -= size;
    return true;
}

// Up to the first end, which is taken too; the whole rest when there is none.
static struct th_bytes take_until(struct th_bytes *rest, char end)
{
    const char *text = rest->data;
    const char *found = rest->size == 0 ? NULL : memchr(text, end, rest->size);
    const size_t size = found == NULL ? rest->size : (size_t)(found - text);
    const size_t step = size + (found == NULL ? 0 : 1);
    const struct th_bytes taken = {.data = text, .size = size};
    *rest = (struct th_bytes){.data = text + step, .size = rest->size - step};
    return taken;
}

// The measure * is empty; dims stay as they are written.
static bool parse(struct th_bytes text, struct th_operand *operand)
{
    static const char *const PARTS[] = {
        [TH_PART_OF] = ".of", [TH_PART_BEFORE] = ".before", [TH_PART_AFTER] = ".after"};
    const char *chars = text.data;
    *operand = (struct th_operand){.minus = text.size > 0 && chars[0] == '-'};
    if (operand->minus) {
        text = (struct th_bytes){.data = chars + 1, .size = text.size - 1};
    }
    for (enum th_operand_part part = TH_PART_OF; part <= TH_PART_AFTER; part++) {
        if (take_suffix(&text, PARTS[part])) {
            operand->part = part;
            break;
        }
    }
    const bool has_dims = text.size > 0 && memchr(text.data, '{', text.size) != NULL;
    if (has_dims && !take_suffix(&text, "}")) {
        return false;
    }
    operand->measure = take_until(&text, '{');
    operand->dims = text;
    if (th_bytes_equal(operand->measure, TH_BYTES("*"))) {
        operand->measure = (struct th_bytes){0};
        return !has_dims; // what dimensions it has is not the same for all of them
    }
    return operand->dims.size <= TH_DIMS_MAX && has_dims == (operand->dims.size > 0);
}

// ---- dims ----

static const struct th_dim *dim_of(const struct th_measure *measure, struct th_bytes key)
{
    for (size_t i = 0; i < measure->dim_count; i++) {
        if (th_bytes_equal(measure->dims[i].dim->code, key)) {
            return measure->dims[i].dim;
        }
    }
    return NULL;
}

static bool is_any_or_member(const struct th_dim *dim, struct th_bytes value)
{
    return th_bytes_equal(value, TH_BYTES("*")) ||
           (th_text_is_code(value, CATALOGUE_DIM_VALUE_MAX) && catalogue_is_member(dim, value));
}

// Puts pair among the sorted ones; false when its key is there already.
static bool insert(struct pair *pairs, size_t count, struct pair pair)
{
    size_t at = count;
    while (at > 0 && th_bytes_compare(pairs[at - 1].key, pair.key) > 0) {
        pairs[at] = pairs[at - 1];
        at--;
    }
    pairs[at] = pair;
    return at == 0 || !th_bytes_equal(pairs[at - 1].key, pair.key);
}

// Known dimensions with * or a member, in the order of stored dims. TH_E_INVALID.
static enum th_err
sort_dims(struct reading *reading, const struct th_measure *measure, struct th_operand *operand)
{
    struct pair pairs[TH_DIM_PAIRS_MAX];
    size_t count = 0;
    struct th_bytes rest = operand->dims;
    bool more = rest.size > 0;
    while (more) {
        const size_t left = rest.size;
        struct th_bytes value = take_until(&rest, ';');
        more = value.size < left; // a pair follows, even an empty one
        const struct th_bytes key = take_until(&value, '=');
        const struct th_dim *dim = dim_of(measure, key);
        if (count == TH_DIM_PAIRS_MAX || dim == NULL || !is_any_or_member(dim, value) ||
            !insert(pairs, count, (struct pair){key, value})) {
            return TH_E_INVALID;
        }
        count++;
    }
    char *out = reading_room(reading, operand->dims.size + 1, 1);
    if (out == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer writer = {.data = (uint8_t *)out, .max = operand->dims.size};
    for (size_t i = 0; i < count; i++) {
        th_write_bytes(&writer, i > 0 ? TH_BYTES(";") : TH_BYTES(""));
        th_write_bytes(&writer, pairs[i].key);
        th_write_bytes(&writer, TH_BYTES("="));
        th_write_bytes(&writer, pairs[i].value);
    }
    th_assert(!writer.overflow);
    operand->dims = (struct th_bytes){.data = out, .size = writer.size};
    return TH_OK;
}

// ---- one side of an indicator ----

static enum th_err read_operand(struct reading *reading,
                                const struct raw_operands *raw,
                                struct th_bytes text,
                                struct th_operand *operand)
{
    struct th_measure measure;
    if (!parse(text, operand) || (operand->measure.size == 0 && !raw->over)) {
        reading_wrong(reading, raw->place, raw->key, text, "operand");
        return TH_OK;
    }
    if (operand->measure.size == 0) {
        return TH_OK;
    }
    if (th_catalogue_measure(reading->catalogue, operand->measure, &measure) != TH_OK) {
        reading_unknown(reading, raw->place, raw->key, operand->measure);
        return TH_OK;
    }
    const enum th_err err = sort_dims(reading, &measure, operand);
    if (err == TH_E_INVALID) {
        reading_wrong(reading, raw->place, raw->key, text, "operand");
        return TH_OK;
    }
    return err;
}

enum th_err reading_operands(struct reading *reading,
                             const struct raw_operands *raw,
                             const struct th_operand **operands,
                             size_t *count)
{
    const struct th_bytes *texts = raw->list.items;
    struct th_operand *read = reading_room(reading, raw->list.count, sizeof(*read));
    if (read == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (raw->list.count > TH_OPERANDS_MAX) {
        reading_out_of_range(
            reading, raw->place, raw->key, (int64_t)raw->list.count, 1, TH_OPERANDS_MAX);
        return TH_OK;
    }
    for (size_t i = 0; i < raw->list.count; i++) {
        TH_TRY(read_operand(reading, raw, texts[i], &read[i]));
    }
    *operands = read;
    *count = raw->list.count;
    return TH_OK;
}
