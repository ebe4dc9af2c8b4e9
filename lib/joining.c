// joining.c - see joining.h

#include "tonghop/joining.h"

bool th_key_is_later(const struct th_key_entry *a, const struct th_key_entry *b)
{
    return a->enrolment > b->enrolment ||
           (a->enrolment == b->enrolment && a->rotation > b->rotation);
}

uint64_t th_first_epoch(uint32_t enrolment)
{
    return (uint64_t)enrolment * TH_ENROLMENT_EPOCHS + 1;
}
