// catalogue.h - tonghop catalogue check DIR: every mistake of a catalogue, or what it holds

#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include "tonghop/option.h"

// Operands: check, then a directory, vn or open. No options of its own.
int catalogue_run(const struct th_call *call);

#endif
