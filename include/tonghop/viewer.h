// viewer.h - a directory from which a province can be looked at, and what is asked of it
//
// In the directory of a province the broker runs here and says where; the local viewer's key is
// there too. A joined viewer was told both. Every function says on stderr what is wrong and gives
// the exit code; 0 is well.
//
// Errors: exit codes, see option.h.

#ifndef TONGHOP_VIEWER_H
#define TONGHOP_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/ask.h"
#include "tonghop/codec.h"
#include "tonghop/config.h"
#include "tonghop/key.h"
#include "tonghop/option.h"
#include "tonghop/province.h"
#include "tonghop/sock.h"

// Configuration, register and catalogue of one province.
struct th_viewer {
    const char *dir;
    struct th_config *config;
    struct th_province *province;
    char lineage[TH_LINEAGE_MAX + 1];
    // Answers are as known at this version or day, and so are register and catalogue; empty: now.
    // Set by who asks, after opening.
    struct th_bytes known_at;
};

/**
 * Read the call's directory, and of its provinces the one of --lineage, or the one that alone knows
 * unit (NULL: any).
 *
 * Ownership: *viewer is the caller's (th_viewer_close), also when it fails.
 */
int th_viewer_open(const struct th_call *call,
                   const char *lineage,
                   const char *unit,
                   struct th_viewer *viewer);
// The same for a question in another structure (current, as-of:DATE): of a province's directory,
// any of the lineages that have unit then.
int th_viewer_open_on(const struct th_call *call,
                      const char *lineage,
                      const char *unit,
                      struct th_bytes structure,
                      struct th_viewer *viewer);
void th_viewer_close(struct th_viewer *viewer); // scoped

// The province that lineage names, or else the one that alone knows unit.
int th_viewer_lineage(const struct th_call *call,
                      const struct th_config *config,
                      const char *lineage,
                      const char *unit,
                      char out[static TH_LINEAGE_MAX + 1]);

// ---- a viewer on another machine: its enrolment told it where the province is ----
//
//   DIR/register/bundle   register and catalogue of the province, as of the last contact

bool th_viewer_is_joined(const struct th_config *config);

// Do answers come from another register or catalogue than this joined viewer's, or than this
// viewer's when it looks at an earlier version? digest: of their part 0; NULL: not said.
bool th_viewer_is_behind(const struct th_viewer *viewer, const uint8_t *digest);

/**
 * Fetch register and catalogue and use them from now on; those of now are kept.
 *
 * Ownership: viewer->province is another one then; nothing may hold the old one.
 * Errors:    with *why; viewer is as it was. TH_E_TIMEOUT: the province was not reached.
 */
TH_MUST_USE enum th_err
th_viewer_refresh(struct th_viewer *viewer, uint64_t timeout_ms, struct th_verdict *why);

/**
 * First contact of the directory that join has made: register its key, fetch register and
 * catalogue. What does not succeed here is done by the first th_viewer_open that does.
 *
 * Errors: TH_EXIT_TEMPORARY, without a word: the province was not reached.
 */
int th_viewer_join(const struct th_call *call, const char *dir);

// Where to knock, and with which keys. Declare it TH_SCOPED(th_viewer_forget) = {0}.
struct th_viewer_doors {
    char queries[TH_ENDPOINT_SIZE];
    char feed[TH_ENDPOINT_SIZE];
    char keys[TH_PATH_MAX]; // directory of the broker's key (server_key.h)
    struct th_key_pair own;
    uint32_t number;
};
int th_viewer_doors(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_viewer_doors *doors);
void th_viewer_forget(struct th_viewer_doors *doors); // scoped
// Where the doors are now; as they were while the province is down.
void th_viewer_look(const char *dir, const struct th_config *config, struct th_viewer_doors *doors);

/**
 * Connect to the questions' door.
 *
 * Ownership: *asker is the caller's (th_asker_close).
 */
int th_viewer_asker(const struct th_call *call,
                    const char *dir,
                    const struct th_config *config,
                    struct th_asker **asker);

// Say what query ended with (TH5001, TH5002, TH3003, TH1209 ...).
int th_viewer_fail(const struct th_call *call,
                   const char *dir,
                   const struct th_query *query,
                   enum th_err err,
                   const struct th_asker_end *end);

// ---- what is asked: the same options for an answer once and for a live one ----

enum { TH_FILTER_OPTION_COUNT = 7 };
#define TH_FILTER_OPTIONS                                                                 \
    {.name = "unit",                                                                      \
     .kind = TH_OPTION_LIST,                                                              \
     .value = "CODE[@DATE]",                                                              \
     .help = {"đơn vị; không ghi thì là cả tỉnh", "units; default the province"}},        \
        {.name = "period",                                                                \
         .kind = TH_OPTION_LIST,                                                          \
         .value = "P",                                                                    \
         .help = {"kỳ, hoặc mẫu như '2018-*'; không ghi thì mọi kỳ có số liệu",           \
                  "periods, or patterns such as '2018-*'; default every one"}},           \
        {.name = "measure",                                                               \
         .kind = TH_OPTION_LIST,                                                          \
         .value = "M",                                                                    \
         .help = {"chỉ tiêu hoặc mẫu như 'RS*'", "measures, or patterns such as 'RS*'"}}, \
        {.name = "by",                                                                    \
         .kind = TH_OPTION_LIST,                                                          \
         .value = "LIST",                                                                 \
         .help = {"unit, children, leaf, dims, hoặc tên phân tổ",                         \
                  "unit, children, leaf, dims, or names of dimensions"}},                 \
        {.name = "level",                                                                 \
         .kind = TH_OPTION_TEXT,                                                          \
         .value = "L",                                                                    \
         .help = {"chỉ đơn vị cấp này", "only units of this level"}},                     \
        {.name = "missing",                                                               \
         .kind = TH_OPTION_FLAG,                                                          \
         .help = {"cả những chỗ chưa báo cáo", "also what is not reported"}},             \
    {                                                                                     \
        .name = "lineage", .kind = TH_OPTION_TEXT, .value = "ID",                         \
        .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",                                   \
                 "which province, when the directory has several"},                       \
    }

// What the views of a question's lists lie in.
struct th_filter {
    struct th_bytes units[TH_OPTION_LIST_MAX];
    struct th_bytes periods[TH_OPTION_LIST_MAX];
    struct th_bytes measures[TH_OPTION_LIST_MAX];
    struct th_bytes by[TH_OPTION_LIST_MAX];
};

// The question that the call's filter options ask of viewer's province; ask is TOTALS.
struct th_query th_viewer_query(const struct th_call *call,
                                const struct th_viewer *viewer,
                                struct th_filter *filter);

#endif
