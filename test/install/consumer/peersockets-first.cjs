const Peersockets = require('peersockets')
const Networker = require('@corestore/networker')
const HypercoreProtocol = require('hypercore-protocol')

import('./exchange.mjs').then(({ exchange }) => exchange(Networker, HypercoreProtocol, Peersockets))
