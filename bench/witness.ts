import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { KEY_COUNT } from './generator.ts'
import { AuditFailure } from './run-audit.ts'

const WITNESS = 'millrace-bench-witness'
const VIOLATIONS = 1

/**
 * Sees every single record of a run: that each came exactly once, and those of one key in the order of their puts.
 * Costs more than a handler that is measured may, so it watches the runs that warm up.
 */
export class Witness {
  readonly #seen: Uint8Array
  /** By key: one more than the last record that came. */
  readonly #lastOfKey: Int32Array
  readonly #violations: Int32Array

  private constructor(memory: SharedArrayBuffer) {
    this.#violations = new Int32Array(memory, 0, VIOLATIONS)
    this.#lastOfKey = new Int32Array(memory, VIOLATIONS * 4, KEY_COUNT)
    this.#seen = new Uint8Array(memory, (VIOLATIONS + KEY_COUNT) * 4)
  }

  /** Threads that start from now on find this witness. */
  static create(recordCount: number): Witness {
    const memory = new SharedArrayBuffer((VIOLATIONS + KEY_COUNT) * 4 + recordCount)
    setEnvironmentData(WITNESS, memory)
    return new Witness(memory)
  }

  /** In a handler: the witness of the run. */
  static inherited(): Witness {
    return new Witness(getEnvironmentData(WITNESS) as SharedArrayBuffer)
  }

  /** @param key number of the key. @param index number of the record. */
  see(key: number, index: number): void {
    Atomics.add(this.#seen, index, 1)
    const last = Atomics.exchange(this.#lastOfKey, key, index + 1)
    if (last > index) Atomics.add(this.#violations, 0, 1)
  }

  /** @throws AuditFailure */
  testify(name: string): void {
    const lost = this.#seen.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0)
    const doubled = this.#seen.reduce((sum, times) => sum + (times > 1 ? 1 : 0), 0)
    const disordered = this.#violations[0]!
    if (lost + doubled + disordered === 0) return
    throw new AuditFailure(
      `${name}: ${lost} records lost, ${doubled} delivered twice, ${disordered} out of order`,
    )
  }
}
