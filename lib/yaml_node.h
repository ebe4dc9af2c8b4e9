// yaml_node.h - a YAML file as nodes, between yaml.c (libyaml) and yaml_bind.c (tables)

#ifndef LIB_YAML_NODE_H
#define LIB_YAML_NODE_H

#include "tonghop/yaml.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

// The children of a list are its items, those of a mapping key, value, key, value, ...
struct yaml_node {
    enum yaml_kind kind;
    bool is_plain; // a scalar without quotes
    bool is_bad;   // was complained about: nothing more to say
    struct th_yaml_place place;
    struct th_bytes text;
    struct yaml_node *first;
    struct yaml_node *last;
    struct yaml_node *next;
    size_t count;
};

// Zeroed memory, aligned for any type; NULL when there is none.
void *yaml_pool_take(struct th_yaml_pool *pool, size_t size);
// A copy with a NUL behind it; {NULL, 0} when there is no memory.
struct th_bytes yaml_pool_copy(struct th_yaml_pool *pool, struct th_bytes text);

/**
 * Parse text into nodes of pool; *root is NULL when the file is empty.
 *
 * Errors: TH_E_REFUSED when it cannot be read to its end, with findings; TH_E_NO_MEMORY. Findings
 *         that do not stop the reading leave TH_OK.
 */
TH_MUST_USE enum th_err yaml_parse(struct th_bytes text,
                                   const struct th_yaml_limits *limits,
                                   struct th_yaml_pool *pool,
                                   struct th_findings *findings,
                                   struct yaml_node **root);

// What a scalar is bound with.
struct yaml_bind {
    struct th_yaml_pool *pool;
    struct th_findings *findings;
    enum th_err err; // TH_E_NO_MEMORY, once
};

// Put the value of a scalar to out, or add a finding.
void yaml_scalar_bind(struct yaml_bind *bind,
                      const struct th_yaml_key *key,
                      const struct yaml_node *node,
                      void *out);
size_t yaml_scalar_size(const struct th_yaml_key *key); // bytes one value takes
const char *yaml_type_word(enum th_yaml_type type);     // for {kind}

#endif
