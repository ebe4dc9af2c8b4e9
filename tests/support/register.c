// register.c - see register.h

#include "tests/support/register.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

struct th_register *register_of(const char *units, const char *successors)
{
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units.csv");
    struct th_register *reg = NULL;
    const enum th_err err =
        th_register_read(th_bytes_of(units), th_bytes_of(successors), &findings, &reg);
    if (err != TH_OK) {
        EXPECT(TH_OK, th_findings_print(&findings, TH_LANG_EN, TH_COUNT(kept), stderr));
    }
    EXPECT(TH_OK, err);
    return reg;
}

char *data_read(const char *name)
{
    const char *folder = getenv("TONGHOP_DATA");
    char *path = NULL;
    if (folder == NULL) {
        folder = TONGHOP_SOURCE_DIR "/../shared/data";
    }
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        return NULL;
    }
    size_t size = 0;
    char *bytes = file_read(path, &size);
    free(path);
    return bytes;
}

struct th_register *register_of_vietnam(void)
{
    char *units = data_read("vn-units.csv");
    char *successors = data_read("vn-successors.csv");
    struct th_register *reg =
        units == NULL || successors == NULL ? NULL : register_of(units, successors);
    free(units);
    free(successors);
    return reg;
}
