// query_diff_form.c - what came of another register
//
//   was ── updates before ──> state ── units belong elsewhere ──> state <── updates after ── now
//
// Totals of all units between the old and the new place of a unit change with it, though nobody
// said anything. Of several changes in one span the newest stands for all.

#include "workers/query_diff.h"

static wide value_of(struct th_opt number)
{
    return number.has ? number.value : 0;
}

// A number of a state; one that the line itself cannot tell is absent.
static enum th_err state_number(struct th_opt line, bool told, wide more, struct th_opt *number)
{
    const wide value = value_of(line) + more;
    *number = (struct th_opt){.has = false};
    if (!told) {
        return TH_OK;
    }
    if (value > INT64_MAX || value < INT64_MIN) {
        return TH_E_INVALID;
    }
    *number = (struct th_opt){.has = true, .value = (int64_t)value};
    return TH_OK;
}

// The line with so much more, or less.
static enum th_err state(const struct th_total *line,
                         const struct diff_sums *sums,
                         int sign,
                         bool *has,
                         struct th_total *made)
{
    const wide contributions = (wide)line->contributions + sign * sums->contributions;
    const bool empty = line->contributions == 0;
    *made = *line;
    *has = contributions > 0;
    made->contributions = *has ? (uint64_t)contributions : 0;
    made->qualifier = !*has   ? (uint32_t)TH_QUALIFIER_NONE
                      : empty ? (uint32_t)TH_QUALIFIER_EXACT
                              : line->qualifier;
    TH_TRY(state_number(line->value, *has, sign * sums->value, &made->value));
    TH_TRY(state_number(line->of, *has && line->of.has, sign * sums->of, &made->of));
    TH_TRY(
        state_number(line->before, *has && line->before.has, sign * sums->before, &made->before));
    return state_number(line->after, *has && line->after.has, sign * sums->after, &made->after);
}

static enum th_err tell_form(struct diff *diff, size_t at)
{
    struct differing *line = &diff->lines[at];
    struct th_change change = line->head;
    change.version = diff->formed;
    change.kind = TH_KIND_DESK;
    change.why = TH_WHY_STRUCTURE;
    TH_TRY(state(&line->head.was, &line->before, 1, &change.has_was, &change.was));
    TH_TRY(state(&line->head.now, &line->after, -1, &change.has_now, &change.now));
    return diff_add_row(diff, (uint32_t)at, &change);
}

static bool is_explained(const struct differing *line)
{
    const struct th_total *was = &line->head.was;
    const struct th_total *now = &line->head.now;
    return value_of(now->value) - value_of(was->value) == line->before.value + line->after.value &&
           (wide)now->contributions - (wide)was->contributions ==
               line->before.contributions + line->after.contributions;
}

enum th_err diff_complete(struct diff *diff)
{
    for (size_t i = 0; i < diff->line_count; i++) {
        const struct differing *line = &diff->lines[i];
        const bool explained = is_explained(line);
        if (line->composed) {
            continue;
        }
        if (diff->formed != 0 && (!explained || line->rows == 0)) {
            TH_TRY(tell_form(diff, i));
        } else if (!explained) {
            return TH_E_CORRUPT; // ledger and records do not fit
        }
    }
    return TH_OK;
}
