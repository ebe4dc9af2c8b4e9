// question.h - what viewers ask of a province, and what they are answered: Query and Answer of the
// wire (proto/tonghop/v1/query.proto), with every list as a view
//
// Texts are views into whatever the message was read from, or is made of; absent ones are empty.

#ifndef TONGHOP_QUESTION_H
#define TONGHOP_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/update.h"

struct th_total { // Cell of totals.proto
    struct th_bytes unit;
    uint32_t uid;
    struct th_bytes dims;
    uint32_t qualifier;
    struct th_opt value, of, before, after;
    bool not_applicable;
    uint64_t reported;
    struct th_opt expected;
    uint64_t contributions, with_of, with_levels;
};

struct th_topic_seq {
    struct th_bytes measure, period;
    uint64_t seq;
};

enum th_ask {
    TH_ASK_TOTALS = 1,
    TH_ASK_SNAPSHOT = 2,
    TH_ASK_STATE = 3,
    TH_ASK_VERIFY = 4,
    TH_ASK_BUNDLE = 5,
    TH_ASK_DIFF = 6,
    TH_ASK_FORMS = 7,
    TH_ASK_PERSON = 8,
    TH_ASK_CHANGES = 9,
    TH_ASK_EDITIONS = 12,
    TH_ASK_PUBLISH = 13,
};

struct th_query {
    enum th_ask ask;
    struct th_bytes lineage;
    const struct th_bytes *units;
    size_t unit_count;
    const struct th_bytes *periods;
    size_t period_count;
    const struct th_bytes *measures;
    size_t measure_count;
    const struct th_bytes *by;
    size_t by_count;
    struct th_bytes level;
    bool missing;
    struct th_bytes verify_level;
    struct th_bytes lang;      // of findings: vi, en
    struct th_bytes structure; // empty: as reported; current, as-of:DATE
    struct th_bytes known_at;  // a version, or a day YYYY-MM-DD; empty: now
    struct th_bytes form;      // FORMS
    struct th_bytes person;    // PERSON, of the year in periods
    struct th_bytes scheme;
    struct th_bytes known_to; // DIFF, CHANGES: through there; empty: now
    uint32_t limit;           // CHANGES, EDITIONS: the newest so many; 0: all
    bool after_close;         // CHANGES: only those
    struct th_bytes audience; // public, internal; empty: internal
    bool anew;                // PUBLISH: although editions may have been forgotten
};

// A month of a person that was scored, or months brought along from a unit that was left.
struct th_month_score {
    struct th_bytes period; // the month; of those brought along the first day elsewhere
    struct th_bytes unit;   // that scored it
    int64_t score;          // hundredths; of those brought along their sum
    uint32_t brought;       // how many; 0: one month, held by the province
};

// How far a unit is with a form (FormState). Days as texts, empty when there is none.
struct th_form_state {
    struct th_bytes form, period, unit;
    uint32_t uid;
    struct th_bytes state; // none, open, submitted, changed, returned, accepted
    bool expected;
    struct th_bytes first, since, due, close;
    bool on_time;
    uint32_t late_days;
    struct th_bytes comment;
    struct th_bytes grant_until;
    bool closed;
    uint64_t figures;
};

struct th_line { // one row of an answer
    struct th_bytes measure, period;
    struct th_total cell;
    uint32_t decimals;
    uint32_t parts, parts_expected; // of a larger period made of parts: how many have a figure
    bool derived;                   // nobody reported it: made of other lines
    bool hidden;                    // from the public
    int64_t edition_ms;             // of an earlier edition than the answer's; 0: of that
    struct th_bytes
        unallocated; // the unit it came from, as code@day; it stands no lower than cell's
};

enum th_why {
    TH_WHY_NEW = 1,
    TH_WHY_CORRECTION = 2,
    TH_WHY_WITHDRAWAL = 3,
    TH_WHY_AFTER_CLOSE = 4,
    TH_WHY_STRUCTURE = 5,
};

// What one update did to what its unit says; in a DIFF, to the total named before it.
struct th_change {
    uint64_t version; // 0: a total of a DIFF
    int64_t time_ms;
    uint32_t node;
    uint64_t seq;
    uint32_t index;
    uint32_t kind; // th_kind
    struct th_bytes unit, period, measure, dims;
    bool has_was, has_now;    // false: not reported
    struct th_total was, now; // of a rating: dims rating=N, value the score if there is one
    uint32_t why;             // th_why
    uint32_t revision;
    struct th_bytes basis, note;
    struct th_bytes person; // 8 hex digits of a hash; empty: of nobody
    uint32_t decimals;
};

// A province whose figures are in an answer, and the version they are of.
struct th_answer_source {
    struct th_bytes lineage;
    uint64_t version;
};

// Does the sum over the structure asked for equal the sum as reported?
enum th_conservation { TH_CONSERVED_NOT_ASKED = 0, TH_CONSERVED = 1, TH_NOT_CONSERVED = 2 };

// Of the public figures. made: begun, timely, late, by-hand.
struct th_edition {
    uint32_t number;
    int64_t moment_ms;
    uint64_t version;
    struct th_bytes made;
    uint32_t renewed, same, kept, waiting, closed; // tables
    uint64_t shown, hidden;                        // cells of those renewed
};

struct th_answer {
    uint32_t part;
    bool last;
    uint32_t code;
    struct th_bytes detail;
    uint64_t store_id, version;
    int64_t wall_ms;
    const struct th_line *lines;
    size_t line_count;
    const struct th_topic_seq *topics;
    size_t topic_count;
    const struct th_bytes *findings;
    size_t finding_count;
    uint64_t beat, records, totals, nodes, milliseconds;
    bool has_bundle; // part 0
    uint8_t bundle_digest[32];
    struct th_bytes bundle_part; // BUNDLE
    uint64_t bundle_bytes;
    enum th_conservation conservation;
    struct th_bytes structure;      // as-of:DATE, when one was asked for
    const struct th_bytes *missing; // provinces whose figures would belong here, as code@day
    size_t missing_count;
    const struct th_answer_source *sources; // of a structure asked for
    size_t source_count;
    const struct th_month_score *months; // PERSON
    size_t month_count;
    const struct th_change *changes; // CHANGES, DIFF
    size_t change_count;
    const struct th_form_state *forms; // FORMS
    size_t form_count;
    struct th_opt edition_ms;          // it is for the public: moment of the edition
    const struct th_edition *editions; // EDITIONS, PUBLISH
    size_t edition_count;
};

#endif
