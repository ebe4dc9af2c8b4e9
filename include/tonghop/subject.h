// subject.h - what an update is about: equal for two updates exactly when they state the same thing
//
// A node keeps its newest statements under these keys, and the province names them by the same keys
// when it tells a node what it holds (RESTORE). They are the keys of the province's records with
// the kind before them; acts of the desk have no records, theirs are what an act is about. The
// bytes are described in docs/outbox.md (table "current").
//
//   S1  Keys use the register's numbers of units, which no change of the register gives to another.

#ifndef TONGHOP_SUBJECT_H
#define TONGHOP_SUBJECT_H

#include "tonghop/rules.h"

enum { TH_SUBJECT_MAX = 300 };

// The key of a judged update; out holds TH_SUBJECT_MAX.
struct th_bytes th_subject(const struct th_judged *judged, uint8_t out[static TH_SUBJECT_MAX]);

#endif
