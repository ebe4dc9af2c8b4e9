// rules.h - the rules that need no province: the same at the node (offline) and at the worker
//
// th_rules_judge is the one place where V01..V11, V24, V27..V29, V31, V32, V34, V36, V37 and V39
// are decided. It reads only its arguments. Rules that need the state of the province (V16,
// V20..V22, V26, V35, V38) are the worker's; those that need the file (V30, V33) are the intake's.

#ifndef TONGHOP_RULES_H
#define TONGHOP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/catalogue.h"
#include "tonghop/day.h"
#include "tonghop/err.h"
#include "tonghop/form.h"
#include "tonghop/period.h"
#include "tonghop/register.h"
#include "tonghop/update.h"
#include "tonghop/verdict.h"

enum th_person_scope { TH_SCOPE_AS_SCHEME, TH_SCOPE_PROVINCE, TH_SCOPE_UNIT };

struct th_rules {
    const struct th_register *reg;
    uint32_t root;
    const struct th_catalogue *catalogue;
    enum th_person_scope person_scope; // province.person_scope
    bool hashed_here; // the node: plain person ids are fine, they are hashed after the judgement
};

enum { TH_GRANT_UNITS_MAX = 64 };

// What a node may write: these units and, unless only, everything below them, and predecessors of
// those for periods before the change. The desk (node 0) may write any unit.
struct th_grant {
    uint32_t node;
    bool only;
    bool desk;
    uint32_t uids[TH_GRANT_UNITS_MAX];
    size_t count;
};

// An update that passed, resolved once so that nobody resolves it again.
enum { TH_RULES_WARNINGS_MAX = 2 };

struct th_judged {
    const struct th_update *update;
    struct th_period period;
    uint32_t uid;
    th_day day; // structure day
    bool withdraw;
    uint32_t revision;

    // evaluation; collective, whose category is "collective" and whose person is its id
    const struct th_scheme *scheme;
    struct th_bytes category;
    bool person_scope_unit;
    uint8_t person[16];          // BLAKE2b-128 of the person's text, as keys use it
    const struct th_level *band; // NULL: none to compare with
    bool below_band;             // rated below its band, with a reason (EV03)
    uint32_t collective_kind;    // th_collective_kind; of an evaluation NONE

    // transfer: scheme, scope and person as above, period is the year, uid the unit that is left
    // and day the last one there
    uint32_t to_uid;
    th_day effective; // first day in to_uid

    // staffing
    struct th_measure measure;
    char dims[TH_DIMS_MAX + 1];
    uint32_t qualifier;
    int64_t value, of, before, after; // completed: value from after - before, of = 1000 of a share
    bool has_value, has_of, has_before;

    // completion, reopen grant, decision on a report
    const struct th_form *form;
    th_day until; // of a grant
    bool returns; // a decision: return, otherwise accept

    // what is doubtful about it (V23, V40), though it passed
    struct th_verdict warnings[TH_RULES_WARNINGS_MAX];
    size_t warning_count;
};

/**
 * Judge one update of grant's node on the day today.
 *
 * Errors: TH_E_REFUSED with *verdict filled; *judged is then not to be used.
 */
TH_MUST_USE enum th_err th_rules_judge(const struct th_rules *rules,
                                       const struct th_grant *grant,
                                       th_day today,
                                       const struct th_update *update,
                                       struct th_judged *judged,
                                       struct th_verdict *verdict);

/**
 * Fill the units of a grant from references as the roster names them: code means every unit that
 * ever bore it, code@date the one that bears it on that day. A reference to nothing grants nothing
 * and is counted in *unknown (NULL: not wanted). The other fields of grant are left.
 *
 * Errors: TH_E_TOO_LARGE above TH_GRANT_UNITS_MAX units; grant then has none.
 */
TH_MUST_USE enum th_err th_grant_resolve(struct th_grant *grant,
                                         const struct th_register *reg,
                                         const struct th_bytes *refs,
                                         size_t count,
                                         size_t *unknown);

// V04 alone: may grant's node write uid for a period with this structure day?
bool th_grant_allows(const struct th_grant *grant,
                     const struct th_register *reg,
                     uint32_t uid,
                     struct th_period period);

// ---- lines of a completion about ratings ----

// A group of people of one category, or of bodies of one kind, rated by one scheme: what a line of
// EV01 or EV05 counts. Its dims are "category=C;scheme=S", "collective_kind=K;scheme=S".
struct th_group {
    bool bodies;
    struct th_bytes member; // category or kind
    struct th_bytes scheme;
};
bool th_group_is(struct th_bytes measure); // EV01, EV05
// False when dims are not exactly those of a group of that measure. Views into dims.
bool th_group_read(struct th_bytes measure, struct th_bytes dims, struct th_group *group);
// Returns out; empty when it would be longer than dims may be, which no catalogue's codes are.
char *th_group_dims(const struct th_group *group, char out[static TH_DIMS_MAX + 1]);
struct th_bytes th_group_measure(const struct th_group *group);

// BLAKE2b-128 pseudonym of a person id, 32 hex digits and NUL, keyed with the province's key; unit
// is the code without @date for schemes of unit scope, empty otherwise.
void th_person_pseudonym(struct th_bytes key,
                         struct th_bytes unit,
                         struct th_bytes person,
                         char out[static 33]);

#endif
