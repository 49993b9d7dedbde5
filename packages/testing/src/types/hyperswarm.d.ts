declare module 'hyperswarm' {
  function hyperswarm(
    options?: import('../stack/hyperswarm.js').SwarmOptions
  ): import('../stack/hyperswarm.js').Swarm
  export = hyperswarm
}
