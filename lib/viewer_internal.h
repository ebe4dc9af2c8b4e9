// viewer_internal.h - what the files of the viewer share: viewer.c (directory, doors, questions),
// viewer_bundle.c (register and catalogue of a joined one), viewer_key.c (its key)

#ifndef LIB_VIEWER_INTERNAL_H
#define LIB_VIEWER_INTERNAL_H

#include <stdint.h>

#include "tonghop/enrolment.h"
#include "tonghop/verdict.h"
#include "tonghop/viewer.h"

// ---- viewer.c ----

// Read DIR/tonghop.yaml, or say why not.
int viewer_read_config(const struct th_call *call, const char *dir, struct th_config **config);
int viewer_say_findings(const struct th_call *call, struct th_findings *findings);
// The sentence for an error about a file or a directory; errno may say more.
void viewer_why_file(enum th_err err, const char *path, struct th_verdict *why);
// The sentence for what a question ended with, but for an unknown word.
void viewer_why_ask(const char *dir,
                    enum th_err err,
                    const struct th_asker_end *end,
                    uint64_t timeout_ms,
                    struct th_verdict *why);
// TH_E_NOT_FOUND: the province has not been up here; others with *why.
TH_MUST_USE enum th_err viewer_doors(const char *dir,
                                     const struct th_config *config,
                                     struct th_viewer_doors *doors,
                                     struct th_verdict *why);
TH_MUST_USE enum th_err viewer_asker(const struct th_viewer_doors *doors, struct th_asker **asker);

// ---- viewer_bundle.c ----

// Register and catalogue of a joined viewer, from its copy or, at first contact, from the province.
TH_MUST_USE enum th_err
viewer_load_joined(struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why);

// ---- viewer_key.c ----

/**
 * Register public_key (Z85), which is in directory keys, over the door for questions, under the
 * one-use key of the enrolment, and wait for the answer until deadline_ms (monotonic).
 *
 * Errors: TH_E_TIMEOUT: the province was not reached; a further call goes on, with the same key.
 *         TH_E_DENIED: it refuses, with *why; TH_E_INVALID: an endpoint or key is none; TH_E_IO.
 */
TH_MUST_USE enum th_err viewer_register(const struct th_enrolment *enrolment,
                                        const char *keys,
                                        const char *public_key,
                                        uint64_t deadline_ms,
                                        struct th_verdict *why);

#endif
