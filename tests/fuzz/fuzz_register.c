// fuzz_register.c - any two files as a register: what can be read keeps its promises
//
// The input is the units, a line of "--", the successors.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/register.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEPT = 4 };

static enum th_err
read_register(struct th_bytes units, struct th_bytes successors, struct th_register **reg)
{
    struct th_finding kept[KEPT];
    struct th_findings findings = th_findings_of(kept, KEPT, "units.csv");
    const enum th_err err = th_register_read(units, successors, &findings, reg);
    th_assert(err == TH_OK || err == TH_E_REFUSED);
    th_assert((err == TH_OK) == (findings.total[TH_SEVERITY_ERROR] == 0));
    return err;
}

// Every version is found by its code, its number and through its parent.
static void walk(const struct th_register *reg)
{
    for (size_t i = 0; i < th_register_version_count(reg); i++) {
        const struct th_unit unit = th_register_version_at(reg, i);
        const th_day day = unit.from;
        uint32_t path[TH_UNIT_DEPTH_MAX];
        th_assert(unit.from < unit.until);                            // G4
        th_assert(th_register_find(reg, unit.code, day) == unit.uid); // G1
        const size_t depth = th_register_path(reg, unit.uid, day, path);
        th_assert(depth >= 1 && path[0] == unit.uid);       // G3
        th_assert((depth == 1) == (unit.parent.size == 0)); // G2
        th_assert(th_register_first_day(reg, unit.uid) <= day);

        struct th_period period = {.type = TH_PERIOD_YEAR, .first = 0, .last = 364};
        char label[TH_UNIT_REF_MAX + 1];
        th_register_label(reg, unit.uid, period, label);
        const struct th_resolved found =
            th_register_resolve(reg, th_bytes_of(label), period, false);
        const bool lives = th_register_first_day(reg, unit.uid) <= period.last &&
                           th_register_last_day(reg, unit.uid) >= period.first;
        th_assert(!lives || (found.result == TH_RESOLVED && found.uid == unit.uid));
    }
}

// Written and read again it is the same.
static void write_again(const struct th_register *reg)
{
    const size_t max = th_register_text_max(reg);
    struct th_writer units = {.data = malloc(max), .max = max};
    struct th_writer successors = {.data = malloc(max), .max = max};
    th_assert(units.data != NULL && successors.data != NULL);
    th_assert(th_register_write(reg, &units, &successors) == TH_OK);
    TH_SCOPED(th_register_free) struct th_register *again = NULL;
    th_assert(read_register(th_written(&units), th_written(&successors), &again) == TH_OK);
    uint8_t digests[2][32];
    th_register_digest(reg, digests[0]);
    th_register_digest(again, digests[1]);
    th_assert(memcmp(digests[0], digests[1], sizeof(digests[0])) == 0);
    free(units.data);
    free(successors.data);
}

static void cut_out(const struct th_register *reg)
{
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;
    const struct th_unit first = th_register_version_at(reg, 0);
    const enum th_err err = th_register_subtree(reg, first.code, &part, &left_out);
    th_assert(err == TH_OK || err == TH_E_INVALID);
    if (err == TH_OK) {
        th_assert(th_register_root(part) != TH_UNIT_NONE);
        walk(part);
        write_again(part);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char LINE[] = "\n--\n";
    const uint8_t *cut = size == 0 ? NULL : memmem(data, size, LINE, sizeof(LINE) - 1);
    struct th_bytes units = {.data = data, .size = size};
    struct th_bytes successors = {0};
    if (cut != NULL) {
        units.size = (size_t)(cut - data) + 1;
        successors.data = cut + sizeof(LINE) - 1;
        successors.size = size - units.size - (sizeof(LINE) - 2);
    }
    TH_SCOPED(th_register_free) struct th_register *reg = NULL;
    if (read_register(units, successors, &reg) == TH_OK) {
        walk(reg);
        write_again(reg);
        cut_out(reg);
    }
    return 0;
}
