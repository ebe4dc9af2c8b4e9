// trouble.c - see trouble.h

#include "workers/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum th_err trouble_of_file(struct th_verdict *why, const char *what, enum th_err err)
{
    char text[TH_PARAM_BYTES];
    char reason[128];
    (void)snprintf(text,
                   sizeof(text),
                   "%.32s: %s",
                   what,
                   errno != 0 ? strerror_r(errno, reason, sizeof(reason)) : th_err_text(err));
    th_verdict_make(why, TH_M_WRITE_FAILED, 0, "", text, NULL);
    return err;
}

enum th_err trouble_of_store(struct th_verdict *why, enum th_err err)
{
    if (err != TH_OK) {
        th_verdict_make(why, TH_M_WRITE_FAILED, 0, "", th_err_text(err), NULL);
    }
    return err;
}
