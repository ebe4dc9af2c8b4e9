// envelope.c - see envelope.h

#include "workers/envelope.h"

enum th_err envelope_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_bytes *lineage,
                          struct th_peer *from)
{
    struct th_envelope envelope;
    TH_TRY(th_envelope_read(bytes, arena, &envelope, NULL));
    *lineage = envelope.lineage;
    *from = (struct th_peer){
        .class = (enum th_peer_class)envelope.class,
        .number = envelope.number,
        .route = envelope.route,
        .everywhere = envelope.everywhere,
        .enrolment = envelope.enrolment,
        .public_only = envelope.public_only,
    };
    if (envelope.class > TH_PEER_BOOTSTRAP || envelope.enrolment > TH_ENROLMENTS_MAX) {
        return TH_E_MALFORMED;
    }
    if (envelope.class == TH_PEER_WORKER) {
        *from = (struct th_peer){.class = TH_PEER_NONE}; // addressed to us by the broker itself
    }
    return TH_OK;
}

struct th_bytes envelope_write(const struct envelope_store *store,
                               const struct th_peer *to,
                               uint8_t out[static ENVELOPE_BYTES_MAX])
{
    const struct th_envelope envelope = {
        .route = to->route,
        .class = to->class == TH_PEER_NONE ? (uint32_t)TH_PEER_WORKER : (uint32_t)to->class,
        .number = to->number,
        .lineage = store->lineage,
        .store_id = store->store_id,
        .store_epoch = store->store_epoch,
    };
    struct th_writer writer = {.data = out, .max = ENVELOPE_BYTES_MAX};
    th_envelope_write(&writer, &envelope);
    return th_written(&writer);
}
