// structure.c - see structure.h

#include "cli/structure.h"

#include <stdio.h>
#include <string.h>

#include "tonghop/show.h"

th_day structure_day(struct th_bytes structure)
{
    const struct th_bytes as_of = TH_BYTES("as-of:");
    th_day day = TH_DAY_NONE;
    if (!th_bytes_begins(structure, as_of)) {
        return TH_DAY_NONE;
    }
    const struct th_bytes text = {.data = (const char *)structure.data + as_of.size,
                                  .size = structure.size - as_of.size};
    return th_day_parse(text, &day) == TH_OK ? day : TH_DAY_NONE;
}

int structure_option(const struct th_call *call, struct th_bytes *structure)
{
    const char *text = th_call_text(call, "structure");
    *structure = (struct th_bytes){0};
    if (text == NULL || strcmp(text, "as-reported") == 0) {
        return TH_EXIT_OK;
    }
    *structure = th_bytes_of(text);
    if (strcmp(text, "current") != 0 && structure_day(*structure) == TH_DAY_NONE) {
        const char *params[] = {"structure", "structure"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    return TH_EXIT_OK;
}

void structure_note_missing(const struct th_call *call,
                            const struct th_register *reg,
                            const struct th_answer *answer)
{
    const th_day day = structure_day(answer->structure);
    for (size_t i = 0; i < answer->missing_count && !call->quiet; i++) {
        char name[TH_SHOW_UNIT_BYTES];
        struct th_verdict note;
        char sentence[TH_SENTENCE_BYTES];
        (void)th_show_unit(call->lang, reg, answer->missing[i], day, name);
        th_verdict_make(&note, TH_M_NOTE_PROVINCE, 0, NULL, name, NULL);
        (void)th_verdict_line(&note, call->lang, sentence, sizeof(sentence));
        (void)fprintf(stderr,
                      "%s: %s TH%u: %s\n",
                      call->program->name,
                      call->lang == TH_LANG_VI ? "ghi chú" : "note",
                      (unsigned)TH_M_NOTE_PROVINCE,
                      sentence);
    }
}
