// homedesk.h - the province's desk, for the verbs that only it may run
//
// --dir is the province's directory, whose own desk (DIR/desk/<lineage>) then speaks, made when
// there is none yet; or the directory of a desk that was enrolled.

#ifndef NODES_HOMEDESK_H
#define NODES_HOMEDESK_H

#include "nodes/desk.h"

/**
 * Open the desk of the province that call's --lineage names, or that alone knows unit (NULL: any),
 * with its register and catalogue. 0, or an exit code after it was said why.
 *
 * The verb has an option "lineage". Ownership: home_close, also after an error.
 */
int homedesk_open(const struct th_call *call, const char *unit, struct home *home);

#endif
