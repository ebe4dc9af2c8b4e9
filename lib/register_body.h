// register_body.h - how a register lies in memory; known to lib/register*.c alone
//
// Everything is found by number: a code's versions are a run of the sorted versions, a unit's
// versions a run of spans, a code's children a run of child versions. Only texts from outside are
// looked up by binary search.
//
//      codes ──first,count──> versions (by code, then from)
//        └────children──────> child versions (by code, then from)
//      lives ──first,count──> spans (by uid, then from) ──> versions

#ifndef LIB_REGISTER_BODY_H
#define LIB_REGISTER_BODY_H

#include "tonghop/pool.h"
#include "tonghop/register.h"

enum { REGISTER_VERSIONS_MAX = 5000000 };

static const uint32_t REGISTER_NO_CODE = UINT32_MAX;

struct register_version {
    struct th_unit unit;
    uint32_t code;   // index of its code
    uint32_t parent; // index of the parent's code; REGISTER_NO_CODE for a root or an unknown one
    uint32_t row;    // order in the file, from 0
    uint32_t line;   // line of the file, for findings
};

struct register_run {
    uint32_t first;
    uint32_t count;
};

struct register_code {
    struct th_bytes text;
    struct register_run versions; // in versions
    struct register_run children; // in children
};

struct register_span { // one version of a unit
    uint32_t uid;
    uint32_t version;
    th_day from;
};

struct register_life { // of one unit
    struct register_run spans;
    th_day from;
    th_day until;
};

struct th_register {
    struct th_pool texts;
    struct register_version *versions;
    size_t version_count, version_room;
    struct th_successor *successors; // by old code, then effective
    size_t successor_count, successor_room;
    uint32_t *by_new;            // successors, by new code, then effective
    struct register_code *codes; // by text
    uint32_t code_count;
    uint32_t *children; // versions, grouped by the code of their parent
    uint32_t *by_row;   // versions in the order of the file
    struct register_span *spans;
    struct register_life *lives; // of unit uid at uid - 1
    uint32_t unit_count;
    th_day newest; // the last day on which something changes
};

enum register_fault {
    REGISTER_OVERLAP,
    REGISTER_NO_PARENT, // on day
    REGISTER_CYCLE,
    REGISTER_DEPTH,
    REGISTER_EMPTY_LIFE, // G4
};

// What is wrong with which version, told in the reader's file of findings.
void register_complain(struct th_findings *findings,
                       enum register_fault fault,
                       const struct register_version *version,
                       th_day day);

struct th_register *register_new(void); // NULL when out of memory

// Add a version or a row of the successors; texts are copied. TH_E_NO_MEMORY; TH_E_TOO_LARGE.
TH_MUST_USE enum th_err
register_add_version(struct th_register *reg, const struct th_unit *unit, uint32_t line);
TH_MUST_USE enum th_err register_add_successor(struct th_register *reg,
                                               const struct th_successor *successor);

// Sort, check, join and number what was added. TH_E_REFUSED with findings (NULL: not wanted).
TH_MUST_USE enum th_err register_finish(struct th_register *reg, struct th_findings *findings);

// Its parts. Index needs nothing; check and join need the index; number needs the join.
TH_MUST_USE enum th_err register_index(struct th_register *reg);
TH_MUST_USE enum th_err register_index_successors(struct th_register *reg); // part of index
bool register_check(const struct th_register *reg, struct th_findings *findings);
TH_MUST_USE enum th_err register_join(struct th_register *reg);
TH_MUST_USE enum th_err register_number(struct th_register *reg);
bool register_check_units(const struct th_register *reg, struct th_findings *findings);

// The part of reg at or below some roots: pieces of versions, by version and day once cut.
struct register_piece {
    uint32_t version;
    th_day from;
    th_day until;
};
struct register_pieces {
    const struct th_register *reg;
    const uint32_t *roots;
    size_t root_count;
    struct register_piece *items;
    size_t count;
    size_t room;
};
TH_MUST_USE enum th_err register_cut(struct register_pieces *pieces); // anew
void register_pieces_free(struct register_pieces *pieces);            // scoped
// Does the code belong to the part on that day?
bool register_is_inside(const struct register_pieces *pieces, struct th_bytes code, th_day day);
TH_MUST_USE enum th_err register_of_pieces(const struct register_pieces *pieces,
                                           struct th_register **out);
// Errors: as th_register_subtree.
TH_MUST_USE enum th_err
register_find_root(const struct th_register *reg, struct th_bytes root, uint32_t *uid);

// The index of a code; REGISTER_NO_CODE.
uint32_t register_code_of(const struct th_register *reg, struct th_bytes code);
// The version of a code, or of a unit, on day; NULL.
const struct register_version *
register_code_on(const struct th_register *reg, uint32_t code, th_day day);
const struct register_version *
register_unit_on(const struct th_register *reg, uint32_t uid, th_day day);
// The first row of the successors of code from that day on; count of rows that end it then.
struct register_run
register_successors(const struct th_register *reg, struct th_bytes code, th_day effective);

#endif
