// register.h - registers for tests, from texts and from the real data when they are there

#ifndef TESTS_SUPPORT_REGISTER_H
#define TESTS_SUPPORT_REGISTER_H

#include "tonghop/register.h"

// The register of these CSV texts; the test fails with its findings when they are refused.
// Ownership: the caller's (th_register_free).
struct th_register *register_of(const char *units, const char *successors);

// A file of the external data folder (TONGHOP_DATA, else ../shared/data beside the source), with a
// NUL behind it; NULL when the folder is absent. Ownership: the caller frees it.
char *data_read(const char *name);

// A province in miniature: a district ends, a code comes to mean another unit, a town becomes a
// city, a ward is renumbered, a commune is renamed by declaration.
extern const char REGISTER_SMALL[];
extern const char REGISTER_SMALL_SUCCESSORS[];

// The units of Vietnam with their successors; NULL when the data folder is absent.
struct th_register *register_of_vietnam(void);

#endif
