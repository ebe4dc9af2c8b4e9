// hearing.h - what a session makes of each message of the province
//
// Pure; works in the open transaction.

#ifndef NODES_HEARING_H
#define NODES_HEARING_H

#include "nodes/session.h"

TH_MUST_USE enum th_err
hearing_message(struct session *session, const struct th_event *event, struct th_actions *actions);

#endif
