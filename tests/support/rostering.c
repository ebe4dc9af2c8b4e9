// rostering.c - see rostering.h

#include "tests/support/rostering.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

const struct th_bytes ROSTERING_UNITS[2] = {{"935", 3}, {"936@2018-01-01", 14}};
const struct th_roster_province ROSTERING_HG = {
    .lineage = {"hg93", 4}, .root = {"93", 2}, .store_id = 0xfedcba9876543210};

int rostering_setup(void **state)
{
    static struct rostering fixture;
    EXPECT(TH_OK, th_hash_start());
    fixture = (struct rostering){.dir = scratch_dir()};
    fixture.path = path_in(fixture.dir, "roster.yaml");
    fixture.lock = path_in(fixture.dir, "roster.lock");
    fixture.findings = th_findings_of(fixture.kept, TH_COUNT(fixture.kept), "");
    EXPECT(TH_OK, th_roster_new(&fixture.roster));
    EXPECT(TH_OK, th_roster_set_province(fixture.roster, &ROSTERING_HG));
    *state = &fixture;
    return 0;
}

int rostering_teardown(void **state)
{
    struct rostering *f = *state;
    th_roster_free(&f->roster);
    th_roster_free(&f->read);
    free(f->path);
    free(f->lock);
    scratch_remove(f->dir);
    return 0;
}

struct th_roster_entry rostering_node(uint32_t number)
{
    struct th_roster_entry entry = {.class = TH_PEER_NODE,
                                    .number = number,
                                    .lineage = ROSTERING_HG.lineage,
                                    .units = ROSTERING_UNITS,
                                    .unit_count = TH_COUNT(ROSTERING_UNITS),
                                    .has_bootstrap = true,
                                    .expires_ms = 1795000000000};
    memset(entry.bootstrap, (int)number, sizeof(entry.bootstrap));
    return entry;
}

struct th_roster_entry rostering_keyed(enum th_peer_class class, uint32_t number, uint8_t byte)
{
    struct th_roster_entry entry = {.class = class, .number = number, .has_key = true};
    memset(entry.key, byte, sizeof(entry.key));
    return entry;
}

void rostering_add(struct rostering *f, struct th_roster_entry entry)
{
    EXPECT(TH_OK, th_roster_add(f->roster, &entry));
}

enum th_err rostering_read_back(struct rostering *f)
{
    th_roster_free(&f->read);
    f->findings = th_findings_of(f->kept, TH_COUNT(f->kept), "");
    return th_roster_read(f->path, &f->findings, &f->read);
}
