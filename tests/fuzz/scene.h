/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who wants to send what: an account and a few mails, by choice. */

#include "choices.h"
#include "mail/order.h"

#define SCENE_NOTICES    3
#define SCENE_RECIPIENTS 4

typedef struct Scene {
        Order order; /* points into the scene */
        Notice notices[SCENE_NOTICES];
        char *recipients[SCENE_NOTICES][SCENE_RECIPIENTS];
        char addresses[SCENE_NOTICES][SCENE_RECIPIENTS][32]; /* none is part of another */
        const char *secret;                                  /* password or token; NULL: none */
} Scene;

void scene_choose(Choices *c, Scene *ret);
