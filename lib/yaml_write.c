// yaml_write.c - structs into YAML, by the tables that read them; see yaml.h
//
// NOLINTBEGIN(misc-no-recursion): as deep as the tables

#include <string.h>

#include "lib/yaml_node.h"

enum { INDENT = 2, VALUE_BYTES = 64 };

struct writing {
    struct th_writer *out;
    bool all;
    bool in_item; // the next key stands behind "- "
};

static const void *at_offset(const void *base, size_t offset)
{
    return (const char *)base + offset;
}

static void put(struct writing *writing, const char *text)
{
    th_write_bytes(writing->out, th_bytes_of(text));
}

static void put_indent(struct writing *writing, size_t depth)
{
    for (size_t i = 0; i < depth * INDENT; i++) {
        th_write_u8(writing->out, ' ');
    }
}

static void put_quoted(struct writing *writing, struct th_bytes text)
{
    const unsigned char *at = text.data;
    th_write_u8(writing->out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] == '"' || at[i] == '\\') {
            th_write_u8(writing->out, '\\');
        }
        th_write_u8(writing->out, at[i]);
    }
    th_write_u8(writing->out, '"');
}

static void put_scalar(struct writing *writing, const struct th_yaml_key *key, const void *source)
{
    if (key->type == TH_YAML_TEXT || key->type == TH_YAML_CODE) {
        struct th_bytes text;
        memcpy(&text, source, sizeof(text));
        put_quoted(writing, text);
        return;
    }
    char text[VALUE_BYTES];
    put(writing, th_yaml_value_text(key, source, text, sizeof(text)));
}

static void put_key(struct writing *writing, const char *name, size_t depth)
{
    if (!writing->in_item) {
        put_indent(writing, depth);
    }
    writing->in_item = false;
    put(writing, name);
    put(writing, ":");
}

// Is there nothing to say about a single value? Zero is something only when it is not the default.
static bool
is_left_out(const struct writing *writing, const struct th_yaml_key *key, const void *source)
{
    if (key->type == TH_YAML_TEXT || key->type == TH_YAML_CODE) {
        struct th_bytes text;
        memcpy(&text, source, sizeof(text));
        const bool is_fallback =
            key->fallback != NULL && th_bytes_equal(text, th_bytes_of(key->fallback));
        return text.size == 0 || (is_fallback && !writing->all && !key->is_required);
    }
    char text[VALUE_BYTES];
    (void)th_yaml_value_text(key, source, text, sizeof(text));
    if (text[0] == '\0' || writing->all || key->is_required) {
        return text[0] == '\0';
    }
    if (key->fallback != NULL) {
        return strcmp(text, key->fallback) == 0;
    }
    static const unsigned char zeros[sizeof(int64_t)];
    return memcmp(source, zeros, yaml_scalar_size(key)) == 0;
}

static void write_map(struct writing *writing,
                      const struct th_yaml_table *table,
                      const void *source,
                      size_t depth);

static void write_items(struct writing *writing,
                        const struct th_yaml_key *key,
                        struct th_yaml_list list,
                        size_t depth)
{
    put(writing, "\n");
    for (size_t i = 0; i < list.count; i++) {
        put_indent(writing, depth + 1);
        put(writing, "- ");
        writing->in_item = true;
        write_map(writing, key->table, at_offset(list.items, i * key->table->size), depth + 2);
        if (writing->in_item) {
            put(writing, "{}\n");
            writing->in_item = false;
        }
    }
}

static void
write_list(struct writing *writing, const struct th_yaml_key *key, const void *source, size_t depth)
{
    struct th_yaml_list list;
    memcpy(&list, source, sizeof(list));
    if (list.count == 0) {
        return;
    }
    put_key(writing, key->name, depth);
    if (key->type == TH_YAML_MAP) {
        write_items(writing, key, list, depth);
        return;
    }
    struct th_yaml_key single = *key;
    single.is_list = false;
    for (size_t i = 0; i < list.count; i++) {
        put(writing, i == 0 ? " [" : ", ");
        put_scalar(writing, &single, at_offset(list.items, i * yaml_scalar_size(key)));
    }
    put(writing, "]\n");
}

// A mapping in which everything is left out is left out itself.
static void write_nested(struct writing *writing,
                         const struct th_yaml_key *key,
                         const void *source,
                         size_t depth)
{
    const struct writing before = *writing;
    const size_t start = writing->out->size;
    put_key(writing, key->name, depth);
    put(writing, "\n");
    const size_t head = writing->out->size;
    write_map(writing, key->table, source, depth + 1);
    if (writing->out->size == head) {
        writing->out->size = start;
        writing->in_item = before.in_item;
    }
}

static void write_map(struct writing *writing,
                      const struct th_yaml_table *table,
                      const void *source,
                      size_t depth)
{
    for (size_t row = 0; row < table->count; row++) {
        const struct th_yaml_key *key = &table->keys[row];
        const void *value = at_offset(source, key->offset);
        if (key->is_list) {
            write_list(writing, key, value, depth);
        } else if (key->type == TH_YAML_MAP) {
            write_nested(writing, key, value, depth);
        } else if (!is_left_out(writing, key, value)) {
            put_key(writing, key->name, depth);
            put(writing, " ");
            put_scalar(writing, key, value);
            put(writing, "\n");
        }
    }
}

void th_yaml_write(const struct th_yaml_table *table,
                   const void *source,
                   bool all,
                   struct th_writer *out)
{
    struct writing writing = {.out = out, .all = all};
    write_map(&writing, table, source, 0);
}

// NOLINTEND(misc-no-recursion)
