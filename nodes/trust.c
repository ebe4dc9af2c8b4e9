// trust.c - see trust.h

#include "nodes/trust.h"

// ---- receipts and roots ----

static bool is_signed(void *self, struct th_bytes content, struct th_bytes signature)
{
    const struct trust *trust = self;
    return th_sign_keys_hold(&trust->signers, content, signature.data);
}

static void learn_signer(void *self, struct th_bytes succession)
{
    struct trust *trust = self;
    (void)th_sign_keys_learn(&trust->signers, trust->keys, succession);
}

// ---- all of them ----

enum th_err
trust_open(struct trust *trust, const struct trust_setup *setup, struct session *session)
{
    struct th_verdict why;
    trust->session = session;
    trust->keys = setup->keys;
    ownkey_start(&trust->own, setup->keys, setup->own_public, setup->own_secret);
    TH_TRY(th_server_key_open(&trust->server, setup->keys, &why));
    session_server_key(session, th_server_key_tag(&trust->server));
    th_sign_keys_read(setup->keys, setup->enrolled_signer, &trust->signers);
    if (trust->signers.count > 0) {
        const struct session_verifier verifier = {
            .self = trust, .holds = is_signed, .learn = learn_signer};
        session_verify_with(session, &verifier);
    }
    return TH_OK;
}

void trust_forget(struct trust *trust)
{
    ownkey_forget(&trust->own);
}

void trust_look(struct trust *trust)
{
    ownkey_look(&trust->own, trust->session);
}

void trust_hear(struct trust *trust, struct th_bytes header)
{
    struct th_header read;
    if (th_header_read(header, &read, NULL) == TH_OK && read.has_server_key) {
        th_server_key_heard(&trust->server, read.server_key);
        session_server_key(trust->session, th_server_key_tag(&trust->server));
    }
}
