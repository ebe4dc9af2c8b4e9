// sim.c - runs seeds through the simulator, repeats and shrinks what fails, and plants bugs
//
//   sim --seeds N [--from S] [--step D] [--budget SECONDS]   a few lines for each failure, exit 1
//   sim --seed S [--set NAME=VALUE]... [--trace]             one run; with all that happened
//   sim --mutants                                            every planted bug must be found
//   ... --mutant M                                           with this bug planted
//
// Each tenth seed runs twice and must give the same trace. A failing seed is made smaller, and the
// commands that repeat it are printed.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tonghop/fault.h"

#include "tests/sim/run.h"

enum { TWICE_EACH = 10, FAILURES_MAX = 10, MUTANT_SEEDS = 10000, SETS_MAX = 32, EXIT_USAGE = 64 };

struct options {
    uint64_t from;
    uint64_t step;
    uint64_t seeds;
    const char *sets[SETS_MAX]; // NAME=VALUE
    size_t set_count;
    int mutant;
    double budget_s; // 0 = none
    bool trace;
    bool mutants;
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct run_result run_once(const struct swarm *swarm, bool tracing, FILE *print)
{
    const struct run_options options = {.tracing = tracing, .print = print};
    return run_swarm(swarm, &options);
}

// ---- one seed ----

static struct run_result run_seed(uint64_t seed)
{
    const struct swarm swarm = swarm_draw(seed);
    const bool twice = seed % TWICE_EACH == 0;
    struct run_result result = run_once(&swarm, twice, NULL);
    if (twice && !result.failed) {
        const struct run_result again = run_once(&swarm, true, NULL);
        if (memcmp(again.trace, result.trace, sizeof(result.trace)) != 0) {
            result.failed = true;
            (void)snprintf(result.failure, sizeof(result.failure), "the same seed, another trace");
        }
    }
    return result;
}

static bool still_fails(void *context, const struct swarm *candidate)
{
    const char *check = context; // "C4: ..."
    const struct run_result result = run_once(candidate, false, NULL);
    return result.failed && strncmp(result.failure, check, strcspn(check, ":")) == 0;
}

// Sizes and faults by name, for printing and for --set.
static uint32_t *named(struct swarm *swarm, size_t index, const char **name)
{
    static const char *const SIZES[] = {
        "provinces", "nodes", "viewers", "updates", "load_ms", "salt"};
    uint32_t *const sizes[] = {&swarm->provinces,
                               &swarm->nodes,
                               &swarm->viewers,
                               &swarm->updates,
                               &swarm->load_ms,
                               &swarm->salt};
    if (index < TH_COUNT(SIZES)) {
        *name = SIZES[index];
        return sizes[index];
    }
    index -= TH_COUNT(SIZES);
    if (index < SWARM_FAULT_COUNT) {
        *name = SWARM_NAMES[index];
        return &swarm->faults[index];
    }
    return NULL;
}

static bool set(struct swarm *swarm, const char *assignment)
{
    const char *name = NULL;
    for (size_t i = 0;; i++) {
        uint32_t *place = named(swarm, i, &name);
        const size_t size = place == NULL ? 0 : strlen(name);
        if (place == NULL) {
            return false;
        }
        if (strncmp(assignment, name, size) == 0 && assignment[size] == '=') {
            *place = (uint32_t)strtoul(assignment + size + 1, NULL, 0);
            return true;
        }
    }
}

static void print_command(const struct swarm *small, const struct swarm *drawn, int mutant)
{
    struct swarm a = *small;
    struct swarm b = *drawn;
    const char *name = NULL;
    printf("sim --seed %" PRIu64, small->seed);
    for (size_t i = 0;; i++) {
        const uint32_t *value = named(&a, i, &name);
        if (value == NULL) {
            break;
        }
        if (*value != *named(&b, i, &name)) {
            printf(" --set %s=%u", name, *value);
        }
    }
    if (mutant > 0) {
        printf(" --mutant %d", mutant);
    }
    printf(" --trace\n");
}

static void
explain(const struct swarm *swarm, const struct run_result *result, const struct options *options)
{
    printf("seed %" PRIu64 ": %s\n  repeat:   ", swarm->seed, result->failure);
    print_command(swarm, swarm, options->mutant);
    char check[sizeof(result->failure)];
    (void)snprintf(check, sizeof(check), "%s", result->failure);
    const struct swarm small = swarm_shrink(swarm, still_fails, check);
    printf("  smallest: ");
    print_command(&small, swarm, options->mutant);
    (void)fflush(stdout);
}

// ---- many seeds ----

static int run_seeds(const struct options *options)
{
    const double start = now_s();
    uint64_t runs = 0;
    uint64_t events = 0;
    uint64_t faults = 0;
    uint64_t virtual_ms = 0;
    int failures = 0;
    th_mutant_set(options->mutant);
    for (; runs < options->seeds && failures < FAILURES_MAX; runs++) {
        if (options->budget_s > 0 && now_s() - start > options->budget_s) {
            break;
        }
        const uint64_t seed = options->from + runs * options->step;
        const struct run_result result = run_seed(seed);
        events += result.events;
        faults += result.faults;
        virtual_ms += result.virtual_ms;
        if (result.failed) {
            failures++;
            const struct swarm swarm = swarm_draw(seed);
            explain(&swarm, &result, options);
        }
    }
    const double took = now_s() - start;
    printf("%" PRIu64 " seeds from %" PRIu64 ": %d failed; %" PRIu64 " events, %" PRIu64
           " faults, %" PRIu64 " virtual hours in %.1f s\n",
           runs,
           options->from,
           failures,
           events,
           faults,
           virtual_ms / 3600000,
           took);
    return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_one(const struct options *options)
{
    struct swarm swarm = swarm_draw(options->from);
    for (size_t i = 0; i < options->set_count; i++) {
        if (!set(&swarm, options->sets[i])) {
            (void)fprintf(stderr, "no size or fault: %s\n", options->sets[i]);
            return EXIT_USAGE;
        }
    }
    th_mutant_set(options->mutant);
    const struct run_result result = run_once(&swarm, true, options->trace ? stdout : NULL);
    char hex[2 * TH_HASH256_BYTES + 1];
    printf("trace %s\n", th_hex((struct th_bytes){result.trace, sizeof(result.trace)}, hex));
    if (result.failed) {
        printf("%s\n", result.failure);
        return EXIT_FAILURE;
    }
    printf("good: %" PRIu64 " events, %" PRIu64 " faults, %" PRIu64 " virtual s\n",
           result.events,
           result.faults,
           result.virtual_ms / 1000);
    return EXIT_SUCCESS;
}

// ---- planted bugs ----

static const struct {
    int number;
    const char *what;
} MUTANTS[] = {
    {1, "ACK made when COMMIT is asked for"},
    {2, "duplicate applied again"},
    {3, "watermark in a second transaction"},
    {4, "correction forgets to take the old value out"},
    {5, "withdrawal leaves the record counted"},
    {6, "gap accepted"},
    {7, "chain hash not compared: a restored node is swallowed"},
    {9, "COMMIT_FAILED treated as COMMITTED"},
    {10, "memory changed before the commit, not undone after a failure"},
    {11, "published before COMMITTED"},
    {12, "topic sequence not raised"},
    {13, "ancestors of today, not of the period"},
    {14, "rejected item counted, or stops the items after it"},
    {15, "rejection not remembered: node never hears"},
    {16, "record digest not reduced by the old record"},
    {18, "store epoch not raised at start"},
    {19, "node forgets on send"},
    {20, "node believes the ACK of another store"},
    {21, "numbers start again at 1"},
    {22, "a resend is packed anew"},
    {23, "no watchdog"},
    {24, "back-off never ends"},
    {26, "broker takes the newest ATTACH, not the highest store epoch"},
    {29, "viewer applies N + 2 after N"},
    {31, "viewer keeps totals across a change of store id"},
    {27, "broker believes the header's node number"},
    {28, "roster asked only at the handshake"},
    {41, "a collective that moved counts where it was, too"},
    {42, "months that a transfer brought count beside those reported"},
    {43, "a person that was transferred cannot be rated where they are"},
    {44, "a collective that is corrected counts twice"},
    {45, "a report is taken with wrong totals"},
    {46, "a closed period takes figures"},
    {47, "a figure that changes leaves its report as it was"},
    {49, "a period that was opened again stays closed"},
    {50, "a report is accepted although it changed since"},
    {51, "verdicts of lost commits are believed for ever"},
    {52, "the rating of a collective counts as a person's"},
    {53, "what was corrected after closing is not told so"},
    {54, "a change of the register loses the records that move"},
    {55, "a change of the register leaves reports with the unit of before"},
    {56, "numbers go on in a later stream epoch"},
    {57, "a restored node does not send again what was never acknowledged"},
    {61, "a turn notes the receipt of one node only"},
    {62, "receipts behind a gap are taken for all of them"},
    {63, "a day is closed with the version that closes it"},
    {90, "what was staged is applied twice"},
    {91, "what was refused is given again"},
    {92, "not all that was accepted is given again"},
};

// What shows in few runs of the usual mixture is looked for with these faults alone.
static const struct {
    int number;
    enum swarm_fault faults[2];
} ALONE[] = {
    {29, {SWARM_slow_viewers, SWARM_slow_viewers}},
    {31, {SWARM_new_stores, SWARM_revocations}},
    {90, {SWARM_new_stores, SWARM_twice}},
};

static struct swarm draw_for(int mutant, uint64_t seed)
{
    struct swarm swarm = swarm_draw(seed);
    for (size_t i = 0; i < TH_COUNT(ALONE); i++) {
        if (ALONE[i].number == mutant) {
            const enum swarm_fault *faults = ALONE[i].faults;
            memset(swarm.faults, 0, sizeof(swarm.faults));
            swarm.faults[faults[0]] = SWARM_STRONGEST[faults[0]];
            swarm.faults[faults[1]] = SWARM_STRONGEST[faults[1]];
        }
    }
    return swarm;
}

static bool kill_mutant(size_t index)
{
    const double start = now_s();
    th_mutant_set(MUTANTS[index].number);
    for (uint64_t seed = 1; seed <= MUTANT_SEEDS; seed++) {
        const struct swarm swarm = draw_for(MUTANTS[index].number, seed);
        const struct run_result result = run_once(&swarm, false, NULL);
        if (result.failed) {
            printf("M%-3d killed by %.*s after %" PRIu64 " seeds, %.1f s: %s\n",
                   MUTANTS[index].number,
                   (int)strcspn(result.failure, ":"),
                   result.failure,
                   seed,
                   now_s() - start,
                   MUTANTS[index].what);
            (void)fflush(stdout);
            return true;
        }
    }
    printf(
        "M%-3d SURVIVED %d seeds: %s\n", MUTANTS[index].number, MUTANT_SEEDS, MUTANTS[index].what);
    return false;
}

static int run_mutants(void)
{
    size_t survivors = 0;
    for (size_t i = 0; i < TH_COUNT(MUTANTS); i++) {
        survivors += kill_mutant(i) ? 0 : 1;
    }
    printf("%zu planted bugs, %zu survived\n", TH_COUNT(MUTANTS), survivors);
    return survivors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

// ---- command line ----

static bool take_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--seeds") == 0) {
        options->seeds = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--from") == 0) {
        options->from = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--seed") == 0) {
        options->from = strtoull(value, NULL, 0);
        options->seeds = 0;
    } else if (strcmp(name, "--mutant") == 0) {
        options->mutant = (int)strtol(value, NULL, 0);
    } else if (strcmp(name, "--step") == 0) {
        options->step = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--set") == 0 && options->set_count < SETS_MAX) {
        options->sets[options->set_count++] = value;
    } else if (strcmp(name, "--budget") == 0) {
        options->budget_s = strtod(value, NULL);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.from = 1, .step = 1, .seeds = 1000};
    if (th_hash_start() != TH_OK) {
        return EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            options.trace = true;
        } else if (strcmp(argv[i], "--mutants") == 0) {
            options.mutants = true;
        } else if (i + 1 < argc && take_option(&options, argv[i], argv[i + 1])) {
            i++;
        } else {
            (void)fprintf(stderr, "unknown: %s (see the head of sim.c)\n", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (options.mutants) {
        return run_mutants();
    }
    return options.seeds == 0 ? run_one(&options) : run_seeds(&options);
}
