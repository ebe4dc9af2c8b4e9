// yaml.c - bytes to nodes, the only file that knows libyaml; see yaml.h

#include "tonghop/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "lib/yaml_node.h"

enum { BLOCK_BYTES = 16 * 1024, ALIGN = 16 };

const struct th_yaml_limits TH_YAML_LIMITS = {(size_t)1 << 20, 20000};
const struct th_yaml_limits TH_YAML_ROSTER_LIMITS = {(size_t)16 << 20, 400000};

struct th_yaml_block {
    struct th_yaml_block *next;
    size_t used;
    size_t size;
    _Alignas(ALIGN) unsigned char bytes[];
};

void th_yaml_pool_free(struct th_yaml_pool *pool)
{
    while (pool->blocks != NULL) {
        struct th_yaml_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
}

void *yaml_pool_take(struct th_yaml_pool *pool, size_t size)
{
    const size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct th_yaml_block *block = pool->blocks;
    if (block == NULL || rounded > block->size - block->used) {
        const size_t room = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
        block = calloc(1, sizeof(*block) + room);
        if (block == NULL) {
            return NULL;
        }
        block->size = room;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    void *taken = block->bytes + block->used;
    block->used += rounded;
    return taken;
}

struct th_bytes yaml_pool_copy(struct th_yaml_pool *pool, struct th_bytes text)
{
    char *copy = yaml_pool_take(pool, text.size + 1);
    if (copy == NULL) {
        return (struct th_bytes){0};
    }
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    return (struct th_bytes){.data = copy, .size = text.size};
}

// What the reading knows.
struct reading {
    yaml_parser_t parser;
    struct th_yaml_pool *pool;
    struct th_findings *findings;
    size_t values_left;
    struct yaml_node *open[TH_YAML_DEPTH_MAX]; // lists and mappings around the next node
    size_t depth;
    struct yaml_node *root;
    size_t documents;
};

static void complain(struct reading *reading, unsigned code, yaml_mark_t mark, const char *detail)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, code, 0, NULL, detail, NULL);
    th_findings_error(reading->findings,
                      (uint32_t)mark.line + 1,
                      (uint32_t)mark.column + 1,
                      &verdict,
                      (struct th_bytes){0});
}

// The character at the start of text, as its first byte promises it.
static struct th_bytes first_character(struct th_bytes text)
{
    const unsigned char lead = *(const unsigned char *)text.data;
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return (struct th_bytes){text.data, size < text.size ? size : text.size};
}

static bool is_text(struct th_bytes character)
{
    const char c = *(const char *)character.data;
    const bool is_blank = c == '\n' || c == '\r' || c == '\t';
    return is_blank || (th_text_is_utf8(character) && !th_text_has_control(character));
}

// Finds the first character that is not UTF-8 text; true when there is one.
static bool find_bad_character(struct th_bytes text, yaml_mark_t *mark)
{
    *mark = (yaml_mark_t){0};
    while (text.size > 0) {
        const struct th_bytes character = first_character(text);
        if (!is_text(character)) {
            return true;
        }
        text.data = (const char *)text.data + character.size;
        text.size -= character.size;
        const bool is_crlf =
            th_bytes_equal(character, TH_BYTES("\r")) && th_bytes_begins(text, TH_BYTES("\n"));
        const char c = *(const char *)character.data;
        mark->column++;
        if (c == '\n' || (c == '\r' && !is_crlf)) {
            mark->line++;
            mark->column = 0;
        }
    }
    return false;
}

static enum th_err add_node(struct reading *reading, struct yaml_node node, yaml_mark_t mark)
{
    if (reading->values_left == 0) {
        complain(reading, TH_M_YAML_TOO_LARGE, mark, NULL);
        return TH_E_REFUSED;
    }
    reading->values_left--;
    struct yaml_node *added = yaml_pool_take(reading->pool, sizeof(*added));
    if (added == NULL) {
        return TH_E_NO_MEMORY;
    }
    *added = node;
    added->place = (struct th_yaml_place){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};

    struct yaml_node *parent = reading->depth > 0 ? reading->open[reading->depth - 1] : NULL;
    if (parent == NULL) {
        reading->root = added;
    } else {
        if (parent->first == NULL) {
            parent->first = added;
        } else {
            parent->last->next = added;
        }
        parent->last = added;
        parent->count++;
    }
    if (node.kind == YAML_SCALAR) {
        return TH_OK;
    }
    if (reading->depth == TH_YAML_DEPTH_MAX) {
        complain(reading, TH_M_YAML_TOO_LARGE, mark, NULL);
        return TH_E_REFUSED;
    }
    reading->open[reading->depth++] = added;
    return TH_OK;
}

static void refuse_marks(struct reading *reading,
                         const yaml_char_t *anchor,
                         const yaml_char_t *tag,
                         yaml_mark_t mark)
{
    if (anchor != NULL || tag != NULL) {
        complain(reading, TH_M_YAML_ANCHOR, mark, NULL);
    }
}

static enum th_err add_scalar(struct reading *reading, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    refuse_marks(reading, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
    const struct th_bytes text = {value, event->data.scalar.length};
    struct yaml_node node = {.kind = YAML_SCALAR,
                             .is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
                             .text = yaml_pool_copy(reading->pool, text)};
    return node.text.data == NULL ? TH_E_NO_MEMORY : add_node(reading, node, event->start_mark);
}

static enum th_err start_document(struct reading *reading, const yaml_event_t *event)
{
    const bool has_directive = event->data.document_start.version_directive != NULL ||
                               event->data.document_start.tag_directives.start !=
                                   event->data.document_start.tag_directives.end;
    if (has_directive) {
        complain(reading, TH_M_YAML_ANCHOR, event->start_mark, NULL);
    }
    reading->documents++;
    if (reading->documents > 1) {
        complain(reading, TH_M_YAML_SYNTAX, event->start_mark, "second-document");
        return TH_E_REFUSED;
    }
    return TH_OK;
}

static enum th_err take_event(struct reading *reading, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(reading, event);
    case YAML_SEQUENCE_START_EVENT:
        refuse_marks(reading,
                     event->data.sequence_start.anchor,
                     event->data.sequence_start.tag,
                     event->start_mark);
        return add_node(reading, (struct yaml_node){.kind = YAML_LIST}, event->start_mark);
    case YAML_MAPPING_START_EVENT:
        refuse_marks(reading,
                     event->data.mapping_start.anchor,
                     event->data.mapping_start.tag,
                     event->start_mark);
        return add_node(reading, (struct yaml_node){.kind = YAML_MAP}, event->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        th_assert(reading->depth > 0);
        reading->depth--;
        return TH_OK;
    case YAML_ALIAS_EVENT:
        complain(reading, TH_M_YAML_ANCHOR, event->start_mark, NULL);
        return add_node(
            reading, (struct yaml_node){.kind = YAML_SCALAR, .is_bad = true}, event->start_mark);
    case YAML_DOCUMENT_START_EVENT:
        return start_document(reading, event);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return TH_OK;
    }
    th_unreachable();
}

static enum th_err read_events(struct reading *reading)
{
    for (;;) {
        yaml_event_t event;
        if (yaml_parser_parse(&reading->parser, &event) == 0) {
            if (reading->parser.error == YAML_MEMORY_ERROR) {
                return TH_E_NO_MEMORY;
            }
            complain(
                reading, TH_M_YAML_SYNTAX, reading->parser.problem_mark, reading->parser.problem);
            return TH_E_REFUSED;
        }
        const bool is_end = event.type == YAML_STREAM_END_EVENT;
        const enum th_err err = take_event(reading, &event);
        yaml_event_delete(&event);
        if (err != TH_OK || is_end) {
            return err;
        }
    }
}

enum th_err yaml_parse(struct th_bytes text,
                       const struct th_yaml_limits *limits,
                       struct th_yaml_pool *pool,
                       struct th_findings *findings,
                       struct yaml_node **root)
{
    struct reading reading = {
        .pool = pool, .findings = findings, .values_left = limits->values_max};
    yaml_mark_t mark = {0};
    if (text.size > limits->bytes_max) {
        complain(&reading, TH_M_YAML_TOO_LARGE, mark, NULL);
        return TH_E_REFUSED;
    }
    const struct th_bytes bom = TH_BYTES("\xEF\xBB\xBF");
    if (th_bytes_begins(text, bom)) {
        text.data = (const char *)text.data + bom.size;
        text.size -= bom.size;
    }
    if (find_bad_character(text, &mark)) {
        complain(&reading, TH_M_YAML_TEXT, mark, NULL);
        return TH_E_REFUSED;
    }

    if (yaml_parser_initialize(&reading.parser) == 0) {
        return TH_E_NO_MEMORY;
    }
    yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reading.parser, text.data, text.size);
    const enum th_err err = read_events(&reading);
    yaml_parser_delete(&reading.parser);
    *root = reading.root;
    return err;
}
