// join.h - a node directory from an enrolment file
//
// Everything is prepared before the first contact, so that an office far from the line can begin:
// its own key, the enrolment (units, one-use key, key of pseudonyms), an empty outbox. The settings
// file is written last: a directory without one is not finished, and is finished by the next join.
//
// A directory whose number was enrolled again (its key was revoked, or is known to others) joins
// with the new file: it gets a new key, and what its outbox holds stays.

#ifndef NODES_JOIN_H
#define NODES_JOIN_H

#include "nodes/home.h"

/**
 * Make dir, or finish what an earlier call began.
 *
 * Errors: TH_E_EXISTS: dir belongs to another node (*why TH1207) or holds something else (TH4002),
 *         or came by a later enrolment (TH1205); TH_E_BUSY: its agent runs (TH4002);
 *         others with *why.
 */
TH_MUST_USE enum th_err
join_prepare(const char *dir, const struct th_enrolment *enrolment, struct th_verdict *why);

/**
 * The outbox of a province's own desk (desk.h), when dir has none yet: it need not enrol, and takes
 * register and catalogue from the province's directory around it.
 *
 * Errors: with *why.
 */
TH_MUST_USE enum th_err
join_own_desk(const char *dir, const struct th_enrolment *enrolment, struct th_verdict *why);

#endif
