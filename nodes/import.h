// import.h - what `tonghop import` makes of its command line, and of each file

#ifndef NODES_IMPORT_H
#define NODES_IMPORT_H

#include <stdio.h>

#include "nodes/desk.h"
#include "nodes/intake.h"

struct import {
    const struct th_call *call;
    struct home home;
    struct intake_options options;
    const char *encoding;    // NULL: UTF-8
    struct progress bar;     // while a file is read
    struct th_finding *kept; // twice kept_max: of the file, of the province
    size_t kept_max;
    size_t shown;
    uint64_t wait_ms; // 0: do not wait
    uint64_t deadline_ms;
    FILE *report; // NULL: none
    int worst;    // exit code of the files so far
};

// One file, from its bytes to what is said about it; "-" is standard input.
void import_file(struct import *import, const char *path);

#endif
