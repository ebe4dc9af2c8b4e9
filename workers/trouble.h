// trouble.h - what went wrong with a file or a store, as a sentence (TH4103)

#ifndef WORKERS_TROUBLE_H
#define WORKERS_TROUBLE_H

#include "tonghop/err.h"
#include "tonghop/verdict.h"

// what could not be done with a file, and why: errno when it is set, else err. Returns err.
TH_MUST_USE enum th_err trouble_of_file(struct th_verdict *why, const char *what, enum th_err err);

// What a store answered. Returns err; *why is left alone with TH_OK.
TH_MUST_USE enum th_err trouble_of_store(struct th_verdict *why, enum th_err err);

#endif
