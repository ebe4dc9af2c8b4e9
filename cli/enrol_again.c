// enrol_again.c - see enrol_part.h; another file for a number that is enrolled already

#include <stdio.h>

#include "tonghop/codec.h"

#include "cli/enrol_part.h"
#include "cli/keys.h"
#include "cli/place.h"

int enrol_load_province(struct enrol *enrol, const char *lineage)
{
    struct th_finding kept[ENROL_FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), lineage);
    const enum th_err err = th_province_load(enrol->config, lineage, &findings, &enrol->province);
    if (err == TH_E_REFUSED) {
        place_findings(enrol->call, &findings);
        return TH_EXIT_CONFIG;
    }
    return place_fail(enrol->call, err, enrol->dir);
}

static const struct th_roster_entry *find_number(const struct th_roster *roster, uint32_t number)
{
    static const enum th_peer_class CLASSES[] = {TH_PEER_NODE, TH_PEER_VIEWER, TH_PEER_DESK};
    const struct th_roster_entry *found = NULL;
    for (size_t i = 0; i < TH_COUNT(CLASSES) && found == NULL; i++) {
        found = th_roster_find(roster, CLASSES[i], number);
    }
    return found != NULL && found->has_bootstrap ? found : NULL;
}

// Role, units and province are those it had.
int enrol_again_take(struct enrol *enrol)
{
    char path[TH_PATH_MAX];
    char lineage[TH_LINEAGE_MAX + 1];
    struct th_finding kept[ENROL_FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "roster.yaml");
    const struct th_value *number = th_call_value(enrol->call, "node");
    if (th_call_value(enrol->call, "unit")->list_count > 0) {
        const char *params[] = {"unit", "--unit | --node"};
        return th_call_fail(enrol->call, TH_M_OPTION_VALUE, params, 2);
    }
    (void)place_path(enrol->dir, "register/roster.yaml", path);
    const enum th_err err = th_roster_read(path, &findings, &enrol->roster);
    if (err == TH_E_REFUSED || err == TH_E_DENIED) {
        place_findings(enrol->call, &findings);
        return TH_EXIT_CONFIG;
    }
    if (err != TH_OK) {
        return place_fail(enrol->call, err, path);
    }
    enrol->enrolled = find_number(enrol->roster, (uint32_t)number->number);
    if (enrol->enrolled == NULL || enrol->enrolled->unit_count > ENROL_UNITS_MAX) {
        char text[16];
        struct th_verdict verdict;
        (void)snprintf(text, sizeof(text), "%u", (unsigned)number->number);
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'd', NULL, text, NULL);
        return place_fail_verdict(enrol->call, &verdict);
    }
    enrol->role = enrol->enrolled->class;
    enrol->only = enrol->enrolled->only;
    for (size_t i = 0; i < enrol->enrolled->unit_count; i++) {
        enrol->units[enrol->unit_count++] = enrol->enrolled->units[i];
    }
    return enrol_load_province(
        enrol, th_bytes_copy_text(enrol->enrolled->lineage, lineage, sizeof(lineage)));
}

enum th_err enrol_again_add(struct enrol *enrol,
                            struct th_roster *roster,
                            const uint8_t bootstrap[static TH_CURVE_BYTES])
{
    const struct th_roster_entry *of = enrol->enrolled;
    enrol->number = of->number;
    TH_TRY(th_roster_enrol_again(roster, of->class, of->number, bootstrap, enrol->expires_ms));
    enrol->enrolment = th_roster_find(roster, of->class, of->number)->enrolment;
    return TH_OK;
}

void enrol_again_done(const struct enrol *enrol)
{
    char number[16];
    if (enrol->enrolled == NULL) {
        return;
    }
    th_call_say(enrol->call,
                "Khóa cũ của số %u hết dùng khi giấy này được dùng.\n",
                "The old key of %u is refused as soon as this file was used.\n",
                (unsigned)enrol->number);
    (void)snprintf(number, sizeof(number), "%u", (unsigned)enrol->number);
    if (enrol->role == TH_PEER_NODE) {
        keys_enter(
            enrol->call, enrol->dir, "enrolment", number, th_call_text(enrol->call, "reason"));
    }
}
