// edition_spec.h - which measures are about people, and what tables the public gets of them
//
//   EV01 EV02 EV03    one table for each scheme: "EV01/HN-3814"
//   EV07              one for each scheme its figures name, and one of those that name none: "EV07"
//   another personal  one: its code; only what is a number of people can be a table
//
// Every other measure is public as it stands, but for shares without a base and for sums that
// personal measures are part of.

#ifndef WORKERS_EDITION_SPEC_H
#define WORKERS_EDITION_SPEC_H

#include "tonghop/catalogue.h"

#include "workers/public_groups.h"

enum { EDITION_NAME_MAX = 120 };

enum edition_class {
    EDITION_OPEN,   // as it stands
    EDITION_PEOPLE, // as a table about people
    EDITION_HIDDEN, // a share without its base
    EDITION_NEVER,  // not even that there is a figure
};
enum edition_class edition_class_of(const struct th_catalogue *catalogue,
                                    const struct th_measure *measure);

// A table's name taken apart, and made. scheme: empty for one without.
struct edition_name {
    struct th_bytes measure; // EV01 for evaluations
    struct th_bytes scheme;
};
struct edition_name edition_name_parse(struct th_bytes table);
struct th_bytes
edition_name_of(struct th_bytes measure, struct th_bytes scheme, char out[static EDITION_NAME_MAX]);

/**
 * What a table is cut by. Views live as long as catalogue and table do.
 *
 * Errors: TH_E_NOT_FOUND: no such measure or scheme; TH_E_TOO_LARGE: more levels or categories than
 *         fit.
 */
TH_MUST_USE enum th_err
edition_spec(const struct th_catalogue *catalogue, struct th_bytes table, struct public_spec *spec);

#endif
