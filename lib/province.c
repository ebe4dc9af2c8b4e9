// province.c - see province.h

#include "tonghop/province.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"

enum { CATALOGUE_FILE_MAX = 1024 * 1024, BUNDLE_SPARE = 64 * 1024 };

static const char *const INSTALLED_SHARE[] = {"/usr/share/tonghop", "/usr/local/share/tonghop"};

static bool is_dir(const char *path)
{
    struct stat stat_of_it;
    return stat(path, &stat_of_it) == 0 && S_ISDIR(stat_of_it.st_mode);
}

bool th_share_dir(char out[static TH_PATH_MAX])
{
    static const char *const BESIDE[] = {"../share/tonghop", "../share"};
    char self[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[size > 0 ? size : 0] = '\0';
    const char *slash = strrchr(self, '/');
    for (size_t i = 0; i < TH_COUNT(BESIDE) && slash != NULL; i++) {
        char catalogue[TH_PATH_MAX];
        (void)snprintf(
            out, TH_PATH_MAX, "%.*s/%s", (int)(slash - self) % PATH_MAX, self, BESIDE[i]);
        (void)snprintf(catalogue, sizeof(catalogue), "%.4000s/catalogue", out);
        if (is_dir(catalogue)) {
            return true;
        }
    }
    for (size_t i = 0; i < TH_COUNT(INSTALLED_SHARE); i++) {
        (void)snprintf(out, TH_PATH_MAX, "%s", INSTALLED_SHARE[i]);
        if (is_dir(out)) {
            return true;
        }
    }
    return false;
}

// ---- catalogue files ----

static enum th_err add_file(struct th_catalogue_files *files, const char *dir, const char *name)
{
    char path[TH_PATH_MAX];
    size_t size = 0;
    (void)snprintf(path, sizeof(path), "%.4000s/%.64s", dir, name);
    struct th_file *file = &files->files[files->count];
    const enum th_err err =
        th_file_read(path, CATALOGUE_FILE_MAX, &files->bytes[files->count], &size);
    if (err == TH_E_NOT_FOUND && files->count > 0) {
        return TH_OK; // only the first must exist
    }
    TH_TRY(err);
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    file->bytes = (struct th_bytes){files->bytes[files->count], size};
    files->count++;
    return TH_OK;
}

enum th_err th_catalogue_files_read(const char *place, struct th_catalogue_files *files)
{
    char share[TH_PATH_MAX];
    char dir[TH_PATH_MAX];
    *files = (struct th_catalogue_files){0};
    if (strcmp(place, "open") == 0) {
        size_t count = 0;
        const struct th_file *open = th_catalogue_open_files(&count);
        th_assert(count <= TH_CATALOGUE_FILES_MAX);
        (void)memcpy(files->files, open, count * sizeof(*open));
        files->count = count;
        return TH_OK;
    }
    (void)snprintf(dir, sizeof(dir), "%s", place);
    if (strcmp(place, "vn") == 0) {
        if (!th_share_dir(share)) {
            return TH_E_NOT_FOUND;
        }
        (void)snprintf(dir, sizeof(dir), "%.4000s/catalogue", share);
    }
    for (size_t i = 0; th_catalogue_file_name(i) != NULL; i++) {
        th_assert(files->count < TH_CATALOGUE_FILES_MAX);
        TH_TRY(add_file(files, dir, th_catalogue_file_name(i)));
    }
    return TH_OK;
}

void th_catalogue_files_free(struct th_catalogue_files *files)
{
    for (size_t i = 0; i < TH_CATALOGUE_FILES_MAX; i++) {
        free(files->bytes[i]);
        files->bytes[i] = NULL;
    }
}

// ---- a province ----

void th_province_free(struct th_province **province)
{
    struct th_province *p = *province;
    if (p != NULL) {
        th_register_free(&p->reg);
        th_register_free(&p->kin);
        th_register_free(&p->wide);
        th_catalogue_free(&p->catalogue);
        free(p->bundle);
        free(p);
        *province = NULL;
    }
}

static enum th_person_scope scope_of(struct th_bytes word)
{
    if (th_bytes_equal(word, TH_BYTES("province"))) {
        return TH_SCOPE_PROVINCE;
    }
    return th_bytes_equal(word, TH_BYTES("unit")) ? TH_SCOPE_UNIT : TH_SCOPE_AS_SCHEME;
}

// Register, catalogue and rules from a bundle's parts.
static enum th_err
build(struct th_province *p, const struct th_bundle *bundle, struct th_findings *findings)
{
    struct th_file files[TH_CATALOGUE_FILES_MAX] = {0};
    if (bundle->catalogue_count > TH_CATALOGUE_FILES_MAX) {
        return TH_E_MALFORMED;
    }
    for (size_t i = 0; i < bundle->catalogue_count; i++) {
        (void)th_bytes_copy_text(bundle->catalogue[i].name, files[i].name, sizeof(files[i].name));
        files[i].bytes = bundle->catalogue[i].bytes;
    }
    TH_TRY(th_catalogue_read(files, bundle->catalogue_count, findings, &p->catalogue));
    TH_TRY(th_register_read(bundle->units, bundle->successors, findings, &p->reg));
    p->root = th_register_root(p->reg);
    if (p->root == TH_UNIT_NONE) {
        return TH_E_INVALID;
    }
    (void)th_bytes_copy_text(bundle->lineage, p->lineage, sizeof(p->lineage));
    (void)th_bytes_copy_text(bundle->root, p->root_code, sizeof(p->root_code));
    (void)th_bytes_copy_text(bundle->name, p->name, sizeof(p->name));
    p->rules = (struct th_rules){
        .reg = p->reg,
        .root = p->root,
        .catalogue = p->catalogue,
        .person_scope = scope_of(bundle->person_scope),
    };
    p->opened = TH_DAY_NONE; // a bundle does not say it
    return TH_OK;
}

static enum th_err keep_bundle(struct th_province *p, const struct th_bundle *bundle)
{
    size_t room = BUNDLE_SPARE + bundle->units.size + bundle->successors.size;
    for (size_t i = 0; i < bundle->catalogue_count; i++) {
        room += bundle->catalogue[i].bytes.size;
    }
    p->bundle = malloc(room);
    if (p->bundle == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer out = {.data = (uint8_t *)p->bundle, .max = room};
    th_bundle_write(&out, bundle);
    th_assert(!out.overflow);
    p->bundle_size = out.size;
    const struct th_bytes whole = th_written(&out);
    th_hash256(p->digest, &whole, 1);
    return TH_OK;
}

static enum th_err read_optional(const char *dir, const char *name, char **bytes, size_t *size)
{
    char path[TH_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%.4000s/%s", dir, name);
    const enum th_err err = th_file_read(path, TH_REGISTER_BYTES_MAX, bytes, size);
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err th_province_load_kin(const struct th_config *config, struct th_province *p)
{
    char name[TH_PATH_MAX];
    char dir[TH_PATH_MAX];
    (void)snprintf(name, sizeof(name), "register/%s", p->lineage);
    (void)th_config_path(config, name, dir, sizeof(dir));
    th_register_free(&p->kin);
    th_register_free(&p->wide);
    TH_SCOPED(th_free_scoped) char *units = NULL;
    TH_SCOPED(th_free_scoped) char *successors = NULL;
    size_t units_size = 0;
    size_t successors_size = 0;
    TH_TRY(read_optional(dir, "kin.csv", &units, &units_size));
    TH_TRY(read_optional(dir, "kin-successors.csv", &successors, &successors_size));
    if (units == NULL) {
        return TH_OK;
    }
    struct th_findings nobody = th_findings_of(NULL, 0, "kin.csv");
    const enum th_err err = th_register_read((struct th_bytes){units, units_size},
                                             (struct th_bytes){successors, successors_size},
                                             &nobody,
                                             &p->kin);
    if (err != TH_OK) {
        return err == TH_E_REFUSED ? TH_OK : err; // not what init wrote: the province does without
    }
    return th_province_widen(p->reg, p->kin, &p->wide);
}

enum th_err th_province_widen(const struct th_register *reg,
                              const struct th_register *kin,
                              struct th_register **wide)
{
    *wide = NULL;
    if (kin == NULL) {
        return TH_OK;
    }
    const enum th_err err = th_register_merge(reg, kin, wide);
    return err == TH_E_REFUSED ? TH_OK : err; // the register has changed: they do not fit any more
}

enum th_err th_province_load(const struct th_config *config,
                             const char *lineage,
                             struct th_findings *findings,
                             struct th_province **out)
{
    char name[TH_PATH_MAX];
    char dir[TH_PATH_MAX];
    const struct th_config_province *settings = th_config_province(config, lineage);
    if (settings == NULL) {
        return TH_E_NOT_FOUND;
    }
    (void)snprintf(name, sizeof(name), "register/%s", lineage);
    (void)th_config_path(config, name, dir, sizeof(dir));
    TH_SCOPED(th_free_scoped) char *units = NULL;
    TH_SCOPED(th_free_scoped) char *successors = NULL;
    size_t units_size = 0;
    size_t successors_size = 0;
    TH_TRY(read_optional(dir, "units.csv", &units, &units_size));
    TH_TRY(read_optional(dir, "successors.csv", &successors, &successors_size));
    if (units == NULL) {
        return TH_E_NOT_FOUND;
    }
    (void)snprintf(name, sizeof(name), "%.4000s/catalogue", dir);
    TH_SCOPED(th_catalogue_files_free) struct th_catalogue_files files = {0};
    TH_TRY(th_catalogue_files_read(name, &files));
    struct th_named_bytes named[TH_CATALOGUE_FILES_MAX] = {0};
    for (size_t i = 0; i < files.count; i++) {
        named[i] = (struct th_named_bytes){th_bytes_of(files.files[i].name), files.files[i].bytes};
    }
    const struct th_bundle bundle = {
        .root = th_bytes_of(settings->root),
        .lineage = th_bytes_of(settings->lineage),
        .name = th_bytes_of(settings->name),
        .units = {units, units_size},
        .successors = {successors, successors_size},
        .person_scope = th_bytes_of(settings->person_scope),
        .catalogue = named,
        .catalogue_count = files.count,
    };
    TH_SCOPED(th_province_free) struct th_province *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(build(p, &bundle, findings));
    TH_TRY(keep_bundle(p, &bundle));
    TH_TRY(th_province_load_kin(config, p));
    p->closes = settings->opened != TH_DAY_NONE;
    p->opened = settings->opened;
    *out = p;
    p = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err
th_province_unpack(struct th_bytes bytes, struct th_findings *findings, struct th_province **out)
{
    const size_t room = bytes.size + TH_ARENA_BYTES;
    TH_SCOPED(th_free_scoped) void *memory = malloc(room);
    TH_SCOPED(th_province_free) struct th_province *p = calloc(1, sizeof(*p));
    if (memory == NULL || p == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_arena arena = th_arena_of(memory, room);
    struct th_bundle bundle;
    TH_TRY(th_bundle_read(bytes, &arena, &bundle, NULL));
    TH_TRY(build(p, &bundle, findings));
    p->bundle = malloc(bytes.size);
    if (p->bundle == NULL) {
        return TH_E_NO_MEMORY;
    }
    (void)memcpy(p->bundle, bytes.data, bytes.size);
    p->bundle_size = bytes.size;
    th_hash256(p->digest, &bytes, 1);
    *out = p;
    p = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err th_province_with_register(const struct th_province *now,
                                      const struct th_register *reg,
                                      struct th_province **out)
{
    const size_t room = th_register_text_max(reg);
    const size_t arena_room = now->bundle_size + TH_ARENA_BYTES;
    struct th_findings nobody = th_findings_of(NULL, 0, "");
    TH_SCOPED(th_free_scoped) uint8_t *units = malloc(room);
    TH_SCOPED(th_free_scoped) uint8_t *successors = malloc(room);
    TH_SCOPED(th_free_scoped) void *memory = malloc(arena_room);
    TH_SCOPED(th_province_free) struct th_province *p = calloc(1, sizeof(*p));
    if (units == NULL || successors == NULL || memory == NULL || p == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer texts[] = {{.data = units, .max = room}, {.data = successors, .max = room}};
    TH_TRY(th_register_write(reg, &texts[0], &texts[1]));
    struct th_arena arena = th_arena_of(memory, arena_room);
    struct th_bundle bundle;
    TH_TRY(th_bundle_read((struct th_bytes){now->bundle, now->bundle_size}, &arena, &bundle, NULL));
    bundle.units = th_written(&texts[0]);
    bundle.successors = th_written(&texts[1]);
    TH_TRY(build(p, &bundle, &nobody));
    TH_TRY(keep_bundle(p, &bundle));
    *out = p;
    p = NULL; // the caller owns it now
    return TH_OK;
}

// Does any unit of the province ever bear the code of ref?
static bool knows(const struct th_province *p, struct th_bytes ref)
{
    const char *at = memchr(ref.data, '@', ref.size);
    const struct th_bytes code = {ref.data,
                                  at != NULL ? (size_t)(at - (const char *)ref.data) : ref.size};
    for (size_t i = 0; i < th_register_version_count(p->reg); i++) {
        if (th_bytes_equal(th_register_version_at(p->reg, i).code, code)) {
            return true;
        }
    }
    return false;
}

enum th_err th_province_choose(const struct th_config *config,
                               const char *unit,
                               char lineage[static TH_LINEAGE_MAX + 1],
                               char list[static 256])
{
    const struct th_config_province *provinces = NULL;
    const size_t count = th_config_provinces(config, &provinces);
    size_t found = 0;
    list[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        bool is_it = unit == NULL;
        if (unit != NULL && count > 1) {
            struct th_findings nobody = th_findings_of(NULL, 0, "");
            TH_SCOPED(th_province_free) struct th_province *p = NULL;
            TH_TRY(th_province_load(config, provinces[i].lineage, &nobody, &p));
            is_it = knows(p, th_bytes_of(unit));
        }
        if (is_it || count == 1) {
            found++;
            (void)snprintf(lineage, TH_LINEAGE_MAX + 1, "%s", provinces[i].lineage);
            const size_t used = strlen(list);
            (void)snprintf(list + used, 256 - used, "%s%s", used > 0 ? ", " : "", lineage);
        }
    }
    if (found == 1) {
        return TH_OK;
    }
    return found == 0 ? TH_E_NOT_FOUND : TH_E_INVALID;
}

th_day th_province_today(const struct th_province *province, int64_t wall_ms)
{
    return th_day_of_unix_ms(wall_ms, th_catalogue_settings(province->catalogue)->zone_minutes);
}

enum th_err th_province_structure_day(const struct th_province *province,
                                      struct th_bytes structure,
                                      int64_t wall_ms,
                                      th_day *day)
{
    const struct th_bytes as_of = TH_BYTES("as-of:");
    if (th_bytes_equal(structure, TH_BYTES("current"))) {
        *day = th_province_today(province, wall_ms);
        return TH_OK;
    }
    if (!th_bytes_begins(structure, as_of)) {
        return TH_E_MALFORMED;
    }
    const struct th_bytes text = {.data = (const char *)structure.data + as_of.size,
                                  .size = structure.size - as_of.size};
    return th_day_parse(text, day);
}

// Is there such a unit on the day of the structure?
static bool knows_on(const struct th_province *p,
                     struct th_bytes ref,
                     struct th_bytes structure,
                     int64_t wall_ms)
{
    const struct th_register *wide = p->wide != NULL ? p->wide : p->reg;
    struct th_bytes code;
    struct th_unit unit;
    th_day day = TH_DAY_NONE;
    th_day target = TH_DAY_NONE;
    if (th_unit_ref_parse(ref, &code, &day) != TH_OK ||
        th_province_structure_day(p, structure, wall_ms, &target) != TH_OK) {
        return false;
    }
    const uint32_t uid = th_register_find(wide, code, day == TH_DAY_NONE ? target : day);
    return th_register_on(wide, uid, target, &unit) == TH_OK;
}

enum th_err th_province_choose_on(const struct th_config *config,
                                  const char *unit,
                                  struct th_bytes structure,
                                  int64_t wall_ms,
                                  char lineage[static TH_LINEAGE_MAX + 1])
{
    const struct th_config_province *provinces = NULL;
    const size_t count = th_config_provinces(config, &provinces);
    for (size_t i = 0; i < count; i++) {
        struct th_findings nobody = th_findings_of(NULL, 0, "");
        TH_SCOPED(th_province_free) struct th_province *p = NULL;
        TH_TRY(th_province_load(config, provinces[i].lineage, &nobody, &p));
        if (knows_on(p, th_bytes_of(unit), structure, wall_ms)) {
            (void)snprintf(lineage, TH_LINEAGE_MAX + 1, "%s", provinces[i].lineage);
            return TH_OK;
        }
    }
    return TH_E_NOT_FOUND;
}
