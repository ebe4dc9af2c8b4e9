// line_body.h - how the lines of a question lie in memory; known to lib/line*.c alone
//
// Texts, topics, units and sets of dimensions are small numbers; everything kept per key is found
// through one kind of map from three numbers to one.
//
//      set ──> entry (topic, unit, dims) ── kept dims ──> sum (topic, unit, kept) ──> line
//                │    ^                place (period, unit): asked for? structure day, label
//                └────┘ line_span: entries of a larger period from those of its parts

#ifndef LIB_LINE_BODY_H
#define LIB_LINE_BODY_H

#include "tonghop/line.h"
#include "tonghop/pool.h"

static const uint32_t LINE_NONE = UINT32_MAX;

struct line_key {
    uint32_t a, b, c;
};

struct line_slot {
    struct line_key key;
    uint32_t value; // 0: empty slot
};

struct line_map {
    struct line_slot *slots;
    size_t room; // power of two
    size_t count;
};

// Texts by number. The same text has the same number.
struct line_texts {
    struct th_pool pool;
    uint8_t seed[16]; // of the hash: texts come from outside
    struct th_bytes *items;
    size_t count, room;
    uint32_t *slots; // number + 1
    size_t slot_room;
};

struct line_topic {
    uint32_t measure_text, period_text;
    struct th_measure measure;
    struct th_period period;
    const struct th_form *form; // whose reporters count; NULL: leaves
    bool covered;               // coverage is told
    bool rated;                 // reported is that of scheme and category, whatever the key
    bool adds;                  // dimensions that are not kept are added up
    bool named;                 // by the question, or known to have figures elsewhere
    bool listed;                // asked for itself, not only for what is made of it
    bool counted;               // fed figure by figure
    bool added;                 // sums of measures were added to it
    bool composed;              // made from those of its parts
    uint32_t parts_expected;    // of a larger period; 0: they cannot be counted
    uint32_t entries;           // the newest; LINE_NONE
    size_t live;
};

enum line_own { LINE_OWN_UNKNOWN, LINE_OWN_NONE, LINE_OWN_SOME };

struct line_entry {
    uint32_t topic, uid, dims;
    uint32_t source; // text; what is unallocated has one, and dims that begin with it and '\n'
    uint32_t next;   // of the topic
    struct th_cell cell;
    uint32_t kept;     // dims of its line; LINE_NONE: it has none
    uint64_t carried;  // reporters below it that its reported includes
    bool has_below;    // a unit below has the key too
    bool made;         // by line_span
    enum line_own own; // of a made one: has the unit a figure of its own?
    uint32_t rank;     // place in the order of its topic, while that is at work
};

__extension__ typedef __int128 line_wide; // so that the order of additions does not matter

struct line_sum {
    uint32_t topic, uid, kept;
    uint32_t source;     // text; LINE_NONE
    uint32_t keys;       // how many entries were added up; 0: nothing there
    struct th_cell cell; // its four numbers are in the next line until the sum is complete
    line_wide value, of, before, after;
    uint64_t covered; // reporters with at least one of them
    bool united;      // covered is to be told, not reported
};

struct line_place {
    bool asked;
    bool expected_there; // asked for, and alive on the structure day of what was asked for
    th_day day;          // structure day
    uint32_t depth;      // 1: the root
    uint32_t label;      // text; LINE_NONE: not written yet
};

#define LINE_ARRAY(type) \
    struct {             \
        type *items;     \
        size_t count;    \
        size_t room;     \
    }

struct line_words { // numbers of texts, each one once
    LINE_ARRAY(uint32_t);
};

struct th_lines {
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    uint32_t root;

    // the question
    bool *units; // by uid: asked for
    bool by_unit, by_children, by_leaf, by_dims, by_unallocated, missing;
    bool restated;             // to the day of structure
    th_lines_span_fn *span_fn; // NULL: nobody listens
    void *span_self;
    struct th_lines_structure structure; // when restated
    uint32_t level;                      // text; LINE_NONE: any
    struct line_words names;             // the dimensions to keep
    struct line_words wanted;            // measures and patterns; none: all
    struct line_words periods;

    // what was fed
    struct line_texts texts;
    struct line_map topic_map;
    struct line_map entry_map;
    LINE_ARRAY(struct line_topic) topics;
    LINE_ARRAY(struct line_entry) entries;

    // what does not change any more
    struct line_map place_map;
    struct line_map expected_map;
    LINE_ARRAY(struct line_place) places;
    LINE_ARRAY(const struct th_form *) forms;

    // the last list
    struct line_map sum_map;
    struct line_map
        seen_map; // (topic, unit, kept): counted as covered; (topic, unit, NONE): a line
    struct line_map part_map; // (topic, unit, NONE): parts with a figure; (.., part): counted
    LINE_ARRAY(struct line_sum) sums;
    LINE_ARRAY(struct th_line) list;
};

// Room for one more item; true when there is.
bool line_grow(void *pointer_to_items, size_t count, size_t *room, size_t size);
#define LINE_ROOM(array) \
    line_grow(&(array)->items, (array)->count, &(array)->room, sizeof(*(array)->items))

// The value kept under key, made as 0 when there is none; NULL when out of memory. A value must be
// set to something else before the next call.
uint32_t *line_map_put(struct line_map *map, struct line_key key);
uint32_t line_map_get(const struct line_map *map, struct line_key key); // 0: none
void line_map_clear(struct line_map *map);
void line_map_free(struct line_map *map);

TH_MUST_USE enum th_err
line_text(struct line_texts *texts, struct th_bytes bytes, uint32_t *number);
void line_texts_free(struct line_texts *texts);

TH_MUST_USE enum th_err line_topic_of(struct th_lines *lines,
                                      struct th_bytes measure,
                                      struct th_bytes period,
                                      uint32_t *topic);
TH_MUST_USE enum th_err line_place_of(struct th_lines *lines,
                                      const struct line_topic *topic,
                                      uint32_t uid,
                                      struct line_place **place);
TH_MUST_USE enum th_err line_label(struct th_lines *lines,
                                   const struct line_topic *topic,
                                   uint32_t uid,
                                   struct th_bytes *label);
// How many reporters are at or below uid.
TH_MUST_USE enum th_err line_expected(struct th_lines *lines,
                                      const struct line_topic *topic,
                                      uint32_t uid,
                                      uint32_t *expected);

// Set the cell of a key; source: LINE_NONE, or where what is unallocated came from.
TH_MUST_USE enum th_err
line_set(struct th_lines *lines, struct line_key key, uint32_t source, const struct th_cell *cell);
int line_compare_units(const struct th_line *a, const struct th_line *b); // as they are written
// The uid and the units above it on the day of the structure, up to TH_UNIT_NONE.
enum { LINE_PATH_MAX = TH_UNIT_DEPTH_MAX + 1 };
size_t line_path(const struct th_lines *lines, uint32_t uid, uint32_t path[static LINE_PATH_MAX]);
void line_code_on(const struct th_lines *lines, uint32_t uid, char out[static TH_UNIT_REF_MAX + 1]);

// The dims of the line that a figure with these dims counts in; LINE_NONE: it has no line.
TH_MUST_USE enum th_err line_keep(struct th_lines *lines, bool adds, uint32_t dims, uint32_t *kept);

// Count the coverage of the sums of topic into from the entries of topic (often the same one).
TH_MUST_USE enum th_err line_cover(struct th_lines *lines, uint32_t topic, uint32_t into);
// The same for a topic of ratings that was fed total by total.
TH_MUST_USE enum th_err line_cover_rated(struct th_lines *lines, uint32_t topic);

// Take the first pair off dims, with its key; false when there is none.
bool line_pair_next(struct th_bytes *rest, struct th_bytes *pair, struct th_bytes *key);

// The entries of a topic, deepest units first; kept_only: those that have a line.
struct line_order {
    uint32_t *entries;
    size_t count;
};
TH_MUST_USE enum th_err
line_rank(struct th_lines *lines, uint32_t topic, bool kept_only, struct line_order *order);
void line_order_free(struct line_order *order); // scoped
// The live entry of a key; NULL.
struct line_entry *
line_entry_of(const struct th_lines *lines, uint32_t topic, uint32_t uid, uint32_t dims);
// The same, made when there is none.
TH_MUST_USE enum th_err
line_entry_make(struct th_lines *lines, struct line_key key, struct line_entry **found);

// Make the entries of the larger periods that are asked for from those of their parts.
TH_MUST_USE enum th_err line_span(struct th_lines *lines);
// Is a figure of this measure and period part of one of a larger period that is asked for?
bool line_span_wants(const struct th_lines *lines, struct th_bytes code, struct th_bytes period);
// A sum of topics has as many parts as the one of them with the fewest.
TH_MUST_USE enum th_err line_span_inherit(struct th_lines *lines, uint32_t topic, uint32_t into);
uint32_t line_span_parts(const struct th_lines *lines, uint32_t topic, uint32_t uid);

// Is the measure asked for by name or pattern, or the period? Is it part of a sum asked for?
bool line_asks_measure(const struct th_lines *lines, struct th_bytes measure);
bool line_asks_sum_of(const struct th_lines *lines, struct th_bytes measure);
bool line_asks_period(const struct th_lines *lines, struct th_bytes period);

#endif
