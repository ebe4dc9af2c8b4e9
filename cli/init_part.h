// init_part.h - what init.c finds out and init_write.c writes

#ifndef CLI_INIT_PART_H
#define CLI_INIT_PART_H

#include "tonghop/option.h"
#include "tonghop/province.h"

enum { INIT_DOORS = 5 };

// Everything init finds out before it writes anything.
struct init_plan {
    const struct th_call *call;
    const char *dir;
    struct th_register *whole;
    struct th_register *reg;
    struct th_register *kin; // NULL: none
    struct th_catalogue_files files;
    struct th_catalogue *catalogue;
    char root[TH_UNIT_REF_MAX + 1];
    char lineage[TH_LINEAGE_MAX + 1];
    char name[257];
    size_t left_out;
    unsigned ports[INIT_DOORS];
    struct th_config *config; // --add: what is there
};

// Write the directory; tonghop.yaml and the province's desk come last.
TH_MUST_USE enum th_err init_write(const struct init_plan *plan);

#endif
