/** Levels of what is written to a stream directly, as numbers of pino's. */
export const OUTPUT_LEVEL = { stdout: 30, stderr: 50 } as const

/** Of methods of `console`. @source Lambda guide, nodejs-logging: the levels of its JSON format */
const METHOD_LEVELS = { trace: 10, debug: 20, info: 30, log: 30, warn: 40, error: 50 } as const

type Methods = Record<keyof typeof METHOD_LEVELS, (...given: unknown[]) => void>

/** Which level is written at, while a method of `console` writes. */
export class ConsoleLevel {
  #current: number | undefined

  get current(): number | undefined {
    return this.#current
  }

  /** @returns a function that gives the console its own methods back. */
  follow(methods: Methods): () => void {
    const own = { ...methods }
    for (const [name, level] of Object.entries(METHOD_LEVELS) as [keyof Methods, number][])
      methods[name] = (...given) => this.#write(level, () => own[name].apply(methods, given))
    return () => {
      Object.assign(methods, own)
    }
  }

  /** Some methods call others: what was called counts. */
  #write(level: number, write: () => void): void {
    if (this.#current !== undefined) return write()
    this.#current = level
    try {
      write()
    } finally {
      this.#current = undefined
    }
  }
}
