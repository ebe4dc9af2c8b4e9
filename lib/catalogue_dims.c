// catalogue_dims.c - dimensions of a figure in their one stored form

#include <string.h>

#include "tonghop/catalogue.h"
#include "tonghop/text.h"

#include "lib/catalogue_body.h"

struct pair {
    struct th_bytes all; // key=value
    struct th_bytes key;
    struct th_bytes value;
};

static struct th_bytes until(struct th_bytes text, char end)
{
    const char *found = text.size == 0 ? NULL : memchr(text.data, end, text.size);
    const size_t size = found == NULL ? text.size : (size_t)(found - (const char *)text.data);
    return (struct th_bytes){.data = text.data, .size = size};
}

static struct th_bytes after(struct th_bytes text, size_t size)
{
    return (struct th_bytes){.data = (const char *)text.data + size, .size = text.size - size};
}

// [a-z][a-z0-9_]*
static bool is_key(struct th_bytes key)
{
    const char *chars = key.data;
    for (size_t i = 0; i < key.size; i++) {
        const bool letter = chars[i] >= 'a' && chars[i] <= 'z';
        const bool other = (chars[i] >= '0' && chars[i] <= '9') || chars[i] == '_';
        if (!letter && (i == 0 || !other)) {
            return false;
        }
    }
    return key.size > 0 && key.size <= CATALOGUE_DIM_KEY_MAX;
}

static bool is_year(struct th_bytes value)
{
    struct th_period year;
    return th_period_parse(value, &year) == TH_OK && year.type == TH_PERIOD_YEAR;
}

bool catalogue_is_member(const struct th_dim *dim, struct th_bytes value)
{
    th_day day = TH_DAY_NONE;
    switch (dim->type) {
    case TH_DIM_YEAR:
        return is_year(value);
    case TH_DIM_DATE:
        return th_day_parse(value, &day) == TH_OK;
    case TH_DIM_CODE:
        return true;
    case TH_DIM_ENUM:
        break;
    }
    for (size_t i = 0; i < dim->member_count; i++) {
        if (th_bytes_equal(dim->members[i].code, value)) {
            return true;
        }
    }
    return false;
}

static const struct th_measure_dim *dim_of(const struct th_measure *measure, struct th_bytes key)
{
    for (size_t i = 0; i < measure->dim_count; i++) {
        if (th_bytes_equal(measure->dims[i].dim->code, key)) {
            return &measure->dims[i];
        }
    }
    return NULL;
}

static bool pair_parse(struct th_bytes text, struct pair *pair)
{
    pair->all = text;
    pair->key = until(text, '=');
    if (pair->key.size == text.size) {
        return false;
    }
    pair->value = after(text, pair->key.size + 1);
    return is_key(pair->key) && th_text_is_code(pair->value, CATALOGUE_DIM_VALUE_MAX);
}

// Puts pair among the sorted ones; false when its key is there already.
static bool pair_insert(struct pair *pairs, size_t count, struct pair pair)
{
    size_t at = count;
    while (at > 0 && th_bytes_compare(pairs[at - 1].key, pair.key) > 0) {
        pairs[at] = pairs[at - 1];
        at--;
    }
    pairs[at] = pair;
    return at == 0 || !th_bytes_equal(pairs[at - 1].key, pair.key);
}

static enum th_err pairs_parse(const struct th_measure *measure,
                               struct th_bytes dims,
                               struct pair pairs[static TH_DIM_PAIRS_MAX],
                               size_t *count,
                               struct th_bytes *part)
{
    size_t found = 0;
    bool more = dims.size > 0;
    while (more) {
        struct pair pair = {0};
        *part = until(dims, ';');
        more = part->size < dims.size;
        dims = after(dims, part->size + (more ? 1 : 0));
        if (found == TH_DIM_PAIRS_MAX || !pair_parse(*part, &pair)) {
            return TH_E_INVALID;
        }
        const struct th_measure_dim *known = dim_of(measure, pair.key);
        if (known == NULL || !catalogue_is_member(known->dim, pair.value) ||
            !pair_insert(pairs, found, pair)) {
            return TH_E_INVALID;
        }
        found++;
    }
    *count = found;
    return TH_OK;
}

static bool has_key(const struct pair *pairs, size_t count, struct th_bytes key)
{
    for (size_t i = 0; i < count; i++) {
        if (th_bytes_equal(pairs[i].key, key)) {
            return true;
        }
    }
    return false;
}

enum th_err th_measure_dims(const struct th_measure *measure,
                            struct th_bytes dims,
                            char out[static TH_DIMS_MAX + 1],
                            struct th_bytes *part)
{
    struct pair pairs[TH_DIM_PAIRS_MAX];
    size_t count = 0;
    if (th_bytes_equal(dims, TH_BYTES("-"))) {
        dims.size = 0;
    }
    if (dims.size > TH_DIMS_MAX) {
        *part = dims;
        return TH_E_INVALID;
    }
    TH_TRY(pairs_parse(measure, dims, pairs, &count, part));
    for (size_t i = 0; i < measure->dim_count; i++) {
        const struct th_bytes key = measure->dims[i].dim->code;
        if (measure->dims[i].required && !has_key(pairs, count, key)) {
            *part = key;
            return TH_E_INVALID;
        }
    }

    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            out[size++] = ';';
        }
        memcpy(out + size, pairs[i].all.data, pairs[i].all.size);
        size += pairs[i].all.size;
    }
    out[size] = '\0';
    return TH_OK;
}
