// province.h - a province as programs hold it: register, catalogue, settings, and the bundle nodes
// get
//
//      DIR/register/<lineage>/units.csv, successors.csv, catalogue/*.yaml  ──load──┐
//                                                                                  ├─> th_province
//      bundle (what a worker hands to a node)  ──unpack────────────────────────────┘
//
// Worker, node and viewer build their rules from the same bytes, so an office that is offline gets
// the same answers as the province gives.
//
// Read-only after loading; any thread may use it.

#ifndef TONGHOP_PROVINCE_H
#define TONGHOP_PROVINCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/catalogue.h"
#include "tonghop/codec.h"
#include "tonghop/config.h"
#include "tonghop/finding.h"
#include "tonghop/register.h"
#include "tonghop/rules.h"

enum { TH_REGISTER_BYTES_MAX = 64 * 1024 * 1024 };

struct th_province {
    char lineage[TH_LINEAGE_MAX + 1];
    char root_code[TH_UNIT_REF_MAX + 1]; // code or code@date, as configured
    char name[257];
    uint32_t root;
    struct th_register *reg;
    struct th_register *kin;  // the provinces that share successors with it; NULL: none
    struct th_register *wide; // both; NULL: reg alone
    struct th_catalogue *catalogue;
    struct th_rules rules; // hashed_here is left to the node
    bool closes;           // periods are closed: it is known when the province opened (a bundle
    th_day opened;         //   does not say it)
    char *bundle;          // the bytes a node receives
    size_t bundle_size;
    uint8_t digest[32]; // BLAKE2b-256 of bundle
};

/**
 * Load a province of config's directory.
 *
 * Ownership: *out is the caller's (th_province_free).
 * Errors:    TH_E_NOT_FOUND: no such lineage, or no register of it; TH_E_REFUSED with findings;
 *            TH_E_NO_MEMORY; TH_E_IO.
 */
TH_MUST_USE enum th_err th_province_load(const struct th_config *config,
                                         const char *lineage,
                                         struct th_findings *findings,
                                         struct th_province **out);

// The same from a bundle. TH_E_MALFORMED when it is not one.
TH_MUST_USE enum th_err
th_province_unpack(struct th_bytes bundle, struct th_findings *findings, struct th_province **out);
/**
 * The same province with another register: its bundle is now's with the units and successors of
 * reg, which is not kept.
 *
 * Ownership: *out is the caller's. Errors: TH_E_NO_MEMORY; TH_E_REFUSED: reg has no single root.
 */
TH_MUST_USE enum th_err th_province_with_register(const struct th_province *now,
                                                  const struct th_register *reg,
                                                  struct th_province **out);
/**
 * Read the kin that init wrote beside the register, for a province that did not come from
 * th_province_load; and wide of both. Kin that do not fit the register give no wide.
 *
 * Errors: TH_E_NO_MEMORY, TH_E_IO.
 */
TH_MUST_USE enum th_err th_province_load_kin(const struct th_config *config, struct th_province *p);
// The wide register of reg and kin (NULL: none). *wide is NULL when they do not fit, and then the
// caller's. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_province_widen(const struct th_register *reg,
                                          const struct th_register *kin,
                                          struct th_register **wide);
void th_province_free(struct th_province **province); // scoped

/**
 * The lineage that alone knows unit (code or code@date; NULL: any), among config's provinces.
 *
 * Errors: TH_E_NOT_FOUND: none; TH_E_INVALID: several, listed in list ("hg93, hn01").
 */
TH_MUST_USE enum th_err th_province_choose(const struct th_config *config,
                                           const char *unit,
                                           char lineage[static TH_LINEAGE_MAX + 1],
                                           char list[static 256]);

/**
 * The first lineage that, with its kin, has unit (code or code@date) in that structure: any of
 * those will do for a question about it.
 *
 * Errors: TH_E_NOT_FOUND: none.
 */
TH_MUST_USE enum th_err th_province_choose_on(const struct th_config *config,
                                              const char *unit,
                                              struct th_bytes structure,
                                              int64_t wall_ms,
                                              char lineage[static TH_LINEAGE_MAX + 1]);

// The day it is now in the catalogue's time zone.
th_day th_province_today(const struct th_province *province, int64_t wall_ms);
// The day that "current" or "as-of:DATE" means. TH_E_MALFORMED.
TH_MUST_USE enum th_err th_province_structure_day(const struct th_province *province,
                                                  struct th_bytes structure,
                                                  int64_t wall_ms,
                                                  th_day *day);

// The files of a catalogue directory, or of "open", or of the installed "vn" (share/catalogue
// beside the program or where it was installed). Ownership: *files' bytes are freed by
// th_catalogue_files_free.
enum { TH_CATALOGUE_FILES_MAX = 8 };
struct th_catalogue_files {
    struct th_file files[TH_CATALOGUE_FILES_MAX];
    char *bytes[TH_CATALOGUE_FILES_MAX];
    size_t count;
};
TH_MUST_USE enum th_err th_catalogue_files_read(const char *place,
                                                struct th_catalogue_files *files);
void th_catalogue_files_free(struct th_catalogue_files *files); // scoped

// DIR of share/ as this program finds it: beside its folder, then where it was installed.
bool th_share_dir(char out[static TH_PATH_MAX]);

#endif
