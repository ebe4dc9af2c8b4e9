// keys_rotate.h - tonghop keys rotate: another key in the place of one, both let in for some days
//
//   of an office    it is asked to change its key; it does so itself with its next contact
//   of this machine (workers, the local viewer, the province's desk): made here, in force at the
//                   next start of whoever uses it

#ifndef CLI_KEYS_ROTATE_H
#define CLI_KEYS_ROTATE_H

#include "tonghop/option.h"
#include "tonghop/roster.h"

// Operands: rotate, whose key, and the directory dir. role: of --role.
int keys_rotate(const struct th_call *call, const char *dir, enum th_peer_class role);

#endif
