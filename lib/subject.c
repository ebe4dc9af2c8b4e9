// subject.c - see subject.h

#include "tonghop/subject.h"

static void add_period(struct th_writer *key, struct th_period period)
{
    uint8_t packed[TH_PERIOD_KEY_BYTES];
    th_period_pack(period, packed);
    th_write_bytes(key, (struct th_bytes){packed, sizeof(packed)});
}

static void add_person(struct th_writer *key, const struct th_judged *judged)
{
    th_write_bytes(key, (struct th_bytes){judged->person, sizeof(judged->person)});
}

// A report: of one form, unit and period.
static void add_report(struct th_writer *key, const struct th_judged *judged, struct th_bytes form)
{
    th_write_u32(key, judged->uid);
    add_period(key, judged->period);
    th_write_text0(key, form);
}

static void add_act(struct th_writer *key, const struct th_judged *judged)
{
    const struct th_desk_act *act = &judged->update->desk;
    th_write_u8(key, (uint8_t)act->act);
    switch (act->act) {
    case TH_ACT_DESK_UNIT:
        th_write_text0(key, act->code);
        th_write_text0(key, act->valid_from);
        return;
    case TH_ACT_DESK_SUCCESSOR:
    case TH_ACT_DESK_SHARE:
        th_write_text0(key, act->code);
        th_write_text0(key, act->new_code);
        th_write_text0(key, act->effective);
        return;
    case TH_ACT_DESK_REOPEN:
    case TH_ACT_DESK_DECISION:
        add_report(key, judged, act->form);
        return;
    case TH_ACT_DESK_REVOCATION:
    case TH_ACT_DESK_ENROLMENT:
        th_write_u32(key, (uint32_t)act->node.value);
        return;
    case TH_ACT_DESK_REGISTER:
        th_write_bytes(key, act->digest);
        return;
    case TH_ACT_DESK_NONE:
        break;
    }
    th_unreachable(); // the rules pass no other
}

static void add_parts(struct th_writer *key, const struct th_judged *judged)
{
    const struct th_update *update = judged->update;
    switch (update->kind) {
    case TH_KIND_EVALUATION:
        th_write_text0(key, judged->scheme->code);
        add_period(key, judged->period);
        th_write_text0(key, judged->category);
        add_person(key, judged);
        th_write_u32(key, judged->person_scope_unit ? judged->uid : 0);
        return;
    case TH_KIND_STAFFING:
        th_write_u32(key, judged->uid);
        add_period(key, judged->period);
        th_write_text0(key, update->staffing.measure);
        th_write_text0(key, th_bytes_of(judged->dims));
        return;
    case TH_KIND_COLLECTIVE:
        th_write_text0(key, judged->scheme->code);
        add_period(key, judged->period);
        add_person(key, judged); // its id
        return;
    case TH_KIND_TRANSFER:
        th_write_text0(key, judged->scheme->code);
        add_person(key, judged);
        th_write_u16(key, (uint16_t)judged->effective);
        return;
    case TH_KIND_COMPLETION:
        add_report(key, judged, update->completion.form);
        return;
    case TH_KIND_DESK:
        add_act(key, judged);
        return;
    case TH_KIND_NONE:
        break;
    }
    th_unreachable();
}

struct th_bytes th_subject(const struct th_judged *judged, uint8_t out[static TH_SUBJECT_MAX])
{
    struct th_writer key = {.data = out, .max = TH_SUBJECT_MAX};
    th_write_u8(&key, (uint8_t)judged->update->kind);
    add_parts(&key, judged);
    return th_written(&key);
}
