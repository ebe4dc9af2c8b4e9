// office_rows.c - files in tables, and what must come of them; see office.h

#include <string.h>

#include "tests/support/office.h"

void office_check(struct office *office, const struct office_row *row)
{
    char got[1024];
    char updates[4096];
    struct th_verdict why;
    EXPECT(TH_OK, home_look(&office->home, &why));
    const uint64_t last = office->home.box.last;
    (void)office_import(office, &row->options, row->csv, got);
    if (strcmp(got, row->want) != 0) {
        fail_msg("%s:\n  want %s\n  got  %s", row->says, row->want, got);
    }
    if (row->updates != NULL) {
        (void)office_updates(office, last + 1, UINT64_MAX, updates);
        if (strcmp(updates, row->updates) != 0) {
            fail_msg("%s:\n  want %s\n  got  %s", row->says, row->updates, updates);
        }
    }
    EXPECT(TH_OK, home_look(&office->home, &why));
    if (strstr(got, "refused") != NULL && office->home.box.last != last) {
        fail_msg("%s: something of a refused file was queued", row->says);
    }
}

void office_check_each(const char *catalogue, const struct office_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct office office;
        office_make(&office, catalogue);
        office_check(&office, &rows[i]);
        office_free(&office);
    }
}

void office_check_in_turn(const char *catalogue, const struct office_row *rows, size_t count)
{
    struct office office;
    office_make(&office, catalogue);
    for (size_t i = 0; i < count; i++) {
        office_check(&office, &rows[i]);
    }
    office_free(&office);
}
