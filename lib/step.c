// step.c - see step.h

#include "tonghop/step.h"

struct th_action *th_actions_add(struct th_actions *actions, enum th_action_kind kind)
{
    th_assert(actions->count < actions->max);
    struct th_action *action = &actions->items[actions->count++];
    *action = (struct th_action){.kind = kind};
    return action;
}
