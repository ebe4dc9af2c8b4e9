// register_change.c - see th_register_change: the rows of a change among those that exist

#include "lib/register_body.h"

enum { CHANGE_ROWS_MAX = 100000 };

static bool same_version(const struct th_unit *a, const struct th_unit *b)
{
    return a->from == b->from && th_bytes_equal(a->code, b->code);
}

static bool same_successor(const struct th_successor *a, const struct th_successor *b)
{
    return a->effective == b->effective && th_bytes_equal(a->old_code, b->old_code) &&
           th_bytes_equal(a->new_code, b->new_code);
}

// Of several rows for one version the last one counts. NULL: the change says nothing about it.
static const struct th_unit *changed(const struct th_register_change *change,
                                     const struct th_unit *unit)
{
    const struct th_unit *found = NULL;
    for (size_t i = 0; i < change->unit_count; i++) {
        found = same_version(&change->units[i], unit) ? &change->units[i] : found;
    }
    return found;
}

static bool is_known(const struct th_register *reg, const struct th_unit *unit)
{
    for (size_t row = 0; row < reg->version_count; row++) {
        if (same_version(&reg->versions[row].unit, unit)) {
            return true;
        }
    }
    return false;
}

// Versions that exist keep their place, so that units keep their numbers; new ones come behind.
static enum th_err add_versions(const struct th_register *old,
                                const struct th_register_change *change,
                                struct th_register *made)
{
    for (size_t row = 0; row < old->version_count; row++) {
        const struct th_unit *unit = &old->versions[old->by_row[row]].unit;
        const struct th_unit *other = changed(change, unit);
        TH_TRY(register_add_version(made, other == NULL ? unit : other, 0));
    }
    for (size_t i = 0; i < change->unit_count; i++) {
        const struct th_unit *unit = &change->units[i];
        if (!is_known(old, unit) && changed(change, unit) == unit) {
            TH_TRY(register_add_version(made, unit, (uint32_t)i + 1));
        }
    }
    return TH_OK;
}

static enum th_err add_successors(const struct th_register *old,
                                  const struct th_register_change *change,
                                  struct th_register *made)
{
    for (size_t i = 0; i < old->successor_count; i++) {
        bool replaced = false;
        for (size_t k = 0; k < change->successor_count && !replaced; k++) {
            replaced = same_successor(&old->successors[i], &change->successors[k]);
        }
        if (!replaced) {
            TH_TRY(register_add_successor(made, &old->successors[i]));
        }
    }
    for (size_t k = 0; k < change->successor_count; k++) {
        bool again = false;
        for (size_t i = k + 1; i < change->successor_count && !again; i++) {
            again = same_successor(&change->successors[k], &change->successors[i]);
        }
        if (!again) {
            TH_TRY(register_add_successor(made, &change->successors[k]));
        }
    }
    return TH_OK;
}

static uint32_t uid_of_row(const struct th_register *reg, size_t row)
{
    return reg->versions[reg->by_row[row]].unit.uid;
}

// The first version whose unit would get another number.
static bool
find_moved(const struct th_register *old, const struct th_register *made, struct th_bytes *code)
{
    for (size_t row = 0; row < old->version_count; row++) {
        if (uid_of_row(old, row) != uid_of_row(made, row)) {
            *code = old->versions[old->by_row[row]].unit.code;
            return true;
        }
    }
    return false;
}

enum th_err th_register_change(const struct th_register *old,
                               const struct th_register_change *change,
                               struct th_findings *findings,
                               struct th_bytes *moved,
                               struct th_register **out)
{
    if (change->unit_count > CHANGE_ROWS_MAX || change->successor_count > CHANGE_ROWS_MAX) {
        return TH_E_TOO_LARGE;
    }
    TH_SCOPED(th_register_free) struct th_register *made = register_new();
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    TH_TRY(add_versions(old, change, made));
    TH_TRY(add_successors(old, change, made));
    TH_TRY(register_finish(made, findings));
    if (find_moved(old, made, moved)) {
        return TH_E_INVALID;
    }
    *out = made;
    made = NULL; // the caller owns it now
    return TH_OK;
}
