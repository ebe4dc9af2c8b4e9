// out.h - what a program prints, and readers who leave before the end
//
//   tonghop list | head -1      the reader has gone: we stop, quietly, and it was no failure
//   tonghop import ... | head   the reader has gone: the work goes on, its exit code stands
//   tonghop list > full-disk    could not be written: TH4103, exit 74
//
//   O1  No program ends by SIGPIPE. Whoever leaves under a write of ours - an agent that is killed,
//       a pager that is quit - makes that write fail (EPIPE), and nothing else.
//   O2  What is exec'ed by us begins with the default: an ignored signal would be inherited.
//   O3  A reader that went has read what it wanted: no word on stderr, no change of the exit code.

#ifndef TONGHOP_OUT_H
#define TONGHOP_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "tonghop/err.h"

// O1, for the whole process; th_program_main does it first of all.
void th_out_start(void);

// O2, in the last lines before an exec; in a child, or undone by th_out_start when the exec failed.
void th_out_before_exec(void);

// Was something not written? Whoever prints much looks now and then and stops; th_out_flush says
// whether it matters.
bool th_out_stopped(FILE *out);

/**
 * Write out what waits.
 *
 * Errors: TH_E_IO: something was lost that somebody is still waiting for. A reader that has gone
 * is TH_OK (O3).
 */
enum th_err th_out_flush(FILE *out);

// Is nobody there any more to read what is written to this descriptor?
bool th_out_unread(int fd);

#endif
