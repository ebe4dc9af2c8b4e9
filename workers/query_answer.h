// query_answer.h - one answer: built from a read transaction, and cut into parts

#ifndef WORKERS_QUERY_ANSWER_H
#define WORKERS_QUERY_ANSWER_H

#include "tonghop/codec.h"
#include "tonghop/line.h"

#include "workers/query.h"

struct block; // of texts
struct halt;

struct answer {
    struct query_province province;
    struct halt *halt;                   // when asked for, the answer is given up; NULL: never
    const struct query_province *others; // that may be read too, the same one among them
    size_t other_count;
    struct th_province *own_province; // of an earlier register; NULL: it is the one of now
    struct th_register *own_wide;     // of an earlier register and its kin
    uint8_t route[TH_ROUTE_MAX];
    struct th_peer to;
    uint64_t correlation;
    uint64_t deadline_ms; // credit must come until then
    uint32_t credit;
    uint32_t part;

    struct th_answer head; // what stands in every part
    char detail[65];
    struct th_lines *lines; // TOTALS: owns list
    const struct th_line *list;
    struct th_line *own_list; // SNAPSHOT
    size_t line_count;
    size_t line_max;
    struct th_topic_seq *topics;
    size_t topic_count;
    size_t topic_max;
    struct th_bytes *findings;
    size_t finding_count;
    size_t finding_max;
    struct th_bytes *missing; // their counts stand in head
    size_t missing_max;
    struct th_answer_source *sources;
    size_t source_max;
    struct th_month_score *months; // PERSON, all in part 0
    size_t month_count;
    size_t month_max;
    struct th_change *changes; // CHANGES, DIFF
    size_t change_count;
    size_t change_max;
    struct th_form_state *forms; // FORMS
    size_t form_count;
    size_t form_max;
    struct th_edition *editions; // EDITIONS, PUBLISH: all in part 0
    size_t edition_count;
    size_t edition_max;
    struct block *blocks;
    struct th_bytes bundle; // BUNDLE: the province's own
    size_t bytes;           // of everything held
    size_t bytes_max;
    size_t next_line, next_topic, next_finding, next_change, next_form, next_byte;
    bool done; // the last part has been made
};

/**
 * Fill an answer from what is asked. What cannot be answered becomes head.code.
 *
 * Errors: TH_E_NO_MEMORY; TH_E_BUSY: halt was asked for; the store's.
 */
TH_MUST_USE enum th_err answer_build(struct answer *answer, const struct th_query *query);

// Does this question walk over the whole store or its history?
bool answer_is_long(const struct th_query *query);
// Is it asked for the public?
bool answer_is_public(const struct th_query *query);

// The next part, encoded behind out. TH_E_NO_MEMORY when it does not fit, which its bounds exclude.
TH_MUST_USE enum th_err answer_part(struct answer *answer, struct th_writer *out);

void answer_free(struct answer *answer);

#endif
