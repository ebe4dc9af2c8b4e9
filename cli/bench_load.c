// bench_load.c - see bench_load.h

#include "cli/bench_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tonghop/config.h"

enum {
    STAFFING_ONE_IN = 20,
    CORRECTED_ONE_IN = 10,
    SCORE_MAX = 10000,
    HEADS_MAX = 200,
    FIRST_YEAR = 2024,
    TEXT_MAX = 64,
};

// splitmix64
static uint64_t draw(uint64_t *state, uint64_t below)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % below;
}

static unsigned rating_of(unsigned score)
{
    static const unsigned FROM[] = {0, 5000, 7000, 9000};
    unsigned rating = TH_COUNT(FROM);
    while (score < FROM[rating - 1]) {
        rating--;
    }
    return rating;
}

static int file_close(FILE **file)
{
    FILE *closing = *file;
    *file = NULL;
    return closing == NULL ? 0 : fclose(closing);
}

static void file_scoped(FILE **file)
{
    (void)file_close(file);
}

enum th_err bench_load_units(const struct bench_load *load, const char *path)
{
    TH_SCOPED(file_scoped) FILE *file = fopen(path, "we");
    if (file == NULL) {
        return TH_E_IO;
    }
    (void)fprintf(file, "code,name,type,parent\nB,Bench,province,\n");
    for (unsigned d = 1; d <= load->nodes; d++) {
        (void)fprintf(file, "D%03u,District %u,district,B\n", d, d);
        for (unsigned o = 1; o <= BENCH_OFFICES; o++) {
            (void)fprintf(file, "D%03u.%02u,Office %u.%u,office,D%03u\n", d, o, d, o, d);
        }
    }
    return ferror(file) != 0 || file_close(&file) != 0 ? TH_E_IO : TH_OK;
}

// What stands under a key.
struct standing {
    uint32_t revision; // 0: nothing yet
    unsigned value;
};

struct district {
    struct bench_load *load;
    unsigned number; // from 1
    const char *dir;
    uint64_t random;
    struct standing *people; // in the order of their first evaluation
    uint64_t count;
    struct standing heads[BENCH_OFFICES * BENCH_MONTHS * BENCH_KINDS];
    FILE *file;
    uint64_t in_file;
    unsigned files;
};

static enum th_err next_file(struct district *district, const char *header)
{
    if (file_close(&district->file) != 0) {
        return TH_E_IO;
    }
    char path[TH_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%04u.csv", district->dir, ++district->files);
    district->file = fopen(path, "we");
    district->in_file = 0;
    return district->file != NULL && fputs(header, district->file) >= 0 ? TH_OK : TH_E_IO;
}

static enum th_err ended_file(struct district *district)
{
    const bool failed = ferror(district->file) != 0;
    return file_close(&district->file) != 0 || failed ? TH_E_IO : TH_OK;
}

// A person stays in one office; twelve months of everybody, then the next year.
static enum th_err write_evaluation(struct district *district, uint64_t people)
{
    const bool corrects = district->count > 0 && draw(&district->random, CORRECTED_ONE_IN) == 0;
    const uint64_t index = corrects ? draw(&district->random, district->count) : district->count++;
    const uint64_t person = index % people;
    const uint64_t month = index / people;
    struct standing *standing = &district->people[index];
    standing->revision++;
    standing->value = (unsigned)draw(&district->random, SCORE_MAX + 1);
    district->in_file++;
    const int wrote =
        fprintf(district->file,
                "D%03u.%02u,p%03u-%06" PRIu64 ",%" PRIu64 "-%02" PRIu64 ",staff,%u.%02u,%u,%u\n",
                district->number,
                (unsigned)(person % BENCH_OFFICES) + 1,
                district->number,
                person,
                FIRST_YEAR + month / BENCH_MONTHS,
                month % BENCH_MONTHS + 1,
                standing->value / 100,
                standing->value % 100,
                rating_of(standing->value),
                standing->revision);
    return wrote < 0 ? TH_E_IO : TH_OK;
}

static enum th_err write_heads(struct district *district)
{
    const uint64_t index = draw(&district->random, TH_COUNT(district->heads));
    const unsigned office = (unsigned)(index / (BENCH_MONTHS * BENCH_KINDS));
    const unsigned month = (unsigned)(index / BENCH_KINDS % BENCH_MONTHS);
    struct standing *standing = &district->heads[index];
    standing->revision++;
    standing->value = (unsigned)draw(&district->random, HEADS_MAX);
    const int wrote = fprintf(district->file,
                              "D%03u.%02u,%u-%02u,heads.k%u,%u,%u\n",
                              district->number,
                              office + 1,
                              (unsigned)FIRST_YEAR,
                              month + 1,
                              (unsigned)(index % BENCH_KINDS),
                              standing->value,
                              standing->revision);
    return wrote < 0 ? TH_E_IO : TH_OK;
}

static enum th_err write_rows(struct district *district, uint64_t rows)
{
    static const char EVALUATION[] = "unit_code,person_id,period,category,score,rating,revision\n";
    static const char STAFFING[] = "unit_code,period,measure,value,revision\n";
    const struct bench_load *load = district->load;
    const uint64_t staffing = rows / STAFFING_ONE_IN;
    const uint64_t evaluations = rows - staffing;
    const uint64_t people = evaluations / BENCH_MONTHS + 1;
    const uint64_t per_file = load->size < BENCH_WHOLE ? load->size : UINT64_MAX;
    for (uint64_t i = 0; i < evaluations; i++) {
        if (i == 0 || district->in_file == per_file) {
            TH_TRY(next_file(district, EVALUATION));
        }
        TH_TRY(write_evaluation(district, people));
    }
    if (staffing > 0) {
        TH_TRY(next_file(district, STAFFING));
    }
    for (uint64_t i = 0; i < staffing; i++) {
        TH_TRY(write_heads(district));
    }
    return ended_file(district);
}

static void add_up(struct district *district)
{
    struct bench_load *load = district->load;
    load->people += district->count;
    for (uint64_t i = 0; i < district->count; i++) {
        load->score_sum += district->people[i].value;
    }
    for (size_t i = 0; i < TH_COUNT(district->heads); i++) {
        load->heads += district->heads[i].value;
    }
}

static void district_free(struct district **district)
{
    if (*district != NULL) {
        (void)file_close(&(*district)->file);
        free((*district)->people);
        free(*district);
        *district = NULL;
    }
}

enum th_err
bench_load_write(struct bench_load *load, unsigned node, const char *dir, unsigned *files)
{
    const uint64_t share = load->updates / load->nodes;
    const uint64_t rows = share + (node < load->updates % load->nodes ? 1 : 0);
    TH_SCOPED(district_free) struct district *district = calloc(1, sizeof(*district));
    if (district == NULL) {
        return TH_E_NO_MEMORY;
    }
    district->people = calloc(rows + 1, sizeof(*district->people));
    if (district->people == NULL) {
        return TH_E_NO_MEMORY;
    }
    district->load = load;
    district->number = node + 1;
    district->dir = dir;
    district->random = load->seed + node;
    TH_TRY(write_rows(district, rows));
    add_up(district);
    load->rows += rows;
    *files = district->files;
    return TH_OK;
}
