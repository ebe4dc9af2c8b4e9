// fuzz_catalogue.c - any bytes as the files of a catalogue: refused with a place, or fit for
// questions
//
// The files stand one after the other, ended by a form feed: catalogue, measures, schemes, forms,
// indicators, targets. An empty one is not there.

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 6, KEPT = 8 };

static size_t split(struct th_bytes bytes, struct th_file files[static FILES])
{
    size_t count = 0;
    for (size_t i = 0; th_catalogue_file_name(i) != NULL; i++) {
        const char *end = bytes.size == 0 ? NULL : memchr(bytes.data, '\f', bytes.size);
        const size_t size = end == NULL ? bytes.size : (size_t)(end - (const char *)bytes.data);
        if (size > 0) {
            (void)snprintf(
                files[count].name, sizeof(files[count].name), "%s", th_catalogue_file_name(i));
            files[count].bytes = (struct th_bytes){.data = bytes.data, .size = size};
            count++;
        }
        const size_t gone = size + (end == NULL ? 0 : 1);
        bytes =
            (struct th_bytes){.data = (const char *)bytes.data + gone, .size = bytes.size - gone};
    }
    return count;
}

// Stored dims are stored dims again.
static void ask_dims(const struct th_measure *measure, struct th_bytes dims)
{
    char stored[TH_DIMS_MAX + 1];
    char again[TH_DIMS_MAX + 1];
    struct th_bytes part = {0};
    if (th_measure_dims(measure, dims, stored, &part) == TH_OK) {
        th_assert(th_measure_dims(measure, th_bytes_of(stored), again, &part) == TH_OK);
        th_assert(strcmp(stored, again) == 0);
    }
}

// What an indicator refers to is there, and a cap allows no more than there are people.
static void ask_computed(const struct th_catalogue *catalogue)
{
    const uint64_t counts[TH_LEVELS_MAX] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    struct th_measure measure;
    for (size_t i = 0; i < th_catalogue_indicator_count(catalogue); i++) {
        const struct th_indicator *indicator = th_catalogue_indicator_at(catalogue, i);
        for (size_t k = 0; k < indicator->num_count + indicator->den_count; k++) {
            const struct th_operand *operand = k < indicator->num_count
                                                   ? &indicator->num[k]
                                                   : &indicator->den[k - indicator->num_count];
            th_assert(operand->measure.size > 0 || indicator->over_count > 0);
            th_assert(operand->measure.size == 0 ||
                      th_catalogue_measure(catalogue, operand->measure, &measure) == TH_OK);
        }
        for (size_t k = 0; k < th_catalogue_measure_count(catalogue); k++) {
            (void)th_indicator_is_over(indicator, th_catalogue_measure_at(catalogue, k));
        }
    }
    for (size_t i = 0; i < th_catalogue_target_count(catalogue); i++) {
        const struct th_target *target = th_catalogue_target_at(catalogue, i);
        th_assert(th_catalogue_measure(catalogue, target->measure, &measure) == TH_OK);
        th_assert(measure.shape == TH_SHAPE_TARGET);
        th_assert(th_catalogue_measure(catalogue, target->achieved, &measure) == TH_OK);
    }
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        uint64_t allowed = 0;
        if (th_cap_allowed(scheme, TH_PERIOD_YEAR, true, counts, &allowed)) {
            th_assert(scheme->cap.stated && allowed <= UINT64_C(45) * 1000000);
        }
    }
}

static void ask(const struct th_catalogue *catalogue, struct th_bytes tail)
{
    const struct th_period period = {.type = TH_PERIOD_YEAR, .first = 10227, .last = 10591};
    const struct th_bytes open = TH_BYTES("all.fte");
    struct th_measure measure;
    char list[65];
    for (size_t i = 0; i < th_catalogue_measure_count(catalogue); i++) {
        const struct th_measure *listed = th_catalogue_measure_at(catalogue, i);
        th_assert(th_catalogue_measure(catalogue, listed->code, &measure) == TH_OK);
        th_assert(measure.min <= measure.max);
        ask_dims(listed, tail);
    }
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        const struct th_level *band = th_scheme_band(scheme, scheme->score_max);
        th_assert(band == NULL || th_scheme_level(scheme, band->rating) == band);
    }
    const enum th_err found = th_catalogue_measure(catalogue, open, &measure);
    th_assert(found == TH_OK || found == TH_E_NOT_FOUND);
    (void)th_catalogue_default_scheme(catalogue, period, TH_BYTES("cadre"), list);
    (void)th_catalogue_evaluation_form(catalogue, period);
    ask_computed(catalogue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct th_file files[FILES];
    struct th_finding kept[KEPT];
    struct th_findings findings = th_findings_of(kept, KEPT, "fuzz");
    struct th_catalogue *catalogue = NULL;
    const struct th_bytes bytes = {.data = data, .size = size};
    const size_t count = split(bytes, files);

    const enum th_err err = th_catalogue_read(files, count, &findings, &catalogue);

    th_assert((err == TH_OK) == (catalogue != NULL));
    th_assert(err == TH_OK || findings.total[TH_SEVERITY_ERROR] > 0);
    if (catalogue != NULL) {
        const size_t tail = size < 40 ? size : 40;
        ask(catalogue, (struct th_bytes){.data = data + size - tail, .size = tail});
    }
    th_catalogue_free(&catalogue);
    return 0;
}
