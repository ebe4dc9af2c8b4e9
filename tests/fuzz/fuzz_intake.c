// fuzz_intake.c - any bytes as a file of an office: refused with findings, or counted and readable
//
// One node directory is made at the first input; every input is a dry run against the register and
// catalogue it holds, so that nothing piles up.

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct office office;

static void remove_at_end(void)
{
    office_free(&office);
}

static void make_once(void)
{
    static bool made = false;
    if (!made) {
        office_make(&office, "vn");
        made = true;
        th_assert(atexit(remove_at_end) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { KEPT = 4 };
    struct th_finding kept[KEPT];
    struct th_findings findings = th_findings_of(kept, KEPT, "f");
    // How it is read follows from the size, so that every way is tried.
    const struct intake_options options = {
        .dry_run = true,
        .accept_valid = size % 2 != 0,
        .numbers_vi = size / 2 % 2 != 0,
        .strict = size / 4 % 4 == 3,
    };
    struct intake_result result;
    struct intake *intake = NULL;
    make_once();
    const int fd = memfd_create("fuzz_intake", MFD_CLOEXEC);
    th_assert(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    th_assert(intake_open(&office.home, &options, &findings, &result, &intake) == TH_OK);

    enum th_err err = intake_csv(intake, fd);
    if (err == TH_OK) {
        err = intake_publish(intake);
    }

    th_assert(err == TH_OK || err == TH_E_REFUSED);
    const bool is_flawless = findings.total[TH_SEVERITY_ERROR] == 0;
    const bool is_sifted = options.accept_valid && result.good > 0 && result.file.is_whole;
    const bool is_queued = is_flawless || is_sifted;
    th_assert(err != TH_OK || is_queued);
    th_assert(err == TH_OK || !is_queued || options.strict);
    const uint64_t counted =
        result.fresh + result.changed + result.withdrawn + result.unchanged + result.skipped;
    const uint64_t others = result.repeated + result.left_out + result.merged;
    th_assert(err != TH_OK || counted + others == result.file.rows);
    th_assert(result.first_batch == 0);
    intake_close(&intake);
    intake_result_free(&result);
    (void)close(fd);
    return 0;
}
