// enrol_part.h - what the files of enrol share; see enrol.h
//
//   enrol.c        a new number, the file, the order of things
//   enrol_again.c  a number that is enrolled already

#ifndef CLI_ENROL_PART_H
#define CLI_ENROL_PART_H

#include "tonghop/config.h"
#include "tonghop/enrolment.h"
#include "tonghop/key.h"
#include "tonghop/province.h"
#include "tonghop/roster.h"

#include "cli/enrol.h"

enum { ENROL_FINDINGS_KEPT = 20, ENROL_UNITS_MAX = TH_ENROLMENT_UNITS_MAX };

struct enrol {
    const struct th_call *call;
    const char *dir;
    const char *output;
    struct th_config *config;
    struct th_province *province;
    struct th_roster *roster;               // NULL, or where the number stands
    const struct th_roster_entry *enrolled; // NULL, or whose number is enrolled again
    struct th_bytes units[ENROL_UNITS_MAX];
    size_t unit_count;
    enum th_peer_class role;
    struct th_key_pair bootstrap;
    bool only, for_public;
    uint32_t number;
    uint32_t enrolment;
    uint64_t generation;
    int64_t expires_ms;
};

// Read the province. 0, or an exit code after saying why; so below.
int enrol_load_province(struct enrol *enrol, const char *lineage);

// Role, units and province of the number that --node names are those it had.
int enrol_again_take(struct enrol *enrol);
// Its place in the roster.
TH_MUST_USE enum th_err enrol_again_add(struct enrol *enrol,
                                        struct th_roster *roster,
                                        const uint8_t bootstrap[static TH_CURVE_BYTES]);
// What follows for the old key is said, and entered in the ledger. Nothing of a new number.
void enrol_again_done(const struct enrol *enrol);

#endif
