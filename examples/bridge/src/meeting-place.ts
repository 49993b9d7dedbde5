/** The 32 bytes under which the members of the example find each other, on each network. */
export const meetingPlace = Buffer.alloc(32, 'peersockets/example/bridge')
