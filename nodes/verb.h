// verb.h - the verbs of tonghop-node

#ifndef NODES_VERB_H
#define NODES_VERB_H

#include "tonghop/option.h"

extern const struct th_verb VERB_IMPORT;
extern const struct th_verb VERB_SET;
extern const struct th_verb VERB_WITHDRAW;
extern const struct th_verb VERB_COMPLETE;
extern const struct th_verb VERB_LIST;
extern const struct th_verb VERB_SHOW;
extern const struct th_verb VERB_TEMPLATE;
extern const struct th_verb VERB_STATUS;
extern const struct th_verb VERB_SYNC;
extern const struct th_verb VERB_JOIN;
extern const struct th_verb VERB_ROTATE;
extern const struct th_verb VERB_RUN;
extern const struct th_verb VERB_RETURN; // of the province's desk, as the next two
extern const struct th_verb VERB_ACCEPT;
extern const struct th_verb VERB_REOPEN;
extern const struct th_verb VERB_UNITS_APPLY;
extern const struct th_verb VERB_UNITS_MERGE;
extern const struct th_verb VERB_UNITS_SPLIT;
extern const struct th_verb VERB_UNITS_CLOSE;
extern const struct th_verb VERB_REVOCATION;
extern const struct th_verb VERB_ENROLMENT;
extern const struct th_verb VERB_RECEIPT;

#endif
