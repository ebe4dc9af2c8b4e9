// codec_editions.c - the editions of the public figures, as an answer lists them

#include "lib/codec_internal.h"

enum { ANSWER_EDITIONS = 30 };

enum th_err codec_editions_read(const Tonghop__V1__Answer *message,
                                struct th_arena *arena,
                                struct th_answer *answer,
                                struct th_malformed *why)
{
    CODEC_LIST(struct th_edition, editions, message->n_editions);
    for (size_t i = 0; i < message->n_editions; i++) {
        const Tonghop__V1__Edition *from = message->editions[i];
        CODEC_NEED(from, number, why);
        CODEC_NEED(from, moment_ms, why);
        CODEC_NEED(from, version, why);
        editions[i] = (struct th_edition){
            .number = from->number,
            .moment_ms = from->moment_ms,
            .version = from->version,
            .made = codec_view(from->made),
            .renewed = from->renewed,
            .same = from->same,
            .kept = from->kept,
            .waiting = from->waiting,
            .closed = from->closed,
            .shown = from->shown,
            .hidden = from->hidden,
        };
        TH_TRY(codec_text(editions[i].made, why));
    }
    answer->editions = editions;
    answer->edition_count = message->n_editions;
    return TH_OK;
}

void codec_editions_write(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->edition_count && !writer->overflow; i++) {
        const struct th_edition *from = &answer->editions[i];
        Tonghop__V1__Edition to = TONGHOP__V1__EDITION__INIT;
        CODEC_SET(&to, number, from->number);
        CODEC_SET(&to, moment_ms, from->moment_ms);
        CODEC_SET(&to, version, from->version);
        CODEC_SET_BYTES(&to, made, from->made);
        CODEC_SET_NONZERO(&to, renewed, from->renewed);
        CODEC_SET_NONZERO(&to, same, from->same);
        CODEC_SET_NONZERO(&to, kept, from->kept);
        CODEC_SET_NONZERO(&to, waiting, from->waiting);
        CODEC_SET_NONZERO(&to, closed, from->closed);
        CODEC_SET_NONZERO(&to, shown, from->shown);
        CODEC_SET_NONZERO(&to, hidden, from->hidden);
        codec_pack_field(writer, ANSWER_EDITIONS, &to.base);
    }
}
