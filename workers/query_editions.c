// query_editions.c - the editions of the public figures, and one that the desk asks for

#include "workers/edition.h"
#include "workers/publisher.h"
#include "workers/query_body.h"

enum { EDITIONS_USUAL = 20, EDITIONS_MOST = 1000 };

// The province's own machine, and its desk elsewhere.
static bool may_publish(const struct th_peer *peer)
{
    return !peer->public_only &&
           (peer->class == TH_PEER_DESK || (peer->class == TH_PEER_VIEWER && peer->everywhere));
}

static unsigned code_of(enum th_err err)
{
    // Also a disk without room, or too many tables: the log says it, and the asker comes again.
    return err == TH_E_CORRUPT  ? TH_M_RECORD_DAMAGED
           : err == TH_E_DENIED ? TH_M_EDITIONS_FORGOTTEN
                                : TH_M_LINE_BUSY;
}

static bool refuse(struct answer *answer, unsigned code)
{
    answer_refuse(answer, code, (struct th_bytes){0});
    return false;
}

bool query_publish(struct answer *answer, bool anew)
{
    struct edition_head head;
    if (!may_publish(&answer->to) || answer->province.publisher == NULL) {
        return refuse(answer, TH_V_DESK_ONLY);
    }
    const enum th_err err =
        publisher_now(answer->province.publisher, answer->province.number, anew, &head);
    return err == TH_OK || refuse(answer, code_of(err));
}

static enum th_err add(struct answer *answer, const struct edition_head *head)
{
    void *items = answer->editions;
    TH_TRY(answer_room(
        answer, &items, answer->edition_count, &answer->edition_max, sizeof(struct th_edition)));
    answer->editions = items;
    answer->editions[answer->edition_count++] = (struct th_edition){
        .number = head->number,
        .moment_ms = head->moment_ms,
        .version = head->version,
        .made = th_bytes_of(EDITION_MADE_WORDS[head->made]),
        .renewed = head->renewed,
        .same = head->same,
        .kept = head->kept,
        .waiting = head->waiting,
        .closed = head->closed,
        .shown = head->shown,
        .hidden = head->hidden,
    };
    return TH_OK;
}

enum th_err query_editions(struct reading *reading)
{
    const uint32_t asked = reading->query->limit;
    uint32_t left = asked == 0 ? (uint32_t)EDITIONS_USUAL : asked;
    struct edition_head head;
    left = left < EDITIONS_MOST ? left : (uint32_t)EDITIONS_MOST;
    enum th_err err = edition_newest(reading->store, &reading->check, &head);
    while (err == TH_OK && left > 0) {
        TH_TRY(add(reading->answer, &head));
        left--;
        if (head.number == 0) {
            return TH_OK;
        }
        err = edition_head_of(reading->store, &reading->check, head.number - 1, &head);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
