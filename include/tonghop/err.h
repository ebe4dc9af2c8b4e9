// err.h - the one error type, and what a caller is expected to do about each error

#ifndef TONGHOP_ERR_H
#define TONGHOP_ERR_H

// The class of an error is the caller's instruction.
enum th_err_class {
    TH_CLASS_NONE,   // nothing is wrong
    TH_CLASS_RETRY,  // try the same thing again later; do not acknowledge
    TH_CLASS_REJECT, // this input can never succeed; refuse it and say why
    TH_CLASS_FATAL,  // this process can no longer keep its promises; stop it
};

// clang-format off
//    name              class   text
#define TH_ERR_LIST(X)                                              \
    X(TH_OK,            NONE,   "ok")                               \
    X(TH_E_NOT_FOUND,   REJECT, "no such record")                   \
    X(TH_E_MALFORMED,   REJECT, "message or file cannot be decoded") \
    X(TH_E_INVALID,     REJECT, "value outside its range")          \
    X(TH_E_REFUSED,     REJECT, "refused by a rule")                \
    X(TH_E_DENIED,      REJECT, "not allowed for this key or mode") \
    X(TH_E_EXISTS,      REJECT, "already there")                    \
    X(TH_E_TOO_LARGE,   REJECT, "larger than its bound")            \
    X(TH_E_FULL,        RETRY,  "queue, store or disk is full")     \
    X(TH_E_BUSY,        RETRY,  "in use, or not ready yet")         \
    X(TH_E_TIMEOUT,     RETRY,  "deadline passed")                  \
    X(TH_E_NO_MEMORY,   RETRY,  "out of memory")                    \
    X(TH_E_IO,          FATAL,  "disk or descriptor failed")        \
    X(TH_E_CORRUPT,     FATAL,  "stored data breaks its format")
// clang-format on

enum th_err {
#define X(name, class, text) name,
    TH_ERR_LIST(X)
#undef X
};

// TH_TRY returns the error of call to our caller, or goes on. It is the only macro here that hides
// a return: it stands alone on its line, in functions whose every resource is TH_SCOPED.
#define TH_TRY(call)                        \
    do {                                    \
        const enum th_err th_err_ = (call); \
        if (th_err_ != TH_OK) {             \
            return th_err_;                 \
        }                                   \
    } while (0)

const char *th_err_name(enum th_err err);
const char *th_err_text(enum th_err err);
enum th_err_class th_err_class(enum th_err err);

#endif
