// main.c - tonghop-node: the office's side

#include "tonghop/hash.h"

#include "nodes/verb.h"

int main(int argc, char **argv)
{
    const struct th_verb verbs[] = {
        VERB_JOIN,        VERB_IMPORT,      VERB_SET,         VERB_WITHDRAW,   VERB_COMPLETE,
        VERB_LIST,        VERB_SHOW,        VERB_TEMPLATE,    VERB_STATUS,     VERB_SYNC,
        VERB_RUN,         VERB_ACCEPT,      VERB_RETURN,      VERB_REOPEN,     VERB_UNITS_APPLY,
        VERB_UNITS_MERGE, VERB_UNITS_SPLIT, VERB_UNITS_CLOSE, VERB_REVOCATION, VERB_ENROLMENT,
        VERB_ROTATE,      VERB_RECEIPT,
    };
    const struct th_program program = {
        .name = "tonghop-node",
        .help = {"đơn vị: nhập, kiểm, gửi số liệu lên tỉnh",
                 "an office: enter figures, check them, send them to the province"},
        .verbs = verbs,
        .verb_count = TH_COUNT(verbs),
    };
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    return th_program_main(&program, argc, argv);
}
