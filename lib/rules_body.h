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

// V01, V03, V27, V04 of the unit. Fills judged->uid and day.
TH_MUST_USE enum th_err
rules_unit(struct judgement *judgement, struct th_bytes ref, struct th_bytes period);

// V36.
TH_MUST_USE enum th_err rules_not_accepted(struct judgement *judgement, const char *what);

#endif
