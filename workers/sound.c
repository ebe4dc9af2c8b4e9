// sound.c - see sound.h

#include "workers/sound.h"

#include <string.h>

#include "workers/ledger.h"
#include "workers/trouble.h"

struct telling {
    const struct sound_setup *setup;
    struct verify_setup verify;
    unsigned told;
};

static void report(void *self, const struct verify_finding *finding)
{
    struct telling *telling = self;
    char text[VERIFY_TEXT_BYTES];
    if (telling->setup->tell != NULL && telling->told < SOUND_TOLD_MAX) {
        telling->told++;
        (void)verify_text(&telling->verify, finding, telling->setup->lang, text, sizeof(text));
        telling->setup->tell(telling->setup->self, text);
    }
}

enum th_err sound_head(struct th_store store, struct sound *sound)
{
    *sound = (struct sound){.identity = {.store_id = 0}};
    TH_TRY(open_read_identity(store, &sound->identity));
    const struct th_check check = open_check(sound->identity.birth_id);
    struct ledger ledger = {.store = store, .check = &check};
    TH_TRY(ledger_open(&ledger));
    sound->result.version = ledger.version;
    memcpy(sound->chain, ledger.chain, sizeof(sound->chain));
    return TH_OK;
}

enum th_err sound_look(const struct sound_setup *setup,
                       struct th_store store,
                       struct sound *sound,
                       struct th_verdict *why)
{
    TH_SCOPED(host_close) struct host host = {0};
    TH_TRY(host_fit(setup->config, setup->lineage, store, &host, why));
    struct telling telling = {.setup = setup, .verify = host_verify_setup(&host)};
    telling.verify.store = store;
    TH_TRY(trouble_of_store(why, sound_head(store, sound)));
    TH_TRY(trouble_of_store(
        why, verify_run(&telling.verify, setup->level, report, &telling, &sound->result)));
    if (sound->result.findings > 0) {
        th_verdict_make(why, TH_M_BACKUP_DAMAGED, 0, "", setup->lineage, NULL);
        return TH_E_CORRUPT;
    }
    return TH_OK;
}

enum th_err sound_answer(void *self, struct th_store store, struct th_verdict *why)
{
    struct sound sound;
    return sound_look(self, store, &sound, why);
}
