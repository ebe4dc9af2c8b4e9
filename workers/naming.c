// naming.c - see naming.h

#include "workers/naming.h"

#include "tonghop/roster.h"

enum th_err naming_write(const char *path, const char *lineage, uint64_t store_id)
{
    struct th_findings nobody = th_findings_of(NULL, 0, "roster.yaml");
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    TH_TRY(th_roster_read(path, &nobody, &roster));
    const struct th_roster_province *known = th_roster_province(roster, th_bytes_of(lineage));
    if (known == NULL) {
        return TH_E_NOT_FOUND;
    }
    struct th_roster_province province = *known;
    province.store_id = store_id;
    TH_TRY(th_roster_set_province(roster, &province));
    return th_roster_save(roster, path);
}

enum th_err naming_set(const struct th_config *config, const char *lineage, uint64_t store_id)
{
    char path[TH_PATH_MAX];
    char lock_path[TH_PATH_MAX];
    TH_SCOPED(th_roster_unlock) struct th_roster_lock lock = {.fd = -1};
    (void)th_config_path(config, "register/roster.yaml", path, sizeof(path));
    (void)th_config_path(config, "register/roster.lock", lock_path, sizeof(lock_path));
    TH_TRY(th_roster_lock(lock_path, &lock));
    return naming_write(path, lineage, store_id);
}
