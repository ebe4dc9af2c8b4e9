// naming.h - the roster names the store that is valid for a province

#ifndef WORKERS_NAMING_H
#define WORKERS_NAMING_H

#include <stdint.h>

#include "tonghop/config.h"
#include "tonghop/err.h"

// From here on it is this one, for the broker too. TH_E_NOT_FOUND: the roster has no such province;
// TH_E_BUSY; of the files.
TH_MUST_USE enum th_err
naming_set(const struct th_config *config, const char *lineage, uint64_t store_id);
// The same in a roster that nobody else knows of yet; path: its file.
TH_MUST_USE enum th_err naming_write(const char *path, const char *lineage, uint64_t store_id);

#endif
