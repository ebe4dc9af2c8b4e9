// fault.h - named points where tests make a call fail or a process die
//
// Built with TONGHOP_FAULTS (every preset but release) a point can be armed from the environment
// or by a test in the same process; otherwise the calls vanish, and arming does nothing.
//
//   TONGHOP_FAULT_AT=store.commit:3    at its third passing th_fault_hit is true, once
//   TONGHOP_FAULT_AT=store.commit:3+   ... and at every passing from then on
//   TONGHOP_STOP_AT=turn.applied:1     at its first passing the process kills itself
//   TONGHOP_MUTANT=4                   th_mutant(4) is true: planted bug 4 (tests/sim/mutants)

#ifndef TONGHOP_FAULT_H
#define TONGHOP_FAULT_H

#include <stdbool.h>

#ifdef TONGHOP_FAULTS
bool th_fault_hit(const char *point);
void th_fault_arm(const char *point, unsigned nth); // fail at the nth hit from now
void th_fault_disarm(void);
void th_stop_point(const char *point); // SIGKILL to ourselves when armed
bool th_mutant(int number);
void th_mutant_set(int number); // 0 = none; overrides the environment
#else
static inline bool th_fault_hit(const char *point)
{
    (void)point;
    return false;
}
static inline void th_stop_point(const char *point)
{
    (void)point;
}
static inline bool th_mutant(int number)
{
    (void)number;
    return false;
}
static inline void th_fault_arm(const char *point, unsigned nth)
{
    (void)point;
    (void)nth;
}
static inline void th_fault_disarm(void)
{
}
static inline void th_mutant_set(int number)
{
    (void)number;
}
#endif

#endif
