// fuzz_receipt.c - any bytes as a signed text: what is taken is written again as the same bytes

#include <stddef.h>
#include <stdint.h>

#include "tonghop/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_receipt(struct th_bytes text)
{
    struct th_receipt receipt;
    unsigned line = 0;
    const enum th_flaw flaw = th_receipt_read(text, &receipt, &line);
    th_assert(flaw != TH_FLAW_FORM || line > 0);
    if (flaw != TH_FLAW_NONE) {
        return;
    }
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    th_receipt_write(&writer, &receipt);
    th_assert(th_bytes_equal(th_written(&writer), text)); // C1
    th_assert(receipt.first > 0 && receipt.first <= receipt.last);
}

static void look_at_root(struct th_bytes text)
{
    struct th_root root;
    unsigned line = 0;
    const enum th_flaw flaw = th_root_read(text, &root, &line);
    th_assert(flaw != TH_FLAW_FORM || line > 0);
    if (flaw != TH_FLAW_NONE) {
        return;
    }
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    th_root_write(&writer, &root);
    th_assert(th_bytes_equal(th_written(&writer), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t PUBLIC[TH_SIGN_PUBLIC_BYTES] = {1};
    const struct th_bytes text = {.data = data, .size = size};
    struct th_bytes content;
    uint8_t signature[TH_SIGN_BYTES];
    struct th_receipt receipt;
    struct th_root root;
    look_at_receipt(text);
    look_at_root(text);
    if (th_signed_split(text, &content, signature) == TH_FLAW_NONE) {
        look_at_receipt(content);
        look_at_root(content);
    }
    (void)!th_receipt_check(text, PUBLIC, "", &receipt, NULL);
    (void)!th_root_check(text, PUBLIC, "", &root, NULL);

    // And as the proof that a node keeps.
    struct th_reader reader = th_reader_of(text);
    struct th_root_proof proof;
    th_root_proof_read(&reader, &proof);
    if (th_read_done(&reader)) {
        uint8_t room[TH_ROOT_PROOF_BYTES_MAX];
        struct th_writer writer = TH_WRITER(room);
        th_root_proof_write(&writer, &proof);
        const struct th_root any = {.last = proof.version, .commits = proof.version};
        (void)!th_root_proves(&any, &proof, 1, proof.entry);
    }
    return 0;
}
