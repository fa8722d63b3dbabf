import type { SequenceNumber } from '../../core/ids.ts'

/** Sequence numbers of a lane's unsettled records, where the source has no rule from ordinals to them. */
export class SequenceLog {
  #ordinals: number[] = []
  #sequenceNumbers: SequenceNumber[] = []
  #from = 0

  push(ordinal: number, sequenceNumber: SequenceNumber): void {
    this.#ordinals.push(ordinal)
    this.#sequenceNumbers.push(sequenceNumber)
  }

  /** Forgets everything up to `ordinal`. @returns the last sequence number that was forgotten. */
  passTo(ordinal: number): SequenceNumber | undefined {
    let passed: SequenceNumber | undefined
    while (this.#from < this.#ordinals.length && this.#ordinals[this.#from]! <= ordinal) {
      passed = this.#sequenceNumbers[this.#from++]
    }
    if (this.#from > 1024 && this.#from * 2 > this.#ordinals.length) {
      this.#ordinals = this.#ordinals.slice(this.#from)
      this.#sequenceNumbers = this.#sequenceNumbers.slice(this.#from)
      this.#from = 0
    }
    return passed
  }

  /** The newest one, where any is unsettled. */
  get last(): SequenceNumber | undefined {
    return this.#from < this.#ordinals.length ? this.#sequenceNumbers.at(-1) : undefined
  }

  dropAfter(ordinal: number): void {
    while (this.#ordinals.length > this.#from && this.#ordinals.at(-1)! > ordinal) {
      this.#ordinals.pop()
      this.#sequenceNumbers.pop()
    }
  }
}
