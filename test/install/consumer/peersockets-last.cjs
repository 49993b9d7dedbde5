const Networker = require('@corestore/networker')
const HypercoreProtocol = require('hypercore-protocol')
const Peersockets = require('peersockets')

import('./exchange.mjs').then(({ exchange }) => exchange(Networker, HypercoreProtocol, Peersockets))
