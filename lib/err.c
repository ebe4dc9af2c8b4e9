// err.c - names, texts and classes of the errors, all from the one list

#include "tonghop/err.h"

#include "tonghop/base.h"

static const struct {
    const char *name;
    const char *text;
    enum th_err_class class;
} ERRORS[] = {
#define X(name, class, text) [name] = {#name, text, TH_CLASS_##class},
    TH_ERR_LIST(X)
#undef X
};

const char *th_err_name(enum th_err err)
{
    th_assert((size_t)err < TH_COUNT(ERRORS));
    return ERRORS[err].name;
}

const char *th_err_text(enum th_err err)
{
    th_assert((size_t)err < TH_COUNT(ERRORS));
    return ERRORS[err].text;
}

enum th_err_class th_err_class(enum th_err err)
{
    th_assert((size_t)err < TH_COUNT(ERRORS));
    return ERRORS[err].class;
}
