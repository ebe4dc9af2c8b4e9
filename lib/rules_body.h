// rules_body.h - one judgement while it is being made; known to lib/rules*.c alone

#ifndef LIB_RULES_BODY_H
#define LIB_RULES_BODY_H

#include "tonghop/rules.h"

struct judgement {
    const struct th_rules *rules;
    const struct th_grant *grant;
    th_day today;
    const struct th_update *update;
    struct th_judged *judged;
    struct th_verdict *verdict;
};

// The rules of a kind, in the order in which a clerk can use the answers: first what cannot be
// read, then what does not exist, then who may, then what the figures say. TH_E_REFUSED with a
// verdict.
TH_MUST_USE enum th_err rules_evaluation(struct judgement *judgement);
TH_MUST_USE enum th_err rules_staffing(struct judgement *judgement);
TH_MUST_USE enum th_err rules_collective(struct judgement *judgement);
TH_MUST_USE enum th_err rules_transfer(struct judgement *judgement);
TH_MUST_USE enum th_err rules_units(struct judgement *judgement); // acts that change the register
TH_MUST_USE enum th_err rules_completion(struct judgement *judgement);
TH_MUST_USE enum th_err rules_desk(struct judgement *judgement);

// V01 itself, and V01 for a text (plain) or a code; an empty one passes.
TH_MUST_USE enum th_err
rules_bad_text(struct judgement *judgement, const char *field, size_t bytes_max);
TH_MUST_USE enum th_err
rules_text(struct judgement *judgement, const char *field, struct th_bytes text, size_t bytes_max);
TH_MUST_USE enum th_err
rules_code(struct judgement *judgement, const char *field, struct th_bytes code, size_t bytes_max);

// V05: the label, its range, and that its type is among types. Fills judged->period.
TH_MUST_USE enum th_err
rules_period(struct judgement *judgement, struct th_bytes label, uint16_t types);

// A unit as it is named somewhere in an update.
struct rules_ref {
    const char *field;
    struct th_bytes ref;
    struct th_period period; // in which it must live
    struct th_bytes label;   // of the period, as it was written
};
// V01, V03, V27 of it; *resolved may lie outside the province.
TH_MUST_USE enum th_err rules_resolve(struct judgement *judgement,
                                      const struct rules_ref *at,
                                      struct th_resolved *resolved);
bool rules_in_province(const struct th_rules *rules, uint32_t uid, th_day day);
// V03 as "there is no such unit".
TH_MUST_USE enum th_err rules_no_unit(struct judgement *judgement, const struct rules_ref *at);
// V01, V03, V27, V04 of the unit that speaks. Fills judged->uid and day.
TH_MUST_USE enum th_err rules_speaker(struct judgement *judgement, const struct rules_ref *at);
// The same for the unit of an update whose period is judged->period.
TH_MUST_USE enum th_err
rules_unit(struct judgement *judgement, struct th_bytes ref, struct th_bytes period);

// ---- rules_warn.c ----

// V23, V40: what is doubtful about a figure that passed.
void rules_warn_figure(struct judgement *judgement);

// ---- rules_rating.c ----

// What a person's rating and a collective's have in common.
struct rules_rated {
    struct th_bytes scheme; // empty: the default one
    struct th_bytes category;
    struct th_bytes period;
    struct th_opt score;
    struct th_opt rating;
    uint32_t reason;
};

// Period types a rating may have: all but those of targets.
uint16_t rules_rating_periods(void);
// V29: the scheme and whether it applies. Fills judged->scheme and category.
TH_MUST_USE enum th_err rules_scheme(struct judgement *judgement, const struct rules_rated *rated);
// V29 itself; possible is a list of codes.
TH_MUST_USE enum th_err rules_bad_scheme(struct judgement *judgement,
                                         const struct rules_rated *rated,
                                         const char *possible);
// V36 of the reason, V37: neither score nor rating.
TH_MUST_USE enum th_err rules_says_something(struct judgement *judgement,
                                             const struct rules_rated *rated);
// V09 a itself, and V09 a of the whole score.
TH_MUST_USE enum th_err
rules_beyond_scale(struct judgement *judgement, const char *field, int64_t score, int64_t max);
TH_MUST_USE enum th_err rules_whole_score(struct judgement *judgement, struct th_opt score);
// V10. Fills judged->band and below_band.
TH_MUST_USE enum th_err rules_rating(struct judgement *judgement, const struct rules_rated *rated);
// Is a person known by unit (else in the whole province)?
bool rules_unit_scope(const struct th_rules *rules, const struct th_scheme *scheme);
// V32 of a person's id. Fills judged->person.
TH_MUST_USE enum th_err rules_person(struct judgement *judgement, struct th_bytes id);

// V01 and V36 of the form's code, V05, V03, V27 and V04 of its period and unit. Fills judged->form
// too.
TH_MUST_USE enum th_err rules_form(struct judgement *judgement,
                                   struct th_bytes form,
                                   struct th_bytes period,
                                   struct th_bytes unit);

// V36.
TH_MUST_USE enum th_err rules_not_accepted(struct judgement *judgement, const char *what);

#endif
