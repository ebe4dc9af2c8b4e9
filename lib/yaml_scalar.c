// yaml_scalar.c - single values: their types, bounds and texts; see yaml.h

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/number.h"

#include "lib/yaml_node.h"

struct unit {
    const char *name;
    int64_t factor;
};

// The largest unit that divides a value is used to write it.
static const struct unit SIZES[] = {{"TiB", INT64_C(1) << 40},
                                    {"GiB", INT64_C(1) << 30},
                                    {"MiB", INT64_C(1) << 20},
                                    {"KiB", INT64_C(1) << 10},
                                    {"", 1}};
static const struct unit TIMES[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit PERCENTS[] = {{"%", 1}};
static const struct unit INTEGERS[] = {{"", 1}};

struct units {
    const struct unit *units;
    size_t count;
};

static struct units units_of(enum th_yaml_type type)
{
    switch (type) {
    case TH_YAML_INTEGER:
        return (struct units){INTEGERS, TH_COUNT(INTEGERS)};
    case TH_YAML_SIZE:
        return (struct units){SIZES, TH_COUNT(SIZES)};
    case TH_YAML_TIME:
        return (struct units){TIMES, TH_COUNT(TIMES)};
    case TH_YAML_PERCENT:
        return (struct units){PERCENTS, TH_COUNT(PERCENTS)};
    case TH_YAML_TEXT:
    case TH_YAML_CODE:
    case TH_YAML_BOOL:
    case TH_YAML_DATE:
    case TH_YAML_WORD:
    case TH_YAML_MAP:
        break;
    }
    return (struct units){NULL, 0};
}

const char *yaml_type_word(enum th_yaml_type type)
{
    static const char *const words[] = {
        [TH_YAML_TEXT] = "text",
        [TH_YAML_CODE] = "code",
        [TH_YAML_INTEGER] = "integer",
        [TH_YAML_SIZE] = "size",
        [TH_YAML_TIME] = "time",
        [TH_YAML_PERCENT] = "percent",
        [TH_YAML_BOOL] = "bool",
        [TH_YAML_DATE] = "date",
        [TH_YAML_WORD] = "value",
        [TH_YAML_MAP] = "mapping",
    };
    return words[type];
}

size_t yaml_scalar_size(const struct th_yaml_key *key)
{
    static const size_t sizes[] = {
        [TH_YAML_TEXT] = sizeof(struct th_bytes),
        [TH_YAML_CODE] = sizeof(struct th_bytes),
        [TH_YAML_INTEGER] = sizeof(int64_t),
        [TH_YAML_SIZE] = sizeof(int64_t),
        [TH_YAML_TIME] = sizeof(int64_t),
        [TH_YAML_PERCENT] = sizeof(int64_t),
        [TH_YAML_BOOL] = sizeof(bool),
        [TH_YAML_DATE] = sizeof(th_day),
        [TH_YAML_WORD] = sizeof(int32_t),
        [TH_YAML_MAP] = 0,
    };
    return key->type == TH_YAML_MAP ? key->table->size : sizes[key->type];
}

static void
complain(struct yaml_bind *bind, const struct yaml_node *node, const struct th_verdict *verdict)
{
    th_findings_error(
        bind->findings, node->place.line, node->place.column, verdict, (struct th_bytes){0});
}

// The value as a parameter of a finding.
static void
add_value(struct th_verdict *verdict, const struct th_yaml_key *key, const struct yaml_node *node)
{
    th_verdict_add(verdict, key->is_secret ? TH_BYTES("***") : node->text);
}

static void
wrong_type(struct yaml_bind *bind, const struct th_yaml_key *key, const struct yaml_node *node)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 0, key->name);
    th_verdict_add(&verdict, th_bytes_of(key->name));
    add_value(&verdict, key, node);
    th_verdict_add(&verdict, th_bytes_of(yaml_type_word(key->type)));
    complain(bind, node, &verdict);
}

static bool ends_with(struct th_bytes text, const char *end)
{
    const size_t size = strlen(end);
    return text.size >= size &&
           (size == 0 || memcmp((const char *)text.data + text.size - size, end, size) == 0);
}

// "ms" must be looked at before "s".
static bool parse_units(struct th_bytes text, struct units units, int64_t *value)
{
    for (size_t i = units.count; i-- > 0;) {
        const char *name = units.units[i].name;
        struct th_bytes digits = text;
        if (name[0] != '\0' && ends_with(text, name)) {
            digits.size -= strlen(name);
        } else if (name[0] != '\0') {
            continue;
        }
        int64_t number = 0;
        if (th_number_parse(digits, &number) == TH_OK) {
            return !__builtin_mul_overflow(number, units.units[i].factor, value);
        }
    }
    return false;
}

static void write_units(int64_t value, struct units units, char *out, size_t max)
{
    size_t i = 0;
    while (i + 1 < units.count && (value == 0 || value % units.units[i].factor != 0)) {
        i++;
    }
    (void)snprintf(out, max, "%" PRId64 "%s", value / units.units[i].factor, units.units[i].name);
}

static void
out_of_range(struct yaml_bind *bind, const struct th_yaml_key *key, const struct yaml_node *node)
{
    const struct units units = units_of(key->type);
    char min[TH_NUMBER_TEXT_BYTES];
    char max[TH_NUMBER_TEXT_BYTES];
    struct th_verdict verdict;
    write_units(key->min, units, min, sizeof(min));
    write_units(key->max, units, max, sizeof(max));
    th_verdict_start(&verdict, TH_M_YAML_RANGE, 0, key->name);
    th_verdict_add(&verdict, th_bytes_of(key->name));
    add_value(&verdict, key, node);
    th_verdict_add(&verdict, th_bytes_of(min));
    th_verdict_add(&verdict, th_bytes_of(max));
    complain(bind, node, &verdict);
}

static void bind_number(struct yaml_bind *bind,
                        const struct th_yaml_key *key,
                        const struct yaml_node *node,
                        void *out)
{
    int64_t value = 0;
    const bool has_bounds = key->min != 0 || key->max != 0;
    if (!node->is_plain || !parse_units(node->text, units_of(key->type), &value)) {
        wrong_type(bind, key, node);
    } else if (has_bounds && (value < key->min || value > key->max)) {
        out_of_range(bind, key, node);
    } else {
        memcpy(out, &value, sizeof(value));
    }
}

static void bind_text(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out)
{
    const int64_t limit = key->max > 0 ? key->max : TH_TEXT_BYTES_MAX;
    struct th_verdict verdict;
    uint8_t room[3 * TH_TEXT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    struct th_bytes text = node->text;
    if (th_text_has_control(text)) {
        th_verdict_make(&verdict, TH_M_YAML_TEXT, 0, key->name, NULL);
        complain(bind, node, &verdict);
        return;
    }
    if (th_text_nfc(node->text, &writer, &text) != TH_OK || (int64_t)text.size > limit) {
        th_verdict_start(&verdict, TH_M_YAML_RANGE, 'b', key->name);
        th_verdict_add(&verdict, th_bytes_of(key->name));
        th_verdict_add_number(&verdict, limit, 0);
        complain(bind, node, &verdict);
        return;
    }
    const bool is_code = key->type != TH_YAML_CODE || th_text_is_code(text, text.size);
    if (!is_code || (int64_t)text.size < key->min) {
        wrong_type(bind, key, node);
        return;
    }
    const struct th_bytes copy = yaml_pool_copy(bind->pool, text);
    bind->err = copy.data == NULL ? TH_E_NO_MEMORY : bind->err;
    memcpy(out, &copy, sizeof(copy));
}

static void bind_word(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out)
{
    char list[TH_PARAM_BYTES] = "";
    for (int32_t i = 0; key->words[i] != NULL; i++) {
        if (th_bytes_equal(node->text, th_bytes_of(key->words[i]))) {
            memcpy(out, &i, sizeof(i));
            return;
        }
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", key->words[i]);
    }
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 'b', key->name);
    th_verdict_add(&verdict, th_bytes_of(key->name));
    add_value(&verdict, key, node);
    th_verdict_add(&verdict, th_bytes_of(list));
    complain(bind, node, &verdict);
}

static void bind_bool(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out)
{
    const bool value = th_bytes_equal(node->text, TH_BYTES("true"));
    if (!node->is_plain || (!value && !th_bytes_equal(node->text, TH_BYTES("false")))) {
        wrong_type(bind, key, node);
        return;
    }
    memcpy(out, &value, sizeof(value));
}

static void bind_date(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out)
{
    th_day day = TH_DAY_NONE;
    if (th_day_parse(node->text, &day) != TH_OK) {
        wrong_type(bind, key, node);
        return;
    }
    memcpy(out, &day, sizeof(day));
}

// A value that was left out: nothing, "", ~ or null.
static bool is_empty(const struct yaml_node *node)
{
    static const char *const nulls[] = {"~", "null", "Null", "NULL"};
    bool is_null = node->text.size == 0;
    for (size_t i = 0; i < TH_COUNT(nulls) && node->is_plain; i++) {
        is_null = is_null || th_bytes_equal(node->text, th_bytes_of(nulls[i]));
    }
    return is_null;
}

void yaml_scalar_bind(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out)
{
    if (node->is_bad) {
        return;
    }
    if (is_empty(node)) {
        wrong_type(bind, key, node);
        return;
    }
    switch (key->type) {
    case TH_YAML_TEXT:
    case TH_YAML_CODE:
        bind_text(bind, key, node, out);
        return;
    case TH_YAML_INTEGER:
    case TH_YAML_SIZE:
    case TH_YAML_TIME:
    case TH_YAML_PERCENT:
        bind_number(bind, key, node, out);
        return;
    case TH_YAML_BOOL:
        bind_bool(bind, key, node, out);
        return;
    case TH_YAML_DATE:
        bind_date(bind, key, node, out);
        return;
    case TH_YAML_WORD:
        bind_word(bind, key, node, out);
        return;
    case TH_YAML_MAP:
        break;
    }
    th_unreachable(); // mappings are no scalars
}

static void write_text(struct th_bytes text, char *out, size_t max)
{
    const size_t size = text.size < max - 1 ? text.size : max - 1;
    if (size > 0) {
        memcpy(out, text.data, size);
    }
    out[size] = '\0';
}

char *th_yaml_value_text(const struct th_yaml_key *key, const void *source, char *out, size_t max)
{
    struct th_bytes text = {0};
    int64_t number = 0;
    int32_t small = 0; // a day or a word
    char day[TH_DAY_TEXT_BYTES];
    out[0] = '\0';
    if (key->is_list) {
        return out;
    }
    switch (key->type) {
    case TH_YAML_TEXT:
    case TH_YAML_CODE:
        memcpy(&text, source, sizeof(text));
        write_text(text, out, max);
        return out;
    case TH_YAML_INTEGER:
    case TH_YAML_SIZE:
    case TH_YAML_TIME:
    case TH_YAML_PERCENT:
        memcpy(&number, source, sizeof(number));
        write_units(number, units_of(key->type), out, max);
        return out;
    case TH_YAML_BOOL:
        write_text(th_bytes_of(*(const bool *)source ? "true" : "false"), out, max);
        return out;
    case TH_YAML_DATE:
        memcpy(&small, source, sizeof(small));
        write_text(th_bytes_of(th_day_text(small, day)), out, max);
        return out;
    case TH_YAML_WORD:
        memcpy(&small, source, sizeof(small));
        write_text(th_bytes_of(key->words[small]), out, max);
        return out;
    case TH_YAML_MAP:
        return out;
    }
    th_unreachable();
}
