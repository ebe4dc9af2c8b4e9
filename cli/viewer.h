// viewer.h - asking a running province: the local viewer of a province directory, or a joined
// viewer

#ifndef CLI_VIEWER_H
#define CLI_VIEWER_H

#include "tonghop/ask.h"
#include "tonghop/config.h"
#include "tonghop/option.h"

/**
 * Connect to the province of dir. 0, or an exit code after saying why.
 *
 * Ownership: *asker is the caller's (th_asker_close).
 */
int viewer_open(const struct th_call *call,
                const char *dir,
                const struct th_config *config,
                struct th_asker **asker);

// Say what a question ended with (TH5001, TH5002, TH3003, TH1209 ...), and return the exit code.
int viewer_fail(const struct th_call *call,
                const char *dir,
                enum th_err err,
                const struct th_asker_end *end);

#endif
