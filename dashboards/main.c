// main.c - tonghop-watch: consolidated totals, live

#include "tonghop/hash.h"

#include "dashboards/watch.h"

static const struct th_verb VERBS[] = {
    {.name = "watch",
     .operands = "",
     .help = {"số tổng hợp trực tiếp", "consolidated totals, live"},
     .options = WATCH_OPTIONS,
     .option_count = WATCH_OPTION_COUNT,
     .run = watch_run},
};

static const struct th_program PROGRAM = {
    .name = "tonghop-watch",
    .help = {"xem số tổng hợp trực tiếp", "look at consolidated totals, live"},
    .verbs = VERBS,
    .verb_count = TH_COUNT(VERBS),
};

int main(int argc, char **argv)
{
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    return th_program_main(&PROGRAM, argc, argv);
}
