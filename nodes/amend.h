// amend.h - the province's desk changes the register: checked here, said as acts, sent
//
// The rows of a change are checked as a whole against the register that the desk holds; the
// province looks at what is stored, and takes all of them up at once or says what is in the way.

#ifndef NODES_AMEND_H
#define NODES_AMEND_H

#include "tonghop/register.h"

#include "nodes/home.h"
#include "nodes/verb.h"

struct amend {
    const struct th_call *call;
    struct home home;                 // of the desk, open and loaded
    struct th_register_change change; // the caller's
    const char *what;                 // a file or a unit, for messages

    struct th_register *made; // what comes of it
    uint8_t digest[32];       // of made
    uint8_t bundle[32];       // what the desk held before
    struct th_update *updates;
    char (*days)[2][TH_DAY_TEXT_BYTES]; // of the units, then of the successors
};

/**
 * Check the change, say what it makes, and send it unless --dry-run; it ends when the desk holds
 * the new register, or when the time is over. An exit code.
 *
 * The verb has the options "dry-run" and those of enter.h. Ownership: amend_free, also after an
 * error; it closes home.
 */
int amend_run(struct amend *amend);
void amend_free(struct amend *amend); // scoped

// Print findings. TH_EXIT_DATA.
int amend_refuse(const struct th_call *call, struct th_findings *findings);

#define AMEND_OPTION_TEXT(option, shown, vi_text, en_text)                                       \
    {                                                                                            \
        .name = (option), .kind = TH_OPTION_TEXT, .value = (shown), .help = { vi_text, en_text } \
    }
#define AMEND_OPTION_LINEAGE                                 \
    AMEND_OPTION_TEXT("lineage",                             \
                      "ID",                                  \
                      "tỉnh nào, khi thư mục có nhiều tỉnh", \
                      "which province, when the directory has several")
#define AMEND_OPTION_DRY_RUN                                 \
    {                                                        \
        .name = "dry-run", .kind = TH_OPTION_FLAG, .help = { \
            "chỉ kiểm, không gửi",                           \
            "check only, send nothing"                       \
        }                                                    \
    }

#endif
