// yaml_bind.c - nodes into structs, as the tables say; see yaml.h
//
// Mappings hold lists and lists hold mappings, so the functions below call each other; the reader
// has made sure that nothing is nested deeper than TH_YAML_DEPTH_MAX, and tables are finite.
// NOLINTBEGIN(misc-no-recursion)

#include <string.h>

#include "lib/yaml_node.h"

static void *at_offset(void *base, size_t offset)
{
    return (char *)base + offset;
}

static void keep_place(void *base, size_t place, struct th_yaml_place value)
{
    if (place > 0) {
        memcpy(at_offset(base, place - 1), &value, sizeof(value));
    }
}

static void complain(struct yaml_bind *bind,
                     unsigned code,
                     char variant,
                     const struct yaml_node *node,
                     const char *near)
{
    char name[TH_PARAM_BYTES];
    struct th_verdict verdict;
    (void)th_text_cut(node->text, name, sizeof(name));
    th_verdict_make(&verdict, code, variant, name, name, near, NULL);
    th_findings_error(
        bind->findings, node->place.line, node->place.column, &verdict, (struct th_bytes){0});
}

static bool fits(const struct th_yaml_key *key, enum yaml_kind kind)
{
    if (key->is_list) {
        return kind == YAML_LIST;
    }
    return kind == (key->type == TH_YAML_MAP ? YAML_MAP : YAML_SCALAR);
}

static bool is_named(const struct th_yaml_key *key, struct th_bytes name)
{
    return th_bytes_equal(th_bytes_of(key->name), name);
}

// The first row with this name, count when there is none.
static size_t find_row(const struct th_yaml_table *table, struct th_bytes name)
{
    size_t row = 0;
    while (row < table->count && !is_named(&table->keys[row], name)) {
        row++;
    }
    return row;
}

static void bind_map(struct yaml_bind *bind,
                     const struct th_yaml_table *table,
                     const struct yaml_node *node,
                     void *base);

static void
wrong_kind(struct yaml_bind *bind, const struct th_yaml_key *key, const struct yaml_node *node)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 0, key->name);
    th_verdict_add(&verdict, th_bytes_of(key->name));
    th_verdict_add(&verdict, node->text);
    th_verdict_add(&verdict, th_bytes_of(key->is_list ? "list" : yaml_type_word(key->type)));
    th_findings_error(bind->findings, node->place.line, node->place.column, &verdict, node->text);
}

static void bind_list(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      struct th_yaml_list *list)
{
    const size_t size = yaml_scalar_size(key);
    struct th_yaml_list bound = {.items = yaml_pool_take(bind->pool, size * node->count)};
    if (bound.items == NULL) {
        bind->err = TH_E_NO_MEMORY;
        return;
    }
    const enum yaml_kind kind = key->type == TH_YAML_MAP ? YAML_MAP : YAML_SCALAR;
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        void *place = at_offset(bound.items, size * bound.count);
        if (item->kind != kind) {
            struct th_yaml_key single = *key;
            single.is_list = false;
            wrong_kind(bind, &single, item);
        } else if (kind == YAML_MAP) {
            bind_map(bind, key->table, item, place);
        } else {
            yaml_scalar_bind(bind, key, item, place);
        }
        bound.count++;
    }
    memcpy(list, &bound, sizeof(bound));
}

static void bind_value(struct yaml_bind *bind,
                       const struct th_yaml_key *key,
                       const struct yaml_node *node,
                       void *base)
{
    void *place = at_offset(base, key->offset);
    keep_place(base, key->place, node->place);
    if (key->is_list) {
        bind_list(bind, key, node, place);
    } else if (key->type == TH_YAML_MAP) {
        bind_map(bind, key->table, node, place);
    } else {
        yaml_scalar_bind(bind, key, node, place);
    }
}

// A text with commas as the node of a list.
static struct yaml_node *split(struct yaml_bind *bind, struct th_bytes text)
{
    struct yaml_node *list = yaml_pool_take(bind->pool, sizeof(*list));
    struct yaml_node **next = list == NULL ? NULL : &list->first;
    while (next != NULL) {
        const char *comma = text.size > 0 ? memchr(text.data, ',', text.size) : NULL;
        const size_t size = comma == NULL ? text.size : (size_t)(comma - (const char *)text.data);
        struct yaml_node *item = yaml_pool_take(bind->pool, sizeof(*item));
        if (item == NULL) {
            break;
        }
        *item =
            (struct yaml_node){.kind = YAML_SCALAR, .is_plain = true, .text = {text.data, size}};
        list->kind = YAML_LIST;
        list->count++;
        *next = item;
        if (comma == NULL) {
            return list;
        }
        next = &item->next;
        text = (struct th_bytes){comma + 1, text.size - size - 1};
    }
    bind->err = TH_E_NO_MEMORY;
    return NULL;
}

// Binds a value that stands in no file: a fallback, or one from the command line.
static void
bind_loose(struct yaml_bind *bind, const struct th_yaml_key *key, struct th_bytes value, void *base)
{
    const struct yaml_node scalar = {.kind = YAML_SCALAR, .is_plain = true, .text = value};
    const struct yaml_node *node = key->is_list ? split(bind, value) : &scalar;
    if (node != NULL) {
        bind_value(bind, key, node, base);
    }
}

static void set_defaults(struct yaml_bind *bind, const struct th_yaml_table *table, void *base);

// Y3: what a key that is absent leaves behind.
static void set_default(struct yaml_bind *bind, const struct th_yaml_key *key, void *base)
{
    const th_day none = TH_DAY_NONE;
    if (key->fallback != NULL) {
        bind_loose(bind, key, th_bytes_of(key->fallback), base);
        keep_place(base, key->place, (struct th_yaml_place){0});
    } else if (key->type == TH_YAML_MAP && !key->is_list) {
        set_defaults(bind, key->table, at_offset(base, key->offset));
    } else if (key->type == TH_YAML_DATE && !key->is_list) {
        memcpy(at_offset(base, key->offset), &none, sizeof(none));
    }
}

static void set_defaults(struct yaml_bind *bind, const struct th_yaml_table *table, void *base)
{
    for (size_t row = 0; row < table->count; row++) {
        set_default(bind, &table->keys[row], base);
    }
}

// Which rows of a table were met.
struct met {
    uint64_t named; // by the first row of the name
    uint64_t bound;
};

// Looks up the key of one pair; NULL, with a finding, when it cannot be taken.
static const struct th_yaml_key *find_key(struct yaml_bind *bind,
                                          const struct th_yaml_table *table,
                                          const struct yaml_node *node,
                                          struct met *met)
{
    if (node->is_bad) {
        return NULL;
    }
    if (node->kind != YAML_SCALAR) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_YAML_SYNTAX, 0, NULL, "key-not-text", NULL);
        th_findings_error(
            bind->findings, node->place.line, node->place.column, &verdict, node->text);
        return NULL;
    }
    if (node->is_plain && th_bytes_equal(node->text, TH_BYTES("<<"))) {
        complain(bind, TH_M_YAML_ANCHOR, 0, node, NULL);
        return NULL;
    }
    const size_t row = find_row(table, node->text);
    if (row == table->count) {
        const char *near =
            th_text_suggest(node->text, &table->keys[0].name, table->count, sizeof(table->keys[0]));
        complain(bind, TH_M_YAML_UNKNOWN_KEY, (char)(near == NULL ? 0 : 'b'), node, near);
        return NULL;
    }
    if ((met->named >> row & 1) != 0) {
        complain(bind, TH_M_YAML_KEY_TWICE, 0, node, NULL);
        return NULL;
    }
    met->named |= UINT64_C(1) << row;
    return &table->keys[row];
}

// The row of key's name that takes values of this kind, NULL when there is none.
static const struct th_yaml_key *
choose_row(const struct th_yaml_table *table, const struct th_yaml_key *key, enum yaml_kind kind)
{
    for (; key < table->keys + table->count; key++) {
        // key is the first row of its name; others of the name may follow anywhere
        if (fits(key, kind)) {
            return key;
        }
        const struct th_yaml_key *next = key + 1;
        while (next < table->keys + table->count && strcmp(next->name, key->name) != 0) {
            next++;
        }
        key = next - 1;
    }
    return NULL;
}

static void bind_pair(struct yaml_bind *bind,
                      const struct th_yaml_table *table,
                      const struct yaml_node *name,
                      void *base,
                      struct met *met)
{
    const struct yaml_node *value = name->next;
    const struct th_yaml_key *key = find_key(bind, table, name, met);
    if (key == NULL || value->is_bad) {
        return;
    }
    const struct th_yaml_key *row = choose_row(table, key, value->kind);
    if (row == NULL) {
        wrong_kind(bind, key, value);
        return;
    }
    met->bound |= UINT64_C(1) << (size_t)(row - table->keys);
    bind_value(bind, row, value, base);
}

static void
complain_missing(struct yaml_bind *bind, const struct th_yaml_key *key, const struct yaml_node *map)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_YAML_MISSING_KEY, 0, key->name, key->name, NULL);
    th_findings_error(
        bind->findings, map->place.line, map->place.column, &verdict, (struct th_bytes){0});
}

static void bind_map(struct yaml_bind *bind,
                     const struct th_yaml_table *table,
                     const struct yaml_node *node,
                     void *base)
{
    struct met met = {0};
    th_assert(table->count <= TH_YAML_KEYS_MAX);
    keep_place(base, table->place, node->place);
    for (const struct yaml_node *name = node->first; name != NULL && name->next != NULL;
         name = name->next->next) {
        bind_pair(bind, table, name, base, &met);
    }
    for (size_t row = 0; row < table->count; row++) {
        const struct th_yaml_key *key = &table->keys[row];
        const size_t first = find_row(table, th_bytes_of(key->name));
        const bool is_named = (met.named >> first & 1) != 0;
        if (first == row && key->is_required && !is_named) {
            complain_missing(bind, key, node);
        }
        if ((met.bound >> row & 1) == 0) {
            set_default(bind, key, base);
        }
    }
}

static enum th_err result_of(const struct yaml_bind *bind, uint64_t errors_before)
{
    if (bind->err != TH_OK) {
        return bind->err;
    }
    return bind->findings->total[TH_SEVERITY_ERROR] > errors_before ? TH_E_REFUSED : TH_OK;
}

enum th_err th_yaml_read(struct th_bytes text,
                         const struct th_yaml_table *table,
                         const struct th_yaml_limits *limits,
                         struct th_yaml_pool *pool,
                         struct th_findings *findings,
                         void *target)
{
    const uint64_t errors = findings->total[TH_SEVERITY_ERROR];
    struct yaml_bind bind = {.pool = pool, .findings = findings};
    TH_SCOPED(th_yaml_pool_free) struct th_yaml_pool nodes = {0};
    struct yaml_node *root = NULL;
    const struct yaml_node empty = {.kind = YAML_MAP, .place = {1, 1}};
    TH_TRY(yaml_parse(text, limits, &nodes, findings, &root));

    memset(target, 0, table->size);
    if (root == NULL) {
        bind_map(&bind, table, &empty, target);
    } else if (root->kind != YAML_MAP) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_YAML_SYNTAX, 0, NULL, "not-a-mapping", NULL);
        th_findings_error(
            findings, root->place.line, root->place.column, &verdict, (struct th_bytes){0});
    } else {
        bind_map(&bind, table, root, target);
    }
    return result_of(&bind, errors);
}

enum th_err
th_yaml_defaults(const struct th_yaml_table *table, struct th_yaml_pool *pool, void *target)
{
    struct th_findings none = th_findings_of(NULL, 0, NULL);
    struct yaml_bind bind = {.pool = pool, .findings = &none};
    memset(target, 0, table->size);
    set_defaults(&bind, table, target);
    th_assert(none.total[TH_SEVERITY_ERROR] == 0); // a fallback of the table is wrong
    return bind.err;
}

// Walks path down the mappings of table; *base moves along (it may be NULL).
static const struct th_yaml_key *
walk(const struct th_yaml_table *table, struct th_bytes path, void **base)
{
    for (;;) {
        const char *dot = path.size > 0 ? memchr(path.data, '.', path.size) : NULL;
        const size_t size = dot == NULL ? path.size : (size_t)(dot - (const char *)path.data);
        const struct th_bytes name = {path.data, size};
        const size_t row = find_row(table, name);
        if (row == table->count) {
            return NULL;
        }
        const struct th_yaml_key *key = &table->keys[row];
        const enum yaml_kind kind = dot != NULL ? YAML_MAP : YAML_SCALAR;
        const struct th_yaml_key *fitting = choose_row(table, key, kind);
        if (dot == NULL) {
            return fitting != NULL ? fitting : key;
        }
        if (fitting == NULL) {
            return NULL;
        }
        *base = *base == NULL ? NULL : at_offset(*base, fitting->offset);
        table = fitting->table;
        path = (struct th_bytes){dot + 1, path.size - size - 1};
    }
}

const struct th_yaml_key *th_yaml_find(const struct th_yaml_table *table, struct th_bytes path)
{
    void *nowhere = NULL;
    return walk(table, path, &nowhere);
}

enum th_err th_yaml_set(struct th_bytes path,
                        struct th_bytes value,
                        const struct th_yaml_table *table,
                        struct th_yaml_pool *pool,
                        struct th_findings *findings,
                        void *target)
{
    const uint64_t errors = findings->total[TH_SEVERITY_ERROR];
    struct yaml_bind bind = {.pool = pool, .findings = findings};
    void *base = target;
    const struct th_yaml_key *key = walk(table, path, &base);
    const struct yaml_node name = {.kind = YAML_SCALAR, .text = path};
    if (key == NULL) {
        complain(&bind, TH_M_YAML_UNKNOWN_KEY, 0, &name, NULL);
    } else if (key->type == TH_YAML_MAP) {
        wrong_kind(&bind, key, &(struct yaml_node){.text = value});
    } else {
        bind_loose(&bind, key, value, base);
    }
    return result_of(&bind, errors);
}

// NOLINTEND(misc-no-recursion)
