// keys_server.h - tonghop keys rotate --broker: another key for the province's broker
//
// The broker has one key at a time, which everybody must know before they come. So it is announced
// first, over the connections of the present one; whoever heard of it says so. The change itself
// (--switch) is made when all have heard, or when those who have not are to be helped by hand.

#ifndef CLI_KEYS_SERVER_H
#define CLI_KEYS_SERVER_H

#include "tonghop/option.h"

int keys_server(const struct th_call *call, const char *dir);

#endif
