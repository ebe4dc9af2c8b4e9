// codec_forms.c - how far units are with their forms, as an answer says it

#include "lib/codec_internal.h"

enum { ANSWER_FORMS = 22 };

static enum th_err
read_texts(const Tonghop__V1__FormState *from, struct th_form_state *to, struct th_malformed *why)
{
    const struct {
        ProtobufCBinaryData data;
        struct th_bytes *text;
    } texts[] = {
        {from->form, &to->form},
        {from->period, &to->period},
        {from->unit, &to->unit},
        {from->state, &to->state},
        {from->first, &to->first},
        {from->since, &to->since},
        {from->due, &to->due},
        {from->close, &to->close},
        {from->comment, &to->comment},
        {from->grant_until, &to->grant_until},
    };
    for (size_t i = 0; i < TH_COUNT(texts); i++) {
        *texts[i].text = codec_view(texts[i].data);
        TH_TRY(codec_text(*texts[i].text, why));
    }
    return TH_OK;
}

enum th_err codec_forms_read(const Tonghop__V1__Answer *message,
                             struct th_arena *arena,
                             struct th_answer *answer,
                             struct th_malformed *why)
{
    CODEC_LIST(struct th_form_state, forms, message->n_forms);
    for (size_t i = 0; i < message->n_forms; i++) {
        const Tonghop__V1__FormState *from = message->forms[i];
        CODEC_NEED(from, form, why);
        CODEC_NEED(from, period, why);
        CODEC_NEED(from, unit, why);
        CODEC_NEED(from, state, why);
        forms[i] = (struct th_form_state){
            .uid = from->uid,
            .expected = from->expected,
            .on_time = from->on_time,
            .late_days = from->late_days,
            .closed = from->closed,
            .figures = from->figures,
        };
        TH_TRY(read_texts(from, &forms[i], why));
    }
    answer->forms = forms;
    answer->form_count = message->n_forms;
    return TH_OK;
}

void codec_forms_write(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->form_count && !writer->overflow; i++) {
        const struct th_form_state *from = &answer->forms[i];
        Tonghop__V1__FormState to = TONGHOP__V1__FORM_STATE__INIT;
        CODEC_SET(&to, form, codec_data(from->form));
        CODEC_SET(&to, period, codec_data(from->period));
        CODEC_SET(&to, unit, codec_data(from->unit));
        CODEC_SET_NONZERO(&to, uid, from->uid);
        CODEC_SET(&to, state, codec_data(from->state));
        CODEC_SET_NONZERO(&to, expected, from->expected);
        CODEC_SET_BYTES(&to, first, from->first);
        CODEC_SET_BYTES(&to, since, from->since);
        CODEC_SET_BYTES(&to, due, from->due);
        CODEC_SET_BYTES(&to, close, from->close);
        CODEC_SET_NONZERO(&to, on_time, from->on_time);
        CODEC_SET_NONZERO(&to, late_days, from->late_days);
        CODEC_SET_BYTES(&to, comment, from->comment);
        CODEC_SET_BYTES(&to, grant_until, from->grant_until);
        CODEC_SET_NONZERO(&to, closed, from->closed);
        CODEC_SET_NONZERO(&to, figures, from->figures);
        codec_pack_field(writer, ANSWER_FORMS, &to.base);
    }
}
