type SignalSource = Pick<NodeJS.Process, 'on' | 'off'>

export type ReloadSignal = {
  /** Calls it at each SIGHUP from now on, and at once where one has come already. */
  whenAsked(reload: () => void): void
  /** Stops listening. */
  [Symbol.dispose](): void
}

/** Listens for SIGHUP, which would end the process: it asks to read the configuration again. @source contract §2 */
export function listenForReload(source: SignalSource = process): ReloadSignal {
  let wasAsked = false
  let reload = (): void => {
    wasAsked = true
  }
  const received = (): void => reload()
  source.on('SIGHUP', received)
  return {
    whenAsked(asked) {
      reload = asked
      if (wasAsked) asked()
    },
    [Symbol.dispose]() {
      source.off('SIGHUP', received)
    },
  }
}
