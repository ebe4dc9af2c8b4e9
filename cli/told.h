// told.h - verbs that tell what updates did: how they ask, and one update as data or for people

#ifndef CLI_TOLD_H
#define CLI_TOLD_H

#include "tonghop/viewer.h"

enum told_form { TOLD_TABLE, TOLD_CSV, TOLD_JSON, TOLD_JSONL };

struct told {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_query query;
    struct th_filter filter; // what query's lists lie in
    enum told_form form;
    bool begun;
    bool behind; // the answer comes from another register than ours
    uint64_t rows;
    uint64_t lines; // of a diff
    bool open;      // a list has an entry
    // What to print; begin comes again when the register was fetched anew before anything was out.
    void (*begin)(struct told *told, const struct th_answer *answer);
    void (*each)(struct told *told, const struct th_change *change);
    void (*end)(struct told *told, const struct th_answer *answer);
};

enum { TOLD_OPTION_COUNT = 4 };
#define TOLD_OPTIONS                                                                      \
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
    {                                                                                     \
        .name = "lineage", .kind = TH_OPTION_TEXT, .value = "ID",                         \
        .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",                                   \
                 "which province, when the directory has several"},                       \
    }

// Read TOLD_OPTIONS into told->query; told->call is set.
void told_read(struct told *told);

// The list of an option, as views. Returns how many they are.
size_t told_views(const struct th_call *call,
                  const char *name,
                  struct th_bytes out[static TH_OPTION_LIST_MAX]);

/**
 * Open the directory, ask told->query and print the answer.
 *
 * Returns an exit code.
 */
int told_ask(struct told *told);

// ---- one update (told_row.c, told_show.c) ----

// The columns of TOLD_HEAD without the line's end.
extern const char TOLD_HEAD[];
void told_csv(FILE *out, const struct th_change *change);
// The members of an object, without braces. A line of a diff has neither version nor what follows
// from one.
void told_json(FILE *out, const struct th_change *change);

// For people: "12 → 13", ratings by their names, "not reported" in words.
void told_was_now(const struct told *told, const struct th_change *change, FILE *out);
// "D1 District one · 2025 · staff số người"
void told_where(const struct told *told, const struct th_change *change, FILE *out);
// "v4 · 24/11/2026 14:05 · nút 7, lô 118, mục 3 · sửa, bản sửa 2 · căn cứ · ghi chú"
void told_who(const struct told *told, const struct th_change *change, FILE *out);

#endif
