// place.h - what init and the other verbs share about a province directory: paths, reading, saying
// what is wrong

#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "tonghop/config.h"
#include "tonghop/finding.h"
#include "tonghop/option.h"
#include "tonghop/province.h"

// "DIR/name" in out, which holds TH_PATH_MAX.
char *place_path(const char *dir, const char *name, char out[static TH_PATH_MAX]);

// The directory a verb works on: its first operand, else --dir, else ".".
const char *place_dir(const struct th_call *call);

// Say what err means for path, and return the exit code. TH_OK gives 0.
int place_fail(const struct th_call *call, enum th_err err, const char *path);
// Say that option is missing and which values it may have, however many; the exit code.
int place_missing(const struct th_call *call, const char *option, const char *values);
int place_fail_verdict(const struct th_call *call, const struct th_verdict *verdict);

/**
 * Read the configuration of a province directory. 0, or an exit code after the findings were
 * printed.
 *
 * Ownership: *config is the caller's (th_config_free).
 */
int place_config(const struct th_call *call, const char *dir, struct th_config **config);

// Print findings on stderr in the call's language.
void place_findings(const struct th_call *call, struct th_findings *findings);

#endif
