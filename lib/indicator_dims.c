// indicator_dims.c - dimensions as texts: which a key has, and which are left

#include <string.h>

#include "lib/indicator_body.h"

bool indicator_pair_next(struct th_bytes *rest, struct indicator_pair *pair)
{
    if (rest->size == 0) {
        return false;
    }
    const char *text = rest->data;
    const char *end = memchr(text, ';', rest->size);
    const size_t size = end == NULL ? rest->size : (size_t)(end - text);
    const size_t step = end == NULL ? size : size + 1;
    const char *sign = memchr(text, '=', size);
    const size_t key = sign == NULL ? size : (size_t)(sign - text);
    const size_t value = sign == NULL ? size : key + 1;
    *pair = (struct indicator_pair){
        .all = {.data = text, .size = size},
        .key = {.data = text, .size = key},
        .value = {.data = text + value, .size = size - value},
    };
    *rest = (struct th_bytes){.data = text + step, .size = rest->size - step};
    return true;
}

bool indicator_dims_find(struct th_bytes dims, struct th_bytes key, struct th_bytes *value)
{
    struct indicator_pair pair;
    while (indicator_pair_next(&dims, &pair)) {
        if (th_bytes_equal(pair.key, key)) {
            *value = pair.value;
            return true;
        }
    }
    return false;
}

bool indicator_is_of_records(struct th_bytes key)
{
    return th_bytes_equal(key, TH_BYTES("job_group")) || th_bytes_equal(key, TH_BYTES("leader")) ||
           th_bytes_equal(key, TH_BYTES("managed_by"));
}

bool indicator_has_dim(const struct th_measure *measure, struct th_bytes key)
{
    for (size_t i = 0; i < measure->dim_count; i++) {
        if (th_bytes_equal(measure->dims[i].dim->code, key)) {
            return true;
        }
    }
    const bool moved = th_bytes_begins(measure->code, TH_BYTES("I14."));
    return (moved && th_bytes_equal(key, TH_BYTES("scheme"))) ||
           (th_bytes_equal(measure->code, TH_BYTES("EV01")) && indicator_is_of_records(key));
}

static bool has_member(struct th_bytes dims, const struct indicator_pair *member)
{
    struct th_bytes value;
    return indicator_dims_find(dims, member->key, &value) &&
           (th_bytes_equal(member->value, TH_BYTES("*")) || th_bytes_equal(member->value, value));
}

static size_t count_pairs(struct th_bytes dims)
{
    struct indicator_pair pair;
    size_t count = 0;
    while (indicator_pair_next(&dims, &pair)) {
        count++;
    }
    return count;
}

bool indicator_dims_contain(struct th_bytes dims, struct th_bytes members)
{
    struct indicator_pair member;
    while (indicator_pair_next(&members, &member)) {
        if (!has_member(dims, &member)) {
            return false;
        }
    }
    return true;
}

bool indicator_dims_are(struct th_bytes dims, struct th_bytes members, struct th_bytes others)
{
    return indicator_dims_contain(dims, members) && indicator_dims_contain(dims, others) &&
           count_pairs(dims) == count_pairs(members) + count_pairs(others);
}

static void put(struct th_writer *writer, struct th_bytes text)
{
    th_write_bytes(writer, writer->size > 0 ? TH_BYTES(";") : TH_BYTES(""));
    th_write_bytes(writer, text);
}

static void put_pair(struct th_writer *writer, struct th_bytes key, struct th_bytes value)
{
    put(writer, key);
    th_write_bytes(writer, TH_BYTES("="));
    th_write_bytes(writer, value);
}

static struct th_bytes written(const struct th_writer *writer)
{
    th_assert(!writer->overflow); // dims and codes are bounded
    return (struct th_bytes){.data = writer->data, .size = writer->size};
}

struct th_bytes indicator_dims_with(struct th_bytes dims,
                                    struct th_bytes key,
                                    struct th_bytes value,
                                    char out[static INDICATOR_DIMS_MAX])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = INDICATOR_DIMS_MAX};
    struct indicator_pair pair;
    bool done = false;
    while (indicator_pair_next(&dims, &pair)) {
        if (!done && th_bytes_compare(key, pair.key) < 0) {
            put_pair(&writer, key, value);
            done = true;
        }
        put(&writer, pair.all);
    }
    if (!done) {
        put_pair(&writer, key, value);
    }
    return written(&writer);
}

struct th_bytes indicator_dims_without(struct th_bytes dims,
                                       struct th_bytes key,
                                       char out[static INDICATOR_DIMS_MAX])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = INDICATOR_DIMS_MAX};
    struct indicator_pair pair;
    while (indicator_pair_next(&dims, &pair)) {
        if (!th_bytes_equal(pair.key, key)) {
            put(&writer, pair.all);
        }
    }
    return written(&writer);
}
