/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: The Ringlet developers
 *
 * What virtio 1.4 says about the feature bits of a network device.
 */
#ifndef CONF_FEATURE_BITS_H
#define CONF_FEATURE_BITS_H

#include "driver/virtio_pci.h"

struct conf_feature {
    unsigned bit;
    const char *name;
    const char *needs; /* "A B": both; "A|B": one of them */
};

/* All that may be offered, by bit. Ends with a name of NULL. */
extern const struct conf_feature conf_features[];

/* NULL: the bit means nothing to a network device. */
const struct conf_feature *conf_feature_of(unsigned bit);

/* Does the set hold all that `f` needs? */
bool conf_feature_has_needs(const struct conf_feature *f,
                            const struct drv_features *set);

#endif
