// root.c - see root.h

#include "tonghop/root.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char KIND[] = "tonghop-root";

enum { BODY_BYTES_MAX = 768 };

static struct th_bytes hash_view(const uint8_t *hash)
{
    return (struct th_bytes){.data = hash, .size = TH_HASH256_BYTES};
}

// ---- writing ----

// The lines that code and the next root's previous are made of.
static struct th_bytes write_body(const struct th_root *root, struct th_writer *writer)
{
    char day[TH_DAY_TEXT_BYTES];
    th_signed_line(writer, "province", "%s", root->province);
    th_signed_line(writer, "lineage", "%s", root->lineage);
    th_signed_line(writer, "store", "%016" PRIx64, root->store_id);
    th_signed_line(writer, "day", "%s", th_day_text(root->day, day));
    th_signed_line(writer, "versions", "%" PRIu64 "..%" PRIu64, root->first, root->last);
    th_signed_line(writer, "commits", "%" PRIu64, root->commits);
    th_signed_hex(writer, "root", hash_view(root->root));
    th_signed_hex(writer, "chain", hash_view(root->chain));
    th_signed_hex(writer, "previous", hash_view(root->previous));
    return th_written(writer);
}

void th_root_hash(const struct th_root *root, uint8_t out[static TH_HASH256_BYTES])
{
    uint8_t room[BODY_BYTES_MAX];
    struct th_writer writer = TH_WRITER(room);
    const struct th_bytes body = write_body(root, &writer);
    th_hash256(out, &body, 1);
}

void th_root_write(struct th_writer *writer, struct th_root *root)
{
    uint8_t room[BODY_BYTES_MAX];
    struct th_writer body = TH_WRITER(room);
    const struct th_bytes lines = write_body(root, &body);
    th_signed_write(writer, KIND, root->province, lines, root->key, root->code);
}

// ---- reading ----

static void read_lines(struct th_fields *fields, void *value)
{
    struct th_root *root = value;
    uint8_t store[8] = {0};
    th_fields_copy(fields, "code", root->code, sizeof(root->code));
    th_fields_copy(fields, "province", root->province, sizeof(root->province));
    th_fields_copy(fields, "lineage", root->lineage, sizeof(root->lineage));
    th_fields_hex(fields, "store", store, sizeof(store));
    root->store_id = th_get_u64(store);
    th_fields_must(fields, th_day_parse(th_fields_take(fields, "day"), &root->day) == TH_OK);
    th_fields_range(fields, "versions", &root->first, &root->last);
    root->commits = th_fields_number(fields, "commits");
    th_fields_must(fields, root->commits > 0 && root->commits <= root->last);
    th_fields_hex(fields, "root", root->root, sizeof(root->root));
    th_fields_hex(fields, "chain", root->chain, sizeof(root->chain));
    th_fields_hex(fields, "previous", root->previous, sizeof(root->previous));
    th_fields_copy(fields, "key", root->key, sizeof(root->key));
}

static void write_lines(struct th_writer *writer, void *value)
{
    th_root_write(writer, value);
}

static const struct th_signed_form FORM = {.kind = KIND, .read = read_lines, .write = write_lines};

enum th_flaw th_root_read(struct th_bytes content, struct th_root *root, unsigned *line)
{
    *root = (struct th_root){.commits = 0};
    return th_signed_read(&FORM, content, root, root->code, line);
}

enum th_flaw th_root_check(struct th_bytes text,
                           const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                           const char *fingerprint,
                           struct th_root *root,
                           unsigned *line)
{
    uint8_t signature[TH_SIGN_BYTES];
    struct th_bytes content = text;
    const enum th_flaw split = th_signed_split(text, &content, signature);
    enum th_flaw flaw = th_root_read(content, root, line);
    flaw = flaw == TH_FLAW_KIND ? flaw : split != TH_FLAW_NONE ? split : flaw;
    const struct th_signed_by by = {.public_key = public_key, .fingerprint = fingerprint};
    return th_signed_check(flaw, root->key, &by, content, signature);
}

// ---- the leaves ----

void th_root_entry_leaf(const struct th_root_entry *entry, uint8_t out[static TH_HASH256_BYTES])
{
    uint8_t room[128];
    struct th_writer writer = TH_WRITER(room);
    th_write_u8(&writer, TH_TAG_ENTRY);
    th_write_u64(&writer, entry->version);
    th_write_u32(&writer, entry->index);
    th_write_u32(&writer, entry->node);
    th_write_u64(&writer, entry->epoch);
    th_write_u64(&writer, entry->seq);
    th_write_bytes(&writer, hash_view(entry->chain));
    th_write_bytes(&writer, hash_view(entry->entry));
    const struct th_bytes leaf = th_written(&writer);
    th_hash256(out, &leaf, 1);
}

void th_root_commit_leaf(const struct th_root_commit *commit, uint8_t out[static TH_HASH256_BYTES])
{
    uint8_t room[160];
    struct th_writer writer = TH_WRITER(room);
    th_write_u8(&writer, TH_TAG_COMMIT);
    th_write_u64(&writer, commit->version);
    th_write_u32(&writer, commit->batches);
    th_write_u32(&writer, (uint32_t)commit->today);
    th_write_u64(&writer, (uint64_t)commit->wall_ms);
    th_write_bytes(&writer, hash_view(commit->entries));
    th_write_bytes(&writer, hash_view(commit->told));
    th_write_bytes(&writer, hash_view(commit->chain));
    const struct th_bytes leaf = th_written(&writer);
    th_hash256(out, &leaf, 1);
}

// ---- the proof ----

static void write_path(struct th_writer *writer, const struct th_merkle_path *path)
{
    th_write_block(
        writer,
        (struct th_bytes){.data = path->hashes, .size = (size_t)path->count * TH_HASH256_BYTES});
}

void th_root_proof_write(struct th_writer *writer, const struct th_root_proof *proof)
{
    th_write_varint(writer, proof->epoch);
    th_write_varint(writer, proof->seq);
    th_write_varint(writer, proof->version);
    th_write_varint(writer, proof->index);
    th_write_varint(writer, proof->batches);
    th_write_zigzag(writer, proof->today);
    th_write_zigzag(writer, proof->wall_ms);
    th_write_bytes(writer, hash_view(proof->entry));
    th_write_bytes(writer, hash_view(proof->told));
    th_write_bytes(writer, hash_view(proof->chain));
    write_path(writer, &proof->entries);
    write_path(writer, &proof->commits);
}

static void read_hash(struct th_reader *reader, uint8_t out[static TH_HASH256_BYTES])
{
    const struct th_bytes hash = th_read_bytes(reader, TH_HASH256_BYTES);
    if (!reader->failed) {
        memcpy(out, hash.data, TH_HASH256_BYTES);
    }
}

static void read_path(struct th_reader *reader, struct th_merkle_path *path)
{
    const struct th_bytes hashes = th_read_block(reader);
    if (hashes.size % TH_HASH256_BYTES != 0 || hashes.size > sizeof(path->hashes)) {
        reader->failed = true;
    } else if (hashes.size > 0) {
        memcpy(path->hashes, hashes.data, hashes.size);
    }
    path->count = reader->failed ? 0 : (unsigned)(hashes.size / TH_HASH256_BYTES);
}

void th_root_proof_read(struct th_reader *reader, struct th_root_proof *proof)
{
    *proof = (struct th_root_proof){.index = 0};
    proof->epoch = th_read_varint(reader);
    proof->seq = th_read_varint(reader);
    proof->version = th_read_varint(reader);
    const uint64_t index = th_read_varint(reader);
    const uint64_t batches = th_read_varint(reader);
    reader->failed = reader->failed || index >= batches || batches > UINT32_MAX;
    proof->index = (uint32_t)index;
    proof->batches = (uint32_t)batches;
    proof->today = (th_day)th_read_zigzag(reader);
    proof->wall_ms = th_read_zigzag(reader);
    read_hash(reader, proof->entry);
    read_hash(reader, proof->told);
    read_hash(reader, proof->chain);
    read_path(reader, &proof->entries);
    read_path(reader, &proof->commits);
}

bool th_root_proves(const struct th_root *root,
                    const struct th_root_proof *proof,
                    uint32_t node,
                    const uint8_t chain[static TH_HASH256_BYTES])
{
    const uint64_t before = root->last - root->commits; // commits that are in no tree
    uint8_t entries[TH_HASH256_BYTES];
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_root_entry entry = {
        .version = proof->version,
        .index = proof->index,
        .node = node,
        .epoch = proof->epoch,
        .seq = proof->seq,
        .chain = chain,
        .entry = proof->entry,
    };
    th_root_entry_leaf(&entry, entries);
    if (proof->version <= before || proof->version > root->last ||
        !th_merkle_climb(TH_TAG_ENTRIES, proof->index, proof->batches, &proof->entries, entries)) {
        return false;
    }
    const struct th_root_commit commit = {
        .version = proof->version,
        .batches = proof->batches,
        .today = proof->today,
        .wall_ms = proof->wall_ms,
        .entries = entries,
        .told = proof->told,
        .chain = proof->chain,
    };
    th_root_commit_leaf(&commit, hash);
    return th_merkle_climb(
               TH_TAG_COMMITS, proof->version - before - 1, root->commits, &proof->commits, hash) &&
           memcmp(hash, root->root, sizeof(hash)) == 0;
}
