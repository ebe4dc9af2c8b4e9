// yaml.h - configuration, catalogue, roster and enrolment: one strict reader, driven by tables
//
// YAML means many things by accident (010 is 8, 12abc is a text, a second key wins silently). Here
// a table says which keys there are, of what type and in which bounds; everything else is refused
// with its line and column, all findings of a file in one run, and the values land in the caller's
// struct.
//
//      bytes ──libyaml──> nodes ──table──> struct of the caller, texts and lists in a pool
//                                  └─────> findings (TH11xx)
//
//   Y1  Refused: unknown, missing and repeated keys, wrong types, values out of range, anchors,
//       aliases, tags, merge keys, a second document, empty values, control characters.
//   Y2  Whole numbers have one spelling (number.h). Texts are brought to NFC.
//   Y3  A key that is absent leaves its fallback, or zero, or TH_DAY_NONE for a date.
//   Y4  What th_yaml_write writes, th_yaml_read reads back to the same values.
//
// This is the door to libyaml.

#ifndef TONGHOP_YAML_H
#define TONGHOP_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/finding.h"

enum { TH_YAML_DEPTH_MAX = 8, TH_YAML_KEYS_MAX = 64 };

enum th_yaml_type {
    // type          lands as
    TH_YAML_TEXT,    // struct th_bytes with a NUL behind it; min and max count bytes
    TH_YAML_CODE,    // the same, [A-Za-z0-9][A-Za-z0-9._-]*
    TH_YAML_INTEGER, // int64_t
    TH_YAML_SIZE,    // int64_t, bytes: 512, 8KiB, 64MiB, 4GiB, 1TiB
    TH_YAML_TIME,    // int64_t, milliseconds: 250ms, 30s, 5m, 12h, 7d
    TH_YAML_PERCENT, // int64_t: 5%
    TH_YAML_BOOL,    // bool: true or false
    TH_YAML_DATE,    // th_day: YYYY-MM-DD
    TH_YAML_WORD,    // int32_t: index in words
    TH_YAML_MAP,     // the struct that table describes, in place
};

// Where something stands in its file, from 1; 0 = it is not there.
struct th_yaml_place {
    uint32_t line;
    uint32_t column;
};

// A list: count items of the type of its key one after the other (struct th_bytes, int64_t, ..., or
// the struct of the table).
struct th_yaml_list {
    void *items;
    size_t count;
};

// TH_YAML_AT(struct x, member) says where a place is kept.
#define TH_YAML_AT(type, member) (offsetof(type, member) + 1)

struct th_yaml_table;

// One key. A name may stand in several rows of a table when its value may be a single value, a list
// or a mapping: the first row whose kind fits is taken.
struct th_yaml_key {
    const char *name;
    enum th_yaml_type type;
    bool is_list; // lands as struct th_yaml_list
    bool is_required;
    int64_t min; // of numbers, or bytes of a text; both 0 = no bounds but those of the type
    int64_t max;
    const char *fallback;              // as it would be written; NULL for none
    const char *const *words;          // TH_YAML_WORD; ended by NULL
    const struct th_yaml_table *table; // TH_YAML_MAP
    size_t offset;
    size_t place;     // TH_YAML_AT of a struct th_yaml_place for the value; 0 = not wanted
    const char *help; // for documents; not used here
    unsigned flags;   // of the table's owner; not used here
    bool is_secret;   // findings never show its value
};

struct th_yaml_table {
    const struct th_yaml_key *keys;
    size_t count;
    size_t size;  // of the struct
    size_t place; // TH_YAML_AT of a struct th_yaml_place for the mapping itself; 0 = not wanted
};

struct th_yaml_limits {
    size_t bytes_max;
    size_t values_max; // scalars, lists and mappings, keys included
};
extern const struct th_yaml_limits TH_YAML_LIMITS;        // 1 MiB, 20,000
extern const struct th_yaml_limits TH_YAML_ROSTER_LIMITS; // 16 MiB, 400,000

// Memory of texts and lists, from malloc, freed all at once. {0} is empty.
struct th_yaml_pool {
    struct th_yaml_block *blocks;
};
void th_yaml_pool_free(struct th_yaml_pool *pool); // scoped

/**
 * Read text into the struct at target, which need not be initialised. Set findings->file before.
 *
 * Ownership: texts and lists live in pool, not in text.
 * Errors:    TH_E_REFUSED with findings: target is then not to be used; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_yaml_read(struct th_bytes text,
                                     const struct th_yaml_table *table,
                                     const struct th_yaml_limits *limits,
                                     struct th_yaml_pool *pool,
                                     struct th_findings *findings,
                                     void *target);

// Only the fallbacks. Errors: TH_E_NO_MEMORY.
TH_MUST_USE enum th_err
th_yaml_defaults(const struct th_yaml_table *table, struct th_yaml_pool *pool, void *target);

/**
 * Set one value of target by its path, "broker.window_batches", as -o and the environment do. A
 * list is given with commas. Findings have no line.
 *
 * Errors: TH_E_REFUSED with findings; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_yaml_set(struct th_bytes path,
                                    struct th_bytes value,
                                    const struct th_yaml_table *table,
                                    struct th_yaml_pool *pool,
                                    struct th_findings *findings,
                                    void *target);

// The key at path, NULL when there is none.
const struct th_yaml_key *th_yaml_find(const struct th_yaml_table *table, struct th_bytes path);

/**
 * Write source as YAML behind what is in out. Values equal to their fallback, and empty ones, are
 * left out unless required; with all, only empty ones are. Texts are quoted. out->overflow tells
 * when it did not fit.
 */
void th_yaml_write(const struct th_yaml_table *table,
                   const void *source,
                   bool all,
                   struct th_writer *out);

// One value as it is written in a file (texts unquoted); returns out. Lists and mappings give "".
char *th_yaml_value_text(const struct th_yaml_key *key, const void *source, char *out, size_t max);

#endif
